"""Stores of licensed institutions: licences, recognitions as inclusive, annual inspections.

Changes when what is kept of a kindergarten's, private school's or training institution's papers changes.
"""

from typing import ClassVar

import dataframely as dy
import polars as pl

from jiaoheng.intake.row_rules import rule
from jiaoheng.intake.stores.keyed import KeyedStore
from jiaoheng.intake.stores.successive import PeriodRules, SuccessiveStore
from jiaoheng.registers.licence import AnnualInspection, InclusiveRecognition, Licence

__all__ = ["InspectionsStore", "LicencesStore", "RecognitionRules", "RecognitionsStore"]


class LicencesStore(KeyedStore):
    """A renewed licence is a new row; two may hold at once, for two kinds of teaching."""

    register: ClassVar[str] = "licences"
    tables = (Licence,)
    model = Licence
    key: ClassVar = {"organisation_id": "organisation_id", "number": "number", "since": "since"}
    columns: ClassVar = {"approved_by": "approved_by", "legal_form": "legal_form", "until": "until"}


class RecognitionRules(PeriodRules):
    """What must hold of a recognition."""

    organisation = dy.String(nullable=True)
    organisation_kind = dy.String(nullable=True)

    @rule("81", "organisation", quoted="organisation")
    def of_a_kindergarten(cls) -> pl.Expr:
        return pl.col("organisation_kind") == "kindergarten"


class RecognitionsStore(SuccessiveStore):
    """A recognition anew ends the one before it."""

    register: ClassVar[str] = "recognitions"
    tables = (InclusiveRecognition,)
    model = InclusiveRecognition
    rules = RecognitionRules
    key: ClassVar = {"organisation_id": "organisation_id", "since": "since"}
    columns: ClassVar = {"until": "until", "document": "document"}

    def prepared(self, frame: pl.DataFrame) -> pl.DataFrame:
        """With the kind of the institution."""
        kinds = self.occasion.directory.frame.select(organisation_id="id", organisation_kind="kind")
        return super().prepared(frame.join(kinds, on="organisation_id", how="left", maintain_order="left"))


class InspectionsStore(KeyedStore):
    register: ClassVar[str] = "inspections"
    tables = (AnnualInspection,)
    model = AnnualInspection
    key: ClassVar = {"organisation_id": "organisation_id", "year": "year"}
    columns: ClassVar = {"result": "result", "note": "note"}
