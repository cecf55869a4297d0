"""The Django app of the organisations."""

from django.apps import AppConfig


class OrganisationsConfig(AppConfig):
    name = "jiaoheng.organisations"
    label = "organisations"
