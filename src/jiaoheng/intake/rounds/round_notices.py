"""Round notices: schools that owe in an open round are told before it is due and after, each once a stage.

Changes when another stage of a round is told of, or others are told. An officer may still remind by hand (`reminding.py`).
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import override

from jiaoheng.access.account import Account, Role
from jiaoheng.intake.rounds.round import NOT_IN, PartState, RoundPart, RoundState
from jiaoheng.ledgers.clock import OFFICE_ZONE
from jiaoheng.ledgers.notice import NewNotice, NoticeKind, write_notices
from jiaoheng.ledgers.sending_rule import load_sending_rule
from jiaoheng.ledgers.told import Told

__all__ = ["tick_rounds"]


def tick_rounds(at: datetime) -> int:
    """Write the notices of every open round that are due by this moment; how many are new."""
    rule, moment = load_sending_rule(settings.RULEBOOK_OVERLAY), at.astimezone(OFFICE_ZONE)
    soonest = moment + timedelta(days=max(rule.round_before_days, default=0) + 1)
    parts = RoundPart.objects.filter(round__state=RoundState.OPEN, round__due__lte=soonest, state__in=NOT_IN)
    told, notices = None, list[NewNotice]()
    with override(settings.LANGUAGE_CODE):
        for part in parts.select_related("round", "school").iterator(chunk_size=2000):
            due = part.round.due.astimezone(OFFICE_ZONE).date()
            before = [due - timedelta(days=days) for days in rule.round_before_days]
            after = [due + timedelta(days=days) for days in rule.round_after_days]
            stages = [day for day in (*before, *after) if day <= moment.date()]
            if not stages:
                continue
            told = told or Told()
            late = due < moment.date()
            # Of several stages that passed while nothing ran, the last one says all that the others would.
            notices.extend(_notices(part, told, max(stages), due, late))
    return write_notices(notices)


def _notices(part: RoundPart, told: Told, stage: date, due: date, late: bool) -> list[NewNotice]:
    roles = frozenset({Role.CLERK.value} | ({Role.LEADER.value} if part.state == PartState.RETURNED else set()))
    words = _("{round}: {school} was due on {due} and owes its workbook.") if late else _("{round}: {school} owes its workbook by {due}.")
    text = words.format(round=part.round, school=part.school, due=due)
    kind = NoticeKind.ESCALATION if late else NoticeKind.REMINDER
    accounts: Sequence[Account | None] = told.at(part.school.path, roles)
    return [
        NewNotice(
            key=f"round/{part.pk}/{due}/{stage}/{account.pk if account else 0}", kind=kind.value, account=account.pk if account else None,
            organisation=part.school_id, address=f"/rounds/{part.round_id}/", text=text, on=stage,
        )
        for account in accounts or [None]
    ]  # fmt: skip
