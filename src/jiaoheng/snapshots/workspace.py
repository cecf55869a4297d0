"""Workspace: the registers as they were read for one snapshot, side by side in memory, from which its tables are drawn by SQL.

Changes when a register is read in another form. What began after the snapshot's day is left out here, and what ended after it has not
ended yet, so that no table needs to think of it.
"""

import hashlib
import hmac
from collections.abc import Mapping
from datetime import date
from types import TracebackType
from typing import Any, Self

import duckdb
import pyarrow as pa
from django.conf import settings
from django.db import models

from jiaoheng.access.key_ring import FieldKey, key_ring
from jiaoheng.organisations.organisation import SCHOOL_KINDS
from jiaoheng.organisations.school_year import SchoolYear
from jiaoheng.registers.appointment import Appointment
from jiaoheng.registers.enrolment import Enrolment
from jiaoheng.registers.establishment import Establishment
from jiaoheng.registers.funds import Funds
from jiaoheng.registers.licence import AnnualInspection, InclusiveRecognition, Licence
from jiaoheng.registers.population import Population
from jiaoheng.registers.pupil import Pupil
from jiaoheng.registers.pupil_condition import PupilCondition
from jiaoheng.registers.school_class import SchoolClass
from jiaoheng.registers.school_group import GroupMembership, SchoolGroup
from jiaoheng.registers.staff import Staff
from jiaoheng.rulebook.age_bands import load_age_bands
from jiaoheng.rulebook.codes import code_table
from jiaoheng.rulebook.stage_weights import load_stage_weights
from jiaoheng.snapshots.register_rows import read_rows, unsealed

__all__ = ["Workspace", "pseudonym_key"]

_PSEUDONYM_BYTES = 10

_READ: Mapping[str, tuple[type[models.Model], tuple[str, ...]]] = {
    "pupil_row": (Pupil, ("id", "sex", "birth_date", "ethnicity", "household_kind", "household_area", "merged_into_id")),
    "stay_row": (
        Enrolment,
        ("id", "pupil_id", "school_id", "school_year", "grade", "school_class_id", "entered_on", "entry_kind", "left_on", "exit_kind"),
    ),
    "class_row": (SchoolClass, ("id", "school_id", "school_year", "grade", "name", "kind", "head_teacher_id")),
    "appointment_row": (Appointment, ("id", "staff_id", "school_id", "kind", "since", "until")),
    "establishment_row": (Establishment, ("school_id", "approved_posts", "since", "until")),
    "funds_row": (
        Funds, ("fiscal_year", "organisation_id", "source", "purpose", "budgeted_yuan", "received_yuan", "spent_yuan"),
    ),
    "licence_row": (Licence, ("organisation_id", "legal_form", "since", "until")),
    "recognition_row": (InclusiveRecognition, ("organisation_id", "since", "until")),
    "inspection_row": (AnnualInspection, ("organisation_id", "year", "result")),
    "group_row": (SchoolGroup, ("id", "name", "kind")),
    "population_row": (Population, ("organisation_id", "year", "age", "sex", "persons", "base")),
    "membership_row": (GroupMembership, ("group_id", "school_id", "role", "since", "until")),
}  # fmt: skip

_STAFF = (
    "id", "employer_id", "sex", "birth_date", "education", "degree", "title", "post", "on_establishment", "certificate",
    "registration_due", "stages", "subjects", "backbone", "employed_on", "left_on", "training_hours",
)  # fmt: skip

_MACROS = """
CREATE MACRO starts_in(year) AS CAST(left(year, 4) AS INTEGER);
CREATE MACRO year_text(y) AS CAST(y AS VARCHAR) || '-' || CAST(y + 1 AS VARCHAR);
CREATE MACRO first_day(y) AS make_date(y, 9, 1);
CREATE MACRO only_stage(stages) AS CASE WHEN stages <> '' AND NOT contains(stages, ',') THEN stages ELSE '' END;
CREATE MACRO holds(since, until, day) AS since <= day AND (until IS NULL OR until > day);
CREATE MACRO stage_at(grade_stage, stages) AS CASE
  WHEN stages IN ('special', 'secondary') AND (stages = 'special' OR grade_stage IN ('junior', 'senior')) THEN stages
  ELSE grade_stage END;
"""

# What is known on the day: rows begun by then, ends after it taken away.
_KNOWN = """
CREATE TABLE stay AS
  SELECT s.id, root AS pupil, school_id, school_year, starts_in(school_year) AS y, s.grade, g.number, stage_at(g.stage, n.stages) AS stage,
         school_class_id, entered_on, entry_kind, CASE WHEN left_on <= today() THEN left_on END AS left_on,
         CASE WHEN left_on <= today() THEN exit_kind ELSE '' END AS exit_kind
  FROM stay_row AS s JOIN root ON root.id = s.pupil_id JOIN grade AS g ON g.grade = s.grade JOIN node AS n ON n.id = s.school_id
  WHERE entered_on <= today() AND NOT (exit_kind = 'entered_by_mistake' AND left_on <= today());
CREATE TABLE condition AS
  SELECT root AS pupil, kind, detail, placement, since, CASE WHEN until <= today() THEN until END AS until
  FROM condition_row JOIN root ON root.id = condition_row.pupil_id WHERE since <= today();
CREATE TABLE appointment AS
  SELECT a.id, staff_id, school_id, kind, since, CASE WHEN until <= today() THEN until END AS until
  FROM appointment_row AS a WHERE since <= today();
CREATE TABLE year AS
  SELECT y, first_day(y) AS day, first_day(y + 1) - 1 AS last_day, year_text(y) AS school_year FROM (
    SELECT starts_in(school_year) AS y FROM stay UNION SELECT starts_in(school_year) FROM class_row
    UNION SELECT starts_in(school_year) FROM stated_row UNION SELECT year FROM population_row)
  WHERE y <= this_year();
INSERT INTO year SELECT this_year(), first_day(this_year()), first_day(this_year() + 1) - 1, year_text(this_year())
  WHERE NOT EXISTS (SELECT 1 FROM year);
"""


class Workspace:
    """DuckDB over the registers, for one day.

    Tables: node (organisations with their database id), grade, stay, condition, pupil, staff, appointment, year (the school years, with
    their first day), and the registers as read (`…_row`). `today()` is the snapshot's day. Persons are database keys; `pseudonym` gives
    the pseudonym of each.
    """

    def __init__(self, day: date, organisations: pa.Table, statistics: pa.Table) -> None:
        self._connection: Any = duckdb.connect(":memory:")
        self._connection.execute("SET enable_progress_bar = false")
        self._connection.execute(f"{_MACROS}; CREATE MACRO today() AS DATE '{day.isoformat()}'")
        self._connection.execute(f"CREATE MACRO this_year() AS {SchoolYear.of(day).starts_in}")
        self._held: dict[str, pa.Table] = {}
        self._hold("node", organisations)
        self._hold("stated_row", statistics)
        for name, (model, columns) in _READ.items():
            self._hold(name, read_rows(model, columns))
        self._hold("staff", read_rows(Staff, _STAFF))
        self._hold("condition_row", _conditions())
        self._hold("grade", _grades())
        self._hold("code_group", _code_groups())
        self._hold("age_band", _age_bands())
        self._hold("stage_weight", _stage_weights())
        self._hold("school_kind", pa.table({"kind": list(SCHOOL_KINDS)}))
        self._hold("root", _roots(self._held["pupil_row"]))
        self._hold("pupil_name", _pseudonyms("pupil", self._held["pupil_row"]["id"]))
        self._hold("staff_name", _pseudonyms("staff", self._held["staff"]["id"]))
        self._connection.execute(_KNOWN)

    def execute(self, sql: str) -> None:
        """Make tables that several others are drawn from."""
        self._connection.execute(sql)

    def run(self, sql: str) -> pa.Table:
        """The result of one query."""
        table = self._connection.sql(sql).to_arrow_table()
        assert isinstance(table, pa.Table)
        return table

    def _hold(self, name: str, table: pa.Table) -> None:
        self._held[name] = table
        self._connection.register(name, table)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._connection.close()


def pseudonym_key() -> FieldKey:
    """The oldest key of the ring: a new key put before the others leaves the pseudonyms as they are."""
    return key_ring().keys[-1]


def _pseudonyms(register: str, keys: Any) -> pa.Table:
    secret = pseudonym_key().derived("pseudonym")
    ids = keys.to_pylist()
    names = [hmac.digest(secret, f"{register}\0{one}".encode(), hashlib.sha256)[:_PSEUDONYM_BYTES].hex() for one in ids]
    return pa.table({"id": pa.array(ids, pa.int64()), "name": pa.array(names, pa.string())})


def _roots(pupils: pa.Table) -> pa.Table:
    """For every pupil's row the row that stands for it, merges followed to their end."""
    ids = pupils["id"].to_pylist()
    into = {one: other for one, other in zip(ids, pupils["merged_into_id"].to_pylist(), strict=True) if other is not None}
    roots = []
    for one in ids:
        seen = {one}
        while one in into and into[one] not in seen:
            one = into[one]
            seen.add(one)
        roots.append(one)
    return pa.table({"id": pa.array(ids, pa.int64()), "root": pa.array(roots, pa.int64())})


def _conditions() -> pa.Table:
    sealed = ("kind", "detail", "placement")
    return unsealed(read_rows(PupilCondition, ("pupil_id", *sealed, "since", "until")), PupilCondition, sealed)


def _grades() -> pa.Table:
    """The grades with their numbers and stages, and the first and last number of the stage."""
    table = code_table("grade", settings.RULEBOOK_OVERLAY)
    rows = [(code, int(code), value.group or "") for code, value in table.codes.items()]
    ends = {stage: sorted(number for _, number, group in rows if group == stage) for _, _, stage in rows}
    return pa.Table.from_pylist(
        [
            {"grade": code, "number": number, "stage": stage, "first": ends[stage][0], "last": ends[stage][-1]}
            for code, number, stage in rows
        ],
        pa.schema(
            [
                pa.field(name, pa.string() if name in ("grade", "stage") else pa.int64())
                for name in ("grade", "number", "stage", "first", "last")
            ]
        ),
    )


def _code_groups() -> pa.Table:
    """The group of every code of the tables whose groups the tables of a snapshot ask for."""
    rows = [
        {"codes": name, "code": code, "group": value.group or ""}
        for name in ("exit_kind", "entry_kind", "title", "backbone", "appointment_kind", "fund_source")
        for code, value in code_table(name, settings.RULEBOOK_OVERLAY).codes.items()
    ]
    return pa.Table.from_pylist(rows)


def _age_bands() -> pa.Table:
    bands = load_age_bands(settings.RULEBOOK_OVERLAY)
    rows = [{"stage": stage, "age": age} for stage, band in bands.items() for age in range(band.first, band.last + 1)]
    return pa.Table.from_pylist(
        rows, pa.schema([pa.field(name, pa.string() if name == "stage" else pa.int64()) for name in ("stage", "age")])
    )


def _stage_weights() -> pa.Table:
    weights = load_stage_weights(settings.RULEBOOK_OVERLAY)
    return pa.table({"stage": pa.array(list(weights), pa.string()), "weight": [one.weight for one in weights.values()]})
