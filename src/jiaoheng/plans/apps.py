"""The Django app of the plans."""

from django.apps import AppConfig


class PlansConfig(AppConfig):
    name = "jiaoheng.plans"
    label = "plans"
