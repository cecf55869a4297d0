"""Plan table: a plan to pass laid out for reading: tiles, steps, differences after it, and what still lacks.

Changes when the plan is laid out differently. It plans and judges nothing; both come from the floor of standards.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from jiaoheng.standards.plan_to_pass import Obstacle, Plan, Step
from jiaoheng.web.budget import money_shown, money_unit
from jiaoheng.web.current_snapshot import CurrentSnapshot, remedies
from jiaoheng.web.figure import shown
from jiaoheng.web.words import in_language

__all__ = ["LackingLine", "StepLine", "Tile", "VariationLine", "lacking_lines", "notes", "step_lines", "tiles", "variation_lines"]


@dataclass(frozen=True)
class Tile:
    """One answer at a glance: what it is, the answer, a word on it. `sort`: style classes of the answer."""

    name: str
    value: str
    unit: str
    note: str
    sort: str = ""


@dataclass(frozen=True)
class StepLine:
    """One step. `cost` in single units of the currency; `cost_shown` in ten thousands."""

    stage: str
    organisation: str
    name: str
    label: str
    what: str
    count: int
    unit: str
    sender: str
    sender_name: str
    cost: Decimal
    cost_shown: str
    every_year: bool


@dataclass(frozen=True)
class VariationLine:
    """A difference between the schools of a stage before and after the plan, and its limit."""

    measure: str
    stage: str
    name: str
    before: float | None
    after: float | None
    limit: Decimal
    meets: bool | None


@dataclass(frozen=True)
class LackingLine:
    """One item that a school still lacks after the plan. `allowed`: what the remedies allow the school, where that is too little."""

    stage: str
    organisation: str
    name: str
    lacking: str
    allowed: str


def tiles(plan: Plan, seconds: float) -> list[Tile]:
    """Cost, schools that pass, outcome, and how sure it is."""
    before, after = plan.verdict_before.schools, plan.verdict_after.schools
    passed, now = sum(school.passes is True for school in before), sum(school.passes is True for school in after)
    unit = money_unit(plan.currency)
    every_year = _("of it {sum} again every year").format(sum=money_shown(plan.every_year)) if plan.every_year else ""
    budget = "" if plan.budget is None else _("budget {sum}").format(sum=money_shown(plan.budget))
    said, note, colour = _outcome(plan)
    sure, why = _sureness(plan, seconds)
    both = _("before and after the plan; each stage counts")
    return [
        Tile(_("Cost"), money_shown(plan.total_cost), unit, " · ".join(filter(None, [budget, every_year]))),
        Tile(_("Schools that pass"), f"{shown(passed)} → {shown(now)}", f"/ {shown(len(after))}", both),
        Tile(_("Outcome"), said, "", note, f"sum is-{colour}"),
        Tile(_("Is it the best plan?"), sure, "", why, "sum" if plan.proven else "sum is-warn"),
    ]


def step_lines(plan: Plan, current: CurrentSnapshot) -> list[StepLine]:
    """The steps in the plan's order: purchases by school, then moves."""
    return [_step(step, current) for step in plan.steps]


def variation_lines(plan: Plan, current: CurrentSnapshot) -> list[VariationLine]:
    """The limits on differences, those beyond their limit first."""
    before = {(one.measure, one.stage): one.value for one in plan.verdict_before.variations}
    lines = [
        VariationLine(
            one.measure, one.stage, in_language(current.catalogue[one.measure].label), before.get((one.measure, one.stage)), one.value,
            one.limit, one.meets,
        )
        for one in plan.verdict_after.variations
    ]  # fmt: skip
    return sorted(lines, key=lambda line: line.meets is not False)


def lacking_lines(plan: Plan, current: CurrentSnapshot) -> list[LackingLine]:
    """What schools still lack after the plan (differences beyond their limit are told by `variation_lines`)."""
    return list(_lacking(plan.obstacles, current))


def notes(plan: Plan) -> list[str]:
    """What a reader should know of the prices and limits that the plan used, or could have used."""
    if plan.outcome == "nothing_to_do":
        return []
    used = [step.remedy for step in plan.steps] or list(remedies().values())
    return sorted({in_language(remedy.source.note) for remedy in used if remedy.source.note})


def _step(step: Step, current: CurrentSnapshot) -> StepLine:
    name, sender = current.name(step.organisation), step.sender or ""
    sender_name = current.name(sender) if sender else ""
    said = step.remedy.said.of(step.count, _language(), sender=sender_name, receiver=name)
    return StepLine(
        step.stage, step.organisation, name, in_language(step.remedy.label), said[:1].upper() + said[1:], step.count,
        in_language(step.remedy.unit), sender, sender_name, step.cost, money_shown(step.cost, 2), step.remedy.every_year,
    )  # fmt: skip


def _lacking(obstacles: list[Obstacle], current: CurrentSnapshot) -> Iterator[LackingLine]:
    for one in obstacles:
        if one.item is None or one.organisation is None:
            continue
        short = one.obtainable is not None and one.obtainable < (one.item.shortfall or 0)
        yield LackingLine(
            one.stage, one.organisation, current.name(one.organisation), one.item.shortfall_text(_language()),
            shown(one.obtainable) if short else "",
        )  # fmt: skip


def _outcome(plan: Plan) -> tuple[str, str, str]:
    """In a few words, in a sentence, and its colour."""
    missing = _("Figures were not reported, so that the verdict stays open.")
    if plan.outcome == "nothing_to_do":
        if plan.verdict_after.passes:
            return _("Passes already"), _("Nothing needs to be done."), "good"
        return _("Nothing fails"), missing, "warn"
    if plan.outcome == "passes":
        if plan.verdict_after.passes:
            return _("Passes"), _("Every school then meets what the standard asks."), "good"
        return _("Nothing fails any more"), missing, "warn"
    if plan.outcome == "over_budget":
        least = plan.passing_costs_at_least
        if least is None or least == plan.cost_to_pass:
            needed = _("To pass costs {sum} {unit}: {more} more than the budget.")
        else:
            needed = _("The best plan found that passes costs {sum} {unit}, {more} more than the budget; none costs less than {least}.")
        needed = needed.format(
            sum=money_shown(plan.cost_to_pass), more=money_shown(plan.needed), least=money_shown(least), unit=money_unit(plan.currency)
        )
        return _("Budget too small"), needed, "bad"
    return _("Cannot be passed"), _("The limits of the remedies do not allow enough, whatever is paid."), "bad"


def _sureness(plan: Plan, seconds: float) -> tuple[str, str]:
    if plan.outcome == "nothing_to_do":
        return _("Yes"), ""
    if plan.proven and plan.outcome == "passes":
        return _("Yes, proven"), _("No plan costs less.")
    if plan.proven:
        within = _("Within the budget no plan brings more schools to pass.")
        return _("Yes, proven"), within if plan.outcome == "over_budget" else _("No plan brings more schools to pass.")
    time_was_up = _("Time was up after {seconds} seconds: this is the best plan found.").format(seconds=shown(seconds))
    if plan.gap is None:
        return _("Not proven"), time_was_up
    return _("At most {share} % dearer").format(share=shown(math.ceil(plan.gap * 10_000) / 100)), time_was_up


def _language() -> str:
    return get_language() or "en"
