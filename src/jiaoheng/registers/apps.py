"""The Django app of the registers."""

from django.apps import AppConfig


class RegistersConfig(AppConfig):
    name = "jiaoheng.registers"
    label = "registers"
