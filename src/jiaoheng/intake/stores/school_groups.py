"""Store of school groups: memberships of schools, and the groups themselves where they are new.

Changes when what is kept of a group or a membership changes. A membership anew ends the one before it.
"""

from typing import Any, ClassVar

import dataframely as dy
import polars as pl

from jiaoheng.access.batch import add_rows
from jiaoheng.intake.directory import fetched
from jiaoheng.intake.row_rules import rule
from jiaoheng.intake.store import NEW, Difference
from jiaoheng.intake.stores.successive import PeriodRules, SuccessiveStore
from jiaoheng.registers.school_group import GroupMembership, SchoolGroup

__all__ = ["GroupRules", "SchoolGroupsStore"]

_HELD = f"""
SELECT m.id, g.name, m.school_id, m.since, m.until, m.role FROM {GroupMembership._meta.db_table} m
JOIN {SchoolGroup._meta.db_table} g ON g.id = m.group_id
"""


class GroupRules(PeriodRules):
    """What must hold of a membership."""

    group = dy.String(nullable=True)
    leads = dy.Int64(nullable=True)
    run_by = dy.String(nullable=True)
    runner_id = dy.Int64(nullable=True)

    @rule("82", "role", "group", quoted="group")
    def one_lead(cls) -> pl.Expr:
        return pl.col("leads") <= 1

    @rule("83", "run_by", quoted="run_by")
    def runner_known(cls) -> pl.Expr:
        return pl.col("run_by").is_null() | pl.col("runner_id").is_not_null()


class SchoolGroupsStore(SuccessiveStore):
    """Known by the group's name, the school and the first day. A group that is new is run by who is named, or by who enters."""

    register: ClassVar[str] = "school_groups"
    tables = (SchoolGroup, GroupMembership)
    model = GroupMembership
    owner = "school_id"
    rules = GroupRules
    key: ClassVar = {"group_name": "group", "school_id": "organisation_id", "since": "since"}
    columns: ClassVar = {"until": "until", "role": "role"}
    sequence = ("group", "organisation_id")

    def prepared(self, frame: pl.DataFrame) -> pl.DataFrame:
        """With who runs the group, and how many lead schools it would have."""
        self._groups = frame["group"].drop_nulls().unique().to_list()
        frame = self._run(super().prepared(frame))
        if "role" not in frame.columns:
            return frame
        leads = self._leads(frame)
        return frame.join(leads, on="group", how="left", maintain_order="left").with_columns(
            leads=pl.when((pl.col("role") == "lead") & pl.col("until").is_null()).then(pl.col("leads"))
        )

    def held(self, organisations: list[int]) -> pl.DataFrame:
        """Every membership of the sheet's groups."""
        kinds = {"id": pl.Int64, "group_name": pl.String, "school_id": pl.Int64, "since": pl.Date, "until": pl.Date, "role": pl.String}
        marks = ", ".join(["%s"] * len(self._groups)) or "NULL"
        return fetched(f"{_HELD} WHERE g.name IN ({marks})", self._groups, kinds)

    def write(self, difference: Difference) -> None:
        """The groups first, each from the first day of its first member on."""
        rows = difference.rows
        named = rows["group"].unique().to_list()
        there = {group.name: group.pk for group in SchoolGroup.objects.filter(name__in=named, until=None)}
        fresh = rows.filter((difference.state == NEW) & ~pl.col("group").is_in(list(there)))
        made = fresh.group_by("group", maintain_order=True).agg(
            pl.col("kind").first(), pl.col("since").min(), pl.col("runner_id").first(), pl.col("runner_path").first()
        )
        columns = {"organisation_id": made["runner_id"].to_list(), "name": made["group"].to_list(), "kind": made["kind"].to_list()}
        keys = add_rows(
            SchoolGroup, {**columns, "since": made["since"].to_list()}, paths=made["runner_path"].to_list(), change=self.change()
        )
        there |= dict(zip(made["group"].to_list(), keys, strict=True))
        self._keys = there
        super().write(difference)

    def identified(self, fresh: pl.DataFrame) -> dict[str, list[Any]]:
        """With the groups' own keys."""
        keys = [self._keys[name] for name in fresh["group"].to_list()]
        return {"group_id": keys, "school_id": fresh["organisation_id"].to_list(), "since": fresh["since"].to_list()}

    def _run(self, frame: pl.DataFrame) -> pl.DataFrame:
        """`runner_id`, `runner_path`: of the organisation that runs the group: the one named, else the account's own, else the school's."""
        account, directory = self.occasion.account, self.occasion.directory.frame
        known = directory.select(run_by="code", runner_id="id", runner_path="path")
        if account is not None:
            known = known.filter(pl.Series([account.covers(path) for path in known["runner_path"].to_list()], dtype=pl.Boolean))
        if "run_by" not in frame.columns:
            frame = frame.with_columns(run_by=pl.lit(None, dtype=pl.String))
        frame = frame.join(known, on="run_by", how="left", maintain_order="left")
        own = account.organisation if account is not None else None
        unsaid = pl.col("run_by").is_null()
        return frame.with_columns(
            runner_id=pl.when(unsaid).then(pl.lit(own.pk) if own else pl.col("organisation_id")).otherwise(pl.col("runner_id")),
            runner_path=pl.when(unsaid).then(pl.lit(own.path) if own else pl.col("path")).otherwise(pl.col("runner_path")),
        )

    def _leads(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Lead schools without an end that each group would have: group, leads."""
        keys = ["group", "organisation_id", "since"]
        rows = frame.select(*keys, "until", "role")
        held = self._held_periods(frame).select(*keys, "until", "role").join(rows, on=keys, how="anti")
        both = pl.concat([rows, held], how="vertical_relaxed").filter((pl.col("role") == "lead") & pl.col("until").is_null())
        return both.group_by("group").agg(leads=pl.col("organisation_id").n_unique().cast(pl.Int64))
