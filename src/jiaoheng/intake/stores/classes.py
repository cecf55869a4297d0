"""Store of classes: school × school year × grade × name.

Changes when what is kept of a class changes. A class is never removed because a file leaves it out.
"""

from typing import ClassVar

import dataframely as dy
import polars as pl

from jiaoheng.intake.directory import fetched
from jiaoheng.intake.row_rules import RowRules, rule
from jiaoheng.intake.stores.keyed import KeyedStore
from jiaoheng.registers.school_class import SchoolClass
from jiaoheng.registers.staff import Staff
from jiaoheng.rulebook.codes import code_table

__all__ = ["ClassRules", "ClassesStore", "taught"]

_COVERS = {"secondary": ("junior", "senior")}


def taught(grade: str, stages: str) -> pl.Expr:
    """Whether a school with these stages teaches the grade; a school that has said none, or special education, teaches any."""
    grades = code_table("grade").codes
    stage = pl.col(grade).replace_strict({code: value.group for code, value in grades.items()}, default=None, return_dtype=pl.String)
    said = pl.col(stages).str.split(",")
    covered = pl.any_horizontal(
        said.list.contains(stage), *(said.list.contains(wide) & stage.is_in(list(narrow)) for wide, narrow in _COVERS.items())
    )
    return pl.col(grade).is_null() | (pl.col(stages) == "") | said.list.contains("special") | covered


class ClassRules(RowRules):
    """What must hold of a class."""

    grade = dy.String(nullable=True)
    head_teacher = dy.String(nullable=True)
    organisation_stages = dy.String(nullable=True)
    head_teacher_id = dy.Int64(nullable=True)

    @rule("33", "grade", quoted="grade")
    def grade_taught(cls) -> pl.Expr:
        return taught("grade", "organisation_stages")

    @rule("45", "head_teacher", quoted="head_teacher")
    def head_teacher_known(cls) -> pl.Expr:
        return pl.col("head_teacher").is_null() | pl.col("head_teacher_id").is_not_null()


class ClassesStore(KeyedStore):
    """Classes; those of a school and year that the sheet does not name are shown as left out."""

    register: ClassVar[str] = "classes"
    tables = (SchoolClass,)
    model = SchoolClass
    owner = "school_id"
    rules = ClassRules
    key: ClassVar = {"school_id": "organisation_id", "school_year": "school_year", "grade": "grade", "name": "class_name"}
    columns: ClassVar = {"kind": "class_kind", "head_teacher_id": "head_teacher_id"}

    def prepared(self, frame: pl.DataFrame) -> pl.DataFrame:
        """With the head teacher's key."""
        if "head_teacher" not in frame.columns:
            return frame
        staff = fetched(
            f"SELECT staff_number, id FROM {Staff._meta.db_table}", [], {"head_teacher": pl.String, "head_teacher_id": pl.Int64}
        )
        return frame.join(staff, on="head_teacher", how="left", maintain_order="left")

    def left_out(self, held: pl.DataFrame, rows: pl.DataFrame) -> pl.DataFrame:
        """The classes of the sheet's schools and years that it does not name."""
        years = rows.select("organisation_id", "school_year", organisation="organisation").unique(["organisation_id", "school_year"])
        found = held.join(years, on=["organisation_id", "school_year"], how="inner")
        return found.select("organisation", record=pl.format("{} {}-{}", "school_year", "grade", "class_name"))
