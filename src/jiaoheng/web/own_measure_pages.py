"""Own measure pages: officers of the bureau write measures of their own, see them checked and tried, keep, change and withdraw them.

Changes when writing a measure takes other steps. What may be written is said by the catalogue's own checks.
"""

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from jiaoheng.access.account import Account
from jiaoheng.access.trail import Action
from jiaoheng.ledgers.browser_forms import browser_forms
from jiaoheng.measures.catalogue import UnknownMeasure
from jiaoheng.measures.measure import Measure, Scope
from jiaoheng.measures.own_measure import KeptMeasure, check_own_measure, keep_measure, kept_measures, withdraw_measure, written_in
from jiaoheng.measures.written_measure import Register
from jiaoheng.rulebook.loader import RulebookFaulty
from jiaoheng.rulebook.own_file import ChangedMeanwhile
from jiaoheng.rulebook.tables import CALENDAR_WORDS
from jiaoheng.snapshots.snapshot import SnapshotRefused
from jiaoheng.web.current_snapshot import CurrentSnapshot, catalogue, current_snapshot, measure_tables
from jiaoheng.web.measure_uses import uses_of
from jiaoheng.web.own_measure_form import answers_of, assembled, choices_of, columns_of, faults_by_field, named, written
from jiaoheng.web.own_measure_preview import Preview, previewed
from jiaoheng.web.rulebook_changes import check_may_define, noted, now, own_rulebook
from jiaoheng.web.scope import reader
from jiaoheng.web.words import in_language

__all__ = ["own_measure", "own_measure_list", "own_measure_new", "own_measure_withdraw"]


def own_measure_list(request: HttpRequest) -> HttpResponse:
    """The measures that were written here, those withdrawn too, and the tables to write a new one over."""
    account = reader(request)
    check_may_define(account)
    known, kept = catalogue(), kept_measures(own_rulebook())
    offered = [_offered(name, one) for name, one in measure_tables().items()]
    context = {
        "kept": [(one, known.get(name) if not one.withdrawn else None, _label(one)) for name, one in kept.items()],
        "registers": [one for one in offered if not one["name"].startswith("ledger_")],
        "ledgers": [one for one in offered if one["name"].startswith("ledger_")],
    }
    return render(request, "web/own_measures.html", context)


def own_measure_new(request: HttpRequest) -> HttpResponse:
    """Write a new measure over a register."""
    check_may_define(reader(request))
    return _page(request, None)


def own_measure(request: HttpRequest, own: str) -> HttpResponse:
    """Change a measure that was written here: another version, the earlier ones kept."""
    check_may_define(reader(request))
    return _page(request, _kept(own))


@require_POST
def own_measure_withdraw(request: HttpRequest, own: str) -> HttpResponse:
    """Take a measure out of the catalogue, with the reason."""
    account = reader(request)
    check_may_define(account)
    kept, reason = _kept(own), request.POST.get("reason", "").strip()
    used = uses_of(own, account)
    if not reason:
        messages.error(request, _("Say why: a change without a reason is not kept."))
    elif used:
        said = _(", ").join(use.title for use in used)
        messages.error(request, _("It is still used, and stays: {uses}. Take it out there first.").format(uses=said))
    elif kept.withdrawn or kept.last.number != _number(request):
        messages.error(request, _("Somebody has changed this measure meanwhile. Look at it again."))
    else:
        with transaction.atomic():
            noted(Action.REMOVED, "measure", own, by=account, reason=reason, before={"text": kept.last.text}, after={})
            withdraw_measure(own_rulebook(), own, by=account.username, at=now(), reason=reason, after=kept.last.number)
        messages.success(request, _("Withdrawn. Its versions stay readable here."))
        return redirect("own-measures")
    return redirect("own-measure", own=own)


def _page(request: HttpRequest, kept: KeptMeasure | None) -> HttpResponse:
    account, registers = reader(request), measure_tables()
    if request.method == "POST":
        answers: dict[str, str] = {key: str(value) for key, value in request.POST.items()}
        stages = request.POST.getlist("stages")
    elif kept:
        answers, stages = answers_of(kept.written)
    else:
        first = {"register": request.GET.get("register", ""), "of": request.GET.get("of", "")}
        answers = {**first, "kind": request.GET.get("kind", "ratio"), "decimals": "1", "better": "none"}
        stages = []
    change = answers.get("kind") == "change"
    if not change and answers.get("register") not in registers:
        return redirect("own-measures")
    made = assembled(answers, registers[_about(answers)].types) if "assemble" in request.POST else None
    if made:
        answers[made[0]] = made[1]
    name = kept.name if kept else named(answers)
    context: dict[str, Any] = {"faults": {}, "preview": None, "not_made": "assemble" in request.POST and made is None}
    if request.method == "POST" and "assemble" not in request.POST:
        told = written(answers, stages)
        if change and told.get("in") == "amount" and "unit" not in told and told.get("of") in catalogue():
            told["unit"] = catalogue()[told["of"]].unit.model_dump()
        context["faults"], context["preview"] = _checked(
            name, told, account, new=kept is None or kept.withdrawn, judged="judge" in request.POST
        )
        if "save" in request.POST and not context["faults"]:
            if not answers.get("reason", "").strip():
                context["faults"] = {"reason": [_("Say why: a change without a reason is not kept.")]}
            else:
                try:
                    return _saved(request, account, name, told, answers["reason"].strip())
                except ChangedMeanwhile:
                    context["faults"] = {"all": [_("Somebody has changed this measure meanwhile. Look at it again.")]}
                except OSError as error:
                    context["faults"] = {"all": [_("The rulebook's folder cannot be written: {why}").format(why=error.strerror)]}
    below = answers.get("denominator_register", "")
    context |= {"change": True, "bases": _bases()} if change else {
        "register": registers[answers["register"]], "columns": columns_of(answers["register"], registers),
        "below": registers.get(below), "below_columns": columns_of(below, registers) if below in registers else [],
        "registers": [(one, in_language(register.table.label)) for one, register in registers.items()],
    }  # fmt: skip
    context |= {
        "name": name, "kept": kept, "answers": answers, "stages": stages, "choices": choices_of(), "faulty": bool(context["faults"]),
        "after": kept.last.number if kept else 0, "uses": uses_of(name, account) if kept else [],
        "versions": [(one, written_in(one, name)) for one in reversed(kept.versions)] if kept else [],
    }  # fmt: skip
    return render(request, "web/own_measure.html", context)


def _checked(name: str, told: dict[str, Any], account: Account, *, new: bool, judged: bool) -> tuple[dict[str, list[str]], Preview | None]:
    """Every fault at its field, or the measure tried on the newest snapshot; judged: with what a published file would hide."""
    try:
        measure = check_own_measure(name, told, own_rulebook(), browser_forms)
    except RulebookFaulty as faulty:
        return faults_by_field(faulty.faults, name), None
    if new and name in catalogue():
        return {"id": [_("The catalogue has a measure of this name. Choose another one.")]}, None
    assert account.organisation is not None
    tables = {name: one.table for name, one in _used(measure, measure_tables())}
    return {}, previewed(measure, _snapshot(), account.organisation, tables, judged=judged)


def _used(measure: Measure, registers: Mapping[str, Register]) -> list[tuple[str, Register]]:
    """The tables that a measure reads, which may be a ledger's."""
    whole = measure.base or measure
    names = {whole.register, *([whole.other.register] if whole.other else [])}
    return [(name, registers[name]) for name in names]


def _saved(request: HttpRequest, account: Account, name: str, told: dict[str, Any], reason: str) -> HttpResponse:
    """Keep it, with a line in the trail, and go to its page. Raises: ChangedMeanwhile, OSError."""
    known = kept_measures(own_rulebook()).get(name)
    before = {"text": known.last.text} if known and not known.withdrawn else {}
    with transaction.atomic():
        noted(Action.CHANGED if before else Action.ADDED, "measure", name, by=account, reason=reason, before=before, after=told)
        measure, version = keep_measure(
            own_rulebook(), name, told, by=account.username, at=now(), reason=reason, after=_number(request), published=browser_forms
        )
    said = _("Version {n} of “{label}” is kept and in the catalogue.")
    messages.success(request, said.format(n=version.number, label=in_language(measure.label)))
    return redirect("measure", measure_id=name)


def _about(answers: dict[str, str]) -> str:
    """The register whose columns are put together: of the denominator where it has one of its own."""
    below = answers.get("denominator_register", "")
    return below if below and answers.get("make_part", "").startswith("denominator") and below in measure_tables() else answers["register"]


def _bases() -> list[tuple[str, str]]:
    """The measures whose change can be measured, each with its unit: it says whether the change is in points or in percent."""
    whole = (one for one in catalogue().values() if one.base is None)
    return [(one.id, f"{in_language(one.label)} · {in_language(one.unit)}") for one in whole]


def _offered(name: str, register: Register) -> dict[str, Any]:
    """A table to write a measure over, with who is counted and when."""
    table = register.table
    scope, calendar = Scope(table.scope.counted, table.scope.schools), CALENDAR_WORDS[table.calendar]
    return {"name": name, "table": table, "columns": len(register.types), "scope": scope, "calendar": calendar}


def _kept(name: str) -> KeptMeasure:
    found = kept_measures(own_rulebook()).get(name)
    if found is None:
        raise Http404(_("No measure of this name was written here. One that lies in the rulebook's folder is changed there."))
    return found


def _label(kept: KeptMeasure) -> str:
    label = kept.written.get("label") or {}
    return str(label.get("zh" if (get_language() or "zh").startswith("zh") else "en") or kept.name)


def _snapshot() -> CurrentSnapshot | None:
    try:
        return current_snapshot()
    except (SnapshotRefused, UnknownMeasure):
        return None


def _number(request: HttpRequest) -> int:
    given = request.POST.get("after", "0")
    return int(given) if given.isdecimal() else 0
