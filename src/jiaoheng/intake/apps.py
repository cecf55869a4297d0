"""The Django app of the intake."""

from django.apps import AppConfig


class IntakeConfig(AppConfig):
    name = "jiaoheng.intake"
    label = "intake"
