"""Organisation tables: organisations, annual statistics and source rows of a snapshot.

Changes when what is frozen of organisations, of their yearly form, or of where figures came from changes.
"""

import pyarrow as pa
import pyarrow.compute as pc

from jiaoheng.intake.provenance import Import, SourceRow
from jiaoheng.organisations.organisation import PATH_SEPARATOR, Organisation
from jiaoheng.registers.annual_statistics import AnnualStatistics
from jiaoheng.snapshots.register_rows import read_rows
from jiaoheng.snapshots.snapshot import SnapshotRefused

__all__ = ["annual_statistics", "organisation_rows", "organisation_table", "source_rows"]

_ORGANISATION_COLUMNS = (
    "code", "name_zh", "name_en", "kind", "parent", "path", "stages", "school_type", "ownership", "locale", "latitude", "longitude",
    "valid_from", "valid_to", "governed_by", "own",
)  # fmt: skip
_LOOKED_UP = ("parent", "governed_by", "own")
_SOURCE_COLUMNS = ("organisation", "school_year", "stage", "file", "sha256", "sheet", "row", "fields", "register", "accepted_by")


def organisation_rows() -> pa.Table:
    """Every organisation with its database id, for the other tables to look its code up. Raises: SnapshotRefused for a broken tree."""
    columns = ["id", *(name for name in _ORGANISATION_COLUMNS if name not in _LOOKED_UP), "parent_id", "governed_by_id"]
    table = read_rows(Organisation, columns)
    for name in ("parent", "governed_by"):
        table = table.append_column(name, pc.take(table["code"], pc.index_in(table[f"{name}_id"], value_set=table["id"])))
    _check_tree(table)
    return table.append_column("own", pa.array(_own(table), pa.bool_()))


def organisation_table(organisations: pa.Table) -> pa.Table:
    """The organisations as they are frozen."""
    return organisations.select(list(_ORGANISATION_COLUMNS))


def annual_statistics(organisations: pa.Table) -> pa.Table:
    """The annual statistics, every year: counts as integers, amounts as floats, nothing filled in."""
    fields = [f.name for f in AnnualStatistics._meta.concrete_fields if f.name not in ("id", "organisation")]
    return _with_codes(read_rows(AnnualStatistics, ["organisation_id", *fields]), organisations)


def source_rows(organisations: pa.Table) -> pa.Table:
    """From which file, sheet and row every stored row came, and who accepted it."""
    names = ("organisation_id", "school_year", "stage", "imported_id", "sheet", "row", "fields")
    table = _with_codes(read_rows(SourceRow, names), organisations)
    runs = list(Import.objects.values_list("id", "source_file__name", "source_file__sha256", "register", "account__username"))
    run = pc.index_in(table["imported_id"], value_set=pa.array([one[0] for one in runs], pa.int64()))
    for place, name in enumerate(("file", "sha256", "register", "accepted_by"), start=1):
        table = table.append_column(name, pc.take(pa.array([one[place] or "" for one in runs], pa.string()), run))
    return table.select(list(_SOURCE_COLUMNS))


def _with_codes(table: pa.Table, organisations: pa.Table) -> pa.Table:
    codes = pc.take(organisations["code"], pc.index_in(table["organisation_id"], value_set=organisations["id"]))
    return table.set_column(0, "organisation", codes)


def _own(organisations: pa.Table) -> list[bool]:
    """Whether each organisation is governed from within the county that it lies in, as all are of which nothing else is said."""
    paths: dict[str, str] = {}
    counties: set[str] = set()
    for row in organisations.select(["code", "path", "kind"]).to_pylist():
        paths[str(row["code"])] = str(row["path"])
        if row["kind"] == "county":
            counties.add(str(row["code"]))
    found = []
    for row in organisations.select(["path", "governed_by"]).to_pylist():
        county = next((code for code in str(row["path"]).split(PATH_SEPARATOR) if code in counties), None)
        governor = paths.get(str(row["governed_by"])) if row["governed_by"] else None
        found.append(governor is None or county is None or county in governor.split(PATH_SEPARATOR))
    return found


def _check_tree(organisations: pa.Table) -> None:
    """Refuse a tree whose paths do not follow its parents, since every total of an area is taken along the paths."""
    listed = [organisations[name].to_pylist() for name in ("code", "parent", "path")]
    paths = dict(zip(listed[0], listed[2], strict=True))
    wrong = [
        code
        for code, parent, path in zip(*listed, strict=True)
        if path != (f"{paths.get(parent)}{PATH_SEPARATOR}{code}" if parent else code)
    ]
    if wrong:
        raise SnapshotRefused(
            f"Nothing was frozen: {len(wrong)} organisations do not stand below the organisation that they belong to "
            f"(the first: {wrong[0]}). Import the list of organisations again."
        )
