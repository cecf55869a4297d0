"""Example rounds: two open rounds in a database that holds last year's statistics, with schools at every state, to look at and try on.

Changes when the example's rounds show something else. They go through the same steps as anybody's; only the due moment is put back.
"""

import random
import secrets
import tempfile
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from jiaoheng.access.account import Account, Refused, Role, operator
from jiaoheng.access.account_change import AccountChange, make_account
from jiaoheng.intake.rounds.acceptance import accept, approve, send_back
from jiaoheng.intake.rounds.asked import Answers, held_figures
from jiaoheng.intake.rounds.handing_in import check_return, flagged, hand_in
from jiaoheng.intake.rounds.making import Choice, Wanted, chosen_schools, open_round
from jiaoheng.intake.rounds.prefilled import filled_in, issue, prefilled_name
from jiaoheng.intake.rounds.round import Round, RoundPart
from jiaoheng.organisations.organisation import SCHOOL_KINDS
from jiaoheng.organisations.school_year import SchoolYear
from jiaoheng.registers.annual_statistics import AnnualStatistics

__all__ = ["make_example_round"]

_LATE = {"annual_statistics": ["pupils", "classes", "teachers"]}
_LATER = {"annual_statistics": ["rooms", "computers", "books"], "organisations": ["name_en"]}
_SCHOOLS = 12
"""So many are asked in the round that is past due: each goes through the intake, which takes its time."""
_STEPS = ("accepted", "accepted", "accepted", "approved", "approved", "returned", "returned", "sent_back", "downloaded", "asked")
"""Over the schools in turn; the first school of all stays untouched, so that its clerk can try the whole road."""


def make_example_round() -> Round:
    """Open both rounds and let the schools act; gives the one that is past due. Raises: Refused without statistics or an officer."""
    newest = AnnualStatistics.objects.order_by("-school_year").values_list("school_year", flat=True).first()
    officer = Account.objects.filter(role=Role.OFFICER, organisation__isnull=False).exclude(organisation__kind__in=SCHOOL_KINDS).first()
    if newest is None or officer is None:
        raise Refused(_("The example rounds need last year's statistics and a bureau officer's account. Take the example in first."))
    year = str(SchoolYear(SchoolYear.parse(newest).starts_in + 1))
    tomorrow = timezone.make_aware(datetime.combine(timezone.localdate() + timedelta(days=1), time(17, 30)))
    choice = Choice(stages=("primary", "junior"))
    note = "请各校于截止时间前交回；并校、新增校区造成的变化请写明原因。"
    first = Choice(picked=tuple(school.code for school in chosen_schools(officer, choice)[:_SCHOOLS]))
    late = open_round(Wanted(f"{year[:4]}年秋季开学统计", _LATE, year, tomorrow, note, first), officer)
    open_round(Wanted(f"{year[:4]}年校舍与装备采集", _LATER, year, tomorrow + timedelta(days=8), "", choice), officer)
    chance = random.Random(2018)
    for number, part in enumerate(late.parts.select_related("round", "school")):
        if number:
            _act(part, _STEPS[(number - 1) % len(_STEPS)], officer, newest, chance)
    late.due = tomorrow - timedelta(days=2)
    late.save(update_fields=["due"])
    return late


def _act(part: RoundPart, state: str, officer: Account, last_year: str, chance: random.Random) -> None:
    """One school goes as far as it is told to."""
    if state == "asked":
        return
    clerk, head = (_person(part, role) for role in (Role.CLERK, Role.LEADER))
    issue(part, clerk)
    if state == "downloaded":
        return
    part.refresh_from_db()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / prefilled_name(part)
        path.write_bytes(filled_in(part, _answers(part, last_year, chance)))
        returned = check_return(part, path, clerk)
    reasons = {one.key: "并入邻近教学点，学生和班级随之增加。" for one in flagged(returned)}
    part = hand_in(returned, clerk, reasons)
    if state == "sent_back":
        send_back(part, officer, "专任教师数与编制名册不一致，请核对后重报。")
    if state in ("approved", "accepted"):
        part = approve(part, head)
    if state == "accepted":
        accept(part, officer)


def _answers(part: RoundPart, last_year: str, chance: random.Random) -> Answers:
    """Last year's figures, a little moved; one school in eight has grown so much that it is asked why."""
    fields = part.round.asks["annual_statistics"]
    held = held_figures("annual_statistics", fields, last_year, [part.school]).get(part.school_id, {})
    lines: dict[str, dict[str, Any]] = {}
    for line, figures in held.items():
        grown = 1.32 if chance.random() < 0.125 else chance.uniform(0.97, 1.05)
        lines[line] = {name: round(figures[name] * grown) for name in fields if figures.get(name) is not None}
    return {"annual_statistics": lines}


def _person(part: RoundPart, role: Role) -> Account:
    """An account of the school; nobody knows its password."""
    name = f"{role.value}-{part.school.code}"
    change = AccountChange(operator(), "Example rounds")
    known = Account.objects.filter(username=name).first()
    return known or make_account(name, role=role, organisation=part.school, password=secrets.token_urlsafe(24), change=change)
