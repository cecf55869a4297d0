"""Import pages: hand in a workbook, see the checks, confirm; and the log of every import.

Changes when what a clerk sees of an import changes. Reading, checking and storing are the intake's.
"""

import io
import tempfile
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.core.paginator import Paginator
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from jiaoheng.access.account import Account, Refused, check_may_enter, may_freeze
from jiaoheng.access.sealed_file import read_clear
from jiaoheng.intake.background import check_later, store_later, worker_runs
from jiaoheng.intake.blank_form import write_blank_form
from jiaoheng.intake.left_out_movements import movements_of_left_out, pupils_left_out
from jiaoheng.intake.report import FileReport, IntakeReport
from jiaoheng.intake.taking_in import UNKNOWN_HEADINGS
from jiaoheng.intake.upload import State, Upload, UploadGone, hand_in, open_upload
from jiaoheng.rulebook.registers import load_registers
from jiaoheng.snapshots.snapshot import SnapshotRefused
from jiaoheng.web.current_snapshot import current_snapshot
from jiaoheng.web.export import file_response
from jiaoheng.web.faulty_cells import Preview, faulty_cells
from jiaoheng.web.scope import imports_of, reader, whole_imports_of
from jiaoheng.web.words import field_label_of, in_language

__all__ = [
    "blank_form",
    "check_again",
    "checked_again",
    "checks",
    "confirm",
    "drop",
    "import_log",
    "import_page",
    "left_out",
    "marked",
    "progress",
    "received",
    "upload",
    "waiting_upload",
]

LARGEST = 64 * 1024 * 1024
"""Bytes; a longer file is refused with a sentence before anything of it is kept."""
_PER_PAGE = 50
_LEFT_OUT_SHOWN = 100
_SUFFIXES = (".xlsx", ".xls", ".csv")


def import_log(request: HttpRequest) -> HttpResponse:
    """Every import in the reader's scope, newest first, by file name where asked for."""
    asked = request.GET.get("q", "").strip()
    runs = imports_of(reader(request))
    if asked:
        runs = runs.filter(Q(source_file__name__icontains=asked) | Q(source_file__sha256__startswith=asked.lower()))
    page = Paginator(runs, _PER_PAGE).get_page(request.GET.get("page"))
    whole = set(whole_imports_of(reader(request)).filter(pk__in=[run.pk for run in page]).values_list("pk", flat=True))
    return render(request, "web/imports.html", {"page": page, "asked": asked, "whole": whole})


def import_page(request: HttpRequest, number: int) -> HttpResponse:
    """One import: counts, causes, totals, rows."""
    run = get_object_or_404(imports_of(reader(request)), pk=number)
    account = reader(request)
    rows = run.rows.filter(organisation__in=account.scope).select_related("organisation").order_by("sheet", "row")
    page = Paginator(rows, _PER_PAGE).get_page(request.GET.get("page"))
    context = {"run": run, "page": page, "causes": [_cause(one) for one in run.causes], "totals": [_total(one) for one in run.totals]}
    try:
        current = current_snapshot()
    except SnapshotRefused:
        current = None
    context["whole"] = whole_imports_of(account).filter(pk=run.pk).exists()
    waits = run.rows_accepted > 0 and (current is None or run.at > current.frozen_at)
    return render(request, "web/import.html", {**context, "waits": waits, "may_freeze": may_freeze(account)})


def upload(request: HttpRequest) -> HttpResponse:
    """The form; a workbook that was sent goes on to its checks."""
    account = reader(request)
    check_may_enter(account)
    if request.method != "POST":
        return render(request, "web/upload.html", _form())
    files = request.FILES.getlist("workbooks")
    refusal = _refusal(files)
    if refusal:
        return render(request, "web/upload.html", {**_form(), "refusal": refusal}, status=400)
    handed_in = hand_in(account, files)
    if handed_in.is_large:
        check_later(handed_in)
    return redirect("checks", token=handed_in.token)


def _form() -> dict[str, Any]:
    registers = load_registers(settings.RULEBOOK_OVERLAY)
    return {"largest": LARGEST // 1024**2, "registers": [(name, in_language(rule.label)) for name, rule in registers.items()]}


def checks(request: HttpRequest, token: str) -> HttpResponse:
    """What the checks found, before anything is stored."""
    account = reader(request)
    check_may_enter(account)
    waiting = waiting_upload(account, token)
    if waiting.is_busy:
        return render(request, "web/working.html", {"upload": waiting, **_progress(waiting)})
    if waiting.state == State.STORED and waiting.report is not None:
        return _stored(request, waiting.report)
    if waiting.state == State.FAILED:
        return render(request, "web/working.html", {"upload": waiting})
    report = waiting.report if waiting.is_large else None
    report = report or waiting.examine()
    files = [_shown(file) | {"columns": _columns(waiting, file)} for file in report.files]
    good = sum(file.accepted for file in report.files)
    names = ", ".join(file.name for file in waiting.files)
    context: dict[str, Any] = {"token": token, "files": files, "good": good, "names": names, "seconds": f"{report.seconds:.1f}"}
    context["unchanged"] = not good and any(file.unchanged for file in report.files)
    return render(request, "web/checks.html", context)


@require_POST
def confirm(request: HttpRequest, token: str) -> HttpResponse:
    """Store the good rows; the log shows the rest."""
    account = reader(request)
    check_may_enter(account)
    waiting = waiting_upload(account, token)
    if waiting.is_large and waiting.state != State.STORED:
        store_later(waiting)
        return redirect("checks", token=token)
    try:
        return _stored(request, waiting.confirm())
    except UploadGone:  # dropped in another window
        return redirect("upload")


def progress(request: HttpRequest, token: str) -> HttpResponse:
    """How far the worker is; the page asks again every second until there is something to see."""
    waiting = waiting_upload(reader(request), token)
    if not waiting.is_busy:
        return HttpResponse(status=204, headers={"HX-Refresh": "true"})
    return render(request, "web/_progress.html", {"upload": waiting, **_progress(waiting)})


@require_POST
def check_again(request: HttpRequest, token: str) -> HttpResponse:
    """Have the files checked once more, after a failure or with other columns."""
    account = reader(request)
    check_may_enter(account)
    checked_again(waiting_upload(account, token))
    return redirect("checks", token=token)


def checked_again(waiting: Upload) -> None:
    """Forget the last check; the next look at the page checks anew, or a worker does where the upload is large."""
    if waiting.is_large:
        check_later(waiting)
    else:
        waiting.queue(State.WAITING, allowed=(State.CHECKED, State.FAILED))


def waiting_upload(account: Account, token: str) -> Upload:
    """The upload of this token. Raises: Http404 where it is gone, or somebody else's."""
    try:
        return open_upload(account, token)
    except UploadGone:
        gone = _("This workbook is no longer waiting: it was dropped, or handed in more than a day ago. Hand it in again.")
        raise Http404(gone) from None


def _progress(waiting: Upload) -> dict[str, Any]:
    share, file = waiting.progress
    queued = waiting.state in (State.CHECK_QUEUED, State.STORE_QUEUED)
    storing = waiting.state in (State.STORE_QUEUED, State.STORING)
    return {"percent": round(100 * share), "file": file, "queued": queued, "storing": storing, "nobody": not worker_runs()}


def _stored(request: HttpRequest, report: IntakeReport) -> HttpResponse:
    """Say what was stored, and lead to the log."""
    stored, returned = sum(file.accepted for file in report.files), sum(file.rejected for file in report.files)
    said = ngettext("{n} row stored.", "{n} rows stored.", stored).format(n=f"{stored:,}")
    if returned:
        said += " " + ngettext("{n} row came back.", "{n} rows came back.", returned).format(n=f"{returned:,}")
    (messages.success if stored else messages.warning)(request, said)
    return _to_the_log(request, report)


@require_POST
def drop(request: HttpRequest, token: str) -> HttpResponse:
    """The sender said no: nothing is kept."""
    waiting = waiting_upload(reader(request), token)
    if waiting.state in (State.STORING, State.STORED):
        return redirect("checks", token=token)
    waiting.drop()
    messages.info(request, _("Nothing was stored."))
    return redirect("upload")


def marked(request: HttpRequest, token: str, name: str) -> HttpResponse:
    """A marked copy of the workbook that is waiting."""
    waiting = waiting_upload(reader(request), token)
    found = next((file for file in waiting.marked if file.name == name), None)
    if found is None:
        raise Http404(_("There is no marked copy: no row was faulty."))
    return file_response(read_clear(found), found.name)


def blank_form(request: HttpRequest, register: str) -> HttpResponse:
    """An empty workbook for a register, to fill in."""
    rule = load_registers(settings.RULEBOOK_OVERLAY).get(register)
    if rule is None:
        raise Http404(_("There is no such register."))
    with tempfile.TemporaryDirectory() as folder:
        content = write_blank_form(Path(folder) / "form.xlsx", rule).read_bytes()
    return file_response(content, f"{in_language(rule.label)}.xlsx")


def left_out(request: HttpRequest, token: str, number: int) -> HttpResponse:
    """The children whom the sheet of this number leaves out, as a workbook of movements to fill in."""
    account = reader(request)
    waiting = waiting_upload(account, token)
    report = waiting.report
    if report is None or not 1 <= number <= len(report.files):
        raise Http404(_("There is no such sheet in this upload."))
    try:
        content = movements_of_left_out(pupils_left_out(report.files[number - 1].left_out), account)
    except Refused as refused:
        raise Http404(str(refused)) from None
    return file_response(content, f"学籍变动-{Path(report.files[number - 1].file).stem}.xlsx")


def received(request: HttpRequest, number: int) -> HttpResponse:
    """The workbook as it was received, for who may see all of it: its sender, or whoever sees the whole tree."""
    run = get_object_or_404(imports_of(reader(request)), pk=number)
    if not whole_imports_of(reader(request)).filter(pk=number).exists():
        raise Http404(_("Only its sender and the bureau may download this workbook."))
    kept = Path(settings.DATA) / run.source_file.kept_at
    if not run.source_file.kept_at or not kept.is_file():
        raise Http404(_("The file as received is no longer kept."))
    return file_response(read_clear(kept), run.source_file.name)


def _refusal(files: "list[UploadedFile[Any]]") -> str:
    if not files:
        return _("No file was chosen. Choose a workbook and send it again.")
    for sent in files:
        if (sent.size or 0) > LARGEST:
            return _("{file} is larger than {limit} MB. Split it and hand in the parts.").format(file=sent.name, limit=LARGEST // 1024**2)
        if not str(sent.name).lower().endswith(_SUFFIXES):
            return _("{file} is not a workbook. Hand in .xlsx, .xls or .csv.").format(file=sent.name)
    return ""


def _shown(file: FileReport) -> dict[str, Any]:
    """One sheet's report as the page shows it."""
    rejecting = [cause for cause in file.causes if cause.severity == "reject"]
    warning = [cause for cause in file.causes if cause.severity == "warn"]
    return {
        "file": file,
        "differs": _differs(file) if file.of_persons else None,
        "causes": [_cause(one.as_kept()) for one in file.causes],
        "kinds": len(rejecting),
        "warned": sum(cause.count for cause in warning),
        "reconciled": all(total.equal for total in file.totals),
        "preview": _preview(file.returned) if file.returned else None,
    }


def _preview(marked: Path) -> Preview | None:
    try:
        return faulty_cells(io.BytesIO(read_clear(marked)))
    except FileNotFoundError:  # taken away meanwhile
        return None


def _differs(file: FileReport) -> dict[str, Any]:
    """How the sheet differs from the register: counts, field by field, and what it leaves out."""
    return {
        "fields": [(field_label_of(file.register, name), count) for name, count in file.fields.items()],
        "altered": [
            (cell, field_label_of(file.register, cell.field), _said(file, cell.field, cell.before), _said(file, cell.field, cell.after))
            for cell in file.altered
        ],
        "left": len(file.left_out),
        "left_out": file.left_out[:_LEFT_OUT_SHOWN],
        "children": len(pupils_left_out(file.left_out)),
    }


def _said(file: FileReport, field: str, value: str) -> str:
    rule = load_registers(settings.RULEBOOK_OVERLAY)[file.register].fields[field]
    choice = rule.choices.get(value)
    return in_language(choice) if choice else value or "–"


def _columns(waiting: Upload, file: FileReport) -> list[tuple[str, str, str]]:
    """By sheet, the address where its columns can be said, and what it seems to hold."""
    here = reverse("columns", args=[waiting.token])
    unknown = file.refused and file.causes[0].code in UNKNOWN_HEADINGS
    sheets = [(one.sheet, one.register) for one in file.proposals] or ([(file.sheet, "")] if unknown or not file.refused else [])
    registers = load_registers(settings.RULEBOOK_OVERLAY)
    found = []
    for sheet, register in sheets:
        asked = urlencode({"file": file.file, "sheet": sheet} | ({"register": register} if register else {}))
        found.append((sheet or file.file, f"{here}?{asked}", in_language(registers[register].label) if register else ""))
    return found


def _colour(severity: str) -> str:
    return {"reject": "bad", "warn": "warn"}.get(severity, "mute")


def _where(column: str, first: int | None, last: int | None) -> str:
    """«D 年级 14 … 902», as the spreadsheet numbers them."""
    if first is None:
        return column
    rows = _("row {n}").format(n=first) if last in (None, first) else _("rows {first} … {last}").format(first=first, last=last)
    return f"{column} · {rows}" if column else rows


def _cause(kept: dict[str, Any]) -> dict[str, Any]:
    chinese = (get_language() or "zh").startswith("zh")
    message = kept.get("message_zh" if chinese else "message_en") or kept.get("message", "")
    where = _where(kept.get("column", ""), kept.get("first_row"), kept.get("last_row"))
    return {
        "message": message,
        "count": kept.get("count", 0),
        "code": kept.get("code", ""),
        "colour": _colour(kept.get("severity", "")),
        "where": where,
    }


def _total(kept: dict[str, Any]) -> dict[str, Any]:
    chinese = (get_language() or "zh").startswith("zh")
    return {**kept, "label": kept.get("label_zh" if chinese else "label_en", kept.get("field", ""))}


def _to_the_log(request: HttpRequest, report: IntakeReport) -> HttpResponse:
    hashes = [file.sha256 for file in report.files if file.sha256]
    run = imports_of(reader(request)).filter(source_file__sha256__in=hashes).first() if len(report.files) == 1 else None
    return redirect("import", number=run.pk) if run else redirect("imports")
