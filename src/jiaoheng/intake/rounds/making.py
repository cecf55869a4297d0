"""Making a round: which schools, which fields, by when; counted before it is opened; locked and reopened at its end.

Changes when a round can be made for other schools, or ends in another way.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from jiaoheng.access import trail
from jiaoheng.access.account import Account, Refused
from jiaoheng.intake.rounds.asked import COLLECTED, AskedLine, Asks, Count, asked_lines, cells_counted, collectable_fields, no_lines
from jiaoheng.intake.rounds.rosters import asks_roster
from jiaoheng.intake.rounds.round import PartState, Round, RoundPart, RoundState, check_may_manage, moment_shown, tell
from jiaoheng.organisations.organisation import PATH_SEPARATOR, SCHOOL_KINDS, Organisation
from jiaoheng.organisations.school_year import NotASchoolYear, SchoolYear
from jiaoheng.rulebook.registers import load_registers

__all__ = ["Choice", "Preview", "Wanted", "choosable", "chosen_schools", "lock", "may_lock", "open_round", "preview", "reopen"]


@dataclass(frozen=True)
class Choice:
    """Which schools: below an area, of these stages, of these kinds; or exactly those picked by code. Nothing chosen: all."""

    area: str = ""
    stages: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    picked: tuple[str, ...] = ()


@dataclass(frozen=True)
class Wanted:
    """A round as an officer describes it."""

    title: str
    asks: Asks
    school_year: str
    due: datetime
    note: str = ""
    choice: Choice = field(default_factory=Choice)


@dataclass(frozen=True)
class Preview:
    """What a round would ask: the cells, the schools that are asked something, those that owe nothing, those that cannot be asked."""

    count: Count
    schools: list[tuple[Organisation, Count]]
    nothing_to_ask: list[Organisation]
    cannot: list[str]
    lines: dict[int, list[AskedLine]]


def choosable() -> dict[str, list[str]]:
    """Register → the fields that a round may ask for."""
    registers = load_registers(settings.RULEBOOK_OVERLAY)
    return {name: list(collectable_fields(name, registers[name])) for name in COLLECTED if name in registers}


def chosen_schools(account: Account, choice: Choice) -> "QuerySet[Organisation]":
    """The schools of the account's scope that a choice names. Raises: Refused where a picked code is no school of the scope."""
    schools = account.scope.filter(kind__in=SCHOOL_KINDS).order_by("path")
    if choice.picked:
        found = schools.filter(code__in=choice.picked)
        missing = sorted(set(choice.picked) - set(found.values_list("code", flat=True)))
        if missing:
            raise Refused(_("These codes are no schools in your scope: {codes}.").format(codes=", ".join(missing)))
        return found
    if choice.area:
        area = account.scope.filter(code=choice.area).first()
        if area is None:
            raise Refused(_("No area in your scope has the code {code}.").format(code=choice.area))
        schools = schools.filter(Q(path=area.path) | Q(path__startswith=area.path + PATH_SEPARATOR))
    if choice.kinds:
        schools = schools.filter(kind__in=choice.kinds)
    if choice.stages:
        teaching = [one.pk for one in schools if set(one.teaches) & set(choice.stages)]
        schools = schools.filter(pk__in=teaching)
    today = timezone.localdate()
    return schools.filter(Q(valid_to__isnull=True) | Q(valid_to__gte=today))


def preview(wanted: Wanted, account: Account) -> Preview:
    """Count before anything is asked. Raises: Refused, in words, where the description does not hold."""
    _check(wanted, account)
    schools = list(chosen_schools(account, wanted.choice))
    lines = asked_lines(wanted.asks, wanted.school_year, schools)
    rosters = asks_roster(wanted.asks)
    counted = [(school, cells_counted(wanted.asks, {school.pk: lines[school.pk]})) for school in schools if lines[school.pk] or rosters]
    asked = [(school, count) for school, count in counted if count.asked or rosters]
    nothing = [school for school, count in counted if not count.asked and not rosters]
    total = Count(len(asked), sum(count.asked for _school, count in asked), sum(count.held for _school, count in counted))
    return Preview(total, asked, nothing, no_lines(wanted.asks, schools, lines), lines)


def open_round(wanted: Wanted, account: Account) -> Round:
    """Make the round and a part for every school that is asked anything. Raises: Refused."""
    seen = preview(wanted, account)
    if not seen.schools:
        raise Refused(_("Nothing would be asked: every cell is held already, or no school was chosen."))
    own = account.organisation
    if own is None:
        raise Refused(_("Your account stands at no organisation."))
    with transaction.atomic():
        trail.hold()
        made = Round.objects.create(
            title=wanted.title.strip(),
            note=wanted.note.strip(),
            organisation=own,
            asks={name: list(fields) for name, fields in wanted.asks.items()},
            school_year=wanted.school_year,
            due=wanted.due,
            made_by=account,
        )
        parts = [RoundPart(round=made, school=school, asked_cells=count.asked, held_cells=count.held) for school, count in seen.schools]
        RoundPart.objects.bulk_create(parts)
        tell(made, None, "open", account, f"{seen.count.schools} / {seen.count.asked}", "", RoundState.OPEN)
    return made


def may_lock(round_: Round) -> bool:
    """Whether the round can be locked: its due moment has passed, or every part is accepted."""
    return round_.is_open and (round_.is_past_due or not round_.parts.exclude(state=PartState.ACCEPTED).exists())


def lock(round_: Round, account: Account, note: str = "") -> Round:
    """Lock the round: nothing of it moves any more. Raises: Refused while it is due and something is open."""
    check_may_manage(account, round_.organisation)
    with transaction.atomic():
        trail.hold()
        fresh = Round.objects.select_for_update().get(pk=round_.pk)
        if not fresh.is_open:
            raise Refused(_("This round is locked already."))
        if not may_lock(fresh):
            open_parts = fresh.parts.exclude(state=PartState.ACCEPTED).count()
            raise Refused(
                _("{n} schools are not accepted yet, and the round is due at {due}. It can be locked after that.").format(
                    n=open_parts, due=moment_shown(fresh.due)
                )
            )
        return _moved(fresh, RoundState.LOCKED, "lock", account, note)


def reopen(round_: Round, account: Account, reason: str, due: datetime | None = None) -> Round:
    """Open a locked round again, with a reason, and with another due moment where one is given. Raises: Refused."""
    check_may_manage(account, round_.organisation)
    if not reason.strip():
        raise Refused(_("Say why: it is kept, and the school reads it."))
    with transaction.atomic():
        trail.hold()
        fresh = Round.objects.select_for_update().get(pk=round_.pk)
        if fresh.is_open:
            raise Refused(_("This round is open already."))
        if due is not None:
            reason = f"{reason.strip()} ({moment_shown(fresh.due)} → {moment_shown(due)})"
            fresh.due = due
        return _moved(fresh, RoundState.OPEN, "reopen", account, reason)


def _moved(round_: Round, state: RoundState, step: str, account: Account, note: str) -> Round:
    before, round_.state = round_.state, state
    round_.save(update_fields=["state", "due"])
    tell(round_, None, step, account, note, before, state)
    return round_


def _check(wanted: Wanted, account: Account) -> None:
    if account.organisation is None:
        raise Refused(_("Your account stands at no organisation."))
    check_may_manage(account, account.organisation)
    if not wanted.title.strip():
        raise Refused(_("Give the round a title."))
    try:
        year = str(SchoolYear.parse(wanted.school_year))
    except NotASchoolYear as error:
        raise Refused(str(error)) from None
    if year != wanted.school_year:
        raise Refused(_("Write the school year like {year}.").format(year=year))
    if timezone.is_naive(wanted.due) or wanted.due <= timezone.now():
        raise Refused(_("The due moment has passed. Choose a later one."))
    _check_asks(wanted.asks)


def _check_asks(asks: Asks) -> None:
    known = choosable()
    if not any(asks.values()):
        raise Refused(_("Choose at least one field to ask for."))
    for register, fields in asks.items():
        unknown: Collection[str] | Sequence[str] = [name for name in fields if name not in known.get(register, ())]
        if unknown or register not in known:
            raise Refused(
                _("A round cannot ask for {fields}. Fields: {known}.").format(
                    fields=", ".join(f"{register}.{name}" for name in unknown) or register,
                    known=", ".join(f"{name}.{one}" for name, ones in known.items() for one in ones),
                )
            )
