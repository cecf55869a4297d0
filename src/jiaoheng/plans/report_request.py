"""Report request: once a month, owners of goals whose progress nobody has reported for long are asked for a report.

Changes when others are asked, or otherwise. How long is too long is the status rule's; on which day of the month, the sending rule's.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Max, Q
from django.utils.translation import gettext as _
from django.utils.translation import override

from jiaoheng.access.account import Account, Role
from jiaoheng.ledgers.clock import OFFICE_ZONE
from jiaoheng.ledgers.notice import NewNotice, Notice, NoticeKind, write_notices
from jiaoheng.ledgers.sending_rule import load_sending_rule
from jiaoheng.ledgers.told import Told
from jiaoheng.plans.goal import Binding, Goal
from jiaoheng.plans.status_rule import load_status_rule

__all__ = ["tick_goals"]

_ASKED = frozenset({Role.OFFICER.value, Role.LEADER.value, Role.CLERK.value})


def tick_goals(at: datetime) -> int:
    """Write the month's requests; how many are new. A month in which nothing ran on its first days is caught up with."""
    day = at.astimezone(OFFICE_ZONE).date()
    if day.day < load_sending_rule(settings.RULEBOOK_OVERLAY).request_on_day:
        return 0
    since = day - timedelta(days=load_status_rule(settings.RULEBOOK_OVERLAY).report_every_days)
    month = day.strftime("%Y-%m")
    running = Goal.objects.filter(withdrawn_on=None, bound_to=Binding.REPORTED, plan__begins_on__lte=since, plan__ends_on__gte=day)
    silent = running.annotate(last=Max("progress__on")).filter(Q(last=None) | Q(last__lt=since)).exclude(progress__done=True)
    known = {
        key.split("/")[1]
        for key in Notice.objects.filter(key__startswith="goal/", key__contains=f"/{month}/").values_list("key", flat=True)
    }
    asked = [goal for goal in silent.select_related("office", "plan") if str(goal.pk) not in known]
    if not asked:
        return 0
    told, notices = Told(), list[NewNotice]()
    with override(settings.LANGUAGE_CODE):
        for goal in asked:
            text = _("{plan}: report the progress of “{goal}”.").format(plan=goal.plan, goal=goal)
            accounts: Sequence[Account | None] = told.at(goal.office.path, frozenset({Role.OFFICER.value})) or told.nearest(
                goal.office.path, _ASKED
            )
            for account in accounts or [None]:
                notices.append(
                    NewNotice(
                        key=f"goal/{goal.pk}/{month}/{account.pk if account else 0}", kind=NoticeKind.REQUEST.value,
                        account=account.pk if account else None, organisation=goal.office_id, address=f"/goals/{goal.pk}/", text=text,
                        on=day,
                    )
                )  # fmt: skip
    return write_notices(notices)
