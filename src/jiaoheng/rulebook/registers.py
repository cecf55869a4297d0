"""Register definitions: the fields of a register, with type, range, choices and the headings they go by.

Changes when what can be said of a field changes. The definitions themselves are data (`data/registers/`).
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Literal, Self

from pydantic import Field, model_validator

from jiaoheng.rulebook.choice import Choice
from jiaoheng.rulebook.codes import CodeTable, load_codes
from jiaoheng.rulebook.loader import Label, Rule, RulebookFaulty, RuleFault, load_rules, rulebook_file

__all__ = ["Choice", "FieldRule", "FieldType", "RegisterRule", "load_registers"]

FieldType = Literal[
    "organisation",  # the code of an organisation that the directory knows
    "name",  # the name of that organisation: compared, and where `instead` allows it, looked up
    "school_year",
    "choice",  # one of `choices`, or of the code table `table`
    "stages",  # several of them, separated; kept comma-separated in the table's order
    "count",
    "amount",
    "degrees",
    "code",
    "text",
    "date",
    "currency",
    "boolean",  # 是/否, 有/无, 1/0, yes/no
    "grade",  # of the table `grade`, also as «2018级», «小学一年级», «1»
    "class_name",  # what the school calls the class, without 班 and without the grade before it
    "identity_number",  # 18 characters with check digit; kept sealed
    "student_number",  # 19 characters beginning with G, L or J
    "phone",  # kept sealed
    "bank_card",  # kept sealed
]

SEALED = frozenset({"identity_number", "phone", "bank_card"})
"""Types whose cells are never quoted in a message."""


class FieldRule(Rule):
    """One field of a register. `stored: false` fields are read to check a row, not kept.

    `table`: the code table whose values the field takes (`choices` is then filled from it when the registers are loaded).
    `none`: words that say «this does not hold»; they are read as the empty text, which is not the same as a cell left blank.
    `instead`: another field of the register that can stand in this one's place, so that the column itself may be missing.
    `not_before`: another date of the row that this one may not precede. `sensitive`: the cell is never quoted.
    """

    type: FieldType
    label: Label
    required: bool = False
    stored: bool = True
    minimum: float = 0
    maximum: float | None = None
    at_most: str | None = None
    not_before: str | None = None
    unit: str | None = None
    aliases: tuple[str, ...] = ()
    table: str | None = None
    none: tuple[str, ...] = ()
    instead: str | None = None
    sensitive: bool = False
    choices: dict[str, Choice] = Field(default_factory=dict)

    @property
    def hidden(self) -> bool:
        """Whether what the cell says may not be shown."""
        return self.sensitive or self.type in SEALED


class RegisterRule(Rule):
    """One register: its fields, what identifies a row, and which rows count (`universe`, an expression over a row)."""

    label: Label
    source: str
    causes: str = Field(default="ROW", pattern="^[A-Z]{2,8}$")
    """The letters before the number in the codes of this register's causes: STAT-03."""
    order: int = 50
    """Sheets of registers with a smaller number are taken in first: schools before classes, classes before pupils."""
    example: tuple[dict[str, str | int | float], ...] = ()
    """Invented rows that the template shows."""
    key: tuple[str, ...]
    universe: str | None = None
    fields: dict[str, FieldRule]

    @model_validator(mode="after")
    def _names_are_fields(self) -> Self:
        for name in self.key:
            if name not in self.fields:
                raise ValueError(f"the key names {name}, which is not a field")
        for name, field in self.fields.items():
            for other in (field.at_most, field.instead, field.not_before):
                if other is not None and other not in self.fields:
                    raise ValueError(f"{name} names {other}, which is not a field")
            if field.type == "grade" and field.table is None:
                raise ValueError(f"{name} is a grade and names no table")
        return self


def load_registers(overlay: Path | None = None) -> dict[str, RegisterRule]:
    """Every register by name, code tables filled in, in the order in which their sheets are taken in. Raises: RulebookFaulty."""
    registers = load_rules("registers", RegisterRule, overlay)
    if not any(field.table for rule in registers.values() for field in rule.fields.values()):
        return registers
    tables = load_codes(overlay)
    faults = [
        RuleFault(rulebook_file(f"registers/{name}.yaml", overlay) or Path(f"registers/{name}.yaml"), 1, f"{name}.{key}", expected)
        for name, key, expected in _unknown_tables(registers, tables)
    ]
    if faults:
        raise RulebookFaulty(faults)
    filled = {name: rule.model_copy(update={"fields": _filled(rule, tables)}) for name, rule in registers.items()}
    return dict(sorted(filled.items(), key=lambda item: item[1].order))


def _filled(rule: RegisterRule, tables: dict[str, CodeTable]) -> dict[str, FieldRule]:
    return {
        name: field.model_copy(update={"choices": dict(tables[field.table].codes)}) if field.table else field
        for name, field in rule.fields.items()
    }


def _unknown_tables(registers: dict[str, RegisterRule], tables: dict[str, CodeTable]) -> Iterator[tuple[str, str, str]]:
    for name, rule in registers.items():
        for key, field in rule.fields.items():
            if field.table is not None and field.table not in tables:
                yield name, f"fields.{key}.table", f"one of the code tables: {', '.join(sorted(tables))} (given: {field.table!r})"
