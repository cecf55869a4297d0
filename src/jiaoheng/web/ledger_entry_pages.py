"""Ledger entry pages: write a new row or correct one, in a form made from the ledger's definition.

Changes when entering takes other steps on the page. Every answer is evaluated on the server; works without scripts too.
"""

from collections.abc import Callable, Mapping
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from jiaoheng.access.account import Account, Refused
from jiaoheng.ledgers.attachment import Attachment, content_of, keep_file
from jiaoheng.ledgers.form_submission import Checked, add_entries, blank_answers
from jiaoheng.ledgers.ledger_row import LedgerRow
from jiaoheng.ledgers.ledger_version import FormFile, LedgerVersion, sealed_paths
from jiaoheng.ledgers.published_ledger import PublishedLedger
from jiaoheng.ledgers.row_answers import place_question
from jiaoheng.ledgers.row_entry import add_row, check_may_add
from jiaoheng.ledgers.row_move import correct
from jiaoheng.web.answer_form import Node, answers_sent, checked_answers, file_questions, form_nodes, now_here
from jiaoheng.web.kept_answers import Kept, given_answers, kept_in, masked_check, with_kept, with_masks
from jiaoheng.web.ledger_scope import datasets_of, ledger_in_use, ledger_or_404, row_or_404
from jiaoheng.web.scope import reader, schools_of
from jiaoheng.web.words import in_language

__all__ = ["edit_row", "form_media", "live_answers", "new_row"]

_PLACES_OFFERED = 400
_SHOWN = {
    "png": "image/png", "jpg": "image/jpeg", "jpeg": "image/jpeg", "gif": "image/gif", "webp": "image/webp", "mp3": "audio/mpeg",
    "m4a": "audio/mp4", "wav": "audio/wav", "ogg": "audio/ogg", "mp4": "video/mp4", "webm": "video/webm",
}  # fmt: skip
_CHOSEN = "chosen-file"
"""What stands for a file that was chosen and not sent yet, so that questions that depend on it show."""


def new_row(request: HttpRequest, name: str) -> HttpResponse:
    """The empty form; sent, a new row."""
    account, ledger = reader(request), ledger_in_use(name)
    check_may_add(account)
    if request.method != "POST":
        answers = blank_answers(ledger.form, now=now_here(), preloads=_preloads(account), datasets=datasets_of(ledger.version))
        _place_filled(ledger, answers, account)
        checked = checked_answers(ledger.form, answers, datasets=datasets_of(ledger.version))
        return _page(request, ledger, ledger.version, checked, faults="typed", instance=answers["meta"]["instanceID"])
    answers, files, refusals = _received(request, ledger.version, account)
    answers["meta"] = {"instanceID": request.POST.get("instance", "")[:200]}
    changed = _entries_changed(request, ledger.version, answers)
    checked = checked_answers(ledger.form, answers, datasets=datasets_of(ledger.version))
    if changed or checked.faults or refusals:
        faults = "typed" if changed else "all"
        return _page(request, ledger, ledger.version, checked, faults=faults, refusals=refusals, files=files, instance=checked.instance_id)
    process = request.POST.get("process", "")
    process = process if process in ledger.processes else next(iter(ledger.processes), "")
    try:
        row, _made = add_row(ledger.version, checked, by=account, at=timezone.now(), process=process, files=_of(checked, files))
    except Refused as no:
        return _page(request, ledger, ledger.version, checked, faults="all", refusals=[str(no)], files=files, instance=checked.instance_id)
    messages.success(request, _("Stored as number {number}.").format(number=row.pk))
    return _go(request, reverse("ledger-row", args=[name, row.pk]))


def edit_row(request: HttpRequest, name: str, number: int) -> HttpResponse:
    """The form with a row's answers; sent, a correction with its reason. Rows of an older version are corrected in that version."""
    account, ledger, row = reader(request), ledger_or_404(name), row_or_404(request, name, number)
    check_may_add(account)
    version = row.version
    if request.method != "POST":
        answers = given_answers(row)
        checked = checked_answers(version.form, answers, datasets=datasets_of(version))
        return _page(request, ledger, version, checked, faults="typed", row=row, instance=row.instance_id, kept=kept_in(answers))
    answers, files, refusals = _received(request, version, account)
    with_kept(answers, request.POST, row)
    answers["meta"] = {"instanceID": row.instance_id}
    changed = _entries_changed(request, version, answers)
    kept = kept_in(answers)
    checked = checked_answers(version.form, answers, datasets=datasets_of(version))
    if changed or checked.faults or refusals:
        return _page(
            request, ledger, version, checked, faults="typed" if changed else "all", refusals=refusals, files=files, row=row,
            instance=row.instance_id, kept=kept,
        )  # fmt: skip
    seen = request.POST.get("seen", "")
    try:
        correct(
            row.pk, checked, by=account, seen=int(seen) if seen.isdigit() else -1, at=timezone.now(), note=request.POST.get("note", ""),
            files=_of(checked, files),
        )  # fmt: skip
    except Refused as no:
        return _page(
            request, ledger, version, checked, faults="all", refusals=[str(no)], files=files, row=row, instance=row.instance_id, kept=kept
        )
    messages.success(request, _("Corrected. What stood before is in the history."))
    return _go(request, reverse("ledger-row", args=[name, row.pk]))


@require_POST
def live_answers(request: HttpRequest, name: str) -> HttpResponse:
    """The questions as they stand with what is typed so far: what applies, what may be chosen, what is worked out. Nothing is stored."""
    account, ledger = reader(request), ledger_or_404(name)
    check_may_add(account)
    version, row = ledger.version, None
    if row_number := request.POST.get("row", ""):
        row = row_or_404(request, name, int(row_number) if row_number.isdigit() else 0)
        version = row.version
    answers = answers_sent(version.form, request.POST)
    answers["meta"] = {"instanceID": request.POST.get("instance", "")[:200]}
    if row is not None:
        with_kept(answers, request.POST, row)
    sealed = kept_in(answers)
    kept = _kept(request.POST, version, account)
    for input_name, _question in file_questions(version.form, request.POST):
        if request.POST.get(f"{input_name}:file") and not request.POST.get(input_name):
            _put(answers, input_name, _CHOSEN)
        elif input_name in kept:
            _put(answers, input_name, kept[input_name].name)
    changed = request.headers.get("HX-Trigger-Name") or request.POST.get("changed", "")
    checked = checked_answers(version.form, answers, datasets=datasets_of(version), changed=changed)
    faults = "all" if request.POST.get("sent") else "typed"
    nodes = _with_files(_nodes(version, checked, account, faults, row, sealed), kept)
    return render(request, "web/_answers.html", {"nodes": nodes})


def form_media(request: HttpRequest, name: str, number: int, file: str) -> HttpResponse:
    """A picture, sound or film that a form shows with a question; another kind of file is only handed over."""
    reader(request)
    kept = get_object_or_404(FormFile, version__ledger=name, version=number, name=file)
    kind = _SHOWN.get(file.lower().rpartition(".")[2])
    response = HttpResponse(content_of(kept.sha256), content_type=kind or "application/octet-stream")
    response["X-Content-Type-Options"] = "nosniff"
    if kind is None:
        response["Content-Disposition"] = "attachment"
    return response


def _page(
    request: HttpRequest,
    ledger: PublishedLedger,
    version: LedgerVersion,
    checked: Checked,
    *,
    faults: str,
    instance: str,
    refusals: list[str] | None = None,
    files: dict[str, Attachment] | None = None,
    row: LedgerRow | None = None,
    kept: Mapping[str, Kept] | None = None,
) -> HttpResponse:
    nodes = _with_files(_nodes(version, checked, reader(request), faults, row, kept or {}), files or {})
    context: dict[str, Any] = {
        "ledger": ledger,
        "title": in_language(ledger.title),
        "nodes": nodes,
        "summary": list(_summary(nodes)) if faults == "all" else [],
        "refusals": refusals or [],
        "row": row,
        "instance": instance,
        "seen": request.POST.get("seen", "") or (row.events if row else ""),
        "note": request.POST.get("note", ""),
        "processes": [(key, in_language(one.label)) for key, one in ledger.processes.items()] if row is None else [],
        "process": request.POST.get("process", ""),
        "personal": [*(["note"] if row else []), *sorted(path.partition("/")[2].partition("/")[2] for path in _sealed(version, row))],
        "grid": "theme-grid" in version.form.settings.get("style", "").split(),
        "draft": f"{request.user.pk}/{ledger.name}/{row.pk if row else 'new'}/{version.digest[:8]}",
    }
    template = "web/ledger_entry.html#body" if request.htmx else "web/ledger_entry.html"  # type: ignore[attr-defined]
    return render(request, template, context)


def _sealed(version: LedgerVersion, row: LedgerRow | None) -> frozenset[str]:
    return row.sealed_paths if row is not None else sealed_paths(version)


def _go(request: HttpRequest, address: str) -> HttpResponse:
    if not request.htmx:  # type: ignore[attr-defined]
        return redirect(address)
    response = HttpResponse()
    response["HX-Redirect"] = address
    return response


def _nodes(
    version: LedgerVersion, checked: Checked, account: Account, faults: str, row: LedgerRow | None, kept: Mapping[str, Kept]
) -> list[Node]:
    if row is not None:
        checked = masked_check(checked, kept, row)
    question = place_question(checked.form)
    places: list[str] = []
    if question is not None and not question.list_name and account.organisation and not account.organisation.is_school:
        places = [school.name for school in schools_of(account)[:_PLACES_OFFERED]]
    column = question.column if question and not question.list_name else ""
    nodes = form_nodes(checked, faults=faults, places=places, place_column=column, files=_beside(version))
    with_masks(nodes, kept)
    return nodes


def _beside(version: LedgerVersion) -> Callable[[str], str]:
    """The address of a file that was published with the form."""
    if not version.form.files:
        return lambda name: ""
    names = set(version.files.values_list("name", flat=True))
    return lambda name: reverse("ledger-media", args=[version.ledger, version.pk, name]) if name in names else ""


def _summary(nodes: list[Node]) -> Any:
    """Every fault with the question it is about, in the form's order."""
    for node in nodes:
        if node.relevant:
            for fault in node.faults:
                yield node.id, node.label, fault
            yield from _summary(node.members)


def _received(request: HttpRequest, version: LedgerVersion, account: Account) -> tuple[dict[str, Any], dict[str, Attachment], list[str]]:
    """Answers, files by input's name, and why files were refused. A file is kept at once, so that a fault elsewhere does not lose it."""
    answers = answers_sent(version.form, request.POST)
    files, refusals = _kept(request.POST, version, account), []
    for name, question in file_questions(version.form, request.POST):
        sent = request.FILES.get(f"{name}:file")
        if sent is not None:
            try:
                file = keep_file(sent.read(), _own_name(name, sent.name or ""), account=account, question=question.kind)
            except Refused as no:
                refusals.append(str(no))
                continue
            file.save()
            files[name] = file
        before = request.POST.get(name, "")
        _put(answers, name, files[name].name if name in files else "" if before.startswith("kept:") else before)
    return answers, files, refusals


def _own_name(name: str, written: str) -> str:
    """Two questions of a row may be answered with files of one name; the entry's number keeps them apart."""
    numbers = [step for step in name.split("/") if step.isdigit()]
    return "-".join([*numbers, written]) if numbers else written


def _kept(sent: "MultiValueDict[str, Any]", version: LedgerVersion, account: Account) -> dict[str, Attachment]:
    """Files that came with an earlier try: the hidden field says `kept:NUMBER`, and it must be this account's own."""
    named = {name: str(sent.get(name, "")) for name, _question in file_questions(version.form, sent)}
    numbers = {name: int(value[5:]) for name, value in named.items() if value.startswith("kept:") and value[5:].isdigit()}
    mine = Attachment.objects.filter(sent_by=account, row=None).in_bulk(list(numbers.values()))
    return {name: mine[number] for name, number in numbers.items() if number in mine}


def _of(checked: Checked, files: dict[str, Attachment]) -> list[Attachment]:
    """The files that the answers still speak of: one whose question no longer applies stays behind."""
    return [file for file in files.values() if file.name in checked.attachments]


def _with_files(nodes: list[Node], files: dict[str, Attachment]) -> list[Node]:
    for node in nodes:
        if node.kind == "file":
            file = files.get(node.name)
            node.attributes["kept"] = f"kept:{file.pk}" if file else node.value if node.value != _CHOSEN else ""
            node.value = file.name if file else node.value if node.value != _CHOSEN else ""
        _with_files(node.members, files)
    return nodes


def _put(answers: dict[str, Any], name: str, value: str) -> None:
    here: Any = answers
    *steps, last = name.split("/")
    for step in steps:
        here = here[int(step) - 1] if isinstance(here, list) else here[step]
    here[last] = value


def _entries_changed(request: HttpRequest, version: LedgerVersion, answers: dict[str, Any]) -> bool:
    """Was a button pressed that adds or takes away an entry of a repeat?"""
    if name := request.POST.get("add", ""):
        steps = name.split("/")
        path = "/".join([version.form.root.path, *(step for step in steps if not step.isdigit())])
        if isinstance(_at(answers, steps), list) and path in version.form.by_path:
            at = tuple(int(step) for step in steps if step.isdigit())
            add_entries(version.form, answers, path, at, 1, now=now_here(), datasets=datasets_of(version))
    elif name := request.POST.get("remove", ""):
        *steps, number = name.split("/")
        entries = _at(answers, steps)
        if isinstance(entries, list) and number.isdigit() and 0 < int(number) <= len(entries):
            del entries[int(number) - 1]
    return bool(name)


def _at(answers: Any, steps: list[str]) -> Any:
    for step in steps:
        answers = (
            answers[int(step) - 1] if isinstance(answers, list) and step.isdigit() and int(step) <= len(answers) else answers.get(step)
        )
        if answers is None:
            return None
    return answers


def _preloads(account: Account) -> dict[str, str]:
    return {"username": account.username, "email": account.email}


def _place_filled(ledger: PublishedLedger, answers: dict[str, Any], account: Account) -> None:
    """A school's own clerk need not write the school's name."""
    question = place_question(ledger.form)
    if question is not None and not question.list_name and account.organisation and account.organisation.is_school:
        own = account.organisation
        _put(answers, "/".join(question.path.split("/")[2:]), own.code if question.column.endswith("code") else own.name)
