"""Ledger row page: one row: its answers, its clocks, what may be done with it, and everything that happened; and doing it.

Changes when a row's page shows or offers something else.
"""

from dataclasses import dataclass
from typing import Any, get_args

from django.conf import settings
from django.contrib import messages
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from jiaoheng.access.account import Account, Refused
from jiaoheng.access.opening import may_open
from jiaoheng.ledgers.attachment import Attachment, keep_file
from jiaoheng.ledgers.duty import actor_of
from jiaoheng.ledgers.events import Actor, Case, Event, Kind, may_move
from jiaoheng.ledgers.form import Container, Field, Form
from jiaoheng.ledgers.ledger_paper import ledger_papers, may_fill
from jiaoheng.ledgers.ledger_row import LedgerRow
from jiaoheng.ledgers.likeness import like_rows, same_person_rows
from jiaoheng.ledgers.process import Process
from jiaoheng.ledgers.row_answers import Masked, as_text, rows_of
from jiaoheng.ledgers.row_event import RowEvent
from jiaoheng.ledgers.row_move import Act, act
from jiaoheng.ledgers.standing import case_of, clocks_of, state_label, steps_of
from jiaoheng.web.kept_answers import place_name
from jiaoheng.web.ledger_clock import clocks_shown, holder_of
from jiaoheng.web.ledger_scope import ledger_or_404, may_add, row_or_404
from jiaoheng.web.scope import reader
from jiaoheng.web.words import in_language, tongue

__all__ = ["act_on_row", "attachment", "event_shown", "row_page"]

_KINDS = frozenset(get_args(Kind)) - {"registered", "corrected"}
"""What is done on the row's page; entering and correcting have pages of their own."""


@dataclass(frozen=True)
class _Needed:
    """A field that a step asks for, with the widget that fits it and what stands in it already."""

    name: str
    label: str
    kind: str
    value: str
    choices: list[tuple[str, str]]


def row_page(request: HttpRequest, name: str, number: int) -> HttpResponse:
    """The page of one row."""
    return _page(request, name, row_or_404(request, name, number))


@require_POST
def act_on_row(request: HttpRequest, name: str, number: int) -> HttpResponse:
    """Do something with the row. Refused, the page comes back with the reason and with what was typed."""
    row, account, sent = row_or_404(request, name, number), reader(request), request.POST
    kind = sent.get("kind", "")
    if kind not in _KINDS:
        raise Http404
    today = timezone.localdate()
    days, seen = sent.get("days", ""), sent.get("seen", "")
    what = Act(
        kind,  # type: ignore[arg-type]  # it is one of _KINDS
        _day(sent.get("on", "")) or today,
        sent.get("to", "").strip().removeprefix("#")[:200],
        sent.get("note", "").strip(),
        {field.removeprefix("field:"): said for field in sent if field.startswith("field:") and (said := sent.get(field, "").strip())},
        sent.get("clock", "")[:100],
        sent.get("pause", "")[:100],
        int(days) if days.isdigit() else None,
    )
    try:
        files = [keep_file(file.read(), f"{row.events + 1}-{file.name}", account=account) for file in request.FILES.getlist("files")]
        act(row.pk, what, by=account, seen=int(seen) if seen.isdigit() else -1, at=timezone.now(), files=files)
    except Refused as no:
        return _page(request, name, row_or_404(request, name, number), refusal=str(no), status=409)
    messages.success(request, _("Done, and written down."))
    return redirect("ledger-row", name, row.pk)


def attachment(request: HttpRequest, name: str, number: int, file: int) -> FileResponse:
    """A row's file. Pictures are shown; everything else is downloaded."""
    row = row_or_404(request, name, number)
    found = row.attachments.filter(pk=file).first()
    if found is None:
        raise Http404
    try:
        content = found.opened()
    except FileNotFoundError:
        raise Http404 from None
    response = FileResponse(content, content_type=found.media_type, filename=found.name, as_attachment=not found.is_image)
    response["Content-Length"] = found.size
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response


def _page(request: HttpRequest, name: str, row: LedgerRow, *, refusal: str = "", status: int = 200) -> HttpResponse:
    account, ledger, today = reader(request), ledger_or_404(name), timezone.localdate()
    happened = list(row.happened.order_by("number").prefetch_related("files"))
    case = case_of(row, happened)
    files = {file.name: file for file in row.attachments.all()}
    sent = request.POST if refusal else {}
    context: dict[str, Any] = {
        "row": row,
        "ledger": ledger,
        "title": in_language(ledger.title),
        "state": in_language(state_label(case.process if case else None, row.state)),
        "ended": case.ended if case else False,
        "holder": holder_of(row, case),
        "clocks": clocks_shown(case, today) if case else [],
        "answers": list(_answers(row.version.form, row.answers, files)),
        "events": [event_shown(event, case, row.version.form) for event in reversed(happened)],
        "seen": len(happened),
        "today": today,
        "refusal": refusal,
        "typed": dict(sent.items()),
        "may_add": may_add(account),
        "merged": row.merged_rows.all()[:20],
        "related": _related(row, happened, account),
        "like": like_rows(row, account),
        "opens": may_open(account, row) and (row.personal is not None or any(one.personal for one in happened)),
        "same": same_person_rows(row, account),
        "papers": [
            (key, in_language(rule.title))
            for key, rule in ledger_papers(settings.RULEBOOK_OVERLAY).items()
            if rule.ledger == name and may_fill(rule, case)
        ],
    }
    if case is not None:
        actor = actor_of(account, row.process, case.process)
        if row.holder_id == account.pk:
            actor = Actor(actor.name, actor.acts_as | frozenset(case.actors_here))
        context |= _offers(case, actor, row, today, sent)
    return render(request, "web/ledger_row.html", context, status=status)


def _offers(case: Case, actor: Actor, row: LedgerRow, today: Any, sent: Any) -> dict[str, Any]:
    """What this account may do now, and what else could be done by others."""
    process, form = case.process, row.version.form
    steps = [
        {
            "to": step.to,
            "label": in_language(step.label),
            "mine": step.mine,
            "actors": _(", ").join(in_language(one) for one in step.actors),
            "needs": [_needed(name, case, form, sent) for name in step.needs],
            "open": sent.get("kind") == "moved" and sent.get("to") == step.to,
        }
        for step in steps_of(case, actor)
    ]
    moment = timezone.localtime()
    running = [key for key, reading in clocks_of(case, today).items() if reading.stopped_on is None]
    held_by = {pause for key in running for pause in process.clocks[key].pauses}

    def may(kind: Any, **said: Any) -> bool:
        event = Event(len(case.events) + 1, kind, max(today, case.events[-1].on), moment, actor.name, **said)
        filled = {need: "–" for clock in process.clocks.values() if clock.extension for need in clock.extension.needs}
        return may_move(case, Event(**{**event.__dict__, "fields": filled}), actor=actor, seen=len(case.events))

    return {
        "steps": [step for step in steps if step["mine"]],
        "others": [step for step in steps if not step["mine"]],
        "pauses": [(key, in_language(pause.label)) for key, pause in process.pauses.items() if key in held_by and may("paused", pause=key)],
        "resumes": may("resumed"),
        "asks": [
            (key, in_language(clock.label), clock.extension.days)
            for key, clock in process.clocks.items()
            if clock.extension and key in running and may("extension_asked", clock=key)
        ],
        "grants": [
            (key, in_language(clock.label), clock.extension.days)
            for key, clock in process.clocks.items()
            if clock.extension and may("extension_granted", clock=key)
        ],
        "extension_needs": [
            _needed(name, case, form, sent)
            for name in dict.fromkeys(need for clock in process.clocks.values() if clock.extension for need in clock.extension.needs)
        ],
        "may_hand": may("reassigned", to="x"),
        "accounts": _accounts(row) if may("reassigned", to="x") else [],
    }


def _needed(name: str, case: Case, form: Form, sent: Any) -> _Needed:
    """A step's field: as the form asks it where it is one of its questions, else a text; a day where its name says so."""
    question = next((one for one in form.tables[form.root.path] if one.column == name), None)
    known = "" if question and question.path in form.sealed else case.fields.get(name, "")  # a mask is no answer
    value = sent.get(f"field:{name}", "") or known
    choices: list[tuple[str, str]] = []
    field = case.process.fields[name]
    kind = "date" if name.endswith("_on") or field.type == "date" else "number" if field.type in ("count", "amount") else "lines"
    if field.choices and question is None:
        return _Needed(name, in_language(field), "choice", value, [(key, in_language(one)) for key, one in field.choices.items()])
    if question is not None:
        choices = [(choice.name, in_language(form.both(choice.labels)) or choice.name) for choice in form.lists.get(question.list_name, ())]
        choices = list(dict.fromkeys(choices))
        kind = "choice" if choices and not question.several else "date" if question.data_type == "date" else kind
    return _Needed(name, in_language(case.process.fields[name]), kind, value, choices)


def _answers(form: Form, stored: Any, files: dict[str, Attachment]) -> Any:
    """Groups with their answered questions, then repeats as tables: (heading, [(label, text, file, place)], table).

    `place`: what a sealed answer is opened by; nothing where it is not sealed.
    """
    own = rows_of(form, stored)
    first = own[0].values

    def cell(question: Field, value: Any, at: tuple[int, ...]) -> tuple[str, Attachment | None, str]:
        file = files.get(as_text(value)) if question.data_type == "binary" else None
        return _text(value, question, form), file, place_name(form, question, at) if isinstance(value, Masked) else ""

    def told(member: Field) -> bool:
        """What somebody answered or what was worked out from it, where it has words; not what the device filled in."""
        worked_out = member.kind in ("calculate", "hidden")
        return member.stored and (member.asked or worked_out) and bool(in_language(form.both(member.labels)))

    def lines(container: Container, values: Any) -> Any:
        for member in container.members:
            if isinstance(member, Field):
                if told(member) and values.get(member.column) is not None:
                    yield in_language(form.both(member.labels)), *cell(member, values[member.column], ())
            elif member.kind == "group":
                yield from lines(member, values)

    loose = [member for member in form.root.members if isinstance(member, Field)]
    head = Container(form.root.path, form.root.name, "form", tuple(loose))
    yield "", list(lines(head, first)), None
    for member in form.root.walk():
        if (
            isinstance(member, Container)
            and member.kind == "group"
            and "/".join(member.path.split("/")[:-1]) == form.root.path
            and member.name != "meta"
        ):
            yield in_language(form.both(member.labels)), list(lines(member, first)), None
    for path, questions in form.tables.items():
        entries = [row for row in own if row.table == path and row.at]
        if entries:
            columns = [question for question in questions if told(question)]
            table = [[cell(q, entry.values[q.column], entry.at) for q in columns] for entry in entries]
            heading = in_language(form.both(form.by_path[path].labels)) or path.rpartition("/")[2]
            yield heading, [], {"columns": [in_language(form.both(q.labels)) for q in columns], "rows": table}


def _text(value: Any, question: Field, form: Form) -> str:
    if value is None:
        return ""
    text = as_text(value)
    return form.choice_label(text, question.path, tongue()) if question.list_name else text


def _field_text(process: Process | None, name: str, value: str) -> str:
    """What was filled in at a move, a choice in words."""
    choices = process.fields[name].choices if process and name in process.fields else {}
    return in_language(choices[value]) if value in choices else value


def event_shown(event: RowEvent, case: Case | None, form: Form) -> dict[str, Any]:
    """One line of the history in words."""
    process = case.process if case else None
    columns = {question.column: question for question in form.tables[form.root.path]}
    said = event.as_event

    def label(name: str) -> str:
        if process and name in process.fields:
            return in_language(process.fields[name])
        return in_language(form.both(columns[name].labels)) or name if name in columns else name

    fields = [
        (label(name), _text(value, columns[name], form) if name in columns else _field_text(process, name, value))
        for name, value in said.fields.items()
        if event.kind != "registered"
    ]
    words = {
        "registered": _("Registered"), "moved": _("Moved"), "paused": _("Paused"), "resumed": _("Taken up again"),
        "extension_asked": _("More time asked for"), "extension_granted": _("More time granted"),
        "extension_refused": _("More time refused"), "reassigned": _("Handed to"), "merged": _("Merged into"), "linked": _("Linked with"),
        "noted": _("Note"), "corrected": _("Corrected"),
    }  # fmt: skip
    to = event.to
    if event.kind == "registered":
        to = ""
    elif process and to in process.states:
        to = in_language(process.states[to].label)
    elif event.kind in ("merged", "linked"):
        to = f"#{to}"
    about = in_language(process.pauses[event.pause].label) if process and event.pause in process.pauses else ""
    if process and event.clock in process.clocks:
        about = in_language(process.clocks[event.clock].label)
    moved = process is not None and event.kind == "moved" and event.origin in process.states
    return {
        "what": words.get(event.kind, event.kind), "to": to, "about": about, "event": event, "note": said.note, "fields": fields,
        "days": event.days,
        "files": list(event.files.all()) if event.number > 1 else [],
        "origin": in_language(process.states[event.origin].label) if process and moved else "",
    }  # fmt: skip


def _related(row: LedgerRow, happened: list[RowEvent], account: Account) -> Any:
    """Rows linked from here or to here, that the reader may see."""
    from jiaoheng.ledgers.row_list import rows_in_scope

    keys = {int(event.to) for event in happened if event.kind == "linked" and event.to.isdigit()}
    keys |= set(RowEvent.objects.filter(kind="linked", to=str(row.pk)).values_list("row_id", flat=True)[:50])
    return rows_in_scope(account).filter(pk__in=keys).order_by("pk") if keys else []


def _accounts(row: LedgerRow) -> list[tuple[str, str]]:
    """Accounts that may see the row: of its organisation and those above it."""
    codes = row.organisation.path.split("/")
    paths = ["/".join(codes[: end + 1]) for end in range(len(codes))]
    found = Account.objects.filter(is_active=True, organisation__path__in=paths).select_related("organisation").order_by("username")[:100]
    return [(one.username, f"{one.get_full_name() or one.username} · {one.get_role_display()} · {one.organisation}") for one in found]


def _day(written: str) -> Any:
    from datetime import date

    try:
        return date.fromisoformat(written)
    except ValueError:
        return None
