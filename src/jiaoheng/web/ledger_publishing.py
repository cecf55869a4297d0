"""Ledger publishing: a bureau officer uploads an XLSForm, sees what changes and what existing rows become, and publishes it.

Changes when publishing a form takes other steps. Nothing of an upload is in use before it is confirmed.
"""

import base64
import re
from typing import Any

from django.contrib import messages
from django.core import signing
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from jiaoheng.access.account import Account, Refused
from jiaoheng.intake.causes import UnreadableWorkbook
from jiaoheng.intake.container import checked_kind
from jiaoheng.ledgers.form import Form, FormFaulty
from jiaoheng.ledgers.form_change import FormChange, carry_row, compare_forms
from jiaoheng.ledgers.form_markup import plain
from jiaoheng.ledgers.form_reader import read_form
from jiaoheng.ledgers.ledger_row import LedgerRow
from jiaoheng.ledgers.ledger_version import LedgerVersion, VersionState
from jiaoheng.ledgers.published_ledger import (
    PublishedLedger,
    check_may_publish,
    form_after,
    publish,
    published_ledgers,
    put_back,
    withdraw,
)
from jiaoheng.ledgers.question_kind import kind_label
from jiaoheng.ledgers.row_answers import rows_of, titles_of
from jiaoheng.rulebook.ledger_questions import looks_personal, questions_of
from jiaoheng.web.export import file_response
from jiaoheng.web.ledger_scope import ledger_or_404
from jiaoheng.web.ledger_uses import uses_of_ledger
from jiaoheng.web.scope import reader
from jiaoheng.web.words import in_language

__all__ = ["ledger_form", "publish_form", "version_source"]

_LARGEST_BYTES = 4 * 1024 * 1024
_LOOKED_AT = 2_000
"""So many rows, the newest, are carried over for the preview."""


def publish_form(request: HttpRequest) -> HttpResponse:
    """Upload, look, publish."""
    account = reader(request)
    check_may_publish(account)
    context: dict[str, Any] = {"faults": [], "refusal": ""}
    if request.method != "POST":
        return render(request, "web/ledger_publish.html", context)
    try:
        source, source_name, files = _received(request)
        form = read_form(source)
        name = _ledger_name(form)
        reason = request.POST.get("reason", "").strip()
        if "confirm" in request.POST and reason:
            version, _changes = publish(name, source, source_name, by=account, files=files, reason=reason)
            messages.success(request, _("Version {version} is published.").format(version=version.version or "–"))
            return redirect("ledger", name)
        ledger = published_ledgers().get(name)
        if "confirm" in request.POST:
            context["refusal"] = _("Say why: a change without a reason is not kept.")
        context |= _preview(form, source, source_name, ledger, account)
        context |= {"name": name, "kept": signing.dumps([base64.b64encode(source).decode(), source_name], salt="form", compress=True)}
    except FormFaulty as faulty:
        context["faults"] = [fault.in_language(get_language() or "zh-hans") for fault in faulty.faults]
    except Refused as no:
        context["refusal"] = str(no)
    return render(request, "web/ledger_publish.html", context)


def ledger_form(request: HttpRequest, name: str) -> HttpResponse:
    """The versions of a ledger's form, each to download or, after a look at what follows the ledger, to withdraw."""
    account, ledger = reader(request), ledger_or_404(name)
    check_may_publish(account)
    if request.method == "POST":
        version = get_object_or_404(LedgerVersion, ledger=name, pk=request.POST.get("version", "0"))
        reason = request.POST.get("reason", "").strip()
        if not reason:
            messages.error(request, _("Say why: a change without a reason is not kept."))
        elif "put_back" in request.POST:
            put_back(version, by=account, reason=reason)
            messages.success(request, _("Version {version} is in use again.").format(version=version.version or "–"))
        else:
            withdraw(version, by=account, reason=reason)
            messages.success(request, _("Withdrawn. Its rows stay readable."))
        return redirect("ledger-form", name)
    versions = LedgerVersion.objects.filter(ledger=name).defer("source").select_related("published_by").order_by("-pk")
    rows = dict(LedgerRow.objects.filter(ledger=name).order_by().values_list("version").annotate(Count("pk")))
    context = {
        "ledger": ledger, "title": in_language(ledger.title), "questions": _questions(ledger.form),
        "versions": [(one, rows.get(one.pk, 0), one.state != VersionState.WITHDRAWN) for one in versions],
    }  # fmt: skip
    chosen = request.GET.get("withdraw", "")
    if chosen.isdecimal():
        version = get_object_or_404(LedgerVersion.objects.exclude(state=VersionState.WITHDRAWN), ledger=name, pk=chosen)
        context |= _withdrawal(version, account)
    return render(request, "web/ledger_form.html", context)


def _withdrawal(version: LedgerVersion, account: Account) -> dict[str, Any]:
    """What becomes of the ledger without the version, and what follows it."""
    after = form_after(version)
    if version.state != VersionState.CURRENT:
        return {"leaving": version, "ends": False, "uses": []}
    changes = compare_forms(version.form, after) if after else []
    uses = uses_of_ledger(version.ledger, account, _answered_otherwise(changes) if after else None)
    return {"leaving": version, "ends": after is None, "returns": after, "uses": uses}


def _answered_otherwise(changes: list[FormChange]) -> set[str]:
    """The questions that are gone, or take other answers, so that what reads them finds something else."""
    return {change.column for change in changes if change.kind in ("removed", "table_removed", "type", "choice_removed")}


def version_source(request: HttpRequest, name: str, number: int) -> HttpResponse:
    """The XLSForm of a version, as it was published."""
    check_may_publish(reader(request))
    version = get_object_or_404(LedgerVersion, ledger=name, pk=number)
    return file_response(bytes(version.source), version.source_name)


def _received(request: HttpRequest) -> tuple[bytes, str, dict[str, bytes]]:
    if kept := request.POST.get("kept", ""):
        try:
            source, source_name = signing.loads(kept, salt="form", max_age=24 * 3600)
        except signing.BadSignature:
            raise Refused(_("The form was open for too long. Upload it again.")) from None
        return base64.b64decode(source), source_name, {file.name or "": file.read() for file in request.FILES.getlist("files")}
    sent = request.FILES.get("form")
    if sent is None:
        raise Refused(_("Choose the XLSForm first."))
    if (sent.size or 0) > _LARGEST_BYTES:
        raise Refused(_("The form is larger than {largest} MB.").format(largest=_LARGEST_BYTES // 1_048_576))
    source, name = sent.read(), sent.name or "form.xlsx"
    try:
        checked_kind(name, source)
    except UnreadableWorkbook as no:
        raise Refused(str(no)) from None
    return source, name, {}


def _ledger_name(form: Form) -> str:
    """The ledger that the form belongs to: the one whose form has this id, else one of the id's name."""
    known = LedgerVersion.objects.filter(form_id=form.form_id).order_by("-pk").values_list("ledger", flat=True).first()
    return known or re.sub(r"[^\w-]+", "_", form.form_id)[:100]


def _preview(form: Form, source: bytes, source_name: str, ledger: PublishedLedger | None, account: Account) -> dict[str, Any]:
    changes = compare_forms(ledger.form, form) if ledger else []
    emptied = changed = looked = 0
    if ledger is not None:
        for row in LedgerRow.objects.filter(ledger=ledger.name).select_related("version").order_by("-pk")[:_LOOKED_AT]:
            looked += 1
            carried = [carry_row(row.version.form, form, one) for one in rows_of(row.version.form, row.answers)]
            emptied += any(one is None or one.left_empty for one in carried)
            changed += any(one is not None and one.old_choices for one in carried)
    return {
        "title": in_language(titles_of(form)), "form": form, "new": ledger is None, "questions": _questions(form),
        "changes": [(in_language(change.label), change.refuses, change.loses) for change in changes],
        "uses": uses_of_ledger(ledger.name, account, _answered_otherwise(changes)) if ledger else [],
        "refused": any(change.refuses for change in changes), "looked": looked, "emptied": emptied, "old_choices": changed,
        "suspects": [
            plain(in_language(one.label)) for one in questions_of(source, source_name) if not one.personal and looks_personal(one)
        ],
        "warnings": [one.in_language(get_language() or "zh-hans") for one in form.warnings], "files": form.files,
    }  # fmt: skip


def _questions(form: Form) -> list[tuple[str, str, str, bool]]:
    """Label, column and kind of every stored question, and whether its answers are sealed."""
    return [
        (
            in_language(form.both(question.labels)) or question.column,
            question.column,
            in_language(kind_label(question.kind)),
            question.path in form.sealed,
        )
        for questions in form.tables.values()
        for question in questions
        if question.asked
    ]
