"""The settings of commands that show no page: the site's apps, which have no tables of their own, stay out, and they start fast."""

from jiaoheng import settings
from jiaoheng.settings import *  # noqa: F403

_SITE_ONLY = {
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django_htmx",
    "django_tables2",
    "django_filters",
    "template_partials",
    "jiaoheng.web",
}

INSTALLED_APPS = [app for app in settings.INSTALLED_APPS if app not in _SITE_ONLY]
