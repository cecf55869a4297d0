"""Pupils held: what the register knows of the children that a sheet names, in frames for joins instead of a query a row.

Changes when what a sheet of pupils or movements is compared with changes.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl
from django.db import connection

from jiaoheng.access.cipher import blind_index_all, unseal
from jiaoheng.access.key_ring import key_ring
from jiaoheng.intake.directory import fetched
from jiaoheng.registers.approval import Request
from jiaoheng.registers.enrolment import Enrolment
from jiaoheng.registers.person import BANK_CARD, IDENTITY_NUMBER, PHONE
from jiaoheng.registers.pupil import Pupil
from jiaoheng.registers.pupil_condition import PupilCondition
from jiaoheng.registers.school_class import SchoolClass

__all__ = [
    "CONDITIONS",
    "PURPOSES",
    "classes_held",
    "conditions_held",
    "held_among",
    "indexes",
    "pupils_held",
    "stays_held",
    "waiting_corrections",
]

CONDITIONS = ("boarder", "migrant_child", "left_behind", "orphan", "disability", "poverty")
_AT_ONCE = 20_000
_PUPIL = {
    "id": pl.Int64,
    "student_number": pl.String,
    "identity_index": pl.String,
    "merged_into_id": pl.Int64,
    "keeper_id": pl.Int64,
    "name": pl.String,
    "sex": pl.String,
    "birth_date": pl.Date,
    "ethnicity": pl.String,
    "identity_kind": pl.String,
    "household_area": pl.String,
    "household_kind": pl.String,
    "guardian": pl.String,
    "guardian_relation": pl.String,
    "guardian_phone_index": pl.String,
    "bank_card_index": pl.String,
}


def indexes(texts: pl.Series, purpose: str) -> pl.Series:
    """The blind index of every text under the present key."""
    return pl.Series(texts.name, blind_index_all(texts.to_list(), purpose), dtype=pl.String)


def held_among(table: str, schema: Mapping[str, Any], by: str, values: Sequence[Any], where: str = "") -> pl.DataFrame:
    """The rows of a table whose column `by` is one of the values; every row where there are many values."""
    wanted = [value for value in dict.fromkeys(values) if value is not None]
    select = f"SELECT {', '.join(schema)} FROM {table} WHERE {where or '1 = 1'}"
    if not wanted or not _has_rows(table):
        return pl.DataFrame(schema=dict(schema))
    if connection.vendor == "postgresql":
        at_once = [wanted[start : start + _AT_ONCE] for start in range(0, len(wanted), _AT_ONCE)]
        return pl.concat([fetched(f"{select} AND {by} = ANY(%s)", [part], schema) for part in at_once])
    parts = [wanted[start : start + 900] for start in range(0, len(wanted), 900)]
    found = [fetched(f"{select} AND {by} IN ({', '.join(['%s'] * len(part))})", part, schema) for part in parts]
    return pl.concat(found)


def pupils_held(numbers: pl.Series, identities: pl.Series) -> pl.DataFrame:
    """The pupils of these student or identity numbers: every column of `_PUPIL`; merged rows are followed to the kept one (`kept_id`)."""
    table = Pupil._meta.db_table
    found = [held_among(table, _PUPIL, "student_number", numbers.to_list())]
    texts, ring = identities.drop_nulls().unique().to_list() if _has_rows(table) else [], key_ring()
    for key in ring.keys:
        found.append(held_among(table, _PUPIL, "identity_index", blind_index_all(texts, IDENTITY_NUMBER, key=key)))
    frame = pl.concat(found).unique("id", maintain_order=True)
    present = blind_index_all(texts, IDENTITY_NUMBER) if len(ring.keys) > 1 else []
    for key in ring.keys[1:]:  # a rotation is under way: what an older key indexed is compared as if the present one had
        older = [one or "" for one in blind_index_all(texts, IDENTITY_NUMBER, key=key)]
        frame = frame.with_columns(pl.col("identity_index").replace(older, present))
    return frame.with_columns(kept_id=pl.coalesce("merged_into_id", "id"))


def stays_held(pupils: Sequence[int]) -> pl.DataFrame:
    """Of each pupil the active stay (`stay_…`, null where there is none) and the day on which the last ended one ended (`last_left`)."""
    schema = {
        "id": pl.Int64, "pupil_id": pl.Int64, "school_id": pl.Int64, "school_year": pl.String, "grade": pl.String,
        "school_class_id": pl.Int64, "entered_on": pl.Date, "left_on": pl.Date,
    }  # fmt: skip
    stays = held_among(Enrolment._meta.db_table, schema, "pupil_id", pupils)
    active = stays.filter(pl.col("left_on").is_null()).select(
        "pupil_id",
        stay_id="id",
        stay_school="school_id",
        stay_year="school_year",
        stay_grade="grade",
        stay_class="school_class_id",
        stay_entered="entered_on",
    )
    ended = stays.group_by("pupil_id").agg(last_left=pl.col("left_on").max())
    return ended.join(active, on="pupil_id", how="left")


def classes_held(schools: Sequence[int]) -> pl.DataFrame:
    """The classes of these schools: organisation_id, school_year, grade, class_name, class_id."""
    schema = {"school_id": pl.Int64, "school_year": pl.String, "grade": pl.String, "name": pl.String, "id": pl.Int64}
    return held_among(SchoolClass._meta.db_table, schema, "school_id", schools).rename(
        {"school_id": "organisation_id", "name": "class_name", "id": "class_id"}
    )


def conditions_held(pupils: Sequence[int]) -> pl.DataFrame:
    """The open conditions of these pupils, unsealed for comparing: pupil_id, id, since, kind, detail, placement (empty where none)."""
    schema = {"id": pl.Int64, "pupil_id": pl.Int64, "since": pl.Date, "kind": pl.String, "detail": pl.String, "placement": pl.String}
    table = PupilCondition._meta.db_table
    rows = held_among(table, schema, "pupil_id", pupils, "until IS NULL")
    opened = {
        name: pl.Series(
            name, ["" if value is None else unseal(value, f"{table}.{name}") for value in rows[name].to_list()], dtype=pl.String
        )
        for name in ("kind", "detail", "placement")
    }
    return rows.with_columns(**opened)


def waiting_corrections(pupils: Sequence[int]) -> pl.Series:
    """The pupils for whom a correction of the identity number waits for approval."""
    where = "kind = 'correction' AND state = 'pending'"
    return held_among(Request._meta.db_table, {"pupil_id": pl.Int64}, "pupil_id", pupils, where)["pupil_id"]


def _has_rows(table: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT 1 FROM {table} LIMIT 1")
        return cursor.fetchone() is not None


PURPOSES = {"identity_number": IDENTITY_NUMBER, "guardian_phone": PHONE, "bank_card": BANK_CARD}
"""Sealed fields and the purpose of their blind index."""
