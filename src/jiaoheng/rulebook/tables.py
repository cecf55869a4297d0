"""Tables of a snapshot: their columns, with type and meaning: the contract between freezing, measures and whoever reads the files.

Changes when what can be said of a column changes. The tables themselves are data (`data/tables/`); they follow the program and no bureau
lays its own over them.
"""

from collections.abc import Mapping
from functools import lru_cache
from typing import Literal

from pydantic import Field

from jiaoheng.rulebook.loader import Label, Rule, load_rules

__all__ = [
    "CALENDAR_WORDS", "COUNTED_WORDS", "NODE_COLUMNS", "ORGANISATION_COLUMNS", "SCHOOLS_WORDS",
    "Calendar", "ColumnRule", "Counted", "Schools", "ScopeRule", "TableRule", "load_tables",
]  # fmt: skip

Counted = Literal["household", "resident", "school_register"]
"""Whose number it is: persons by the household register, residents, or what schools' registers hold."""

Schools = Literal["own", "area", "public"]
"""Which schools: the bureau's own, all in its area, public ones only."""

Calendar = Literal["1_september", "school_year", "calendar_year", "fiscal_year"]
"""A point in time, a school year from September to August, a calendar year (of what happens), or a fiscal year (of money)."""


ORGANISATION_COLUMNS = ("kind", "school_type", "ownership", "locale")
"""Columns of the organisation that a measure may choose rows by, beside the table's own."""

NODE_COLUMNS = (*ORGANISATION_COLUMNS, "own")
"""These, and what the scope of a measure chooses by: whether the school is governed from within its county."""

COUNTED_WORDS: Mapping[Counted, Label] = {
    "household": Label(en="persons by the household register", zh="户籍人口口径"),
    "resident": Label(en="residents", zh="常住人口口径"),
    "school_register": Label(en="as in schools' registers", zh="学校（学籍）口径"),
}
SCHOOLS_WORDS: Mapping[Schools, Label] = {
    "own": Label(en="the bureau's own schools", zh="本局所属学校"),
    "area": Label(en="all schools of the area", zh="辖区内全部学校"),
    "public": Label(en="public schools", zh="公办学校"),
}
CALENDAR_WORDS: Mapping[Calendar, Label] = {
    "1_september": Label(en="on 1 September", zh="9月1日时点"),
    "school_year": Label(en="school year", zh="学年"),
    "calendar_year": Label(en="calendar year", zh="自然年度"),
    "fiscal_year": Label(en="fiscal year", zh="财政年度"),
}


class ScopeRule(Rule):
    """Who is counted, as a type."""

    counted: Counted
    schools: Schools


class ColumnRule(Rule):
    """One column. `codes` names the code table of its values; a column that `may_lack` can be empty."""

    type: Literal["text", "list", "count", "amount", "flag", "date"]
    en: str
    zh: str
    codes: str | None = None
    may_lack: bool = False

    @property
    def label(self) -> Label:
        return Label(en=self.en, zh=self.zh)


class TableRule(Rule):
    """One table. Every table also has organisation, school_year (the period as text) and stage.

    `key` tells the rows of one organisation, stage and period apart; `persons` says that a row is a person; `person_counts` are columns
    that count persons.
    """

    label: Label
    source: str
    row: Label
    period: Literal["school_year", "fiscal_year"]
    scope: ScopeRule
    calendar: Calendar
    persons: bool = False
    key: tuple[str, ...] = ()
    person_counts: tuple[str, ...] = ()
    columns: dict[str, ColumnRule] = Field(default_factory=dict)


@lru_cache(maxsize=1)
def load_tables() -> dict[str, TableRule]:
    """Every table that measures read, by name. Raises: RulebookFaulty."""
    return load_rules("tables", TableRule)
