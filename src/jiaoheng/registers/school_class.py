"""School class 班级: a class of one school in one school year.

Changes when what is known of a class changes. Its size is counted from enrolments, never typed.
"""

from typing import ClassVar

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

from jiaoheng.access.change import Recorded
from jiaoheng.organisations.organisation import Organisation
from jiaoheng.organisations.school_year import NotASchoolYear, SchoolYear
from jiaoheng.registers.code_field import CodeField
from jiaoheng.registers.staff import Staff
from jiaoheng.rulebook.codes import code_table

__all__ = ["SchoolClass", "checked_school_year", "teaches"]

_COVERS = {"secondary": {"junior", "senior"}}


class SchoolClass(Recorded):
    """`grade` is a code of the table `grade`; `name` is what the school calls the class («3», «向日葵»)."""

    scope_path: ClassVar[str] = "school__path"

    school = models.ForeignKey(Organisation, models.PROTECT, related_name="school_classes", verbose_name=_("school"))
    school_year = models.CharField(_("school year"), max_length=9)
    grade = CodeField(_("grade"), table="grade", max_length=3)
    name = models.CharField(_("class"), max_length=60)
    kind = CodeField(_("kind of class"), table="class_kind", default="ordinary")
    head_teacher = models.ForeignKey(
        Staff, models.PROTECT, null=True, blank=True, related_name="classes_led", verbose_name=_("head teacher")
    )

    class Meta:
        ordering = ["school__path", "school_year", "grade", "name"]
        verbose_name = _("class")
        verbose_name_plural = _("classes")
        constraints = [
            models.UniqueConstraint(
                fields=["school", "school_year", "grade", "name"],
                name="class_name_once_per_school_year",
                violation_error_message=_("This school already has a class of this grade and name this year. Choose another name."),
            )
        ]

    def __str__(self) -> str:
        return f"{self.grade}-{self.name}"

    def clean(self) -> None:
        super().clean()
        self.school_year = checked_school_year(self.school_year)
        if not teaches(self.school, self.grade):
            raise ValidationError({"grade": _("{school} does not teach this grade.").format(school=self.school)})


def teaches(school: Organisation, grade: str) -> bool:
    """Whether a school teaches a grade: by its stages; a school that has said none, or special education, teaches any."""
    stages = set(school.teaches)
    for stage in list(stages):
        stages |= _COVERS.get(stage, set())
    grades = code_table("grade").codes
    return grade in grades and (not stages or "special" in stages or grades[grade].group in stages)


def checked_school_year(text: str) -> str:
    """The year as it is stored, «2018-2019». Raises: ValidationError."""
    try:
        return str(SchoolYear.parse(text))
    except NotASchoolYear as error:
        raise ValidationError({"school_year": str(error)}) from None
