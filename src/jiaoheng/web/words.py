"""Words: how the rulebook's coded values (stage, school type, ownership, fields …) read in the reader's language.

Changes when pages show another kind of coded value.
"""

from functools import cache

from django.conf import settings
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from jiaoheng.rulebook.registers import Choice, FieldRule, RegisterRule, load_registers

__all__ = [
    "choices", "field_label", "field_label_of", "field_words", "in_language", "register_label", "statistics_fields", "tongue", "word",
]  # fmt: skip

_ALL_STAGES = "all"


@cache
def _registers() -> dict[str, RegisterRule]:
    return load_registers(settings.RULEBOOK_OVERLAY)


def in_language(label: object) -> str:
    """A label of the rulebook (`en`, `zh`) in the reader's language; anything else as it is written."""
    chinese, english = getattr(label, "zh", None), getattr(label, "en", None)
    if chinese is None and english is None:
        return str(label)
    first = chinese if (get_language() or "zh").startswith("zh") else english
    return str(first or english or chinese)


def tongue() -> str:
    """The reader's language as forms and sentences of the floors below know it: «zh» or «en»."""
    return "zh" if (get_language() or "zh").startswith("zh") else "en"


def _field(field: str) -> FieldRule | None:
    return next((register.fields[field] for register in _registers().values() if field in register.fields), None)


def choices(field: str) -> list[tuple[str, str]]:
    """The values that a field may have, with their words, for a form."""
    rule = _field(field)
    return [(value, in_language(choice)) for value, choice in rule.choices.items()] if rule else []


def word(field: str, value: str) -> str:
    """The words for a coded value: `word("stage", "primary")`. Values without words are shown as written."""
    if field == "stage" and value == _ALL_STAGES:
        return _("All stages")
    rule = _field("stage" if field == "stages" else field)
    if field == "stages":
        return _(", ").join(word("stage", stage) for stage in value.split(",") if stage)
    choice: Choice | None = rule.choices.get(value) if rule else None
    return in_language(choice) if choice else value


def field_label(field: str) -> str:
    """What a register's field is called."""
    rule = _field(field)
    return in_language(rule.label) if rule else field


def field_label_of(register: str, field: str) -> str:
    """What a field of this register is called: the same name may mean another thing in another one."""
    rule = _registers().get(register)
    name = field if rule is None or field in rule.fields else field.removesuffix("_id")
    return in_language(rule.fields[name].label) if rule and name in rule.fields else field


def field_words(register: str, field: str, value: str) -> str:
    """The words for a coded value of this register's field; stages are several. Values without words are shown as written."""
    rule = _registers()[register].fields.get(field)
    if rule is None or not rule.choices:
        return value
    ones = value.split(",") if rule.type == "stages" else [value]
    return _(", ").join(in_language(rule.choices[one]) if one in rule.choices else one for one in ones)


def register_label(register: str) -> str:
    """What a register is called."""
    rule = _registers().get(register)
    return in_language(rule.label) if rule else register


def statistics_fields() -> list[str]:
    """The figures of the annual statistics, in the order of the form."""
    fields = _registers()["annual_statistics"].fields
    return [name for name, rule in fields.items() if rule.type in ("count", "amount") and rule.stored]
