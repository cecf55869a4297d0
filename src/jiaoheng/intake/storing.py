"""Storing: good rows into the registers, by plain SQL that SQLite and PostgreSQL both speak.

Changes when a register is added. Everything here runs inside the one transaction of the command; a missing value never overwrites one
that is held, and a row that brings nothing new is counted as unchanged.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl
from django.db import connection, models
from django.db.models import Model

from jiaoheng.intake.checks import Checked
from jiaoheng.intake.directory import Directory, fetched
from jiaoheng.intake.placing import Area
from jiaoheng.intake.provenance import Import, SourceRow
from jiaoheng.organisations.organisation import PATH_SEPARATOR, Organisation
from jiaoheng.registers.annual_statistics import AnnualStatistics
from jiaoheng.rulebook.registers import RegisterRule

__all__ = ["STATISTICS_KEY", "StatisticsStore", "Stored", "hold_writers", "keep_source_rows", "store_organisations"]

STATISTICS_KEY = ("organisation_id", "school_year", "stage")
_SQL_TYPES: dict[str, type[pl.DataType]] = {"count": pl.Int64, "amount": pl.Float64, "currency": pl.String}
_SQLITE_CACHE_KIB = 64_000
"""The default of 2 MB makes a large import write its pages many times over."""
_ORGANISATION_TEXTS = ("name_zh", "name_en", "kind", "stages", "school_type", "ownership", "locale")


@dataclass(frozen=True)
class Stored:
    """The good rows and which of them changed the register; `fields` are those that the sheet feeds."""

    rows: pl.DataFrame
    changed: pl.Series
    fields: tuple[str, ...]


def hold_writers() -> None:
    """Make other imports wait until this transaction ends (SQLite's IMMEDIATE transactions do so by themselves)."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            for model in (Organisation, AnnualStatistics):
                cursor.execute(f"LOCK TABLE {model._meta.db_table} IN SHARE ROW EXCLUSIVE MODE")
        elif connection.vendor == "sqlite":
            cursor.execute(f"PRAGMA cache_size = -{_SQLITE_CACHE_KIB}")


class StatisticsStore:
    """Annual statistics while files are taken in: what is held, what the files add, and one write at the end for all of them.

    `held`: one row a record (STATISTICS_KEY, every stored field); `_known`: it stands in the database; `_changed`: the files changed it.
    """

    def __init__(self, rule: RegisterRule) -> None:
        self.fields = tuple(name for name, field in rule.fields.items() if field.stored and name not in rule.key)
        self._types = {name: _SQL_TYPES[rule.fields[name].type] for name in self.fields}
        self._years: set[str] = set()
        self.held = self._empty()

    def add(self, checked: Checked) -> Stored:
        """Lay the good rows of a sheet over what is held. A missing value leaves what is there."""
        rows = checked.good
        fields = tuple(name for name in checked.feed.fields if name in self.fields)
        self._load(rows["school_year"].unique().to_list())
        known = self.held.select(*STATISTICS_KEY, *(pl.col(name).alias(f"{name}_held") for name in fields), _held=pl.lit(True))
        both = rows.join(known, on=STATISTICS_KEY, how="left", maintain_order="left")
        differs = [pl.col(name).is_not_null() & pl.col(name).ne_missing(pl.col(f"{name}_held")) for name in fields]
        changed = both.select(pl.col("_held").is_null() | pl.any_horizontal(differs or [pl.lit(False)])).to_series()
        new = rows.filter(changed).select(*STATISTICS_KEY, *(pl.col(name).alias(f"{name}_new") for name in fields), _now=pl.lit(True))
        merged = self.held.join(new, on=STATISTICS_KEY, how="full", coalesce=True)
        self.held = merged.with_columns(
            *(pl.coalesce(f"{name}_new", name).alias(name) for name in fields),
            _known=pl.col("_known").fill_null(False),
            _changed=pl.coalesce("_now", "_changed"),
        ).select(self.held.columns)
        return Stored(rows, changed, fields)

    def write(self) -> None:
        """Insert or complete every changed record, and read them all back."""
        # The database has no default of its own for the currency.
        default = AnnualStatistics._meta.get_field("currency").get_default()
        changed = self.held.filter(pl.col("_changed")).with_columns(pl.col("currency").fill_null(default))
        _put(AnnualStatistics, STATISTICS_KEY, self.fields, self.fields, changed)
        years, self._years, self.held = sorted(self._years), set(), self._empty()
        self._load(years)

    def _empty(self) -> pl.DataFrame:
        key: dict[str, type[pl.DataType]] = {"organisation_id": pl.Int64, "school_year": pl.String, "stage": pl.String}
        return pl.DataFrame(schema={**key, **self._types, "_known": pl.Boolean, "_changed": pl.Boolean})

    def _load(self, years: Sequence[str]) -> None:
        """Read the records of school years that were not read yet; amounts as floating numbers."""
        missing = [year for year in years if year not in self._years]
        if not missing:
            return
        shown = [f"CAST({name} AS double precision)" if kind == pl.Float64 else name for name, kind in self._types.items()]
        marks = ", ".join(["%s"] * len(missing))
        columns = ", ".join([*STATISTICS_KEY, *shown])
        schema = {name: kind for name, kind in self.held.schema.items() if not name.startswith("_")}
        read = fetched(f"SELECT {columns} FROM {AnnualStatistics._meta.db_table} WHERE school_year IN ({marks})", missing, schema)
        self.held = pl.concat([self.held, read.with_columns(_known=pl.lit(True), _changed=pl.lit(False))])
        self._years.update(missing)


def store_organisations(checked: Checked, directory: Directory) -> Stored:
    """Make the areas that are missing above the good rows, then insert or complete the organisations, parents first."""
    fields = tuple(name for name in checked.feed.fields if name not in ("code", "parent"))
    rows = checked.good
    held = directory.frame.select("code", pl.col("path").alias("path_held"), *(pl.col(name).alias(f"{name}_held") for name in fields))
    parents = directory.frame.select(pl.col("id").alias("parent_id"), pl.col("code").alias("parent_held"))
    above = directory.frame.select("code", "parent_id").join(parents, on="parent_id", how="left").select("code", "parent_held")
    both = rows.join(held, on="code", how="left", maintain_order="left").join(above, on="code", how="left", maintain_order="left")
    differs = [pl.col(name).is_not_null() & pl.col(name).ne_missing(pl.col(f"{name}_held")) for name in fields]
    moved = pl.col("_parent").is_not_null() & pl.col("_parent").ne_missing(pl.col("parent_held"))
    changed = both.select(pl.col("path_held").is_null() | moved | pl.any_horizontal(differs or [pl.lit(False)])).to_series()
    merged = both.with_columns(
        *(pl.coalesce(name, f"{name}_held") for name in fields),
        _above=pl.coalesce("_parent", "parent_held"),
        _known=pl.col("path_held").is_not_null(),
    ).filter(changed)
    ids = dict(directory.frame.select("code", "id").iter_rows())
    if checked.places is not None:
        ids = _make_areas(checked.places.areas, set(merged["_parent"].drop_nulls().to_list()), ids)
    for wave in sorted(merged["wave"].unique().to_list()):
        if wave:
            ids = _ids()
        now = merged.filter(pl.col("wave") == wave)
        now = now.with_columns(
            parent_id=pl.col("_above").replace_strict(list(ids), list(ids.values()), default=None, return_dtype=pl.Int64)
        )
        missing = [name for name in _ORGANISATION_TEXTS if name not in fields]
        now = now.with_columns(
            *(pl.lit("").alias(name) for name in missing), *(pl.col(name).fill_null("") for name in _ORGANISATION_TEXTS if name in fields)
        ).with_columns(pl.col(name).cast(pl.String) for name in fields if name.startswith("valid_"))
        _put(Organisation, ("code",), [*fields, *missing, "parent_id", "path"], [*fields, "parent_id", "path"], now)
    if both.select((pl.col("path_held").is_not_null() & moved).any()).item():
        _repath()
    return Stored(rows, changed, fields)


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
        _write_many(Organisation, columns, rows)
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


def _put(model: type[Model], key: Sequence[str], written: Sequence[str], updated: Sequence[str], frame: pl.DataFrame) -> None:
    """INSERT the rows whose `_known` is false, and of the others UPDATE the fields `updated`.

    ON CONFLICT alone would do for both, and costs SQLite three times as much on a row that is new.
    """
    # In the order of the indexes a large import touches each of their pages once.
    frame = frame.sort("path" if "path" in written else key[0], maintain_order=True)
    columns = [*key, *written]
    _write_many(model, columns, frame.filter(~pl.col("_known")).select(columns).rows())
    if updated:
        sets = ", ".join(f"{name} = excluded.{name}" for name in updated)
        ending = f" ON CONFLICT ({', '.join(key)}) DO UPDATE SET {sets}"
        _write_many(model, columns, frame.filter(pl.col("_known")).select(columns).rows(), ending)


def _write_many(model: type[models.Model], columns: Sequence[str], rows: "list[tuple[Any, ...]]", ending: str = "") -> None:
    if not rows:
        return
    table, names = model._meta.db_table, ", ".join(columns)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql" and not ending:
            # COPY streams the rows; a statement a row would wait for the server each time.
            with cursor.cursor.copy(f"COPY {table} ({names}) FROM STDIN") as copy:
                for row in rows:
                    copy.write_row(row)
        else:
            marks = ", ".join(["%s"] * len(columns))
            cursor.executemany(f"INSERT INTO {table} ({names}) VALUES ({marks}){ending}", rows)


def keep_source_rows(imported: Import, checked: Checked, stored: Stored, directory: Directory) -> None:
    """One row of provenance for every row that changed the register."""
    rows = stored.rows.filter(stored.changed)
    if checked.feed.register == "organisations":
        rows = rows.with_columns(organisation_id=directory.joined(rows["code"], "id")["id"], school_year=pl.lit(""), stage=pl.lit(""))
    kept = rows.select(
        pl.lit(imported.pk).alias("imported_id"),
        pl.lit(checked.feed.sheet.name[:120]).alias("sheet"),
        "row",
        "organisation_id",
        "school_year",
        "stage",
        pl.lit(",".join(stored.fields)[:255]).alias("fields"),
    )
    kept = kept.sort("organisation_id", maintain_order=True)
    _write_many(SourceRow, kept.columns, kept.rows())
