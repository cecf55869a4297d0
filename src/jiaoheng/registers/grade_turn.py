"""Turn of the year 升级: a whole grade of a school goes on to the next grade, each class keeping together; previewed, then all or none.

Changes when the way a grade goes on changes. The last grade of a school does not go on: its pupils leave, which needs approval.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext as _

from jiaoheng.access.account import Refused
from jiaoheng.access.change import Change, altering
from jiaoheng.organisations.organisation import Organisation
from jiaoheng.organisations.school_year import SchoolYear
from jiaoheng.registers.enrolment import Enrolment, go_on
from jiaoheng.registers.school_class import SchoolClass, teaches
from jiaoheng.rulebook.codes import code_table

__all__ = ["GradeTurn", "TurningClass", "next_grade", "planned_turn", "turn"]


@dataclass(frozen=True)
class TurningClass:
    """One class as it goes on: who, and into which class of the new year; `makes` where that class is not there yet."""

    name: str
    stays: tuple[Enrolment, ...]
    makes: bool


@dataclass(frozen=True)
class GradeTurn:
    """What a turn will do. `gone_on`: pupils of the grade who stand in the new year already."""

    school: Organisation
    grade: str
    to_grade: str
    on: date
    classes: tuple[TurningClass, ...]
    gone_on: int

    @property
    def pupils(self) -> int:
        return sum(len(one.stays) for one in self.classes)


def next_grade(grade: str) -> str:
    """The grade after this one; empty after the last."""
    grades = list(code_table("grade").codes)
    after = grades[grades.index(grade) + 1 :] if grade in grades else []
    return after[0] if after else ""


def planned_turn(school: Organisation, grade: str, *, on: date) -> GradeTurn:
    """What would happen to a grade's pupils on a day of the new school year. Nothing is stored.

    Raises: Refused for a school that does not teach the next grade, and for a day that does not open a school year's turn.
    """
    after, year = next_grade(grade), SchoolYear.of(on)
    if not after or not teaches(school, after):
        raise Refused(_("{school} does not teach the grade after this one. Its pupils leave: ask for their exit.").format(school=school))
    stays = Enrolment.objects.filter(school=school, grade=grade, left_on__isnull=True).select_related("pupil", "school", "school_class")
    before = [stay for stay in stays if stay.school_year == str(year.previous)]
    stale = [stay for stay in stays if stay.school_year < str(year.previous)]
    if stale:
        raise Refused(_("{n} pupils of this grade still stand in an earlier school year. Turn that year first.").format(n=len(stale)))
    names = sorted({stay.school_class.name if stay.school_class else "" for stay in before})
    there = set(SchoolClass.objects.filter(school=school, school_year=str(year), grade=after).values_list("name", flat=True))
    classes = tuple(
        TurningClass(
            name,
            tuple(stay for stay in before if (stay.school_class.name if stay.school_class else "") == name),
            bool(name) and name not in there,
        )
        for name in names
    )
    gone = Enrolment.objects.filter(school=school, grade=after, school_year=str(year), came_from__grade=grade).count()
    return GradeTurn(school, grade, after, on, classes, gone)


def turn(plan: GradeTurn, *, repeating: Collection[int] = (), change: Change) -> int:
    """Do it, all or none; gives how many pupils went on. `repeating`: keys of stays that take the same grade again, without a class.

    The plan is made anew first: where somebody altered the grade meanwhile, it is refused. Raises: Refused.
    """
    with altering(change):
        fresh = planned_turn(plan.school, plan.grade, on=plan.on)
        if [[stay.pk for stay in one.stays] for one in fresh.classes] != [[stay.pk for stay in one.stays] for one in plan.classes]:
            raise Refused(_("This grade was altered meanwhile. Look at the preview again."))
        if not fresh.pupils:
            raise Refused(_("Nobody is left in this grade to go on."))
        for one in fresh.classes:
            into = _class_of(fresh, one, change) if one.name else None
            for stay in one.stays:
                if stay.pk in repeating:
                    go_on(stay, on=plan.on, kind="repetition", change=change)
                else:
                    go_on(stay, on=plan.on, kind="promotion", grade=fresh.to_grade, school_class=into, change=change)
        return fresh.pupils


def _class_of(plan: GradeTurn, one: TurningClass, change: Change) -> SchoolClass:
    said = {"school": plan.school, "school_year": str(SchoolYear.of(plan.on)), "grade": plan.to_grade, "name": one.name}
    found: SchoolClass | None = SchoolClass.objects.filter(**said).first()
    if found is not None:
        return found
    old = one.stays[0].school_class
    head = old.head_teacher if old is not None and old.head_teacher is not None and old.head_teacher.left_on is None else None
    made: SchoolClass = SchoolClass(**said, kind=old.kind if old else "ordinary", head_teacher=head).store(change=change)
    return made
