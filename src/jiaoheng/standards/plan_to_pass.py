"""Plan to pass: the cheapest purchases and moves of teachers by which an area passes a standard, or the most that a budget can do.

Changes when what a plan tells changes. The choice is made by `least_cost`; whether it is enough is said by the judge himself, on the
figures as the plan leaves them.
"""

import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal

from jiaoheng.measures.catalogue import Catalogue, load_catalogue
from jiaoheng.rulebook.loader import Label
from jiaoheng.rulebook.registers import load_registers
from jiaoheng.snapshots.snapshot import Snapshot
from jiaoheng.standards.changed_snapshot import changed_snapshot
from jiaoheng.standards.circumstances import Circumstances, NotPlannable, Part, circumstances
from jiaoheng.standards.integer_program import NoAnswer
from jiaoheng.standards.least_cost import LeastCost, Offer, OutOfTime, Selection
from jiaoheng.standards.remedy import REGISTER, Remedy, load_remedies
from jiaoheng.standards.standard import Standard
from jiaoheng.standards.verdict import ItemVerdict, SchoolVerdict, VariationVerdict, Verdict, judge

__all__ = ["NoPlan", "NotPlannable", "Obstacle", "Plan", "Step", "Total", "plan_to_pass"]

Outcome = Literal["nothing_to_do", "passes", "over_budget", "impossible"]


class NoPlan(Exception):
    """No plan could be made. The message says why."""


@dataclass(frozen=True)
class Step:
    """One thing to do. `count` in the remedy's unit; `cost` in its currency; a move has a sender."""

    remedy: Remedy
    organisation: str
    name: str
    stage: str
    count: int
    cost: Decimal
    sender: str | None = None
    sender_name: str | None = None

    def text(self, language: str = "en") -> str:
        """The step in plain words, without its cost."""
        said = self.remedy.said.of(self.count, language, sender=self.sender_name or "", receiver=self.name)
        if self.remedy.kind == "move":
            return said[:1].upper() + said[1:]
        return f"{self.name}：{said}" if language.lower().startswith("zh") else f"{self.name}: {said}"


@dataclass(frozen=True)
class Total:
    """What all schools of a stage lack of one item before the plan, and how many schools lack it."""

    stage: str
    measure: str
    shortfall: int
    schools: int
    item: ItemVerdict

    def text(self, language: str = "en") -> str:
        return self.item.item.lacking.said(self.shortfall, language)


@dataclass(frozen=True)
class Obstacle:
    """An item that keeps a school, or a variation that keeps a stage, from passing after the plan.

    `shortfall`: what is still lacking to the threshold; `obtainable`: what the limits of the remedies allow the school in all.
    """

    stage: str
    measure: str
    organisation: str | None = None
    name: str | None = None
    item: ItemVerdict | None = None
    obtainable: int | None = None
    variation: VariationVerdict | None = None
    label: Label | None = None

    def text(self, language: str = "en") -> str:
        zh = language.lower().startswith("zh")
        if self.item is not None:
            lacks = self.item.shortfall_text(language)
            if self.obtainable is not None and self.obtainable < (self.item.shortfall or 0):
                most = f"{self.obtainable:,}"
                lacks += f"，措施上限合计只有{most}" if zh else f"; the limits of the remedies allow it {most} in all"
            return f"{self.name}：{lacks}" if zh else f"{self.name}: {lacks}"
        assert self.variation is not None
        value = "–" if self.variation.value is None else f"{self.variation.value:.3f}"
        named = self.label.in_language(language) if self.label else self.measure
        return f"{named}：{value}，限值{self.variation.limit}" if zh else f"{named}: {value}, limit {self.variation.limit}"


@dataclass(frozen=True)
class Plan:
    """A plan, judged before and after.

    outcome:       passes; over_budget: the budget does not carry the district to the end; impossible: the limits of the remedies do not;
                   nothing_to_do: it passes already, or only figures not reported leave it open.
    cost_to_pass:  what the cheapest plan that passes costs, budget or not; None where there is none. Where time was up before that was
                   proven, the cost of the best one found; none that passes costs less than `passing_costs_at_least`.
    proven:        the plan is the best there is; otherwise time was up, and no plan costs less than `at_least`.
    """

    standard: Standard
    outcome: Outcome
    budget: Decimal | None
    currency: str
    steps: list[Step]
    total_cost: Decimal
    cost_to_pass: Decimal | None
    passing_costs_at_least: Decimal | None
    at_least: Decimal | None
    proven: bool
    seconds: float
    totals: list[Total]
    obstacles: list[Obstacle]
    verdict_before: Verdict
    verdict_after: Verdict

    @property
    def needed(self) -> Decimal | None:
        """How much more than the budget the cheapest plan that passes would need."""
        if self.outcome != "over_budget" or self.cost_to_pass is None or self.budget is None:
            return None
        return self.cost_to_pass - self.budget

    @property
    def every_year(self) -> Decimal:
        """The part of the cost that is paid again each year."""
        return sum((step.cost for step in self.steps if step.remedy.every_year), Decimal(0))

    @property
    def gap(self) -> float | None:
        """By what share of its cost the plan may be dearer than the best; None where no bound is known."""
        if self.proven:
            return 0.0
        if self.at_least is None or not self.total_cost:
            return None
        return float((self.total_cost - self.at_least) / self.total_cost)

    def as_dict(self) -> dict[str, Any]:
        """The plan as plain values for JSON."""
        return _plan_dict(self)


def plan_to_pass(
    standard: Standard,
    snapshot: Snapshot,
    *,
    area: str | None = None,
    budget: Decimal | int | None = None,
    period: str | None = None,
    catalogue: Catalogue | None = None,
    remedies: Mapping[str, Remedy] | None = None,
    overlay: Path | None = None,
    seconds: float = 60.0,
) -> Plan:
    """The cheapest way to pass, or with too small a budget the way that brings the most schools to pass.

    `seconds`: after which the best plan found is given as it is. `overlay`: the bureau's own rulebook.
    Raises: NoPlan; NotPlannable; NothingToJudge; NotInForce; RulebookFaulty.
    """
    started = time.monotonic()
    catalogue = catalogue or load_catalogue(overlay)
    remedies = load_remedies(overlay) if remedies is None else remedies
    before = judge(standard, snapshot, area=area, period=period, catalogue=catalogue)
    offers = _offers(remedies, before.on)
    fields = {name for offer in offers for name in offer.remedy.adds}
    given = circumstances(before, snapshot, catalogue, fields)
    planner = _Planner(snapshot, catalogue, before, given, offers, _bounds(overlay), started + seconds)
    limit = None if budget is None else Decimal(budget)
    chosen, after, whole, outcome, blocked = _chosen(planner, limit) if before.passes is False else _nothing(given, before)
    obstacles = [*_missed(blocked, given.parts, offers), *_beyond(blocked, catalogue)]
    return Plan(
        standard, outcome, limit, _currency(offers), list(_steps(chosen, given.parts)), chosen.cost, whole.cost if whole else None,
        whole.least if whole else None, chosen.least, chosen.proven, time.monotonic() - started, list(_totals(before)), obstacles, before,
        after,
    )  # fmt: skip


_Chosen = tuple[Selection, Verdict, Selection | None, Outcome, Verdict]
"""The choice, its verdict, the cheapest plan that passes, the outcome, and the verdict in which obstacles are to be seen."""


def _chosen(planner: "_Planner", budget: Decimal | None) -> _Chosen:
    """Raises: NoPlan."""
    try:
        return _asked(planner, budget)
    except OutOfTime:
        raise NoPlan("No plan was found in the time given. Give more time, or plan for a smaller area.") from None


def _asked(planner: "_Planner", budget: Decimal | None) -> _Chosen:
    try:
        whole, verdict = planner.settled(lambda program: program.cheapest(), part=1.0 if budget is None else 0.5)
    except NoAnswer:
        most, blocked = planner.settled(lambda program: program.most(None))
        if budget is None or most.cost <= budget:
            return most, blocked, None, "impossible", blocked
        within, verdict = planner.settled(lambda program: program.most(budget))
        return within, verdict, None, "impossible", blocked
    if budget is None or whole.cost <= budget:
        return whole, verdict, whole, "passes", verdict
    within, verdict = planner.settled(lambda program: program.most(budget))
    if verdict.passes is not False:  # time was up before the cheapest plan was found, and here is one that the budget carries
        within = replace(within, least=whole.least, proven=False)
        return within, verdict, within, "passes", verdict
    return within, verdict, whole, "over_budget", verdict


@dataclass(frozen=True)
class _Planner:
    """Asks for choices until the judge agrees with them."""

    snapshot: Snapshot
    catalogue: Catalogue
    before: Verdict
    given: Circumstances
    offers: Sequence[Offer]
    bounds: Mapping[str, str]
    until: float

    def settled(self, ask: Callable[[LeastCost], Selection], part: float = 1.0) -> tuple[Selection, Verdict]:
        """The choice, in a part of the time left, and the judge's verdict on it.

        Raises: NoAnswer; OutOfTime; NoPlan where the judge never agrees.
        """
        tied: set[tuple[str, str]] = set()
        while True:
            left = max(1.0, (self.until - time.monotonic()) * part)
            chosen = ask(LeastCost(self.given, self.offers, self.bounds, left, tied))
            verdict = self._judged(chosen)
            wrong = {
                (one.measure, one.stage) for one in verdict.variations
                if one.meets is False and (one.measure, one.stage) in chosen.kept
            }  # fmt: skip
            failed = [school for school, passes in zip(verdict.schools, chosen.passing, strict=True) if passes and school.passes is False]
            if not wrong and not failed:
                return chosen, verdict
            if failed or wrong <= tied:
                raise NoPlan("The judge does not agree with the plan that was found; please report this with the snapshot's figures.")
            tied |= wrong

    def _judged(self, chosen: Selection) -> Verdict:
        changes: dict[tuple[str, str], dict[str, int]] = {}
        for choice, count in chosen.units:
            part = self.given.parts[choice.part]
            change = changes.setdefault((part.organisation, part.stage), {})
            for name, added in choice.offer.remedy.adds.items():
                change[name] = change.get(name, 0) + choice.sign * added * count
        with tempfile.TemporaryDirectory(prefix="plan-") as folder:
            changed = changed_snapshot(self.snapshot, self.before.period, changes, Path(folder))
            return judge(
                self.before.standard, changed, area=self.before.area, period=self.before.period, catalogue=self.catalogue
            )  # fmt: skip


def _nothing(given: Circumstances, before: Verdict) -> _Chosen:
    kept = frozenset((spread.measure, spread.stage) for spread in given.spreads)
    chosen = Selection([], [part.stands for part in given.parts], kept, Decimal(0), Decimal(0), proven=True)
    return chosen, before, chosen, "nothing_to_do", before


def _offers(remedies: Mapping[str, Remedy], on: date) -> list[Offer]:
    priced = [(remedies[name], remedies[name].price(on)) for name in sorted(remedies)]
    offers = [Offer(remedy, price) for remedy, price in priced if price is not None]
    if remedies and not offers:
        raise NoPlan(f"No remedy of the rulebook has a price on {on.isoformat()}. Give prices that begin earlier.")
    currencies = sorted({offer.remedy.currency for offer in offers})
    if len(currencies) > 1:
        raise NoPlan(f"The remedies of the rulebook have prices in {', '.join(currencies)}. Give them all in one currency.")
    return offers


def _currency(offers: Sequence[Offer]) -> str:
    return offers[0].remedy.currency if offers else ""


def _bounds(overlay: Path | None) -> dict[str, str]:
    """By field of the register, the field that it is part of."""
    fields = load_registers(overlay)[REGISTER].fields
    return {name: rule.at_most for name, rule in fields.items() if rule.at_most}


def _steps(chosen: Selection, parts: Sequence[Part]) -> Iterator[Step]:
    """Purchases by school, then moves: senders and receivers of one remedy and stage are matched in the order of the verdict."""
    for choice, count in chosen.units:
        if choice.offer.remedy.kind == "buy":
            part = parts[choice.part]
            yield Step(choice.offer.remedy, part.organisation, part.name, part.stage, count, choice.offer.price * count)
    sending: dict[tuple[str, str], list[tuple[Part, int]]] = {}
    for choice, count in chosen.units:
        if choice.sign < 0:
            part = parts[choice.part]
            sending.setdefault((choice.offer.remedy.id, part.stage), []).append((part, count))
    for choice, count in chosen.units:
        if choice.offer.remedy.kind == "move" and choice.sign > 0:
            part = parts[choice.part]
            queue = sending[choice.offer.remedy.id, part.stage]
            while count:
                sender, there = queue.pop(0)
                taken = min(count, there)
                if there > taken:
                    queue.insert(0, (sender, there - taken))
                count -= taken
                cost = choice.offer.price * taken
                yield Step(choice.offer.remedy, part.organisation, part.name, part.stage, taken, cost, sender.organisation, sender.name)


def _totals(verdict: Verdict) -> Iterator[Total]:
    for stage in verdict.stages:
        for place in range(len(verdict.standard.items)):
            lacking = [school.items[place] for school in verdict.of_stage(stage) if school.items[place].shortfall]
            if lacking:
                yield Total(stage, lacking[0].measure, sum(item.shortfall or 0 for item in lacking), len(lacking), lacking[0])


def _missed(verdict: Verdict, parts: Sequence[Part], offers: Sequence[Offer]) -> Iterator[Obstacle]:
    """Of failing schools the items that miss, those below the floor first."""
    for school, part in zip(verdict.schools, parts, strict=True):
        if school.passes is not False:
            continue
        missed = [item for item in school.items if item.meets is False]
        for item in sorted(missed, key=lambda item: item.meets_floor is not False):
            yield Obstacle(school.stage, item.measure, school.organisation, school.name, item, _obtainable(part, item.measure, offers))


def _beyond(verdict: Verdict, catalogue: Catalogue) -> Iterator[Obstacle]:
    """Variations beyond their limit."""
    for variation in verdict.variations:
        if variation.meets is False:
            yield Obstacle(variation.stage, variation.measure, variation=variation, label=catalogue[variation.measure].label)


def _obtainable(part: Part, measure: str, offers: Sequence[Offer]) -> int:
    """What all purchases together, each to its limit, would add for one item of a school."""
    need = next(need for need in part.needs if need.measure == measure)
    found = 0
    for offer in offers:
        remedy = offer.remedy
        if remedy.kind == "buy" and (not remedy.stages or part.stage in remedy.stages):
            units = remedy.at_most.for_pupils(part.pupils) // remedy.lot * remedy.lot
            found += int(sum(weight * remedy.adds.get(name, 0) for name, weight in need.weights.items()) * units)
    return found


def _plan_dict(plan: Plan) -> dict[str, Any]:
    return {
        "standard": plan.standard.id,
        "outcome": plan.outcome,
        "currency": plan.currency,
        "budget": _number(plan.budget),
        "total_cost": _number(plan.total_cost),
        "every_year": _number(plan.every_year),
        "cost_to_pass": _number(plan.cost_to_pass),
        "passing_costs_at_least": _number(plan.passing_costs_at_least),
        "needed": _number(plan.needed),
        "proven": plan.proven,
        "at_least": _number(plan.at_least),
        "gap": plan.gap,
        "steps": [_step_dict(step) for step in plan.steps],
        "shortfalls": [_shortfall_dict(school, item) for school in plan.verdict_before.schools for item in school.items if item.shortfall],
        "totals": [
            {"stage": one.stage, "measure": one.measure, "shortfall": one.shortfall, "schools": one.schools, "text": _both(one.text)}
            for one in plan.totals
        ],
        "obstacles": [
            {
                "stage": one.stage, "measure": one.measure, "organisation": one.organisation, "name": one.name,
                "shortfall": one.item.shortfall if one.item else None, "obtainable": one.obtainable, "text": _both(one.text),
            }
            for one in plan.obstacles
        ],
        "before": plan.verdict_before.as_dict(),
        "after": plan.verdict_after.as_dict(),
    }  # fmt: skip


def _step_dict(step: Step) -> dict[str, Any]:
    return {
        "remedy": step.remedy.id, "kind": step.remedy.kind, "organisation": step.organisation, "name": step.name, "stage": step.stage,
        "sender": step.sender, "sender_name": step.sender_name, "count": step.count, "unit": _both(step.remedy.unit.in_language),
        "cost": _number(step.cost), "every_year": step.remedy.every_year, "text": _both(step.text),
    }  # fmt: skip


def _shortfall_dict(school: SchoolVerdict, item: ItemVerdict) -> dict[str, Any]:
    return {
        "organisation": school.organisation, "name": school.name, "stage": school.stage, "measure": item.measure,
        "shortfall": item.shortfall, "text": _both(item.shortfall_text),
    }  # fmt: skip


def _both(text: Callable[[str], str]) -> dict[str, str]:
    return {"en": text("en"), "zh": text("zh")}


def _number(amount: Decimal | None) -> int | float | None:
    if amount is None:
        return None
    return int(amount) if amount == amount.to_integral_value() else float(amount)
