"""Discrepancy 申报与登记不符: where a school's annual statistics say another number than its registers hold, and the rows behind that.

Changes when a figure of the annual statistics can be counted from another register, or no longer can.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import models

from jiaoheng.organisations.organisation import PATH_SEPARATOR, Organisation
from jiaoheng.organisations.school_year import SchoolYear
from jiaoheng.registers.annual_statistics import AnnualStatistics
from jiaoheng.registers.enrolment import Enrolment, roster
from jiaoheng.registers.school_class import SchoolClass
from jiaoheng.rulebook.codes import code_table

__all__ = ["Discrepancy", "discrepancies", "pupils_behind"]

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
    """Pupils and classes of the schools of a place, as declared for the school year of a day and as held on the day, where they differ.

    A figure that was not declared (missing) is not compared. A school of whose pupils the register holds none at all is left out: its
    register has not been filled, which is another matter. Ordered by school, stage, figure.
    """
    here = _within(place, "organisation__")
    declared = AnnualStatistics.objects.filter(here, school_year=str(SchoolYear.of(on))).select_related("organisation")
    stage_of = {code: value.group or "" for code, value in code_table("grade").codes.items()}
    pupils = _counted(roster(place, on=on).order_by().values_list("school_id", "grade"), stage_of)
    classes = _counted(
        SchoolClass.objects.filter(_within(place, "school__"), school_year=str(SchoolYear.of(on)))
        .order_by()
        .values_list("school_id", "grade"),
        stage_of,
    )
    filled = {school for school, _stage in pupils}
    found = []
    for row in declared.order_by("organisation__path", "stage"):
        if row.organisation_id not in filled:
            continue
        for figure, held in (("pupils", pupils), ("classes", classes)):
            said: int | None = getattr(row, figure)
            counted = sum(held[row.organisation_id, stage] for stage in _SPLIT.get(row.stage, (row.stage,)))
            if said is not None and said != counted:
                found.append(Discrepancy(row.organisation, row.stage, figure, said, counted, on))
    return found


def pupils_behind(discrepancy: Discrepancy) -> "models.QuerySet[Enrolment]":
    """The stays that the register counts for a discrepancy, to be compared with the school's own list."""
    table = code_table("grade")
    stages = _SPLIT.get(discrepancy.stage, (discrepancy.stage,))
    grades = [grade for stage in stages for grade in table.of_group(stage)]
    return roster(discrepancy.school, on=discrepancy.on).filter(grade__in=grades)


def _within(place: Organisation, relation: str) -> models.Q:
    return models.Q(**{f"{relation}path": place.path}) | models.Q(**{f"{relation}path__startswith": place.path + PATH_SEPARATOR})


def _counted(rows: Iterable[Any], stage_of: dict[str, str]) -> "Counter[tuple[int, str]]":
    return Counter((school, stage_of.get(grade, "")) for school, grade in rows)
