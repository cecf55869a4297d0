"""Board: what a ledger's overview counts: tiles, months, states, schools, answers and clocks, each with the filter that lists its rows.

Changes when an overview can show something else. Which tiles a ledger has is data (`ledger_boards/*.yaml`); a ledger without a declaration
has those of the default. Everything is counted live, over the rows that the account may see.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any, Literal, Self

from django.db.models import Count, FloatField, Q, QuerySet, Sum
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast, TruncMonth
from pydantic import Field as KeyField
from pydantic import model_validator

from jiaoheng.access.account import Account
from jiaoheng.ledgers.form import Field, Form
from jiaoheng.ledgers.ledger_row import MARKS, LedgerRow
from jiaoheng.ledgers.published_ledger import PublishedLedger
from jiaoheng.ledgers.row_answers import marked_questions
from jiaoheng.ledgers.row_list import rows_in_scope
from jiaoheng.rulebook.loader import Label, Rule, load_rules

__all__ = ["Board", "BoardRule", "Counted", "Tile", "board_of", "board_rules", "rule_of"]

_SOON = 3
"""A clock with so many days left, or fewer, is amber on the board."""

_SCHOOLS = 10


class Tile(Rule):
    """One number. Of the year's rows: those in one of `state`, with these answers (`answer`), or `clock` (open, late, was_late, closed,
    on_time); all where nothing is said. `share`: as a share of the year's rows, of those judged for `on_time`; as in the measures, rows
    that were withdrawn or belonged to others are in no share. `sum`: a number question added up instead. `measure`: a measure of the
    newest snapshot instead. `better`: whether more or fewer is good, for its colour.
    """

    label: Label
    state: tuple[str, ...] = ()
    answer: dict[str, str] = KeyField(default_factory=dict)
    clock: Literal["", "open", "late", "was_late", "closed", "on_time"] = ""
    share: bool = False
    sum: str = ""
    measure: str = ""
    better: Literal["more", "less", "none"] = "none"
    unit: Label | None = None

    @model_validator(mode="after")
    def _one_thing(self) -> Self:
        if self.measure and (self.state or self.answer or self.clock or self.share or self.sum):
            raise ValueError("a «measure» alone: it is not narrowed here")
        if self.sum and self.share:
            raise ValueError("a «sum» or a «share», not both")
        return self


class BoardRule(Rule):
    """The overview of one ledger. `by`: choice questions whose answers are counted."""

    tiles: tuple[Tile, ...]
    by: tuple[str, ...] = ()


@dataclass(frozen=True)
class Counted:
    """A number with what it is called and the filters of the list that shows its rows (none: the list cannot show just these)."""

    key: str
    label: Label
    number: float
    of: float | None = None
    asks: Mapping[str, str] | None = None
    tile: Tile | None = None


@dataclass(frozen=True)
class Board:
    """An overview, counted. `months`: of each month how many ended, run and are late; `answers`: by question."""

    since: date
    tiles: Sequence[Counted]
    clocks: Sequence[Counted]
    months: Sequence[tuple[str, int, int, int]]
    states: Sequence[Counted]
    schools: Sequence[tuple[str, str, int, int, int]]
    answers: Sequence[tuple[Label, Sequence[Counted]]] = field(default_factory=list)


@cache
def board_rules(overlay: Path | None = None) -> dict[str, BoardRule]:
    """The declared overviews by ledger."""
    return load_rules("ledger_boards", BoardRule, overlay)


def rule_of(ledger: PublishedLedger, overlay: Path | None = None) -> BoardRule:
    """The ledger's overview as declared, else the default: rows, and where a clock runs what is open, late, closed and in time."""
    known = board_rules(overlay).get(ledger.name)
    if known is not None:
        return known
    tiles = [Tile(label=Label(en="Rows of the year", zh="本年记录"))]
    if ledger.processes:
        tiles += [
            Tile(label=Label(en="Open", zh="办理中"), clock="open"),
            Tile(label=Label(en="Overdue", zh="超期未结"), clock="late", better="less"),
            Tile(label=Label(en="Closed", zh="办结率"), clock="closed", share=True, better="more"),
            Tile(label=Label(en="Closed in time", zh="按期率"), clock="on_time", share=True, better="more"),
        ]
    return BoardRule(tiles=tuple(tiles))


def board_of(account: Account, ledger: PublishedLedger, *, today: date, overlay: Path | None = None) -> Board:
    """The overview of the twelve months up to a day, of the rows that the account may see. Rows merged into others are left out."""
    rule, form = rule_of(ledger, overlay), ledger.form
    since = (today.replace(day=1) - timedelta(days=334)).replace(day=1)
    every = rows_in_scope(account).filter(ledger=ledger.name, merged_into=None).order_by()
    rows = every.filter(opened_on__gte=since, opened_on__lte=today)
    marks = {question.column: mark for mark, question in zip(MARKS, marked_questions(form), strict=False)}
    counted = rows.exclude(_ended_otherwise(ledger))
    tiles = [_tile(place, tile, counted if tile.share else rows, today, since, form, marks) for place, tile in enumerate(rule.tiles)]
    asked = [name for name in (rule.by or tuple(marks)[:2]) if name in marks]
    return Board(
        since, tiles, _clocks(every, today) if ledger.processes else [], _months(rows, since, today), _states(rows, ledger, since),
        _schools(rows, today), [_answers(rows, form, name, marks[name], since) for name in asked],
    )  # fmt: skip


def _ended_otherwise(ledger: PublishedLedger) -> Q:
    """Rows that ended and were not closed: withdrawn, or not ours."""
    found = Q(pk__in=[])
    for name, process in ledger.processes.items():
        found |= Q(process=name, state__in=[state for state, rule in process.states.items() if rule.end not in (None, "closed")])
    return found


def _late(today: date) -> Q:
    return Q(due_on__lt=today, closed_on=None)


_CLOCK: Mapping[str, Q] = {
    "open": Q(closed_on=None), "was_late": Q(on_time=False), "closed": Q(closed_on__isnull=False), "on_time": Q(on_time=True),
}  # fmt: skip


def _tile(place: int, tile: Tile, rows: "QuerySet[LedgerRow]", today: date, since: date, form: Form, marks: Mapping[str, str]) -> Counted:
    condition = _late(today) if tile.clock == "late" else _CLOCK.get(tile.clock, Q())
    if tile.state:
        condition &= Q(state__in=tile.state)
    for name, answer in tile.answer.items():
        condition &= Q(**{marks[name] if name in marks else _within_answers(form, name): answer})
    asks: dict[str, str] | None = {"from": since.isoformat()}
    if len(tile.state) > 1 or tile.clock in ("closed", "on_time") or any(name not in marks for name in tile.answer):
        asks = None
    else:
        asks = {"from": since.isoformat(), "state": "".join(tile.state), "clock": tile.clock}
        asks |= {marks[name]: answer for name, answer in tile.answer.items()}
    if tile.measure:
        return Counted(str(place), tile.label, 0, None, None, tile)
    found = rows.filter(condition)
    if tile.sum:
        question = next((one for one in form.fields if one.column == tile.sum and not one.repeats), None)
        return Counted(str(place), tile.label, _added(found, question), None, asks, tile)
    of = None
    if tile.share:
        of = float(rows.exclude(on_time=None).count() if tile.clock == "on_time" else rows.count())
    return Counted(str(place), tile.label, found.count(), of, asks, tile)


def _within_answers(form: Form, name: str) -> str:
    """The lookup of an answer that no mark holds."""
    return "__".join(["answers", *form.field_named(name).path.split("/")[2:]])


def _added(rows: "QuerySet[LedgerRow]", question: Field | None) -> float:
    """The sum of a number question's answers."""
    if question is None:
        return 0.0
    steps, answer = question.path.split("/")[2:], "answers"
    told: Any = KeyTextTransform(steps[0], answer)
    for step in steps[1:]:
        told = KeyTextTransform(step, told)
    return float(rows.aggregate(sum=Sum(Cast(told, FloatField())))["sum"] or 0)


def _clocks(every: "QuerySet[LedgerRow]", today: date) -> list[Counted]:
    """Open rows by the colour of their clock: overdue, due soon, with time left, without a running clock; of every year."""
    soon = today + timedelta(days=_SOON)
    found = every.filter(closed_on=None).aggregate(
        red=Count("pk", filter=Q(due_on__lt=today)), amber=Count("pk", filter=Q(due_on__gte=today, due_on__lte=soon)),
        green=Count("pk", filter=Q(due_on__gt=soon)), grey=Count("pk", filter=Q(due_on=None)),
    )  # fmt: skip
    words = {
        "red": Label(en="overdue", zh="已超期"), "amber": Label(en="due within 3 days", zh="3日内到期"),
        "green": Label(en="with time left", zh="期限内"), "grey": Label(en="no clock running", zh="无计时"),
    }  # fmt: skip
    asks = {"red": {"clock": "late"}, "amber": {"clock": "open", "due": soon.isoformat(), "sort": "due_on"}}
    return [Counted(key, label, found[key], None, asks.get(key, {"clock": "open", "sort": "due_on"})) for key, label in words.items()]


def _months(rows: "QuerySet[LedgerRow]", since: date, today: date) -> list[tuple[str, int, int, int]]:
    """Month, rows that ended, that run in time, that are late; every month of the year, empty ones too."""
    ended, late = Count("pk", filter=Q(closed_on__isnull=False)), Count("pk", filter=_late(today))
    found = rows.annotate(month=TruncMonth("opened_on")).values("month").annotate(all=Count("pk"), ended=ended, late=late)
    told = {one["month"].strftime("%Y-%m"): one for one in found}
    months, day = [], since
    while day <= today:
        one = told.get(day.strftime("%Y-%m"), {"all": 0, "ended": 0, "late": 0})
        months.append((day.strftime("%Y-%m"), one["ended"], one["all"] - one["ended"] - one["late"], one["late"]))
        day = (day.replace(day=28) + timedelta(days=4)).replace(day=1)
    return months


def _states(rows: "QuerySet[LedgerRow]", ledger: PublishedLedger, since: date) -> list[Counted]:
    counts = dict(rows.values_list("state").annotate(Count("pk")))
    labels: dict[str, Label] = {}
    for process in ledger.processes.values():
        labels = {**{state: rule.label for state, rule in process.states.items()}, **labels}
    return [
        Counted(state, label, counts[state], None, {"from": since.isoformat(), "state": state})
        for state, label in labels.items()
        if counts.get(state)
    ]


def _schools(rows: "QuerySet[LedgerRow]", today: date) -> list[tuple[str, str, int, int, int]]:
    """The organisations with most late, then most open rows: code, name, rows, open, late."""
    found = rows.values("organisation__code", "organisation__name_zh", "organisation__name_en").annotate(
        all=Count("pk"), open=Count("pk", filter=Q(closed_on=None)), late=Count("pk", filter=_late(today))
    )
    return [
        (one["organisation__code"], one["organisation__name_zh"] or one["organisation__name_en"], one["all"], one["open"], one["late"])
        for one in found.order_by("-late", "-open", "-all", "organisation__code")[:_SCHOOLS]
    ]


def _answers(rows: "QuerySet[LedgerRow]", form: Form, name: str, mark: str, since: date) -> tuple[Label, list[Counted]]:
    """The answers of a choice question, most given first."""
    question = form.field_named(name)
    labels = {choice.name: form.both(choice.labels) for choice in reversed(form.lists.get(question.list_name, ()))}
    counts = dict(rows.exclude(**{mark: ""}).values_list(mark).annotate(Count("pk")))
    told = sorted(counts.items(), key=lambda one: (-one[1], one[0]))[:12]
    return form.both(question.labels), [
        Counted(answer, labels.get(answer, Label(en=answer, zh=answer)), number, None, {"from": since.isoformat(), mark: answer})
        for answer, number in told
    ]
