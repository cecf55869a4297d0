"""Ledger count: what a goal's count of a ledger comes to, day by day, with the rows behind it: live, from the rows themselves.

Changes when it changes which rows a goal counts. Rows that were withdrawn, belonged to others or were merged into another are in no count.
What was counted is kept in memory until a row of the ledger changes or the day does.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import accumulate
from typing import Any

import pyarrow as pa
from django.db.models import Count, Max, QuerySet, Sum
from django.utils import timezone

from jiaoheng.access.change import Change
from jiaoheng.ledgers.ledger_row import LedgerRow
from jiaoheng.measures.expression import Expression, quoted
from jiaoheng.organisations.organisation import Organisation
from jiaoheng.plans.count_rule import CountedTable, CountRule, check_count, time_of
from jiaoheng.plans.goal import Binding, Goal
from jiaoheng.plans.standing import Point
from jiaoheng.snapshots.ledger_tables import living_table

__all__ = ["CountedRow", "LedgerCount", "bind_to_ledger", "count_by", "count_of"]


@dataclass(frozen=True)
class CountedRow:
    """A row of the ledger that was counted: on which day, how many entries of it, and what they add to the count."""

    row: int
    organisation: str
    on: date
    entries: int
    amount: float


@dataclass(frozen=True)
class LedgerCount:
    """What was counted, from `first` to `last`: the rows in the order of their days."""

    table: CountedTable
    rule: CountRule
    first: date
    last: date
    rows: Sequence[CountedRow]

    def until(self, day: date) -> list[CountedRow]:
        """The rows counted by the end of a day."""
        return [one for one in self.rows if one.on <= day]

    def value(self, day: date) -> float:
        return sum(one.amount for one in self.until(day))

    def points(self, day: date) -> list[Point]:
        """The count as it grew: nought on the first day, each day on which it changed, and the day asked about; none before it began."""
        if day < self.first:
            return []
        by_day: dict[date, float] = {self.first: 0.0}
        for one in self.until(day):
            by_day[one.on] = by_day.get(one.on, 0.0) + one.amount
        by_day.setdefault(min(day, self.last), 0.0)
        days = sorted(by_day)
        return [Point(on, round(value, 6), "ledger") for on, value in zip(days, accumulate(by_day[on] for on in days), strict=True)]


def count_of(goal: Goal) -> LedgerCount:
    """What a goal that is bound to a ledger counts now. Raises: CountRefused."""
    rule = goal.count_rule
    first, last = time_of(rule, goal.plan.begins_on, goal.plan.ends_on, goal.due)
    return count_by(rule, goal.plan.organisation, first, last, answers=False)


def count_by(rule: CountRule, place: Organisation, first: date, last: date, *, answers: bool = True) -> LedgerCount:
    """What a rule counts of the rows of an organisation and those below it. Raises: CountRefused."""
    table, condition = check_count(rule, answers=answers)
    today = timezone.localdate()
    rows = _rows(rule, table, condition, place, first, last, today)
    known = rows.aggregate(rows=Count("pk"), newest=Max("pk"), events=Sum("events"))
    key, stamp = (rule, place.pk, first, last), (today, table.types, *known.values())
    kept = _KEPT.get(key)
    if kept is None or kept[0] != stamp:
        if len(_KEPT) >= _KEPT_AT_MOST:
            _KEPT.clear()
        kept = _KEPT[key] = (stamp, LedgerCount(table, rule, first, last, _counted(rule, table, condition, rows, first, last, today)))
    return kept[1]


def bind_to_ledger(goal: Goal, rule: CountRule, *, change: Change) -> Goal:
    """Let a goal follow a ledger from now on. What it followed before stays in its history. Raises: CountRefused; Refused."""
    check_count(rule)
    goal.bound_to, goal.measure, goal.stage = Binding.LEDGER, "", "all"
    goal.ledger_table, goal.ledger_where, goal.ledger_sum = rule.table, rule.where.strip(), rule.sum
    goal.ledger_by, goal.ledger_time = rule.by, rule.time
    return goal.store(change=change)


_KEPT: dict[Any, tuple[Any, LedgerCount]] = {}
_KEPT_AT_MOST = 200
_NOT_COUNTED = "('withdrawn', 'not_ours', 'merged')"


def _rows(
    rule: CountRule, table: CountedTable, condition: Expression | None, place: Organisation, first: date, last: date, today: date
) -> "QuerySet[LedgerRow]":
    """The rows that may count, narrowed as far as the database can."""
    rows = LedgerRow.objects.filter(ledger=table.ledger.name, opened_on__lte=today).order_by()
    if place.parent_id is not None:
        rows = rows.filter(organisation__in=place.subtree)
    if condition and "latest" in condition.columns:  # which row is the newest is told only among all of them
        return rows
    return rows.filter(**{f"{rule.by}__range": (first, last)}) if rule.by in ("opened_on", "closed_on") else rows


def _counted(
    rule: CountRule, table: CountedTable, condition: Expression | None, rows: "QuerySet[LedgerRow]", first: date, last: date, today: date
) -> list[CountedRow]:
    from jiaoheng.measures.engine import Engine  # brings DuckDB, which a start of the site has no use for

    wanted = {"ended", rule.by, *([rule.sum] if rule.sum else []), *(condition.columns if condition else ())}
    living: pa.Table = living_table(table.ledger.name, table.tables, table.name, rows, today, wanted)
    day, amount = quoted(rule.by), f"sum({quoted(rule.sum)})" if rule.sum else "count(*)"
    counted = f"coalesce({condition.sql()}, false)" if condition else "true"
    with Engine(living=living) as engine:
        found = engine.run(
            f'SELECT "row", any_value(organisation) AS organisation, {day} AS "on", count(*) AS entries, '
            f"CAST({amount} AS DOUBLE) AS amount FROM living WHERE {day} BETWEEN ? AND ? AND ended NOT IN {_NOT_COUNTED} AND {counted} "
            f'GROUP BY "row", {day} ORDER BY {day}, "row"',
            [first, last],
        )
    return [CountedRow(**{**one, "amount": one["amount"] or 0.0}) for one in found.to_pylist()]
