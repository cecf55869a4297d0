"""Register definitions: the fields of a register, with type, range, choices and the headings they go by.

Changes when what can be said of a field changes. The definitions themselves are data (`data/registers/`).
"""

from pathlib import Path
from typing import Literal

from pydantic import Field

from jiaoheng.rulebook.loader import Label, Rule, load_rules

__all__ = ["Choice", "FieldRule", "RegisterRule", "load_registers"]

FieldType = Literal[
    "organisation", "name", "school_year", "choice", "stages", "count", "amount", "degrees", "code", "text", "date", "currency"
]


class Choice(Rule):
    """One allowed value: its words, and other words under which it is written."""

    en: str
    zh: str
    aliases: tuple[str, ...] = ()


class FieldRule(Rule):
    """One field of a register. `stored: false` fields are read to check a row, not kept."""

    type: FieldType
    label: Label
    required: bool = False
    stored: bool = True
    minimum: float = 0
    maximum: float | None = None
    at_most: str | None = None
    unit: str | None = None
    aliases: tuple[str, ...] = ()
    choices: dict[str, Choice] = Field(default_factory=dict)


class RegisterRule(Rule):
    """One register: its fields, what identifies a row, and which rows count (`universe`, an expression over a row)."""

    label: Label
    source: str
    causes: str = Field(default="ROW", pattern="^[A-Z]{2,8}$")
    """The letters before the number in the codes of this register's causes: STAT-03."""
    example: tuple[dict[str, str | int | float], ...] = ()
    """Invented rows that the template shows."""
    key: tuple[str, ...]
    universe: str | None = None
    fields: dict[str, FieldRule]


def load_registers(overlay: Path | None = None) -> dict[str, RegisterRule]:
    """Every register by name. Raises: RulebookFaulty."""
    return load_rules("registers", RegisterRule, overlay)
