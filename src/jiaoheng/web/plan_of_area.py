"""Plan of an area: the cheapest way to pass a standard, computed once for a snapshot, standard, area, year and budget.

Changes when it changes how long a page may compute a plan, or how plans are kept. The plan itself is made on the floor of standards.
"""

import threading
from decimal import Decimal

from django.conf import settings

from jiaoheng.rulebook.loader import RulebookFaulty
from jiaoheng.standards.plan_to_pass import NoPlan, Plan, plan_to_pass
from jiaoheng.standards.standard import Standard
from jiaoheng.web.current_snapshot import CurrentSnapshot, remedies

__all__ = ["SECONDS", "AnotherIsMade", "has_remedies", "plan_of"]

SECONDS = 20.0
"""After so long the best plan found is shown as it is."""
_WAIT = 45.0
"""How long a reader waits for another reader's plan: with the own plan it stays below what the server gives one page."""
_KEPT = 32
_one_at_a_time = threading.Lock()


class AnotherIsMade(Exception):
    """Other readers' plans are being made; this one would have had to wait too long."""


def has_remedies(standard: Standard, current: CurrentSnapshot) -> bool:
    """Whether the rulebook knows a remedy for anything that the standard asks. A faulty rulebook is reported where a plan is asked for."""
    try:
        changing = {field for remedy in remedies().values() for field in remedy.adds}
    except RulebookFaulty:
        return True
    for item in standard.items:
        measure = current.catalogue[item.measure]
        grows = measure.numerator if item.grows == "numerator" else measure.denominator
        if grows is not None and changing & set(grows.columns):
            return True
    return False


def plan_of(current: CurrentSnapshot, standard: Standard, area: str, year: str, budget: Decimal | None) -> Plan:
    """The plan, from memory where it was made before; plans are made one at a time, since each takes a whole processor.

    Raises: AnotherIsMade; NoPlan; NotPlannable; NothingToJudge; NotInForce; RulebookFaulty.
    """
    key = (standard.id, area, year, budget)
    if key in current.plans:
        return current.plans[key]
    if not _one_at_a_time.acquire(timeout=_WAIT):
        raise AnotherIsMade
    try:
        if key not in current.plans:
            known = remedies()
            if not known:
                raise NoPlan("The rulebook has no remedies.")
            current.plans[key] = plan_to_pass(
                standard, current.snapshot, area=area, budget=budget, period=year, catalogue=current.catalogue, remedies=known,
                overlay=settings.RULEBOOK_OVERLAY, seconds=SECONDS,
            )  # fmt: skip
            while len(current.plans) > _KEPT:
                current.plans.popitem(last=False)
        return current.plans[key]
    finally:
        _one_at_a_time.release()
