"""Row move: somebody does something with a row: moves it on, pauses, asks for more time, hands it over, corrects, merges, links, notes.

Changes when something new can be done with a stored row. What may be done is `events.py`'s to say; here it is asked under a lock, so that
of two who act at once the second is told, and event, standing, files and trail line are stored together or not at all.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from jiaoheng.access import trail
from jiaoheng.access.account import Account, Refused
from jiaoheng.access.scope import limited
from jiaoheng.ledgers.attachment import Attachment
from jiaoheng.ledgers.clock import OFFICE_ZONE, check_may_extend, check_may_go_on
from jiaoheng.ledgers.duty import actor_of
from jiaoheng.ledgers.events import Actor, Case, Event, Kind, MoveRefused, check_may_move, move
from jiaoheng.ledgers.form_submission import Checked
from jiaoheng.ledgers.ledger_row import MARKS, LedgerRow
from jiaoheng.ledgers.published_ledger import ledger_processes, process_calendar
from jiaoheng.ledgers.row_answers import columns_of, marked_questions, stored_answers
from jiaoheng.ledgers.row_entry import attach, check_may_add
from jiaoheng.ledgers.row_event import stored_event
from jiaoheng.ledgers.sealed_answers import mask_of, masked_columns, parted, sealed_text, title_of
from jiaoheng.ledgers.sealed_word import keep_words, words_in
from jiaoheng.ledgers.standing import NO_PROCESS_STATE, case_of, settle
from jiaoheng.ledgers.written_words import MASK, words_of

__all__ = ["Act", "Previewed", "act", "act_on_all", "correct", "preview_all"]

_BULK_AT_MOST = 500


@dataclass(frozen=True)
class Act:
    """What somebody is about to do. `to`: a state, an account's user name (reassigned), or a row's key (merged, linked)."""

    kind: Kind
    on: date
    to: str = ""
    note: str = ""
    fields: Mapping[str, str] | None = None
    clock: str = ""
    pause: str = ""
    days: int | None = None


@dataclass(frozen=True)
class Previewed:
    """What would become of one of many rows: `refused` says why it stays, and is empty where it would go."""

    row: LedgerRow
    refused: str


def act(row_id: int, what: Act, *, by: Account, seen: int, at: datetime, files: Sequence[Attachment] = ()) -> LedgerRow:
    """Do it, as an event. `seen`: how many events the account had before their eyes. Raises: Refused, in words."""
    if what.kind == "noted" and not what.note and not files:
        raise Refused(_("Write a note or add a file."))
    with transaction.atomic():
        trail.hold()
        row = limited(LedgerRow.objects.all(), by).select_for_update(of=("self",)).filter(pk=row_id).first()
        if row is None:
            raise Refused(_("This row is not in your scope, or there is none. Go back to the list."))
        return _done(row, what, by=by, seen=seen, at=at, files=files)


def act_on_all(chosen: Mapping[int, int], what: Act, *, by: Account, at: datetime) -> tuple[list[LedgerRow], list[Previewed]]:
    """Do it with each of many rows (events seen by key): those that moved, and those refused, with why. One fault stops none."""
    moved, refused = [], []
    for key, seen in list(chosen.items())[:_BULK_AT_MOST]:
        try:
            moved.append(act(key, what, by=by, seen=seen, at=at))
        except Refused as no:
            row = limited(LedgerRow.objects.all(), by).filter(pk=key).first()
            if row is not None:
                refused.append(Previewed(row, str(no)))
    return moved, refused


def preview_all(rows: Sequence[LedgerRow], what: Act, *, by: Account, at: datetime) -> list[Previewed]:
    """What would become of each; nothing is stored."""
    return [Previewed(row, "".join(_refusals(row, what, by=by, seen=row.events, at=at))) for row in rows[:_BULK_AT_MOST]]


def correct(
    row_id: int, checked: Checked, *, by: Account, seen: int, at: datetime, note: str, files: Sequence[Attachment] = ()
) -> LedgerRow:
    """Put other answers in the place of the stored ones; what stood before is kept in the event. Raises: Refused, in words."""
    check_may_add(by)
    if not note.strip():
        raise Refused(_("Say why: a change without a reason is not kept."))
    with transaction.atomic():
        trail.hold()
        row = limited(LedgerRow.objects.all(), by).select_for_update(of=("self",)).filter(pk=row_id).first()
        if row is None:
            raise Refused(_("This row is not in your scope, or there is none. Go back to the list."))
        form, sealed, stored = checked.form, row.sealed_paths, stored_answers(checked)
        old, new = columns_of(form, row.given), columns_of(form, stored)
        changed = {name: new.get(name, "") for name in {**old, **new} if old.get(name, "") != new.get(name, "")}
        before, sealed_before, part = {"answers": row.answers}, row.sealed, parted(form, stored, sealed)
        row.answers, row.personal = part.answers, sealed_text(part.clear)
        new = masked_columns(form, new, sealed)
        if checked.instance_name or part.clear or sealed_before:
            moment = at.astimezone(OFFICE_ZONE).replace(tzinfo=None)
            row.title = title_of(form, row.answers, new, name=checked.instance_name, sealed=sealed, now=moment)
        keep_words({row.pk: words_in(part.clear)}, anew=True)
        for mark, question in zip(MARKS, marked_questions(form), strict=False):
            setattr(row, mark, new.get(question.column, "")[:100])
        today = at.astimezone(OFFICE_ZONE).date()
        last = row.happened.order_by("-number").values_list("on", flat=True).first()
        what = Act("corrected", max(today, last or today), note=note, fields=changed)
        return _done(row, what, by=by, seen=seen, at=at, files=files, before=before, sealed_before=sealed_before)


def _done(
    row: LedgerRow,
    what: Act,
    *,
    by: Account,
    seen: int,
    at: datetime,
    files: Sequence[Attachment] = (),
    before: dict[str, Any] | None = None,
    sealed_before: Mapping[str, Any] | None = None,
) -> LedgerRow:
    case, event, actor = _put(row, what, by=by, at=at)
    origin = row.state
    try:
        if case is not None:
            _check_target(row, what, by)
            _check_days(case, what, actor, at)
            case = move(case, event, actor=actor, seen=seen)
        else:
            _check_plain(row, event, seen=seen, by=by)
            row.events += 1
    except MoveRefused as no:
        raise Refused(no.said.in_language(get_language() or "zh-hans")) from None
    if what.kind == "reassigned":
        row.holder = _account_named(what.to, row)
        row.holder_office = row.holder.organisation
    if what.kind == "merged":
        row.merged_into = _other(row, what.to, by)
    if what.kind == "moved":
        row.holder = row.holder_office = None  # it waits for whoever acts in the new state
    settle(row, case, at.astimezone(OFFICE_ZONE).date())
    row.save()
    event, sealed_fields, words = _masked(row, event)
    sealed = {"fields": sealed_fields, "before": sealed_before or {}}
    line = stored_event(row, event, account=by, origin=origin, before=before, sealed=sealed, words=words)
    line.save(force_insert=True)
    attach(row, files, line)
    said = {"event": event.kind, "number": event.number, "from": origin, "to": event.to, **dict(event.fields)}
    entry = trail.Entry(trail.Action.CHANGED, row._meta.label, str(row.pk), row.organisation.path, {"state": origin}, said)
    trail.record([entry], by=by, reason=event.kind)  # what was written is sealed with the event that the line names
    return row


def _masked(row: LedgerRow, event: Event) -> tuple[Event, dict[str, str], dict[str, Any]]:
    """The event with masks for the sealed answers among its fields, what they stand for, and what was written."""
    form = row.version.form
    sealed = row.sealed_paths if event.fields else frozenset()
    asked = {question.column: question for question in form.tables[form.root.path] if question.path in sealed}
    clear = {name: said for name, said in event.fields.items() if name in asked and said}
    masks = {name: mask_of(asked[name], said) for name, said in clear.items()}
    plain = {name: said for name, said in event.fields.items() if name not in clear}
    words = words_of(event.kind, event.note, plain, form, ledger_processes().get(row.process))
    masks |= dict.fromkeys(words.get("fields", {}), MASK)
    return replace(event, note="", fields={**event.fields, **masks}), clear, words


def _put(row: LedgerRow, what: Act, *, by: Account, at: datetime) -> tuple[Case | None, Event, Actor]:
    case = case_of(row)
    moment = at.astimezone(OFFICE_ZONE)
    number = (len(case.events) if case else row.events) + 1
    name = by.get_full_name() or by.username
    event = Event(
        number, what.kind, what.on, moment, name, what.to, what.note, dict(what.fields or {}), (), what.clock, what.pause, what.days
    )
    actor = actor_of(by, row.process, case.process) if case else Actor(name, frozenset())
    if case and row.holder_id == by.pk:  # who was handed the row acts for those who may act here
        actor = Actor(name, actor.acts_as | frozenset(case.actors_here))
    return case, event, actor


def _refusals(row: LedgerRow, what: Act, *, by: Account, seen: int, at: datetime) -> Iterator[str]:
    case, event, actor = _put(row, what, by=by, at=at)
    try:
        if case is None:
            _check_plain(row, event, seen=seen, by=by)
            return
        _check_target(row, what, by)
        _check_days(case, what, actor, at)
        check_may_move(case, event, actor=actor, seen=seen)
    except MoveRefused as no:
        yield no.said.in_language(get_language() or "zh-hans")
    except Refused as no:
        yield str(no)


def _check_plain(row: LedgerRow, event: Event, *, seen: int, by: Account) -> None:
    """A ledger without a process: rows are corrected, linked, merged and noted."""
    if event.kind not in ("corrected", "noted", "linked", "merged"):
        raise Refused(_("This ledger has no process: its rows are recorded and corrected, and do not move."))
    if row.state != NO_PROCESS_STATE and event.kind not in ("noted", "linked"):
        raise Refused(_("This row has ended; only notes can be added."))
    if seen != row.events:
        last = row.happened.order_by("-number").first()
        raise Refused(
            _("{by} did something in this row after you opened it. Look at it again, then decide.").format(by=last.by if last else "")
        )
    if event.kind != "noted":
        check_may_add(by)


def _check_days(case: Case, what: Act, actor: Actor, at: datetime) -> None:
    """What depends on the days of the calendar."""
    if what.kind == "moved" and not case.ended:
        check_may_go_on(case, what.to, actor.acts_as, process_calendar(case.process), what.on)
    if what.kind == "extension_asked" and what.clock in case.process.clocks:
        check_may_extend(case, what.clock, process_calendar(case.process), at)


def _check_target(row: LedgerRow, what: Act, by: Account) -> None:
    """Whoever or whatever the event names must be there."""
    if what.kind == "reassigned":
        _account_named(what.to, row)
    elif what.kind in ("merged", "linked"):
        _other(row, what.to, by)


def _account_named(name: str, row: LedgerRow) -> Account:
    found = Account.objects.filter(username=name, is_active=True).select_related("organisation").first()
    if found is None or not found.covers(row.organisation.path):
        raise Refused(_("“{name}” is no account that may see this row. Choose another.").format(name=name))
    return found


def _other(row: LedgerRow, key: str, by: Account) -> LedgerRow:
    other = limited(LedgerRow.objects.all(), by).filter(pk=int(key)).first() if key.isascii() and key.isdigit() else None
    if other is None or other.pk == row.pk:
        raise Refused(_("There is no other row {number} that you may see. Write the number that stands on its page.").format(number=key))
    return other
