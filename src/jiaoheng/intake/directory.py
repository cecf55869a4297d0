"""Directory: the organisations as the registers hold them, in one frame, for joins instead of a query a row.

Changes when what the checks must know of an organisation changes.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl
from django.db import connection

from jiaoheng.access.account import Account
from jiaoheng.organisations.organisation import Organisation

__all__ = ["Directory", "fetched"]

_COLUMNS = {
    "id": pl.Int64,
    "code": pl.String,
    "path": pl.String,
    "parent_id": pl.Int64,
    "name_zh": pl.String,
    "name_en": pl.String,
    "kind": pl.String,
    "stages": pl.String,
    "school_type": pl.String,
    "ownership": pl.String,
    "locale": pl.String,
    "latitude": pl.Float64,
    "longitude": pl.Float64,
    "valid_from": pl.Date,
    "valid_to": pl.Date,
}


def fetched(select: str, parameters: Sequence[Any], schema: "Mapping[str, pl.DataType | type[pl.DataType]]") -> pl.DataFrame:
    """The rows of a query as a frame; its columns are those of the schema, in order."""
    with connection.cursor() as cursor:
        cursor.execute(select, parameters)
        rows = cursor.fetchall()
    return pl.DataFrame(rows, schema=schema, orient="row", infer_schema_length=None)  # Django's SQLite reads date columns as dates too


@dataclass(frozen=True)
class Directory:
    """Every organisation: id, code, path, parent_id and the register's other fields; blank texts are empty, not null."""

    frame: pl.DataFrame

    @classmethod
    def load(cls) -> "Directory":
        """Read it from the database, once for all the files of an import."""
        columns = ", ".join(_COLUMNS)
        raw = fetched(f"SELECT {columns} FROM {Organisation._meta.db_table}", [], _raw_schema())
        return cls(raw)

    def joined(self, codes: pl.Series, *columns: str) -> pl.DataFrame:
        """For each code, in order, these columns of its organisation; nulls where the code is not known."""
        own = self.frame.select(pl.col("code").alias("_code"), *columns)
        return pl.DataFrame({"_code": codes}).join(own, on="_code", how="left", maintain_order="left").drop("_code")

    def paths(self) -> dict[str, str]:
        """Path of every code."""
        return dict(self.frame.select("code", "path").iter_rows())

    def codes_by_name(self, names: Sequence[str], account: Account | None = None) -> dict[str, str]:
        """Code of each name that only one organisation has; where several have it, only one of the account's own."""
        found: dict[str, list[tuple[str, str]]] = {}
        wanted = set(names)
        for code, path, *both in self.frame.select("code", "path", "name_zh", "name_en").iter_rows():
            for name in wanted.intersection(both):
                found.setdefault(name, []).append((code, path))
        codes: dict[str, str] = {}
        for name, places in found.items():
            own = [code for code, path in places if account is not None and account.covers(path)]
            if len(own) == 1 or (not own and len(places) == 1):
                codes[name] = own[0] if own else places[0][0]
        return codes


def _raw_schema() -> "dict[str, type[pl.DataType]]":
    return dict(_COLUMNS)
