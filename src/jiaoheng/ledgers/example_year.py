"""Example year: a year of rows in every ledger of the example district, some answered late, some not yet, stored as anybody's rows are.

Changes when the example's ledgers show something else. The rows are checked by their forms, entered, and moved on by accounts that may;
nothing is written beside that road. The same day and district give the same rows.
"""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from random import Random

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from jiaoheng.access.account import Account, Refused, Role, operator
from jiaoheng.access.account_change import AccountChange, make_account
from jiaoheng.ledgers.clock import OFFICE_ZONE
from jiaoheng.ledgers.duty import actor_of
from jiaoheng.ledgers.example_answers import example_answers, example_text
from jiaoheng.ledgers.form import Form
from jiaoheng.ledgers.ledger_row import LedgerRow, Source
from jiaoheng.ledgers.ledger_rule import LedgerRule, ledger_rules
from jiaoheng.ledgers.process import Process
from jiaoheng.ledgers.published_ledger import PublishedLedger, published_ledgers
from jiaoheng.ledgers.row_answers import columns_of
from jiaoheng.ledgers.row_entry import add_rows, new_row
from jiaoheng.ledgers.row_move import Act, act
from jiaoheng.organisations.organisation import SCHOOL_KINDS, Organisation
from jiaoheng.rulebook.ledger_questions import ProcessField

__all__ = ["make_example_year"]

_SCHOOLS, _MOVES = 8, 9
_OPEN_DAYS = 45
"""A year that ended so many days ago is past: its rows have been brought to an end."""


@dataclass
class _People:
    """Who acts: the bureau's accounts, and of each school a clerk."""

    bureau: Sequence[Account]
    clerks: Mapping[int, Account]

    def who(self, process: str, rules: Process, actors: Sequence[str], school: Organisation) -> Account | None:
        for account in (*self.bureau, self.clerks.get(school.pk)):
            if account is not None and account.covers(school.path) and actor_of(account, process, rules, named={}).acts_as & set(actors):
                return account
        return None


def make_example_year(until: date, *, today: date | None = None) -> int:
    """Rows of the year before a day in every ledger that has none of that year yet; how many. `today`: the real one where not given.

    Raises: Refused without a bureau officer or schools.
    """
    people, schools = _people()
    made = 0
    for name, ledger in published_ledgers().items():
        if not LedgerRow.objects.filter(ledger=name, opened_on__gt=until - timedelta(days=365), opened_on__lte=until).exists():
            with transaction.atomic():
                made += _fill(ledger, people, schools, until, today or timezone.localdate())
    return made


def _fill(ledger: PublishedLedger, people: _People, schools: Sequence[Organisation], until: date, today: date) -> int:
    draw, learned = Random(f"{ledger.name}/{until.year}"), dict[str, int]()
    officer, fresh = people.bureau[0], []
    form, version, process = ledger.form, ledger.version, next(iter(ledger.processes), "")
    rule = ledger_rules(settings.RULEBOOK_OVERLAY).get(ledger.name) or LedgerRule()
    for number in range(rule.example_rows):
        day = until - timedelta(days=360 - 360 * number // rule.example_rows - draw.randrange(0, max(1, 240 // rule.example_rows)))
        school = schools[draw.randrange(len(schools))]
        checked = example_answers(form, school=school.name_zh, on=day, number=number + 1, tried=learned)
        row, event = new_row(version, checked, by=officer, process=process, source=Source.COMMAND, at=_at(day), organisation=school)
        fresh.append((row, event))
    rows = add_rows(fresh, by=officer, reason=_("example year"))
    # A year that is long past has no row left waiting: what ran at its end was brought to an end after it, up to now.
    past = until < today - timedelta(days=_OPEN_DAYS)
    last = today if past else until
    for row in rows if process else []:
        _move_on(row, ledger.processes[process], form, people, last, draw, forgets=not past)
    return len(rows)


def _move_on(row: LedgerRow, rules: Process, form: Form, people: _People, until: date, draw: Random, *, forgets: bool) -> None:
    """From state to state, mostly in time; one row in twenty-five is forgotten where it is, and becomes late there."""
    said, day = columns_of(form, row.answers), row.opened_on
    forgotten = forgets and draw.random() < 1 / 25
    for step in range(_MOVES):
        ways = [(to, way) for to, way in rules.states[row.state].next.items()]
        if not ways or (forgotten and step == 1):
            return
        closing = [one for one in ways if rules.states[one[0]].end == "closed" and row.state != rules.starts]
        usual = (closing or ways)[0]  # most rows take the shortest way to their end
        to, way = usual if draw.random() < 0.85 or step > _MOVES // 2 else draw.choice(ways)
        day += timedelta(days=_wait(rules, row.state, said, day, draw))
        account = people.who(row.process, rules, rules.who_acts(row.state, to), row.organisation)
        if day > until or account is None:
            return
        needs = {name: _filled(name, said, form, draw, day, row.pk, rules.fields[name]) for name in (way.needs if way else [])}
        row = act(row.pk, Act("moved", day, to, "", needs), by=account, seen=row.events, at=_at(day))


def _wait(rules: Process, state: str, said: Mapping[str, str], day: date, draw: Random) -> int:
    """Days until somebody acts: within the shortest clock that runs here nine times in ten, a little beyond it else.

    A term is renewed in its last weeks, not years before: where the row names the due day itself, that day counts.
    """
    days, named = [], []
    for clock in rules.clocks.values():
        if clock.counted_from != state or any(said.get(key, "") not in values for key, values in clock.when.items()):
            continue
        if clock.due_field and said.get(clock.due_field):
            named.append((date.fromisoformat(said[clock.due_field][:10]) - day).days)
        else:
            days.append(clock.limit.days * {"months": 30, "working": 7 / 5}.get(clock.limit.unit, 1))
    in_time = draw.random() < 0.9
    if named and not days and min(named) > 60:
        return max(0, min(named) + (-draw.randint(1, 25) if in_time else draw.randint(1, 12)))
    limit = int(min([*days, *named], default=5))
    return draw.randint(0, max(0, limit * 2 // 3)) if in_time else max(0, limit) + draw.randint(1, 9)


def _filled(name: str, said: Mapping[str, str], form: Form, draw: Random, day: date, number: int, field: ProcessField) -> str:
    """What a step asks for: the form's own answer, one of its choices, a day, a number, or words. Most are content."""
    if field.choices:
        return next(iter(field.choices)) if draw.random() < 0.7 else draw.choice(list(field.choices))
    if field.type in ("count", "amount"):
        return str(1000 * draw.randint(10, 90))
    if said.get(name):
        return said[name]
    question = next((one for one in form.tables[form.root.path] if one.column == name), None)
    if question is not None and question.list_name:
        return draw.choice(form.lists[question.list_name]).name
    if name.endswith("_on") or (question is not None and question.data_type == "date"):
        return day.isoformat()
    if field.zh.endswith(("号", "编号")):
        return f"{day.year}〔{number}〕号"
    return example_text(name, draw, day, number) or "已按规定办理"


def _people() -> tuple[_People, list[Organisation]]:
    """The bureau's officer, leader and inspector, and the clerks of some schools; who is lacking is made, with a password nobody knows."""
    bureau = Account.objects.filter(organisation__isnull=False, is_active=True).exclude(organisation__kind__in=SCHOOL_KINDS)
    officer = bureau.filter(role=Role.OFFICER).select_related("organisation").order_by("pk").first()
    if officer is None or officer.organisation is None:
        raise Refused(_("The example year needs a bureau officer's account. Take the example in first."))
    every = list(officer.scope.filter(kind__in=SCHOOL_KINDS).order_by("code"))
    kinds = {school.school_type: school for school in reversed(every)}  # one of each type, then the first ones
    schools = sorted({school.pk: school for school in [*kinds.values(), *every][:_SCHOOLS]}.values(), key=lambda school: school.code)
    if not schools:
        raise Refused(_("The example year needs schools. Take the example in first."))
    named = [_account(role, officer.organisation) for role in (Role.LEADER, Role.INSPECTOR)]
    return _People([officer, *named], {school.pk: _account(Role.CLERK, school) for school in schools}), schools


def _account(role: Role, place: Organisation) -> Account:
    known = Account.objects.filter(role=role, organisation=place, is_active=True).select_related("organisation").order_by("pk").first()
    change = AccountChange(operator(), "Example year")
    name = f"{role.value}-{place.code}"
    return known or make_account(name, role=role, organisation=place, password=secrets.token_urlsafe(24), change=change)


def _at(day: date) -> datetime:
    return datetime.combine(day, time(16), OFFICE_ZONE)
