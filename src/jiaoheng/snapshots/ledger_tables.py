"""Ledger tables: where the rows of every ledger stand, and what they answer, as a snapshot holds them; or one of them as it stands now.

Changes when what is frozen of ledgers changes. One table holds the standing of all rows; beside it every ledger that has rows has tables
of its own, with the answers that the rulebook lets in (`rulebook/ledger_questions.py`): nothing that names or identifies a person.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from itertools import islice
from typing import Any

import pyarrow as pa
from django.conf import settings
from django.db.models import F, QuerySet

from jiaoheng.ledgers.answer_types import NotOfThisType, read_answer
from jiaoheng.ledgers.browser_forms import browser_forms
from jiaoheng.ledgers.clock import read_clocks
from jiaoheng.ledgers.events import Case, replay
from jiaoheng.ledgers.form import DataType, Form
from jiaoheng.ledgers.form_submission import Row
from jiaoheng.ledgers.ledger_row import LedgerRow
from jiaoheng.ledgers.ledger_version import LedgerVersion
from jiaoheng.ledgers.process import Process
from jiaoheng.ledgers.published_ledger import ledger_processes, process_calendar
from jiaoheng.ledgers.row_answers import Masked, as_text, rows_of
from jiaoheng.ledgers.row_event import UNCOUNTED, RowEvent
from jiaoheng.organisations.school_year import SchoolYear
from jiaoheng.rulebook.ledger_questions import CLOCK_LISTS, LedgerTables, TableQuestion, ledger_tables
from jiaoheng.rulebook.tables import ORGANISATION_COLUMNS, TableRule

__all__ = ["answer_tables", "ledger_rows", "living_table"]

_COLUMNS = ("pk", "process", "state", "opened_on", "due_on", "closed_on", "on_time", "merged_into_id")
_BATCH = 2000


def ledger_rows(day: date) -> pa.Table:
    """Every row opened by the day. One that ended later has not ended yet; its state and judgement are the present ones."""
    standing = _Standing(day)
    columns: dict[str, list[Any]] = {name: [] for name in _SCHEMA.names}
    found = LedgerRow.objects.filter(opened_on__lte=day).order_by().annotate(code=F("organisation__code"))
    for row in found.values("code", "ledger", *_COLUMNS).iterator(chunk_size=5000):
        values = standing.of(row) | {"ledger": row["ledger"]}
        for name, cells in columns.items():
            cells.append(values[name])
    return pa.table(columns, schema=_SCHEMA)


def answer_tables(day: date) -> Iterator[tuple[str, TableRule, pa.Table]]:
    """The tables of every ledger that has rows opened by the day, with their rules. Events after the day are not seen."""
    rows = LedgerRow.objects.filter(opened_on__lte=day).order_by()
    names = sorted(rows.values_list("ledger", flat=True).distinct())
    published = browser_forms() if names else {}
    standing = _Standing(day)
    for name in names:
        tables = ledger_tables(name, settings.RULEBOOK_OVERLAY, published) or ledger_tables(name, None, _kept_forms(name))
        if tables is not None:
            columns = _filled(name, tables, standing, LedgerRow.objects.filter(ledger=name, opened_on__lte=day))
            for table, rule in tables.tables.items():
                schema = pa.schema([(column, _ARROW.get(kind, pa.string())) for column, kind in _first(rule).items()])
                yield table, rule, pa.table(columns[table], schema=schema)


def living_table(name: str, tables: LedgerTables, table: str, rows: "QuerySet[LedgerRow]", day: date, wanted: Collection[str]) -> pa.Table:
    """One table of a ledger over some of its rows as they stand on a day: `row`, and the columns wanted, those of the organisation too.

    Answers are read, and what happened to a row is gone through, only where a column asks for it: they are most of the work.
    """
    whole, processes = tables.tables[table], [one for one in ledger_processes().values() if one.ledger == name]
    rule = whole.model_copy(update={"columns": {one: kept for one, kept in whole.columns.items() if one in (*wanted, "row", "opened_on")}})
    told = {*CLOCK_LISTS, *(field for process in processes for field in process.fields)}
    questions = tuple(one for one in tables.questions[table] if one.column in wanted)
    asked = {one.question for one in questions}.union(wanted)
    only = replace(tables, tables={table: rule}, questions={table: questions})
    columns = _filled(name, only, _Standing(day), rows, events=not told.isdisjoint(asked), places=ORGANISATION_COLUMNS)[table]
    types = {**_first(rule), **dict.fromkeys(ORGANISATION_COLUMNS, "text"), "row": "count"}
    kept = {column: kind for column, kind in types.items() if column in (*wanted, "row", "organisation")}
    columns["row"] = [int(row) for row in columns["row"]]
    return pa.table(
        {column: columns[column] for column in kept}, schema=pa.schema([(one, _ARROW.get(kind, pa.string())) for one, kind in kept.items()])
    )


_Columns = dict[str, list[Any]]


def _filled(
    name: str, tables: LedgerTables, standing: "_Standing", found: "QuerySet[LedgerRow]", *, events: bool = True, places: Sequence[str] = ()
) -> dict[str, _Columns]:
    """The cells of a ledger's tables, column by column. `places`: columns of the organisation to have beside them."""
    columns: dict[str, _Columns] = {table: {one: [] for one in (*_first(rule), *places)} for table, rule in tables.tables.items()}
    forms: dict[int, Form] = {version.pk: version.form for version in LedgerVersion.objects.filter(ledger=name)}
    readers = {table: _readers(rule, tables.questions[table]) for table, rule in tables.tables.items()}
    counts = {f"{repeat}_entries" for repeat in tables.repeats.values()}
    answered = any(tables.repeats[table] or readers[table] or counts & {*rule.columns} for table, rule in tables.tables.items())
    ordered = found.order_by("pk").annotate(code=F("organisation__code"), **{f"of_{one}": F(f"organisation__{one}") for one in places})
    read_of = ["code", "version_id", *_COLUMNS, *(f"of_{one}" for one in places), *(["answers"] if answered else [])]
    rows = ordered.values(*read_of).iterator(chunk_size=_BATCH)
    while some := list(islice(rows, _BATCH)):
        cases = standing.cases(some) if events else {}
        for row in some:
            case = cases.get(row["pk"])
            first = standing.of(row) | standing.gone_through(row, case) | {one: row[f"of_{one}"] for one in places}
            parts = rows_of(forms[row["version_id"]], row["answers"]) if answered else [_UNREAD]
            said = {question: text for question, text in case.fields.items() if text} if case else {}
            for table in tables.tables:
                repeat = tables.repeats[table]
                for part in [part for part in parts if _repeat_of(part) == repeat]:
                    values = dict(first) | {"entry": ".".join(map(str, part.at))}
                    values |= {f"{other}_entries": sum(_repeat_of(one) == other for one in parts) for other in tables.repeats.values()}
                    plain = {column: value for column, value in part.values.items() if not isinstance(value, Masked)}
                    answers = plain if repeat else {**plain, **said}
                    values |= {column: read(answers.get(question)) for column, question, read in readers[table]}
                    for column, cells in columns[table].items():
                        cells.append(values.get(column))
    newest: dict[tuple[str, str], tuple[date, int]] = {}
    for own in columns.values():
        where = list(zip(own["organisation"], own["school_year"], strict=True))
        order = [(opened, int(row)) for opened, row in zip(own["opened_on"], own["row"], strict=True)]
        for place, when in zip(where, order, strict=True):
            newest[place] = max(newest.get(place, when), when)
        own["latest"] = [newest[place] == when for place, when in zip(where, order, strict=True)]
    return columns


_UNREAD = Row("", (), {})
"""The form itself, where none of its answers is asked for."""


def _repeat_of(part: Row) -> str:
    """The name of the repeat that the answers stand in; nothing for the form itself."""
    return part.table.rpartition("/")[2] if part.at else ""


def _first(rule: TableRule) -> dict[str, str]:
    """Every column of the table with its type, those of all tables first."""
    return dict.fromkeys(("organisation", "school_year", "stage"), "text") | {name: column.type for name, column in rule.columns.items()}


class _Standing:
    """Where rows stand on a day."""

    def __init__(self, day: date) -> None:
        self.day, self._processes = day, ledger_processes()
        self._ends = {(name, state): rule.end or "" for name, process in self._processes.items() for state, rule in process.states.items()}
        self._years: dict[date, str] = {}

    def of(self, row: Mapping[str, Any]) -> dict[str, Any]:
        """The columns that every row of every ledger has."""
        opened, closed = row["opened_on"], row["closed_on"]
        over = closed is not None and closed <= self.day
        overdue = not over and row["due_on"] is not None and row["due_on"] < self.day
        ended = "merged" if row["merged_into_id"] else self._ends.get((row["process"], row["state"]), "") or "closed"
        year = self._years.get(opened) or self._years.setdefault(opened, str(SchoolYear.of(opened)))
        return {
            "organisation": row["code"], "school_year": year, "calendar_year": str(opened.year), "stage": "", "row": str(row["pk"]),
            "process": row["process"], "state": row["state"],
            "opened_on": opened, "due_on": None if over else row["due_on"], "closed_on": closed if over else None,
            "ended": ended if over else "", "clocked": bool(row["process"]), "overdue": overdue,
            "judged": overdue or row["on_time"] is False or (over and row["on_time"] is not None),
            "on_time": over and row["on_time"] is True,
        }  # fmt: skip

    def cases(self, rows: Sequence[Mapping[str, Any]]) -> dict[int, Case]:
        """What happened to the rows up to the day."""
        processes = {row["pk"]: process for row in rows if (process := self._processes.get(row["process"]))}
        happened: dict[int, list[RowEvent]] = {}
        events = RowEvent.objects.filter(row__in=list(processes), on__lte=self.day)
        for event in events.order_by("row", "number").defer(*UNCOUNTED):
            happened.setdefault(event.row_id, []).append(event)
        return {key: replay(processes[key], [event.as_counted for event in events]) for key, events in happened.items()}

    def gone_through(self, row: Mapping[str, Any], case: Case | None) -> dict[str, Any]:
        """The states a row has been in, the clocks that were kept and missed, the month it began, the days it took."""
        over = row["closed_on"] is not None and row["closed_on"] <= self.day
        judged = _judged(case, case.process, self.day) if case else {}
        return {
            "month": row["opened_on"].isoformat()[:7],
            "days": (row["closed_on"] - row["opened_on"]).days if over else None,
            "reached": ",".join(dict.fromkeys(state for state, _event in case.entries())) if case else row["state"],
            "kept": ",".join(name for name, kept in judged.items() if kept),
            "missed": ",".join(name for name, kept in judged.items() if not kept),
        }


def _judged(case: Case, process: Process, day: date) -> dict[str, bool]:
    """Of every clock that was judged by the day whether it was kept, in the order of the process."""
    readings = read_clocks(case, process_calendar(process), day)
    return {name: readings[name].on_time is True for name in process.clocks if name in readings and readings[name].on_time is not None}


def _kept_forms(name: str) -> dict[str, list[bytes]]:
    """The forms of a ledger whose file left the rulebook: its rows stay."""
    return {name: [bytes(version.source) for version in LedgerVersion.objects.filter(ledger=name).order_by("pk")]}


_Reader = Callable[[Any], Any]


def _readers(rule: TableRule, questions: Sequence[TableQuestion]) -> list[tuple[str, str, _Reader]]:
    """Of every column of answers: its name, the question that fills it, and how an answer becomes its value."""
    return [(one.column, one.question, _READERS[rule.columns[one.column].type]) for one in questions]


def _typed(kind: DataType, fits: type) -> _Reader:
    """The answer as the type, whether it stands typed or as a text; None where it is not of it."""

    def read(answer: Any) -> Any:
        if answer is None or answer == "":
            return None
        try:
            value = answer if isinstance(answer, fits) else read_answer(as_text(answer), kind)
        except NotOfThisType:
            return None
        return value.date() if isinstance(value, datetime) else float(value) if isinstance(value, Decimal) else value

    return read


def _several(answer: Any) -> str:
    return ",".join(as_text(answer).split())


_READERS: Mapping[str, _Reader] = {
    "text": as_text, "list": _several, "count": _typed("int", int), "date": _typed("date", date),
    "amount": lambda answer: None if (value := _typed("decimal", float)(answer)) is None else float(value),
}  # fmt: skip
_ARROW: Mapping[str, Any] = {"count": pa.int64(), "amount": pa.float64(), "flag": pa.bool_(), "date": pa.date32()}
_TYPES: dict[str, Any] = {
    **dict.fromkeys(("organisation", "school_year", "stage", "ledger", "row", "process", "state"), pa.string()),
    "opened_on": pa.date32(),
    "calendar_year": pa.string(),
    "due_on": pa.date32(),
    "closed_on": pa.date32(),
    "ended": pa.string(),
    **dict.fromkeys(("clocked", "overdue", "judged", "on_time"), pa.bool_()),
}
_SCHEMA = pa.schema(list(_TYPES.items()))
