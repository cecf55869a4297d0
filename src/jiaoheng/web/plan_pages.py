"""Plan pages: the cheapest way for an area to pass a standard, with or without a budget, and its export.

Changes when the page of a plan or its export shows something else.
"""

from dataclasses import dataclass
from decimal import Decimal

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from jiaoheng.organisations.organisation import Organisation
from jiaoheng.rulebook.loader import RulebookFaulty
from jiaoheng.standards.plan_to_pass import NoPlan, NotPlannable, Plan
from jiaoheng.standards.standard import NotInForce, Standard
from jiaoheng.standards.verdict import NothingToJudge
from jiaoheng.web.budget import NotMoney, budget_read, money_shown, money_unit
from jiaoheng.web.current_snapshot import CurrentSnapshot, chosen_year, remedies, standards
from jiaoheng.web.export import Cell, exported
from jiaoheng.web.no_snapshot import needs_snapshot
from jiaoheng.web.plan_of_area import SECONDS, AnotherIsMade, has_remedies, plan_of
from jiaoheng.web.plan_table import lacking_lines, notes, step_lines, tiles, variation_lines
from jiaoheng.web.scope import area_asked_for
from jiaoheng.web.words import in_language, word

__all__ = ["plan", "plan_body", "plan_export"]

_PER_PAGE = 60


class _Refused(Exception):
    """No plan can be shown. The message says why, in the reader's language."""


@dataclass(frozen=True)
class _Asked:
    """What the reader asked for. `written` is the budget as written, `refusal` what is wrong with it."""

    standard: Standard
    area: Organisation
    year: str
    written: str
    budget: Decimal | None
    refusal: str


@needs_snapshot
def plan(request: HttpRequest, current: CurrentSnapshot, standard_id: str) -> HttpResponse:
    """The page around a plan, with the form for a budget; the plan itself follows by HTMX, since making it takes a while."""
    asked = _asked(request, current, standard_id)
    refusal = asked.refusal if has_remedies(asked.standard, current) else _no_remedies()
    context = {"asked": asked, "refusal": refusal, "unit": money_unit(_currency()), "seconds": int(SECONDS), "current": current}
    return render(request, "web/plan.html", context)


@needs_snapshot
def plan_body(request: HttpRequest, current: CurrentSnapshot, standard_id: str) -> HttpResponse:
    """The plan for the page, or the sentence why there is none."""
    asked = _asked(request, current, standard_id)
    try:
        found = _plan(asked, current)
    except _Refused as refused:
        return render(request, "web/_plan.html", {"refusal": str(refused)})
    context = {
        "asked": asked,
        "plan": found,
        "tiles": tiles(found, SECONDS),
        "page": Paginator(step_lines(found, current), _PER_PAGE).get_page(request.GET.get("page")),
        "unit": money_unit(found.currency),
        "total": money_shown(found.total_cost, 2),
        # As on the verdict page: a school on its own has no differences between schools.
        "variations": [] if asked.area.is_school else variation_lines(found, current),
        "lacking": lacking_lines(found, current),
        "notes": notes(found),
    }
    return render(request, "web/_plan.html", context)


@needs_snapshot
def plan_export(request: HttpRequest, current: CurrentSnapshot, standard_id: str, form: str) -> HttpResponse:
    """The steps, whole, costs in single units of the currency; below them the total, what still lacks and the note on the prices."""
    asked = _asked(request, current, standard_id)
    try:
        found = _plan(asked, current)
    except _Refused as refused:
        raise Http404(str(refused)) from None
    cost = _("Cost (yuan)") if found.currency in ("CNY", "") else _("Cost ({currency})").format(currency=found.currency)
    headings = [_("Stage"), _("Code"), _("School"), _("Step"), _("Count"), _("Unit"), _("From school"), cost, _("Every year")]
    rows: list[list[Cell]] = [
        [word("stage", line.stage), line.organisation, line.name, line.what, line.count, line.unit, line.sender_name, line.cost,
         _("yes") if line.every_year else ""]
        for line in step_lines(found, current)
    ]  # fmt: skip
    rows.append(["", "", "", _("Total"), None, "", "", found.total_cost, ""])
    for lacks in lacking_lines(found, current):
        said = _("Still lacking: {what}").format(what=lacks.lacking)
        rows.append([word("stage", lacks.stage), lacks.organisation, lacks.name, said, None, "", "", None, ""])
    rows += [["", "", "", note, None, "", "", None, ""] for note in notes(found)]
    title = _("Plan to pass {standard}").format(standard=in_language(asked.standard.label))
    return exported(f"{title} {asked.year}", form, headings, rows)


def _asked(request: HttpRequest, current: CurrentSnapshot, standard_id: str) -> _Asked:
    """Raises: Http404; Refused where the area is not the reader's to see, as on the verdict page."""
    standard = standards().get(standard_id)
    if standard is None:
        raise Http404(_("The rulebook has no standard “{name}”.").format(name=standard_id))
    area = area_asked_for(request)
    if area is None:
        raise Http404(_("Your account stands at no organisation yet."))
    written, refusal, budget = request.GET.get("budget", ""), "", None
    try:
        budget = budget_read(written)
    except NotMoney as error:
        refusal = str(error)
    return _Asked(standard, area, chosen_year(request, current.years, current.year), written, budget, refusal)


def _plan(asked: _Asked, current: CurrentSnapshot) -> Plan:
    """Raises: _Refused with one sentence."""
    if asked.refusal:
        raise _Refused(asked.refusal)
    if not has_remedies(asked.standard, current):
        raise _Refused(_no_remedies())
    try:
        return plan_of(current, asked.standard, asked.area.code, asked.year, asked.budget)
    except AnotherIsMade:
        said = _("Plans of other readers are being made; ask again in a minute.")
    except (NothingToJudge, NotInForce):
        said = _("No school in view has the figures that this standard judges in this school year.")
    except NotPlannable as error:
        said = _("No plan can be made for this standard: {reason}").format(reason=error)
    except NoPlan as error:
        said = _("No plan was found for {area}: {reason}").format(area=asked.area, reason=_reason(str(error)))
    except RulebookFaulty as error:
        fault = f"{error.faults[0].key}: {error.faults[0].expected}"
        said = _("The rulebook's remedies have a fault; ask your administrator to mend it: {reason}").format(reason=fault)
    raise _Refused(said)


def _reason(said: str) -> str:
    """The reasons of the floor below that read the same each time, in the reader's language; any other as it is said."""
    known = {
        "No plan was found in the time given. Give more time, or plan for a smaller area.": _(
            "the time for a page was up; choose a smaller area, or have it planned at the command with more time."
        ),
        "The judge does not agree with the plan that was found; please report this with the snapshot's figures.": _(
            "the judge does not agree with the plan that was found; please report this with the snapshot's figures."
        ),
    }
    return known.get(said, said)


def _no_remedies() -> str:
    return _("The rulebook has no remedies for what this standard asks.")


def _currency() -> str:
    try:
        return next((remedy.currency for remedy in remedies().values()), "CNY")
    except RulebookFaulty:
        return "CNY"
