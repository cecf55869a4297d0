"""Template filters: numbers and coded values as readers read them."""

from django import template

from jiaoheng.web.figure import shown
from jiaoheng.web.table_words import table_label
from jiaoheng.web.words import field_label, in_language, register_label, word

__all__ = ["register"]

register = template.Library()
register.filter("shown", shown)
register.filter("in_language", in_language)
register.filter("field_label", field_label)
register.filter("register_label", register_label)
register.filter("table_label", table_label)


@register.filter
def words(value: str, field: str) -> str:
    """`{{ row.stage|words:"stage" }}`: a coded value in words."""
    return word(field, value)


@register.filter
def year_shown(year: str) -> str:
    """«2018-2019» with the dash that ranges have in print."""
    return year.replace("-", "–")
