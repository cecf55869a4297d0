"""Store of staff: one row a person, known by the staff number wherever the person is employed.

Changes when what is kept of a member of staff changes. Another school in the row moves the person there, if who enters covers both; another
identity number is never taken from a row.
"""

from typing import ClassVar

import polars as pl
from django.conf import settings

from jiaoheng.access.cipher import blind_index_all
from jiaoheng.access.key_ring import key_ring
from jiaoheng.intake.checks import Checked
from jiaoheng.intake.person_numbers import born, check_digit_fits, luhn_fits, sex_of
from jiaoheng.intake.store import Difference
from jiaoheng.intake.stores.keyed import KeyedStore
from jiaoheng.intake.stores.pupils_held import held_among
from jiaoheng.intake.stores.staff_rules import StaffRules
from jiaoheng.registers.person import BANK_CARD, IDENTITY_NUMBER
from jiaoheng.registers.staff import Staff
from jiaoheng.rulebook.codes import code_table

__all__ = ["StaffStore"]

_PLAIN = (
    "name", "sex", "birth_date", "ethnicity", "identity_kind", "education", "degree", "title", "post", "on_establishment", "certificate",
    "registration_due", "stages", "subjects", "backbone", "promoted_on", "training_hours", "employed_on", "left_on",
)  # fmt: skip
_SEALED = ("identity_number", "phone", "bank_card")
_TABLE = Staff._meta.db_table


class StaffStore(KeyedStore):
    """Staff of the sheet's schools that it does not name, and who have not left, are shown as left out."""

    register: ClassVar[str] = "staff"
    tables = (Staff,)
    model = Staff
    owner = "employer_id"
    rules = StaffRules
    key: ClassVar = {"staff_number": "staff_number"}
    columns: ClassVar = {"employer_id": "organisation_id", **{name: name for name in (*_PLAIN, *_SEALED)}}

    def prepared(self, frame: pl.DataFrame) -> pl.DataFrame:
        """With what the rules ask: the numbers of the row itself, of the file, and of the register."""
        nothing = pl.repeat(None, len(frame), dtype=pl.String, eager=True)
        identity = frame["identity_number"] if "identity_number" in frame.columns else nothing
        card = frame["bank_card"] if "bank_card" in frame.columns else nothing
        held = self._held_of(frame)
        frame = self._of_itself(frame).join(held, on="staff_number", how="left", maintain_order="left")
        account = self.occasion.account
        covered = [path for path in frame["_held_path"].drop_nulls().unique().to_list() if account is None or account.covers(path)]
        fed_stages = pl.coalesce("stages", "_held_stages") if "stages" in frame.columns else pl.col("_held_stages")
        fed_certificate = pl.coalesce("certificate", "_held_certificate") if "certificate" in frame.columns else pl.col("_held_certificate")
        frame = frame.with_columns(
            held_outside=pl.col("_held_path").is_not_null() & ~pl.col("_held_path").is_in(covered),
            held_at=pl.col("_held_name"),
            identity_altered=(identity != pl.col("_held_identity")).fill_null(False),
            another_number=self._elsewhere(identity, frame["staff_number"], "identity_index", IDENTITY_NUMBER),
            card_of_another=self._elsewhere(card, frame["staff_number"], "bank_card_index", BANK_CARD)
            | _shared(card, frame["staff_number"]),
            certificate_known=fed_certificate,
            stages_known=fed_stages.fill_null("") if "stages" in frame.columns else fed_stages,
        )
        return frame.drop([name for name in frame.columns if name.startswith("_held")])

    def _of_itself(self, frame: pl.DataFrame) -> pl.DataFrame:
        """What the row's own numbers say."""
        kinds = list(code_table("identity_kind", settings.RULEBOOK_OVERLAY).of_group("checked"))
        frame = frame.with_columns(today=pl.lit(self.occasion.today))
        if "bank_card" in frame.columns:
            frame = frame.with_columns(luhn_fits(frame["bank_card"]).alias("card_fits"))
        if "identity_number" not in frame.columns:
            return frame
        number = frame["identity_number"]
        checked = (pl.col("identity_kind").fill_null("resident") if "identity_kind" in frame.columns else pl.lit("resident")).is_in(kinds)
        fits = check_digit_fits(number).set(number.is_null(), None)
        counted = pl.when(pl.col("identity_number").is_not_null()).then(pl.col("staff_number").n_unique().over("identity_number"))
        return frame.with_columns(
            pl.when(pl.col("identity_number").is_not_null()).then(checked).alias("identity_checked"),
            pl.when(checked).then(fits).alias("identity_digit_fits"),
            born(number).alias("identity_born"),
            sex_of(number).alias("identity_sex"),
            counted.alias("numbers_in_file"),
        )

    def _held_of(self, frame: pl.DataFrame) -> pl.DataFrame:
        """What the register holds under the sheet's staff numbers, for the rules."""
        self._numbers = frame["staff_number"].drop_nulls().unique().to_list()
        held = self.held([])
        places = self.occasion.directory.frame.select(pl.col("id").alias("employer_id"), _held_path="path", _held_name="name_zh")
        return held.join(places, on="employer_id", how="left").select(
            "staff_number",
            "_held_path",
            "_held_name",
            _held_identity="identity_number",
            _held_certificate="certificate",
            _held_stages="stages",
        )

    def _elsewhere(self, texts: pl.Series, numbers: pl.Series, column: str, purpose: str) -> pl.Series:
        """Whether the register has the number of a person or card under another staff number."""
        found: dict[str, set[str]] = {}
        known = texts.drop_nulls().unique().to_list()
        for key in key_ring().keys:
            indexes = blind_index_all(known, purpose, key=key)
            schema = {"staff_number": pl.String, column: pl.String}
            by_index = dict(zip(indexes, known, strict=True))
            for number, index in held_among(_TABLE, schema, column, indexes).iter_rows():
                found.setdefault(by_index[index], set()).add(number)
        return pl.Series(
            [text is not None and bool(found.get(text, set()) - {number}) for text, number in zip(texts, numbers, strict=True)],
            dtype=pl.Boolean,
        )

    def compared(self, checked: Checked) -> Difference:
        self._numbers = checked.good["staff_number"].drop_nulls().unique().to_list()
        found = super().compared(checked)
        if "organisation_id" in found.counts:
            found.counts = {"organisation" if name == "organisation_id" else name: count for name, count in found.counts.items()}
        found.left_out = self._left_out(checked.good)
        return found

    def held(self, organisations: list[int]) -> pl.DataFrame:
        """The persons of the sheet's staff numbers, wherever they are employed."""
        schema = {name: self._dtype(name) for name in ("id", *self.key, *self.columns)}
        frame = held_among(_TABLE, schema, "staff_number", self._numbers)
        return self.opened(frame)

    def _left_out(self, rows: pl.DataFrame) -> pl.DataFrame:
        schools = rows.select("organisation_id", organisation="organisation").unique("organisation_id")
        schema = {"staff_number": pl.String, "employer_id": pl.Int64, "left_on": pl.Date}
        there = held_among(_TABLE, schema, "employer_id", schools["organisation_id"].to_list(), "left_on IS NULL")
        found = there.join(rows.select("staff_number"), on="staff_number", how="anti")
        found = found.join(schools, left_on="employer_id", right_on="organisation_id", how="inner")
        return found.select("organisation", record="staff_number")


def _shared(card: pl.Series, numbers: pl.Series) -> pl.Series:
    """Whether the file has the card for more than one staff number."""
    frame = pl.DataFrame({"card": card, "number": numbers})
    return frame.select(pl.col("card").is_not_null() & (pl.col("number").n_unique().over("card") > 1)).to_series()
