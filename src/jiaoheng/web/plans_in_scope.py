"""Plans in scope: which plans and goals a reader sees, where each stands, and who may change them.

Changes when readers see other plans. A goal is seen by its office and everybody above it; a plan by whoever sees it or one of its goals.
"""

from datetime import date

from django.conf import settings
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _

from jiaoheng.access.account import Account, Refused, Role, may_enter
from jiaoheng.organisations.organisation import Organisation
from jiaoheng.plans.goal import Goal
from jiaoheng.plans.goals_standing import GoalStanding, standings
from jiaoheng.plans.reading_of_measure import read_measures
from jiaoheng.plans.status_rule import StatusRule, load_status_rule
from jiaoheng.plans.work_plan import WorkPlan
from jiaoheng.web.current_snapshot import catalogue
from jiaoheng.web.scope import reader

__all__ = ["asked_day", "check_may_plan", "goal_in_scope", "goals_of", "may_plan", "offices_of", "plan_in_scope", "plans_of", "rule"]


def rule() -> StatusRule:
    return load_status_rule(settings.RULEBOOK_OVERLAY)


def plans_of(account: Account) -> QuerySet[WorkPlan]:
    """The plans that the account sees, the newest first."""
    own = WorkPlan.objects.for_account(account).order_by().values("pk")
    seen = Goal.objects.for_account(account).order_by().values("plan")
    found: QuerySet[WorkPlan] = WorkPlan.objects.filter(Q(pk__in=own) | Q(pk__in=seen)).select_related("organisation", "broad")
    return found


def plan_in_scope(request: HttpRequest, number: int) -> WorkPlan:
    """Raises: Http404 where there is none, or it is not the reader's to see."""
    plan = plans_of(reader(request)).filter(pk=number).first()
    if plan is None:
        raise Http404(_("There is no such plan, or it is not yours to see."))
    return plan


def goal_in_scope(request: HttpRequest, number: int) -> Goal:
    """Raises: Http404."""
    goal: Goal | None = Goal.objects.for_account(reader(request)).select_related("plan__organisation", "office").filter(pk=number).first()
    if goal is None:
        raise Http404(_("There is no such goal, or it is not yours to see."))
    return goal


def goals_of(request: HttpRequest, plan: WorkPlan, day: date) -> list[GoalStanding]:
    """The goals of a plan that the reader sees, with where each stands; measures are read from snapshots not read yet."""
    goals = Goal.objects.for_account(reader(request)).filter(plan=plan)
    read_measures(goals.select_related("plan__organisation"), settings.DATA / "snapshots", catalogue())
    return standings(goals, day, rule())


def asked_day(request: HttpRequest, plan: WorkPlan) -> date:
    """The day as of which the reader asks; today, or the plan's first day where that is to come."""
    try:
        return date.fromisoformat(request.GET.get("on", ""))
    except ValueError:
        return max(timezone.localdate(), plan.begins_on)


def offices_of(account: Account) -> list[Organisation]:
    """The organisations of the account's scope that can own a goal: bureaus, offices and areas, not schools."""
    return [one for one in account.scope if not one.is_school]


def may_plan(account: Account) -> bool:
    """Whether the account writes plans: officers of bureaus and offices."""
    here = account.organisation is not None and not account.organisation.is_school
    return here and may_enter(account) and account.role == Role.OFFICER


def check_may_plan(account: Account) -> None:
    if not may_plan(account):
        raise Refused(_("Plans are written by bureau officers. Ask one to do this for you."))
