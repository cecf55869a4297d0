"""Store of organisations: the tree itself, areas made above schools where they are missing, parents before children.

Changes when what is kept of an organisation changes, or the way the tree is laid. A missing value never overwrites one that is held.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import ClassVar

import polars as pl

from jiaoheng.access.bulk_insert import insert_rows
from jiaoheng.access.organisation_change import organisations_followed
from jiaoheng.intake.checks import Checked
from jiaoheng.intake.directory import Directory
from jiaoheng.intake.placing import Area
from jiaoheng.intake.store import CHANGED, NEW, UNCHANGED, Difference, Store
from jiaoheng.intake.storing import put
from jiaoheng.intake.total import Total
from jiaoheng.organisations.organisation import PATH_SEPARATOR, Organisation

__all__ = ["OrganisationsStore"]

_TEXTS = ("name_zh", "name_en", "kind", "stages", "school_type", "ownership", "locale")


@dataclass
class _TreeDifference(Difference):
    """`merged`: the rows to write, completed with what is held; `areas`: those of the paths; `moved`: an organisation changes its place."""

    merged: pl.DataFrame = field(default_factory=pl.DataFrame)
    areas: tuple[Area, ...] = ()
    moved: bool = False


class OrganisationsStore(Store):
    """The organisations. Of those that a sheet alters, what stood before is kept as a version."""

    register: ClassVar[str] = "organisations"
    tables = (Organisation,)
    of_persons = False

    def compared(self, checked: Checked) -> Difference:
        """Which good rows bring something new, or move an organisation."""
        directory = self.occasion.directory
        fields = tuple(name for name in checked.feed.fields if name not in ("code", "parent"))
        rows = checked.good
        held = directory.frame.select("code", pl.col("path").alias("path_held"), *(pl.col(name).alias(f"{name}_held") for name in fields))
        parents = directory.frame.select(pl.col("id").alias("parent_id"), pl.col("code").alias("parent_held"))
        above = directory.frame.select("code", "parent_id").join(parents, on="parent_id", how="left").select("code", "parent_held")
        both = rows.join(held, on="code", how="left", maintain_order="left").join(above, on="code", how="left", maintain_order="left")
        differs = [pl.col(name).is_not_null() & pl.col(name).ne_missing(pl.col(f"{name}_held")) for name in fields]
        moved = pl.col("_parent").is_not_null() & pl.col("_parent").ne_missing(pl.col("parent_held"))
        new = pl.col("path_held").is_null()
        altered = moved | pl.any_horizontal(differs or [pl.lit(False)])
        state = both.select(pl.when(new).then(pl.lit(NEW)).when(altered).then(pl.lit(CHANGED)).otherwise(pl.lit(UNCHANGED))).to_series()
        counted = both.filter(~new).select(each.sum().alias(name) for name, each in zip(fields, differs, strict=True))
        merged = both.with_columns(
            *(pl.coalesce(name, f"{name}_held") for name in fields),
            _above=pl.coalesce("_parent", "parent_held"),
            _known=pl.col("path_held").is_not_null(),
        ).filter(state != UNCHANGED)
        return _TreeDifference(
            rows,
            state,
            fields,
            {name: int(counted[name][0]) for name in fields if counted[name][0]},
            merged=merged,
            areas=checked.places.areas if checked.places else (),
            moved=bool(both.select((pl.col("path_held").is_not_null() & moved).any()).item()),
        )

    def write(self, difference: Difference) -> None:
        """Make the areas that are missing above the rows, then insert or complete the organisations, parents first."""
        assert isinstance(difference, _TreeDifference)
        change, known = self.occasion.change, difference.merged.filter("_known")["code"].to_list()
        reason = change.reason if change else "import"
        with organisations_followed(known, by=change.by if change else None, reason=reason):
            self._write(difference)

    def _write(self, difference: _TreeDifference) -> None:
        merged, fields = difference.merged, difference.fields
        ids = dict(self.occasion.directory.frame.select("code", "id").iter_rows())
        ids = _make_areas(difference.areas, set(merged["_parent"].drop_nulls().to_list()), ids)
        for wave in sorted(merged["wave"].unique().to_list()):
            if wave:
                ids = _ids()
            now = merged.filter(pl.col("wave") == wave)
            now = now.with_columns(
                parent_id=pl.col("_above").replace_strict(list(ids), list(ids.values()), default=None, return_dtype=pl.Int64)
            )
            missing = [name for name in _TEXTS if name not in fields]
            now = now.with_columns(
                *(pl.lit("").alias(name) for name in missing), *(pl.col(name).fill_null("") for name in _TEXTS if name in fields)
            ).with_columns(pl.col(name).cast(pl.String) for name in fields if name.startswith("valid_"))
            put(Organisation, ("code",), [*fields, *missing, "parent_id", "path"], [*fields, "parent_id", "path"], now)
        if difference.moved:
            _repath()
        self.occasion.directory = Directory.load()

    def totals(self, difference: Difference) -> list[Total]:
        """How many of them there are."""
        there = self.occasion.directory.joined(difference.rows["code"], "id")["id"].is_not_null().sum()
        return [Total("code", self.rule.label, float(len(difference.rows)), float(there))]

    def origins(self, difference: Difference) -> pl.DataFrame:
        """An organisation is found under itself."""
        ids = self.occasion.directory.joined(difference.rows["code"], "id")["id"]
        return pl.DataFrame({"organisation_id": ids}).with_columns(school_year=pl.lit(""), stage=pl.lit(""))


def _ids() -> dict[str, int]:
    return dict(Organisation.objects.values_list("code", "id"))


def _make_areas(areas: Sequence[Area], needed: set[str], ids: dict[str, int]) -> dict[str, int]:
    """Insert the areas that are needed and not there, level by level; give the ids of all."""
    by_code = {area.code: area for area in areas}
    wanted: set[str] = set()
    for code in needed:
        here: str | None = code
        while here is not None and here in by_code and here not in wanted:
            wanted.add(here)
            here = by_code[here].parent
    missing = [area for area in areas if area.code in wanted and area.code not in ids]
    columns = ("code", "name_zh", "name_en", "kind", "path", "parent_id", "stages", "school_type", "ownership", "locale")
    for depth in sorted({area.path.count(PATH_SEPARATOR) for area in missing}):
        level = [area for area in missing if area.path.count(PATH_SEPARATOR) == depth]
        rows = [(area.code, area.name_zh, area.name_en, area.kind, area.path, ids.get(area.parent or ""), "", "", "", "") for area in level]
        insert_rows(Organisation, columns, rows)
        ids = _ids()
    return ids


def _repath() -> None:
    """Compute every path again from the parents, after an organisation with others below it has moved."""
    tree = {pk: (code, parent, path) for pk, code, parent, path in Organisation.objects.values_list("id", "code", "parent_id", "path")}
    paths: dict[int, str] = {}
    for start in tree:
        chain: list[int] = []
        here: int | None = start
        while here is not None and here not in paths:
            chain.append(here)
            here = tree[here][1]
        for pk in reversed(chain):
            parent = tree[pk][1]
            paths[pk] = f"{paths[parent]}{PATH_SEPARATOR}{tree[pk][0]}" if parent is not None else tree[pk][0]
    stale = [Organisation(pk=pk, path=path) for pk, path in paths.items() if path != tree[pk][2]]
    Organisation.objects.bulk_update(stale, ["path"], batch_size=500)
