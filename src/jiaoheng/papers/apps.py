"""The Django app of the papers: it keeps those that offices write together."""

from django.apps import AppConfig


class PapersConfig(AppConfig):
    name = "jiaoheng.papers"
    label = "papers"
