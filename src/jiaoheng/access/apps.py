"""The Django app of the access."""

from django.apps import AppConfig


class AccessConfig(AppConfig):
    name = "jiaoheng.access"
    label = "access"
