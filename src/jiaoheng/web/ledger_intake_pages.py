"""Ledger intake pages: many rows of a ledger by workbook: the empty one, the checks of a filled one, storing the good rows.

Changes when handing in a ledger's workbook takes other steps. Reading, checking and storing are the intake's.
"""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from jiaoheng.access.account import Account, Refused
from jiaoheng.intake.causes import UnreadableWorkbook
from jiaoheng.intake.ledger_workbook import LedgerIntake, blank_workbook, check_workbook, marked_workbook, store_workbook
from jiaoheng.intake.upload import Upload, UploadGone, hand_in, open_upload
from jiaoheng.ledgers.published_ledger import PublishedLedger
from jiaoheng.ledgers.row_entry import check_may_add
from jiaoheng.web.export import file_response
from jiaoheng.web.ledger_scope import datasets_of, ledger_in_use
from jiaoheng.web.scope import reader
from jiaoheng.web.words import in_language, tongue

__all__ = ["empty_workbook", "marked_rows", "workbook_checks", "workbook_sent"]

_LARGEST = 64 * 1024 * 1024
_SHOWN = 200


def empty_workbook(request: HttpRequest, name: str) -> HttpResponse:
    """The ledger's empty workbook, to fill in."""
    ledger = ledger_in_use(name)
    return file_response(blank_workbook(ledger.form, tongue()), f"{in_language(ledger.title)}.xlsx")


def workbook_sent(request: HttpRequest, name: str) -> HttpResponse:
    """Choose a filled workbook; it is kept aside and its checks are shown."""
    account, ledger = reader(request), ledger_in_use(name)
    check_may_add(account)
    files = request.FILES.getlist("workbook")
    if request.method == "POST" and files:
        if (files[0].size or 0) <= _LARGEST:
            return redirect("ledger-checks", name, hand_in(account, files[:1]).token)
        messages.error(request, _("The file is larger than {largest} MB.").format(largest=_LARGEST // 1_048_576))
    return render(request, "web/ledger_import.html", {"ledger": ledger, "title": in_language(ledger.title)})


def workbook_checks(request: HttpRequest, name: str, token: str) -> HttpResponse:
    """What is good and what is wrong, cell by cell; sent, the good rows are stored."""
    account, ledger = reader(request), ledger_in_use(name)
    check_may_add(account)
    upload = _opened(account, token)
    try:
        intake = _checked(upload, ledger)
        if request.method == "POST":
            process = request.POST.get("process", "")
            process = process if process in ledger.processes else next(iter(ledger.processes), "")
            stored = store_workbook(intake, ledger.version, by=account, process=process, reason=intake.name)
            upload.drop()
            messages.success(request, ngettext("{n} row stored.", "{n} rows stored.", stored).format(n=stored))
            if skipped := len(intake.good) - stored:
                said = ngettext("{n} row was stored before and is left out.", "{n} rows were stored before and are left out.", skipped)
                messages.info(request, said.format(n=skipped))
            return redirect("ledger", name)
    except (UnreadableWorkbook, Refused) as no:
        upload.drop()
        messages.error(request, str(no))
        return redirect("ledger-import", name)
    faults = [*intake.faults, *(fault for row in intake.wrong for fault in row.faults)]
    context: dict[str, Any] = {
        "ledger": ledger, "title": in_language(ledger.title), "token": token, "intake": intake, "good": len(intake.good),
        "wrong": len(intake.wrong), "faults": [(one, in_language(one.label)) for one in faults[:_SHOWN]],
        "more": max(0, len(faults) - _SHOWN),
        "processes": [(key, in_language(one.label)) for key, one in ledger.processes.items()],
    }  # fmt: skip
    return render(request, "web/ledger_checks.html", context)


def marked_rows(request: HttpRequest, name: str, token: str) -> HttpResponse:
    """The wrong rows, marked, to be mended and sent again."""
    upload = _opened(reader(request), token)
    intake = _checked(upload, ledger_in_use(name))
    return file_response(marked_workbook(intake, tongue()), f"{intake.name.rpartition('.')[0]}-{_('to mend')}.xlsx")


def _opened(account: Account, token: str) -> Upload:
    try:
        return open_upload(account, token)
    except UploadGone:
        raise Http404(
            _("This workbook is no longer waiting: it was stored, dropped, or handed in too long ago. Hand it in again.")
        ) from None


def _checked(upload: Upload, ledger: PublishedLedger) -> LedgerIntake:
    with upload.in_clear() as files:
        return check_workbook(ledger.form, files[0], language=tongue(), datasets=datasets_of(ledger.version))
