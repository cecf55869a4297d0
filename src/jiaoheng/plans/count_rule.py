"""Count rule: which rows of a ledger a goal counts or adds up, by which of their days, in what time; checked against the ledger's form.

Changes when a goal may count a ledger in another way. Conditions are written in the language of measures (`measures/expression.py`).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from difflib import get_close_matches
from typing import Literal

from django.conf import settings
from sqlglot import exp

from jiaoheng.ledgers.browser_forms import browser_forms
from jiaoheng.ledgers.ledger_version import LedgerVersion
from jiaoheng.ledgers.published_ledger import PublishedLedger, published_ledger
from jiaoheng.measures.catalogue import ledger_register
from jiaoheng.measures.expression import ColumnType, Expression, ExpressionRefused, row_expression
from jiaoheng.organisations.school_year import SCHOOL_YEAR_STARTS, SchoolYear
from jiaoheng.rulebook.ledger_questions import CLOCK_LISTS, LedgerTables, ledger_table_names, ledger_tables
from jiaoheng.rulebook.loader import Label
from jiaoheng.rulebook.tables import CALENDAR_WORDS

__all__ = ["TIMES", "CountFault", "CountRefused", "CountRule", "CountedTable", "Time", "check_count", "counted_table", "time_of"]

Time = Literal["plan", "calendar_year", "fiscal_year", "school_year"]
"""The time that is counted: the whole plan's, or the year of a calendar in which the goal is due."""

TIMES: Mapping[Time, Label] = {
    "plan": Label(en="from the plan's first day to its last", zh="计划起止之间"),
    "calendar_year": CALENDAR_WORDS["calendar_year"], "school_year": CALENDAR_WORDS["school_year"],
    "fiscal_year": CALENDAR_WORDS["fiscal_year"],
}  # fmt: skip


@dataclass(frozen=True)
class CountRule:
    """`table`: a ledger's table as in snapshots, or that of one of its repeats. `sum`: the column added up; none: rows are counted."""

    table: str
    where: str = ""
    sum: str = ""
    by: str = "opened_on"
    time: Time = "plan"


@dataclass(frozen=True)
class CountFault:
    """What is wrong with one part of a rule, and what to do."""

    about: Literal["table", "where", "sum", "by", "time"]
    en: str
    zh: str

    def said(self, language: str) -> str:
        return self.zh if language.lower().startswith("zh") else self.en


class CountRefused(Exception):
    """The ledger cannot be counted so, or cannot any more. Carries every fault."""

    def __init__(self, faults: list[CountFault]) -> None:
        self.faults = tuple(faults)
        super().__init__(" ".join(one.en for one in faults))


@dataclass(frozen=True)
class CountedTable:
    """A ledger's table as it is now. `types`: the columns a condition may use; `days`: those that are dates; `choices`: what a column of
    them can hold."""

    name: str
    ledger: PublishedLedger
    tables: LedgerTables
    types: Mapping[str, ColumnType]
    days: Mapping[str, Label]
    choices: Mapping[str, Mapping[str, Label]] = field(default_factory=dict)

    @property
    def title(self) -> Label:
        return self.tables.tables[self.name].label

    @property
    def labels(self) -> Mapping[str, Label]:
        return {name: column.label for name, column in self.tables.tables[self.name].columns.items()}

    @property
    def numbers(self) -> list[str]:
        """The columns that can be added up."""
        return [name for name, kind in self.types.items() if kind in ("count", "amount")]


def time_of(rule: CountRule, begins_on: date, ends_on: date, due: date) -> tuple[date, date]:
    """The first and the last day that a rule counts for a goal of a plan."""
    if rule.time == "plan":
        return begins_on, ends_on
    if rule.time == "school_year":
        year, month_and_day = SchoolYear.of(due).starts_in, SCHOOL_YEAR_STARTS
        return date(year, *month_and_day), date.fromordinal(date(year + 1, *month_and_day).toordinal() - 1)
    return date(due.year, 1, 1), date(due.year, 12, 31)


def counted_table(name: str) -> CountedTable:
    """A ledger's table by its name. Raises: CountRefused where the ledger was withdrawn, or has no such part any more."""
    forms = browser_forms()
    ledger = ledger_table_names(settings.RULEBOOK_OVERLAY, forms).get(name.partition("__")[0], "")
    published = published_ledger(ledger) if ledger else None
    tables = ledger_tables(ledger, settings.RULEBOOK_OVERLAY, forms) if published else None
    if published is None or tables is None:
        raise CountRefused([_gone(name)])
    if name not in tables.tables:
        parts = ", ".join(tables.tables)
        raise CountRefused([
            CountFault("table", f"The ledger «{published.title.en}» has no part «{name}» any more; it has: {parts}. Choose one of them.",
                       f"台账“{published.title.zh}”已没有“{name}”这一部分；现有：{parts}。请改选。")
        ])  # fmt: skip
    rule = tables.tables[name]
    days = {column: one.label for column, one in rule.columns.items() if one.type == "date"}
    return CountedTable(name, published, tables, ledger_register(rule).types, days, _choices(published, tables, name))


def check_count(rule: CountRule, *, answers: bool = True) -> tuple[CountedTable, Expression | None]:
    """The table that a rule counts, and its condition. `answers`: whether a condition may name only answers that the form has now.

    Raises: CountRefused with everything that is wrong, where, and how to mend it.
    """
    table = counted_table(rule.table)
    faults: list[CountFault] = []
    condition: Expression | None = None
    if rule.where.strip():
        try:
            condition = row_expression(rule.where, table.types, "truth")
            faults += _unknown_answers(condition, table) if answers else ()
        except ExpressionRefused as refused:
            faults.append(CountFault("where", f"Expected: {refused}.", refused.zh))
    if rule.sum and rule.sum not in table.numbers:
        faults.append(_no_column("sum", rule.sum, table.numbers, "a column of numbers", "数字列"))
    if rule.by not in table.days:
        faults.append(_no_column("by", rule.by, list(table.days), "a column of days", "日期列"))
    if rule.time not in TIMES:
        faults.append(CountFault("time", f"Expected one of: {', '.join(TIMES)}.", "请选择计数的期间。"))
    if faults:
        raise CountRefused(faults)
    return table, condition


def _gone(name: str) -> CountFault:
    """Why there is no such ledger."""
    ledger = name.partition("__")[0].removeprefix("ledger_")
    old = LedgerVersion.objects.filter(ledger=ledger).order_by("-pk").first()
    if old is None:
        return CountFault("table", f"There is no ledger «{ledger}» any more. Choose another one.", f"已没有台账“{ledger}”，请另选一个。")
    return CountFault(
        "table", f"The ledger «{old.title.en}» was withdrawn, so nothing is counted in it. Choose another one, or put it back.",
        f"台账“{old.title.zh}”已撤回，不再计数。请另选一个台账，或恢复该台账。",
    )  # fmt: skip


def _no_column(about: Literal["sum", "by"], name: str, known: list[str], en: str, zh: str) -> CountFault:
    near = get_close_matches(name, known, 1)
    meant = (f" Did you mean «{near[0]}»?", f"是否指“{near[0]}”？") if near else ("", "")
    return CountFault(
        about, f"«{name}» is not {en} of this ledger (any more).{meant[0]} There are: {', '.join(known) or '–'}.",
        f"本台账没有“{name}”这个{zh}（或已改名）。{meant[1]}现有：{'、'.join(known) or '无'}。",
    )  # fmt: skip


def _unknown_answers(condition: Expression, table: CountedTable) -> Iterator[CountFault]:
    """A column compared with an answer that nobody can give counts nothing in silence."""
    for node in condition.tree.find_all(exp.EQ, exp.NEQ, exp.In, exp.ArrayContains):
        column = next((one.name for one in (node.this, node.expression) if isinstance(one, exp.Column)), "")
        known = table.choices.get(column)
        given = [node.this, node.expression, *node.expressions]
        for text in [one.name for one in given if isinstance(one, exp.Literal) and one.is_string]:
            if known and text and text not in known:
                near = get_close_matches(text, known, 1) or [key for key, label in known.items() if text in (label.zh, label.en)]
                there = ", ".join(f"'{key}' ({label.en})" for key, label in known.items())
                zh = "、".join(f"'{key}'（{label.zh}）" for key, label in known.items())
                meant = (f" Did you mean '{near[0]}'?", f"是否指 '{near[0]}'？") if near else ("", "")
                written = node.sql(dialect="duckdb")
                yield CountFault(
                    "where", f"In «{written}»: '{text}' is no answer of «{column}».{meant[0]} There are: {there}.",
                    f"“{written}”里的 '{text}' 不是“{column}”的选项。{meant[1]}可用：{zh}。",
                )  # fmt: skip


_ENDED: Mapping[str, Label] = {
    "closed": Label(en="closed", zh="办结"), "withdrawn": Label(en="withdrawn", zh="撤回"),
    "not_ours": Label(en="belonged to others", zh="不属本单位"), "merged": Label(en="merged into another row", zh="已并入"),
}  # fmt: skip


def _choices(ledger: PublishedLedger, tables: LedgerTables, name: str) -> dict[str, dict[str, Label]]:
    """The answers of choice questions, the states and clocks of the processes, the ways to end."""
    form, processes = ledger.form, list(ledger.processes.values())
    states = {state: rule.label for process in processes for state, rule in process.states.items()}
    clocks = {clock: rule.label for process in processes for clock, rule in process.clocks.items()}
    found: dict[str, dict[str, Label]] = {"ended": dict(_ENDED)}
    if states:
        found |= {"state": states, **{one: states if one == "reached" else clocks for one in CLOCK_LISTS}}
    asked = {one.column: one for fields in form.tables.values() for one in fields if one.list_name}
    fields = {key: one.choices for process in processes for key, one in process.fields.items() if one.choices}
    for question in tables.questions[name]:
        known = asked.get(question.question)
        if question.question in fields:
            found[question.column] = dict(fields[question.question])
        elif known and known.choice_value == "name" and form.lists.get(known.list_name):
            found[question.column] = {one.name: form.both(one.labels) for one in reversed(form.lists[known.list_name])}
    return found
