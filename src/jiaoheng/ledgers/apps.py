"""The Django app of the ledgers."""

from django.apps import AppConfig


class LedgersConfig(AppConfig):
    name = "jiaoheng.ledgers"
    label = "ledgers"
