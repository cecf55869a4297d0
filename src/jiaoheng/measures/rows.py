"""Rows: the records behind a value, found by the same parsed expression that the value was computed from.

Changes when what is shown of a record behind a value changes.
"""

from dataclasses import dataclass
from difflib import get_close_matches
from typing import Literal

import pyarrow as pa

from jiaoheng.measures.computing import default_period
from jiaoheng.measures.engine import Engine
from jiaoheng.measures.expression import quoted
from jiaoheng.measures.measure import Measure
from jiaoheng.measures.query import ALL_STAGES
from jiaoheng.rulebook.tables import NODE_COLUMNS
from jiaoheng.snapshots.snapshot import Snapshot

__all__ = ["SOURCE_COLUMNS", "Part", "Totals", "UnknownOrganisation", "rows_behind", "totals"]

SOURCE_COLUMNS = ("file", "sheet", "row")

Part = Literal["numerator", "denominator"]


class UnknownOrganisation(LookupError):
    """The snapshot has no organisation with this code. The message offers the nearest one."""


@dataclass(frozen=True)
class Totals:
    """What rows come to. For a variation the numerator is S and the denominator X̄. `covered` counts organisations."""

    numerator: float | None
    denominator: float | None
    value: float | None
    covered: int


def rows_behind(
    snapshot: Snapshot,
    measure: Measure,
    organisation: str,
    stage: str = ALL_STAGES,
    period: str | None = None,
    *,
    part: Part = "numerator",
) -> pa.Table:
    """The records that the value of a measure was computed from, for one organisation with all below it.

    Shape:  one row per record, in the order of the tree: organisation, name, stage; what tells the records of one school apart (persons by
            pseudonym); the columns that the measure reads; file, sheet, row: where its figures came from. Figures of one record that came
            from several files are given in one order, parted by «; ».
    part:   of a ratio over two registers the records above or below the line. Of a change, those of the present period, and with
            `denominator` those of the period before.
    Raises: UnknownOrganisation.
    """
    period = period or default_period(snapshot, measure)
    read, back = _read(measure, part)
    wanted = next(
        (one for one in snapshot.periods(read.register, read.period_column) if period and int(one[:4]) == int(period[:4]) - back), None
    )
    with Engine(snapshot) as engine:
        found = engine.run("SELECT path FROM organisations WHERE code = ?", [organisation]).to_pylist()
        if not found:
            raise UnknownOrganisation(_unknown(engine, organisation))
        if read.register not in snapshot.tables:  # a snapshot of an older version
            engine.hold(read.register, _no_rows(read))
        sources = [wanted] if _has_sources(read) else []
        return engine.run(_query(read, stage), [found[0]["path"], found[0]["path"] + "/", wanted, *_stage(stage), *sources])


def totals(measure: Measure, rows: pa.Table, below: pa.Table | None = None) -> Totals:
    """The value over the rows listed by `rows_behind`, computed from them alone.

    Of a ratio over two registers `below` are the rows below the line; without them there is a numerator only. Of a change, the value of
    its base over the rows.
    """
    measure = measure.base or measure
    if measure.other is None:
        with Engine(listed=rows) as engine:
            return Totals(**engine.run(_totals_query(measure)).to_pylist()[0])
    above = totals(measure.numerator_part, rows)
    denominator = None if below is None else totals(measure.other, below).numerator
    value = above.numerator / denominator if above.numerator is not None and denominator else None
    return Totals(above.numerator, denominator, value, above.covered)


def _read(measure: Measure, part: Part) -> tuple[Measure, int]:
    """The measure whose rows are listed, and how many periods back."""
    if measure.base:
        return (measure.base.numerator_part, 1 if part == "denominator" else 0)
    if measure.other and part == "denominator":
        return measure.other, measure.other_periods_back
    return measure.numerator_part, 0


def _no_rows(measure: Measure) -> pa.Table:
    kinds = {"count": pa.int64(), "amount": pa.float64(), "flag": pa.bool_()}
    types = {**dict.fromkeys(("organisation", "school_year", "stage"), "text"), **measure.types}
    return pa.table({name: pa.array([], kinds.get(type, pa.string())) for name, type in types.items() if name not in NODE_COLUMNS})


def _has_sources(measure: Measure) -> bool:
    """Whether the rows of its register are those of a form, so that each came from known cells."""
    return not measure.key


def _stage(stage: str) -> list[str]:
    return [] if stage == ALL_STAGES else [stage]


def _unknown(engine: Engine, organisation: str) -> str:
    codes = [str(code) for code in engine.run("SELECT code FROM organisations ORDER BY path").column("code").to_pylist()]
    near = get_close_matches(organisation, codes, n=1)
    return f"The snapshot has no organisation with the code «{organisation}»." + (f" Did you mean «{near[0]}»?" if near else "")


def _listed_columns(measure: Measure) -> list[str]:
    return [column for column in dict.fromkeys([*measure.key, *measure.columns]) if column not in ("organisation", "stage")]


def _query(measure: Measure, stage: str) -> str:
    used = [
        column
        for column in dict.fromkeys([*measure.key, *measure.columns_and_universe])
        if column not in ("organisation", "stage", measure.period_column)
    ]
    taken = [f"o.{quoted(column)}" if column in NODE_COLUMNS else f"r.{quoted(column)}" for column in used]
    order = "".join(f", {quoted(column)}" for column in measure.key)
    fed = ", ".join("'" + column.replace("'", "''") + "'" for column in measure.columns)
    listed = "".join(f"{quoted(column)}, " for column in _listed_columns(measure))
    period = f"r.{quoted(measure.period_column)}"
    return f"""
WITH record AS MATERIALIZED (
  SELECT {", ".join(["r.organisation", 'r."stage"', period, "o.path", *taken])},
         coalesce(nullif(o.name_zh, ''), nullif(o.name_en, ''), o.code) AS name
  FROM {quoted(measure.register)} AS r JOIN organisations AS o ON o.code = r.organisation
  WHERE (o.path = ? OR starts_with(o.path, ?)) AND {period} = ?{"" if stage == ALL_STAGES else ' AND r."stage" = ?'}),
counted AS MATERIALIZED (SELECT * FROM record WHERE {measure.counted_sql()}){_sources(measure, fed) if _has_sources(measure) else ""}
SELECT organisation, name, "stage", {listed}{"file, sheet, row" if _has_sources(measure) else _NO_SOURCE}
FROM counted {'LEFT JOIN source USING (organisation, "stage")' if _has_sources(measure) else ""} ORDER BY path, "stage"{order}
"""


_NO_SOURCE = 'CAST(NULL AS VARCHAR) AS file, CAST(NULL AS VARCHAR) AS sheet, CAST(NULL AS VARCHAR) AS "row"'


def _sources(measure: Measure, fed: str) -> str:
    return f""",
source AS (
  SELECT organisation, "stage", string_agg(file, '; ' ORDER BY file, sheet, "row") AS file,
         string_agg(sheet, '; ' ORDER BY file, sheet, "row") AS sheet,
         string_agg(CAST("row" AS VARCHAR), '; ' ORDER BY file, sheet, "row") AS "row"
  FROM source_rows
  WHERE register = '{measure.register}' AND school_year = ? AND organisation IN (SELECT organisation FROM counted)
    AND (fields = '' OR list_has_any(regexp_split_to_array(fields, '[,;\\s]+'), [{fed}]))
  GROUP BY organisation, "stage")"""


def _totals_query(measure: Measure) -> str:
    covered = "CAST(count(DISTINCT organisation) AS BIGINT) AS covered"
    if measure.kind == "variation":
        assert measure.denominator is not None
        resource, weight = (f"CAST({part.sql()} AS DOUBLE)" for part in (measure.numerator, measure.denominator))
        return f"""
WITH figures AS (
  SELECT organisation, n, p, row_number() OVER (ORDER BY organisation, "stage") AS place FROM (
    SELECT organisation, "stage", sum({resource}) AS n, sum({weight}) AS p FROM listed GROUP BY organisation, "stage")),
mean AS (SELECT fsum(n ORDER BY place) / nullif(fsum(p ORDER BY place), 0) AS x FROM figures),
spread AS (SELECT sqrt(fsum(p * (n / p - x) ** 2 ORDER BY place) / nullif(fsum(p ORDER BY place), 0)) AS s, {covered} FROM figures, mean)
SELECT s AS numerator, x AS denominator, s / nullif(x, 0) AS value, covered FROM spread, mean"""
    numerator = f"CASE WHEN count(*) > 0 THEN CAST({measure.numerator.sql()} AS DOUBLE) END"
    denominator = f"CASE WHEN count(*) > 0 THEN CAST({measure.denominator.sql()} AS DOUBLE) END" if measure.denominator else None
    value = "numerator / nullif(denominator, 0)" if denominator else "numerator"
    return f"""
SELECT numerator, denominator, {value} AS value, covered
FROM (SELECT {numerator} AS numerator, {denominator or "CAST(NULL AS DOUBLE)"} AS denominator, {covered} FROM listed)"""
