"""The Django app of the web."""

from django.apps import AppConfig


class WebConfig(AppConfig):
    name = "jiaoheng.web"
    label = "web"
