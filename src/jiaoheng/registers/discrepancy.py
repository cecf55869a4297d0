"""Discrepancy 申报与登记不符: where a school's annual statistics say another number than its registers hold, and the rows behind that.

Changes when a figure of the annual statistics can be counted from another register, or no longer can.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeVar

from django.db import models

from jiaoheng.organisations.organisation import PATH_SEPARATOR, Organisation
from jiaoheng.organisations.school_year import SchoolYear
from jiaoheng.registers.annual_statistics import AnnualStatistics
from jiaoheng.registers.appointment import Appointment
from jiaoheng.registers.enrolment import Enrolment, roster
from jiaoheng.registers.period import holding
from jiaoheng.registers.school_class import SchoolClass
from jiaoheng.registers.staff import Staff
from jiaoheng.rulebook.codes import code_table

__all__ = ["FIGURES", "Discrepancy", "classes_behind", "discrepancies", "pupils_behind", "rows_behind", "teachers_behind"]

R = TypeVar("R", Enrolment, SchoolClass)

FIGURES = ("pupils", "classes", "teachers")
_SPLIT = {"secondary": ("junior", "senior")}
"""Stages that some statistics state as one and grades as two."""


@dataclass(frozen=True)
class Discrepancy:
    """One figure of one school and stage: what was declared and what the register holds on the day."""

    school: Organisation
    stage: str
    figure: str
    declared: int
    held: int
    on: date

    @property
    def difference(self) -> int:
        """How many more were declared than are held."""
        return self.declared - self.held


def discrepancies(place: Organisation, *, on: date) -> list[Discrepancy]:
    """Pupils, classes and full-time teachers of the schools of a place, as declared for the school year of a day and as held on the day,
    where they differ.

    A figure that was not declared (missing) is not compared. A school of whose pupils the register holds none at all is left out with
    pupils and classes, one of whose staff it holds none with teachers: its register has not been filled, which is another matter.
    Ordered by school, stage, figure.
    """
    here = _within(place, "organisation__")
    declared = AnnualStatistics.objects.filter(here, school_year=str(SchoolYear.of(on))).select_related("organisation")
    stage_of = {code: value.group or "" for code, value in code_table("grade").codes.items()}
    pupils = _counted(roster(place, on=on).order_by().values_list("school_id", "grade"), stage_of)
    classes = _counted(_classes(place, on).order_by().values_list("school_id", "grade"), stage_of)
    teachers = Counter((school, stage) for _teacher, school, stage in _teachers(place, on))
    filled = {school for school, _stage in pupils}
    staffed = {school for school, _stage in teachers}
    found = []
    for row in declared.order_by("organisation__path", "stage"):
        for figure, held, known in (("pupils", pupils, filled), ("classes", classes, filled), ("teachers", teachers, staffed)):
            said: int | None = getattr(row, figure)
            counted = sum(held[row.organisation_id, stage] for stage in _SPLIT.get(row.stage, (row.stage,)))
            if said is not None and said != counted and row.organisation_id in known:
                found.append(Discrepancy(row.organisation, row.stage, figure, said, counted, on))
    return found


def rows_behind(discrepancy: Discrepancy) -> "models.QuerySet[Any]":
    """The rows that the register counts for a discrepancy: stays, classes or staff."""
    behind = {"pupils": pupils_behind, "classes": classes_behind, "teachers": teachers_behind}[discrepancy.figure]
    rows: models.QuerySet[Any] = behind(discrepancy)
    return rows


def pupils_behind(discrepancy: Discrepancy) -> "models.QuerySet[Enrolment]":
    """The stays that the register counts for a discrepancy, to be compared with the school's own list."""
    return _of_school(roster(discrepancy.school, on=discrepancy.on), discrepancy).filter(grade__in=_grades(discrepancy))


def classes_behind(discrepancy: Discrepancy) -> "models.QuerySet[SchoolClass]":
    """The classes that the register counts for a discrepancy."""
    return _of_school(_classes(discrepancy.school, discrepancy.on), discrepancy).filter(grade__in=_grades(discrepancy))


def teachers_behind(discrepancy: Discrepancy) -> "models.QuerySet[Staff]":
    """The full-time teachers that the register counts for a discrepancy."""
    stages = _SPLIT.get(discrepancy.stage, (discrepancy.stage,))
    counted = [
        teacher
        for teacher, school, stage in _teachers(discrepancy.school, discrepancy.on)
        if school == discrepancy.school.pk and stage in stages
    ]
    return Staff.objects.filter(pk__in=counted)


def _grades(discrepancy: Discrepancy) -> list[str]:
    table = code_table("grade")
    return [grade for stage in _SPLIT.get(discrepancy.stage, (discrepancy.stage,)) for grade in table.of_group(stage)]


def _of_school(rows: "models.QuerySet[R]", discrepancy: Discrepancy) -> "models.QuerySet[R]":
    """Of the school itself: statistics are declared by it and not by what lies below it."""
    return rows.filter(school=discrepancy.school)


def _classes(place: Organisation, on: date) -> "models.QuerySet[SchoolClass]":
    return SchoolClass.objects.filter(_within(place, "school__"), school_year=str(SchoolYear.of(on))).select_related("school")


def _teachers(place: Organisation, on: date) -> Iterator[tuple[int, int, str]]:
    """Full-time teachers employed on the day: key, school of their post (their employer where they have none), stage.

    Away for a time they belong to the school of their post. Who teaches several stages is counted in the first that the school teaches, as
    the yearly form counts a person once; who says none in the school's first.
    """
    employed = (models.Q(employed_on__isnull=True) | models.Q(employed_on__lte=on)) & (
        models.Q(left_on__isnull=True) | models.Q(left_on__gt=on)
    )
    posts = Appointment.objects.filter(holding(on), kind__in=code_table("appointment_kind").of_group("main"))
    of_staff = dict(posts.order_by("-since").values_list("staff_id", "school_id"))
    here = dict(Organisation.objects.filter(_within(place, "")).values_list("pk", "stages"))
    rows = Staff.objects.filter(employed, post="teacher").order_by().values_list("pk", "employer_id", "stages")
    for teacher, employer, stages in rows:
        school = of_staff.get(teacher, employer)
        if school in here:
            taught = [stage for stage in here[school].split(",") if stage]
            said = [stage for stage in stages.split(",") if stage]
            yield teacher, school, next((stage for stage in said if stage in taught or not taught), (taught or [""])[0])


def _within(place: Organisation, relation: str) -> models.Q:
    return models.Q(**{f"{relation}path": place.path}) | models.Q(**{f"{relation}path__startswith": place.path + PATH_SEPARATOR})


def _counted(rows: Iterable[Any], stage_of: dict[str, str]) -> "Counter[tuple[int, str]]":
    return Counter((school, stage_of.get(grade, "")) for school, grade in rows)
