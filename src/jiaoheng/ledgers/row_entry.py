"""Row entry: a checked set of answers becomes a row, or corrects one; the same submission twice is one row.

Changes when entering or correcting takes other steps. Row, first event, files and trail line are stored together or not at all.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from jiaoheng.access import trail
from jiaoheng.access.account import Account, Refused, Role
from jiaoheng.access.bulk_insert import insert_models, listed
from jiaoheng.access.prepared_query import PreparedQuery
from jiaoheng.ledgers.attachment import Attachment
from jiaoheng.ledgers.clock import OFFICE_ZONE
from jiaoheng.ledgers.duty import actor_of
from jiaoheng.ledgers.events import Event, register
from jiaoheng.ledgers.form import Form
from jiaoheng.ledgers.form_submission import Checked
from jiaoheng.ledgers.ledger_row import MARKS, LedgerRow, Source
from jiaoheng.ledgers.ledger_version import LedgerVersion, VersionState, sealed_paths
from jiaoheng.ledgers.process import Process
from jiaoheng.ledgers.published_ledger import ledger_processes
from jiaoheng.ledgers.row_answers import columns_of, marked_questions, place_of, stored_answers
from jiaoheng.ledgers.row_event import RowEvent, stored_event
from jiaoheng.ledgers.sealed_answers import masked_columns, parted, sealed_text, title_of
from jiaoheng.ledgers.sealed_word import keep_words, words_in
from jiaoheng.ledgers.standing import NO_PROCESS_STATE, settle
from jiaoheng.organisations.organisation import Organisation

__all__ = ["add_row", "add_rows", "attach", "check_may_add", "new_row", "placed"]

_NAMED = PreparedQuery(lambda name: Organisation.objects.filter(Q(code=name) | Q(name_zh=name) | Q(name_en=name)), "name")
_ADD = {Role.CLERK, Role.OFFICER, Role.INSPECTOR, Role.LEADER}


def check_may_add(account: Account) -> None:
    """Refuse unless the account enters into ledgers: everybody with an organisation but auditors and administrators."""
    if account.role not in _ADD or account.organisation is None or not account.is_active:
        raise Refused(_("Your role reads ledgers and does not enter. Ask a bureau officer to enter this for you."))


def placed(form: Form, stored: Mapping[str, Any], account: Account) -> Organisation:
    """The organisation a row belongs to: the school its answers name, by code or name, within the account's scope; else the account's own.

    Raises: Refused where the answers name a school that the account may not enter for.
    """
    own = account.organisation
    if own is None:
        raise Refused(_("Your account belongs to no organisation. Ask your bureau's administrator to give it one."))
    named = place_of(form, stored)
    if not named or named in (own.code, own.name_zh, own.name_en):
        return own
    found = [place for place in _NAMED.rows(name=named) if account.covers(place.path)]
    if len(found) == 1:
        return found[0]
    if len(found) > 1:
        raise Refused(_("More than one organisation is called “{name}”. Write its code instead.").format(name=named))
    if own.is_school:
        raise Refused(_("“{name}” is not your school. Write your own school's name or code.").format(name=named))
    return own


def new_row(
    version: LedgerVersion,
    checked: Checked,
    *,
    by: Account,
    process: str = "",
    source: Source = Source.WEB,
    at: datetime,
    organisation: Organisation | None = None,
    stored: Mapping[str, Any] | None = None,
    columns: Mapping[str, str] | None = None,
) -> tuple[LedgerRow, Event]:
    """The row and its first event, not yet stored. Raises: Refused where the account may not enter it.

    `stored`, `columns`: the answers as they are stored, and as texts by column, where the caller has worked them out already.
    """
    check_may_add(by)
    form, sealed = checked.form, sealed_paths(version, checked.form)
    stored = stored_answers(checked) if stored is None else stored
    columns = columns_of(form, stored) if columns is None else columns
    organisation = organisation or placed(form, stored, by)
    answers, clear = stored, dict[str, Any]()
    if sealed:
        part = parted(form, stored, sealed)
        answers, clear, columns = part.answers, part.clear, masked_columns(form, columns, sealed)
    row = LedgerRow(
        version=version,
        ledger=version.ledger,
        instance_id=checked.instance_id,
        organisation=organisation,
        process=process,
        state=NO_PROCESS_STATE,
        title=title_of(
            form, answers, columns, name=checked.instance_name, sealed=sealed, now=at.astimezone(OFFICE_ZONE).replace(tzinfo=None)
        ),
        answers=answers,
        personal=sealed_text(clear),
        source=source,
        entered_by=by,
    )
    for mark, question in zip(MARKS, marked_questions(form), strict=False):
        setattr(row, mark, columns.get(question.column, "")[:100])
    rules = ledger_processes().get(process)
    today = at.astimezone(OFFICE_ZONE).date()
    row.opened_on = opened = _opened(form, columns, rules, today)
    if rules is None:
        row.events = 1
        return row, Event(1, "registered", opened, at, by.get_full_name() or by.username, NO_PROCESS_STATE)
    asked = {column: columns[column] for column in rules.fields if column in columns}
    case = register(rules, by=actor_of(by, process, rules, named={}), on=opened, recorded_at=at.astimezone(OFFICE_ZONE), fields=asked)
    settle(row, case, today)
    return row, case.events[0]


def add_row(
    version: LedgerVersion,
    checked: Checked,
    *,
    by: Account,
    at: datetime,
    process: str = "",
    source: Source = Source.WEB,
    files: Sequence[Attachment] = (),
) -> tuple[LedgerRow, bool]:
    """Store a new row; one that is there already (the same instance) is given back with False. Raises: Refused."""
    if checked.faults:
        raise Refused(" ".join(fault.label.in_language(get_language() or "zh-hans") for fault in checked.faults))
    if version.state == VersionState.WITHDRAWN:
        raise Refused(_("This version of the form was withdrawn: nothing can be sent in it. Fetch the new one."))
    row, event = new_row(version, checked, by=by, process=process, source=source, at=at)
    try:
        with transaction.atomic():
            head = trail.hold()  # the one order in which everybody locks
            row.save()
            stored_event(row, event, account=by, origin="").save(force_insert=True)
            keep_words({row.pk: words_in(row.sealed)})
            attach(row, files)
            trail.record([_entry(row)], by=by, reason=_("entered in the ledger"), head=head)
    except IntegrityError:  # the same submission came twice at the same moment
        known = LedgerRow.objects.filter(instance_id=checked.instance_id).first()
        if known is None:
            raise
        return known, False
    return row, True


def add_rows(rows: Sequence[tuple[LedgerRow, Event]], *, by: Account, reason: str) -> list[LedgerRow]:
    """Store many new rows at once, all or none, in few statements; rows whose instance is there already are left out."""
    with transaction.atomic():
        trail.hold()
        known = _known([row.instance_id for row, _event in rows])
        fresh = [(row, event) for row, event in rows if row.instance_id not in known]
        stored = [row for row, _event in fresh]
        insert_models(stored)
        insert_models([stored_event(row, event, account=by, origin="") for row, event in fresh])
        keep_words({row.pk: words_in(row.sealed) for row in stored if row.personal is not None})
        trail.record((_entry(row) for row in stored), by=by, reason=reason)
    return stored


def attach(row: LedgerRow, files: Sequence[Attachment], event: RowEvent | None = None) -> None:
    """Files become the row's (and the event's); a name that the row has already is left as it is."""
    if not files:
        return
    known = set(row.attachments.values_list("name", flat=True))
    for file in files:
        if file.name not in known:
            known.add(file.name)
            file.row, file.event = row, event
            file.save()


def _known(instances: Sequence[str]) -> set[str]:
    return set(LedgerRow.objects.filter(instance_id__in=listed(instances, "text")).values_list("instance_id", flat=True))


def _opened(form: Form, columns: Mapping[str, str], rules: Process | None, today: date) -> date:
    """The day it holds from: the first date question of the form that is answered and not ahead, else today."""
    for question in form.tables[form.root.path]:
        if question.data_type != "date" or question.kind != "date" or question.required is None or question.path in form.sealed:
            continue
        if columns.get(question.column):
            written = date.fromisoformat(columns[question.column])
            return min(written, today)
    return today


def _entry(row: LedgerRow) -> trail.Entry:
    said = {"ledger": row.ledger, "version": row.version.version, "state": row.state, "title": row.title}
    return trail.Entry(trail.Action.ADDED, row._meta.label, str(row.pk), row.organisation.path, {}, said)
