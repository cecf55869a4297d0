"""Sealing: the rows that a ledger has already, sealed by the marks of the form in use: rows from before answers were sealed, and rows of
older versions whose questions a new version marks as personal.

Changes when it is decided otherwise which kept rows are sealed, or when. Done in batches, each a transaction of its own; who is killed in
between goes on where it stopped, since what is sealed is left as it is. What is sealed is never opened again by a form that marks less.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time
from typing import Any

from django.conf import settings
from django.db import connection, models, transaction

from jiaoheng.access import trail
from jiaoheng.ledgers.form import Form
from jiaoheng.ledgers.ledger_row import MARKS, LedgerRow
from jiaoheng.ledgers.ledger_version import LedgerVersion, VersionState, form_of
from jiaoheng.ledgers.process import Process, load_processes
from jiaoheng.ledgers.row_answers import as_text, columns_of, marked_questions
from jiaoheng.ledgers.row_event import RowEvent
from jiaoheng.ledgers.sealed_answers import SHEET, mask_of, opened, parted, sealed_in, sealed_instance, sealed_text, title_of
from jiaoheng.ledgers.sealed_word import SealedWord, keep_words, words_in
from jiaoheng.ledgers.written_words import FROM_THE_FORM, MASK, words_of

__all__ = ["Kept", "seal_kept_rows", "seal_kept_words"]

_AT_ONCE = 1_000
_WRITTEN_AT_ONCE = 100


@dataclass(frozen=True)
class Kept:
    """The tables to go over: the program's own, or as a migration knows them."""

    versions: Any = LedgerVersion
    rows: Any = LedgerRow
    events: Any = RowEvent
    words: Any = SealedWord


def seal_kept_rows(
    ledger: str = "", *, at_most: int | None = None, kept: Kept | None = None, forms: Mapping[str, tuple[str, bytes]] | None = None
) -> int:
    """How many rows were sealed, of one ledger or of all. A version that was gone over by the form now in use costs nothing.

    at_most: go over so many rows, and leave the others to the next call. forms: digest and source of the form that is to come into use, by
    ledger, where it is not stored yet.
    """
    tables, left, sealed = kept or Kept(), at_most, 0
    versions: models.QuerySet[Any] = models.QuerySet(tables.versions).filter(**({"ledger": ledger} if ledger else {}))
    stored = list(versions.values("pk", "ledger", "digest", "state", "sealed_by"))
    current = {one["ledger"]: one["digest"] for one in stored if one["state"] == VersionState.CURRENT}
    current |= {name: digest for name, (digest, _source) in (forms or {}).items() if name in current}
    for one in stored:
        target = current.get(one["ledger"], one["digest"])
        if one["sealed_by"] == target:
            continue
        if models.QuerySet(tables.rows).filter(version=one["pk"]).exists():
            over = _Version(one["pk"], one["ledger"], *_forms(versions, one["pk"], one["ledger"], target, forms or {}))
            for looked, done in _gone_over(over, tables, left):
                sealed, left = sealed + done, None if left is None else left - looked
            if left is not None and left <= 0:
                return sealed
        versions.filter(pk=one["pk"]).update(sealed_by=target)
    if sealed:
        _forgotten()
    return sealed


def seal_kept_words(kept: Kept | None = None) -> int:
    """How many events were sealed that have words from before these were. Who is killed goes on: what is sealed is passed over."""
    tables, last, sealed = kept or Kept(), 0, 0
    wrote = models.Q(account__isnull=False) & ~models.Q(note="")
    filled = ~models.Q(kind__in=FROM_THE_FORM) & ~models.Q(fields={})
    events: models.QuerySet[Any] = models.QuerySet(tables.events).filter(wrote | filled, words__isnull=True).order_by("pk")
    forms: dict[int, Form] = {}
    processes = load_processes(settings.RULEBOOK_OVERLAY) if events.exists() else {}
    while True:
        with transaction.atomic():
            _write_over()
            batch = list(events.filter(pk__gt=last).select_related("row")[:_AT_ONCE])
            for key in {one.row.version_id for one in batch} - forms.keys():
                version: Any = models.QuerySet(tables.versions).get(pk=key)
                forms[key] = form_of(bytes(version.source), version.ledger)
            told = [one for one in batch if _sealed_words(one, forms[one.row.version_id], processes)]
            _write(tables.events, told, ["note", "fields", "words"])
        if not batch:
            break
        last, sealed = batch[-1].pk, sealed + len(told)
    if sealed:
        _forgotten()
    return sealed


def _sealed_words(event: Any, form: Form, processes: Mapping[str, Process]) -> bool:
    already = opened(event.personal.clear).get("fields", {}) if event.personal is not None else {}
    fields = {name: said for name, said in event.fields.items() if name not in already}
    words = words_of(event.kind, event.note if event.account_id else "", fields, form, processes.get(event.row.process))
    if not words:
        return False
    event.note = event.note if event.account_id is None else ""
    event.fields = event.fields | dict.fromkeys(words.get("fields", {}), MASK)
    event.words = sealed_text(words)
    return True


@dataclass(frozen=True)
class _Version:
    """A version whose rows are gone over, its form, and the form in use."""

    key: int
    ledger: str
    form: Form
    now: Form


def _forms(versions: Any, key: int, ledger: str, target: str, forms: Mapping[str, tuple[str, bytes]]) -> tuple[Form, Form]:
    own = form_of(bytes(versions.get(pk=key).source), ledger)
    if ledger in forms and forms[ledger][0] == target:
        return own, form_of(forms[ledger][1], ledger)
    return own, form_of(bytes(versions.get(ledger=ledger, digest=target).source), ledger)


def _gone_over(over: _Version, tables: Kept, at_most: int | None) -> Iterator[tuple[int, int]]:
    """Rows looked at and rows sealed, a pair a batch."""
    paths, last = sealed_in(over.form, over.now), 0
    rows: models.QuerySet[Any] = models.QuerySet(tables.rows).filter(version=over.key).order_by("pk")
    while paths and (at_most is None or at_most > 0):
        with transaction.atomic():
            if tables.rows is LedgerRow:
                trail.hold()  # nobody writes between the reading and the writing
            _write_over()
            batch = list(rows.filter(pk__gt=last)[:_AT_ONCE])
            if not batch:
                return
            changed = [row for row in batch if _sealed_row(row, over, paths)]
            _write(tables.rows, changed, ["answers", "personal", "title", "instance_id", *MARKS])
            keep_words({row.pk: words_in(opened(row.personal.clear)) for row in changed if row.personal}, anew=True, model=tables.words)
            events: models.QuerySet[Any] = models.QuerySet(tables.events).filter(row__in=[row.pk for row in batch])
            told = [one for one in events if _sealed_event(one, over.form, paths)]
            _write(tables.events, told, ["fields", "before", "personal", *_words_column(tables.events)])
        last, at_most = batch[-1].pk, None if at_most is None else at_most - len(batch)
        yield len(batch), len(changed)


def _write(model: Any, changed: Sequence[Any], names: list[str]) -> None:
    models.QuerySet(model).bulk_update(changed, names, batch_size=_WRITTEN_AT_ONCE)


def _sealed_row(row: Any, over: _Version, paths: frozenset[str]) -> bool:
    name = as_text((row.answers.get("meta") or {}).get("instanceName"))
    part = parted(over.form, row.answers, paths)
    by_workbook = row.instance_id.startswith(SHEET)
    if by_workbook:
        row.instance_id = sealed_instance(row.instance_id)
    row.answers = _renamed(part.answers)
    if part.clear:
        before = opened(row.personal.clear) if row.personal is not None else {}
        row.personal = sealed_text(before | part.clear)
        columns = columns_of(over.form, row.answers)
        row.title = title_of(over.form, row.answers, columns, name=name, sealed=paths, now=datetime.combine(row.opened_on, time()))
        questions = [question.column for question in marked_questions(over.now)]
        for mark, column in zip(MARKS, [*questions, "", "", ""], strict=False):
            setattr(row, mark, columns.get(column, "")[:100] if column else "")
    return by_workbook or bool(part.clear)


def _sealed_event(event: Any, form: Form, paths: frozenset[str]) -> bool:
    """An event says the same as before: masks stand for what is sealed, beside which it is kept."""
    known = opened(event.personal.clear) if event.personal is not None else {}
    asked = {question.column: question for question in form.tables[form.root.path] if question.path in paths}
    already, written = known.get("fields", {}), _written(event)
    spoken = written.get("fields", {})
    fields = {name: spoken.get(name, said) for name, said in event.fields.items() if name in asked and said and name not in already}
    before = parted(form, event.before.get("answers", {}), paths)
    if not fields and not before.clear:
        return False
    event.fields = {**event.fields, **{name: mask_of(asked[name], said) for name, said in fields.items()}}
    if fields.keys() & spoken.keys():
        left = {name: said for name, said in spoken.items() if name not in fields}
        event.words = sealed_text({name: said for name, said in (written | {"fields": left}).items() if said})
    if before.clear:
        event.before = {**event.before, "answers": _renamed(before.answers)}
    whole = {"fields": already | fields, "before": known.get("before", {}) | before.clear}
    event.personal = sealed_text({name: said for name, said in whole.items() if said})
    return True


def _written(event: Any) -> dict[str, Any]:
    """What somebody wrote; nothing where the table, as an earlier migration knows it, has no such column yet."""
    words = getattr(event, "words", None)
    return opened(words.clear) if words is not None else {}


def _words_column(events: Any) -> list[str]:
    return [field.name for field in events._meta.concrete_fields if field.name == "words"]


def _renamed(answers: dict[str, Any]) -> dict[str, Any]:
    """The answers with a row's name from a workbook under the key."""
    meta = answers.get("meta") or {}
    if not str(meta.get("instanceID", "")).startswith(SHEET):
        return answers
    return {**answers, "meta": {**meta, "instanceID": sealed_instance(meta["instanceID"])}}


def _write_over() -> None:
    """SQLite writes over what it frees, on this connection."""
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA secure_delete = ON")


def _forgotten() -> None:
    """SQLite's log of changes still has the pages as they were: it is written over. PostgreSQL's own VACUUM takes away what is dead."""
    if connection.vendor == "sqlite" and not connection.in_atomic_block:
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
