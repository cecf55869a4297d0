"""Standard pages: the standards there are, and one with its verdict, school by school.

Changes when the verdict page or its export shows something else.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from jiaoheng.organisations.organisation import Organisation
from jiaoheng.standards.standard import NotInForce, Standard
from jiaoheng.standards.verdict import NothingToJudge, SchoolVerdict, Verdict
from jiaoheng.web.assessment_card import AssessmentCard, assessment_card, assessment_exported, assessment_only, on_trial
from jiaoheng.web.current_snapshot import CurrentSnapshot, assessments, chosen_year, standards
from jiaoheng.web.export import Cell, exported
from jiaoheng.web.no_snapshot import needs_snapshot
from jiaoheng.web.not_judged import NotJudged, not_judged, rules_asked_for
from jiaoheng.web.plan_of_area import has_remedies
from jiaoheng.web.scope import area_asked_for
from jiaoheng.web.verdict_matrix import SORTS, columns, line, rule_in_words, sorted_schools, variation_cells
from jiaoheng.web.words import in_language, word

__all__ = ["standard_list", "verdict", "verdict_export"]

_PER_PAGE = 60


@dataclass(frozen=True)
class _Asked:
    """What the reader asked of the verdict page."""

    standard: Standard
    area: Organisation
    year: str
    stage: str
    failing: bool
    sort: str
    verdict: Verdict
    schools: list[SchoolVerdict]


@needs_snapshot
def standard_list(request: HttpRequest, current: CurrentSnapshot) -> HttpResponse:
    """Every standard, with how many schools meet it."""
    area = area_asked_for(request)
    year = chosen_year(request, current.years, current.year)
    lines = []
    for standard in standards().values():
        found, why = _verdict(current, standard, area, year)
        reason = None if found else not_judged(why, area, whole=False)
        passed = sum(school.passes is True for school in found.schools) if found else 0
        failed = sum(school.passes is False for school in found.schools) if found else 0
        total = len(found.schools) if found else 0
        lines.append(
            {"standard": standard, "rule": rule_in_words(standard), "reason": reason, "of": total, "passed": passed, "failed": failed,
             "open": total - passed - failed, "over": sum(one.meets is False for one in found.variations) if found else 0,
             "share": round(100 * passed / total) if total else 0, "failed_share": round(100 * failed / total) if total else 0}
        )  # fmt: skip
    wholes = []
    for one in assessment_only(list(standards().values())):
        card = assessment_card(current, one.id, area.code, year) if area else None
        wholes.append((one, card, None) if isinstance(card, AssessmentCard) else (one, None, not_judged(card, area, whole=True)))
    return render(request, "web/standards.html", {"lines": lines, "wholes": wholes, "current": current, "area": area})


@needs_snapshot
def verdict(request: HttpRequest, current: CurrentSnapshot, standard_id: str) -> HttpResponse:
    """The matrix; an HTMX request gets the part below the chips."""
    found = _card(request, current, standard_id)
    card = found if isinstance(found, AssessmentCard) else None
    if standard_id not in standards() and standard_id in assessments():
        whole = {"standard": assessments()[standard_id], "card": card, "current": current, "rule": "", "whole": True}
        why = None if isinstance(found, AssessmentCard) else not_judged(found, area_asked_for(request), whole=True)
        return render(request, "web/verdict.html", {**whole, "nothing": why})
    asked = _asked(request, current, standard_id)
    context: dict[str, Any] = {
        "current": current,
        "standard": _standard(standard_id),
        "rule": rule_in_words(_standard(standard_id)),
        "card": card,
    }
    if isinstance(asked, NotJudged):
        return render(request, "web/verdict.html", {**context, "nothing": asked})
    page = Paginator(asked.schools, _PER_PAGE).get_page(request.GET.get("page"))
    stages = [{"stage": stage, "count": len(asked.verdict.of_stage(stage))} for stage in asked.verdict.stages]
    judged = asked.verdict.of_stage(asked.stage)
    whole_area = not asked.area.is_school  # a school on its own has no differences between schools
    variations = variation_cells(asked.standard, asked.verdict, asked.stage) if whole_area else []
    context |= {
        "asked": asked,
        "plannable": has_remedies(asked.standard, current) and not asked.verdict.trial,
        "stages": stages,
        "columns": columns(asked.standard, asked.verdict, asked.stage),
        "page": page,
        "lines": [line(school, current) for school in page],
        "variations": variations if any(variations) else [],
        "limits": sorted({variation.limit for variation in variations if variation}),
        "over": sum(variation is not None and variation.meets is False for variation in variations),
        "counts": {
            "of": len(judged),
            "passed": sum(school.passes is True for school in judged),
            "failed": sum(school.passes is False for school in judged),
        },
        "excluded": [(one, one.reason(request.LANGUAGE_CODE)) for one in asked.verdict.excluded if one.stage == asked.stage],
    }
    return render(request, "web/verdict.html", context)


@needs_snapshot
def verdict_export(request: HttpRequest, current: CurrentSnapshot, standard_id: str, form: str) -> HttpResponse:
    """The matrix as asked for, whole: figure and what is lacking in columns of their own."""
    if standard_id not in standards() or request.GET.get("part") == "assessment":
        card = _card(request, current, standard_id)
        if not isinstance(card, AssessmentCard):
            raise Http404(_("There is no verdict to export."))
        return assessment_exported(card, form)
    asked = _asked(request, current, standard_id)
    if isinstance(asked, NotJudged):
        raise Http404(_("There is no verdict to export."))
    headings = [_("Code"), _("School"), _("Stage"), _("Pupils"), _("Verdict")]
    for column in columns(asked.standard, asked.verdict, asked.stage):
        headings += [f"{column.short} {column.asked}", _("Lacking")]
    rows: list[list[Cell]] = []
    for school in asked.schools:
        shown = line(school, current)
        row: list[Cell] = [school.organisation, shown.name, word("stage", school.stage), school.pupils, shown.said]
        for item, cell in zip(school.items, shown.cells, strict=True):
            row += [item.value, cell.lacking]
        rows.append(row)
    variations = variation_cells(asked.standard, asked.verdict, asked.stage) if not asked.area.is_school else []
    if any(variations):
        last: list[Cell] = ["", _("Coefficient of variation"), word("stage", asked.stage), None, ""]
        for variation in variations:
            last += [variation.value, f"≤ {variation.limit}"] if variation else [None, ""]
        rows.append(last)
    name = f"{in_language(asked.standard.label)} {word('stage', asked.stage)} {asked.year}{on_trial(asked.verdict)}"
    return exported(name, form, headings, rows)


def _card(request: HttpRequest, current: CurrentSnapshot, standard_id: str) -> AssessmentCard | NothingToJudge | NotInForce | None:
    area, year = area_asked_for(request), chosen_year(request, current.years, current.year)
    return assessment_card(current, standard_id, area.code, year, rules_asked_for(request)) if area else None


def _verdict(
    current: CurrentSnapshot, standard: Standard, area: Organisation | None, year: str, rules_of: date | None = None
) -> tuple[Verdict | None, NothingToJudge | NotInForce | None]:
    """The verdict, or why there is none."""
    try:
        return (current.verdict(standard, area.code, year, rules_of) if area else None), None
    except (NothingToJudge, NotInForce) as why:
        return None, why


def _standard(standard_id: str) -> Standard:
    found = standards().get(standard_id)
    if found is None:
        raise Http404(_("The rulebook has no standard “{name}”.").format(name=standard_id))
    return found


def _asked(request: HttpRequest, current: CurrentSnapshot, standard_id: str) -> _Asked | NotJudged:
    standard, area = _standard(standard_id), area_asked_for(request)
    year = chosen_year(request, current.years, current.year)
    found, why = _verdict(current, standard, area, year, rules_asked_for(request))
    if area is None or found is None:
        return not_judged(why, area, whole=False)
    stage = request.GET.get("stage", "")
    stage = stage if stage in found.stages else found.stages[0]
    failing, sort = request.GET.get("failing") == "1", request.GET.get("sort", "")
    schools = sorted_schools(found.of_stage(stage), sort)
    if failing:
        schools = [school for school in schools if school.passes is not True]
    return _Asked(standard, area, year, stage, failing, sort if sort in SORTS else "name", found, schools)
