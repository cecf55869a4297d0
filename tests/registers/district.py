"""A small invented district for tests: a bureau, two primary schools, one nine-year school, and the people who work with the registers."""

import itertools
from dataclasses import dataclass
from datetime import date
from typing import Any

from jiaoheng.access.account import Account, Role
from jiaoheng.access.change import Change
from jiaoheng.organisations.organisation import Organisation
from jiaoheng.registers.enrolment import Enrolment, enrol
from jiaoheng.registers.identity_number import check_digit
from jiaoheng.registers.pupil import Pupil

AUTUMN = date(2025, 9, 1)
_sequence = itertools.count(1)


def identity_number(born: date = date(2017, 3, 4), *, boy: bool = True) -> str:
    """A fresh valid number of area 999901, which is no place."""
    place = next(_sequence) % 499 * 2 + (1 if boy else 2)
    first = f"999901{born:%Y%m%d}{place:03d}"
    return first + check_digit(first)


@dataclass
class District:
    bureau: Organisation
    sunny: Organisation
    river: Organisation
    hill: Organisation
    officer: Account
    second_officer: Account
    sunny_clerk: Account
    river_clerk: Account
    auditor: Account
    administrator: Account

    def by(self, account: Account | None = None, *, approved_by: Account | None = None) -> Change:
        return Change(account or self.officer, "Autumn registration", approved_by=approved_by)

    @property
    def approved(self) -> Change:
        return Change(self.sunny_clerk, "The family moves", approved_by=self.officer)

    def pupil(self, name: str = "张小禾", *, keeper: Organisation | None = None, change: Change | None = None, **said: Any) -> Pupil:
        born = said.pop("birth_date", date(2017, 3, 4))
        said.setdefault("identity_number", identity_number(born))
        said = {"sex": "1", "ethnicity": "01", **said}
        return Pupil(name=name, birth_date=born, keeper=keeper or self.sunny, **said).store(change=change or self.by())

    def enrolled(
        self, name: str = "张小禾", *, school: Organisation | None = None, grade: str = "1", on: date = AUTUMN, **said: Any
    ) -> Enrolment:
        school = school or self.sunny
        return enrol(self.pupil(name, keeper=school, **said), school, grade=grade, on=on, change=self.by())


def district() -> District:
    def node(code: str, name: str, kind: str, parent: Organisation | None = None, stages: str = "") -> Organisation:
        path = f"{parent.path}/{code}" if parent else code
        return Organisation.objects.create(code=code, name_zh=name, kind=kind, parent=parent, path=path, stages=stages)

    def account(name: str, role: Role, place: Organisation) -> Account:
        return Account.objects.create(username=name, role=role, organisation=place)

    bureau = node("999901", "样本区教育局", "bureau")
    sunny, river = node("S1", "阳光小学", "school", bureau, "primary"), node("S10", "清河小学", "school", bureau, "primary")
    hill = node("S2", "青山学校", "school", bureau, "primary,junior")
    return District(
        bureau, sunny, river, hill,
        officer=account("officer", Role.OFFICER, bureau),
        second_officer=account("second", Role.OFFICER, bureau),
        sunny_clerk=account("sunny", Role.CLERK, sunny),
        river_clerk=account("river", Role.CLERK, river),
        auditor=account("auditor", Role.AUDITOR, bureau),
        administrator=account("admin", Role.ADMINISTRATOR, bureau),
    )  # fmt: skip
