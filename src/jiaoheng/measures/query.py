"""Query: all measures of a register, for every organisation and stage, as one SQL query.

Changes when the way measures are taken up the tree of organisations changes.

The parts of the query, in order: `node`, the organisations in the order of the tree; `record`, the register's rows of the periods asked
for; `packed`, rows that are alike put together, `placed`, these with their organisation, and `own`, one row a school, period and stage, and
one over its stages, with partial figures (see `partial`): the register is read once, and everything after works on these few rows;
`within`, each school with every organisation above it and itself; `taken`, the totals by organisation, period and stage, and how many
schools each measure counts and asks about; and for variations `spread`, `mean` and `deviation`, in two steps, since one step (mean of
squares minus square of mean) loses its digits. What several measures share stands in one column: to plan a query of many columns takes
longer than to run it over a district.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from jiaoheng.measures.expression import Expression, quoted
from jiaoheng.measures.measure import Measure
from jiaoheng.measures.partial import Partials
from jiaoheng.rulebook.tables import NODE_COLUMNS

__all__ = ["ALL_STAGES", "OWN", "Columns", "own_query", "values_query"]

ALL_STAGES = "all"
"""The stage of a value over every stage."""

OWN = "own"
"""The name under which `values_query` reads the partial figures where they were scanned before."""

_GROUP = 'ancestor, school_year, "stage"'


def own_query(measures: Sequence[Measure], periods: int, whole: Collection[str] = ()) -> str:
    """The heavy half alone: the partial figures of each school, period and stage, from one reading of the register.

    `values_query(…, scanned=True)` takes them from there. Both give the same measures the same columns. whole: columns that lack no value.
    """
    partials = Partials(whole, measures[0].key)
    for measure in measures:
        _Asked(measure, partials)
    return f"WITH {', '.join([_node(measures), *_scan(measures, periods, partials)])} SELECT * FROM {OWN}"


@dataclass(frozen=True)
class Columns:
    """Where a measure's figures stand in what `values_query` gives: names of columns. A total has no denominator.

    Of a variation the numerator is S and the denominator X̄, without value for an organisation that reports rows itself.
    """

    numerator: str
    denominator: str | None
    covered: str
    """Schools that have the figures; the others hold only where there is one."""
    asked: str
    """Schools asked about; none where the measure does not ask about any."""
    unstaged: str
    """Schools below that the measure counts and whose rows belong to no single stage."""


def values_query(
    measures: Sequence[Measure], periods: int, whole: Collection[str] = (), *, scanned: bool = False
) -> tuple[str, list[Columns]]:
    """One query over measures of one register, and where the figures of each stand; its question marks are the periods, `periods` of them.

    whole:   columns of the register that lack no value in any row.
    scanned: the partial figures are in a table `own` already, what `own_query` gave; there are no question marks then.

    Shape: one row per organisation, period and stage that has a row of the register in its universe, in the order of the tree: node (its
    place there), level, organisation, name, period, stage; reports (whether it has rows itself); and the columns of the measures.
    """
    partials = Partials(whole, measures[0].key)
    asked = [_Asked(measure, partials) for measure in measures]
    variations = [(i, one) for i, one in enumerate(asked) if one.measure.kind == "variation"]
    scan = [] if scanned else _scan(measures, periods, partials)
    parts = [_node(measures), *scan, _WITHIN, _taken(partials)]
    if variations:
        parts += [_spread(variations, partials), _mean(variations), _deviation(variations)]
    figures = _Figures()
    columns = [_columns(i, one, figures) for i, one in enumerate(asked)]
    joined = f"LEFT JOIN deviation USING ({_GROUP}) LEFT JOIN mean USING ({_GROUP})" if variations else ""
    shown = [f"taken.{mark} AS s_{mark}, coalesce(u_{mark}, 0) AS u_{mark}" for mark in partials.marks]
    loose = ", ".join(f"{mark} AS u_{mark}" for mark in partials.marks)
    return (
        f"WITH {', '.join(parts)} SELECT node.node, node.kind AS level, node.code AS organisation, node.name, taken.school_year AS period, "
        f'taken."stage", (taken.ancestor, taken.school_year) IN (SELECT (node, school_year) FROM own) AS reports, '
        f"{', '.join([*shown, *figures.written()])} FROM taken {joined} JOIN node ON node.node = taken.ancestor "
        f"LEFT JOIN (SELECT ancestor, school_year, '{ALL_STAGES}' AS \"stage\", {loose} FROM taken WHERE \"stage\" = '') AS loose "
        f"USING ({_GROUP}) "
        'WHERE taken."stage" <> \'\' ORDER BY node.node, period, taken."stage"',
        columns,
    )


class _Asked:
    """What a measure takes from the partial figures: the marks of the rows that it counts and asks about, and SQL of its two figures (of
    a variation the columns of resource and weight)."""

    def __init__(self, measure: Measure, partials: Partials) -> None:
        self.measure = measure
        counted = measure.counted
        self.counted, self.in_scope = partials.mark(counted), partials.mark(measure.in_scope)
        add = partials.add_sum if measure.kind == "variation" else partials.add
        self.numerator = add(measure.numerator, counted)
        self.denominator = add(measure.denominator, counted) if measure.denominator else None


def _node(measures: Sequence[Measure]) -> str:
    used = {column for measure in measures for column in measure.columns_and_universe}
    chosen = "".join(f", {quoted(column)}" for column in ("kind", *NODE_COLUMNS[1:]) if column == "kind" or column in used)
    return f"""node AS MATERIALIZED (
  SELECT CAST(row_number() OVER (ORDER BY path) AS INTEGER) AS node, code, path{chosen},
         coalesce(nullif(name_zh, ''), nullif(name_en, ''), code) AS name
  FROM organisations)"""


_WITHIN = """within AS MATERIALIZED (
  SELECT node.node, above.node AS ancestor
  FROM (SELECT node, unnest(string_split(path, '/')) AS code FROM node WHERE node IN (SELECT node FROM own)) AS node
  JOIN node AS above ON above.code = node.code)"""


def _scan(measures: Sequence[Measure], periods: int, partials: Partials) -> list[str]:
    """The reading of the register, down to `own`."""
    placed = ", ".join(["node.node", "packed.*", *partials.chosen()])
    stage = f'CASE WHEN grouping("stage") = 1 THEN \'{ALL_STAGES}\' ELSE "stage" END'
    return [
        _record(measures, periods, partials.reads_organisations),
        f"packed AS (SELECT {partials.packed()} FROM record GROUP BY ALL)",
        f"placed AS (SELECT {placed} FROM packed JOIN node ON node.code = packed.organisation)",
        f'{OWN} AS MATERIALIZED (SELECT node, school_year, {stage} AS "stage", {", ".join(partials.own())} FROM placed '
        'GROUP BY GROUPING SETS ((node, school_year, "stage"), (node, school_year)))',
    ]


def _record(measures: Sequence[Measure], periods: int, by_node: bool) -> str:
    """The rows of the register; with the organisation's columns, where they are asked about together with the register's."""
    register = measures[0].register
    used = dict.fromkeys(column for measure in measures for column in measure.columns_and_universe)
    placed = ("organisation", "school_year", "stage")
    period = f"r.{quoted(measures[0].period_column)}"
    chosen = ["r.organisation", f"{period} AS school_year", 'r."stage"']
    chosen += [f"r.{quoted(name)}" for name in used if name not in (*placed, *NODE_COLUMNS)]
    chosen += [f"node.{quoted(column)}" for column in used if by_node and column in NODE_COLUMNS]
    universe = measures[0].universe
    needs_node = by_node or (universe is not None and not set(universe.columns).isdisjoint(NODE_COLUMNS))
    kept = f" AND {universe.sql(column=lambda name: f'{_owner(name)}.{quoted(name)}')}" if universe else ""
    return f"""record AS (
  SELECT {", ".join(chosen)}
  FROM {quoted(register)} AS r{" JOIN node ON node.code = r.organisation" if needs_node else ""}
  WHERE {period} IN ({", ".join("?" * periods)}){kept})"""


def _owner(column: str) -> str:
    return "node" if column in NODE_COLUMNS else "r"


def _taken(partials: Partials) -> str:
    """Totals and numbers of schools by organisation, period and stage; what belongs to no single stage stands under '' as well."""
    return f"taken AS MATERIALIZED (SELECT {', '.join([_GROUP, *partials.over_schools()])} FROM own JOIN within USING (node) GROUP BY ALL)"


def _spread(variations: Sequence[tuple[int, _Asked]], partials: Partials) -> str:
    """The schools' parts below each organisation that reports none itself, for their stage and over the stages."""
    columns = []
    for i, one in variations:
        columns += [f"CASE WHEN {partials.marked(one.counted)} THEN {one.numerator} END AS resource_{i}",
                    f"CASE WHEN {partials.marked(one.counted)} THEN {one.denominator} END AS weight_{i}"]  # fmt: skip
    return (
        f'spread AS MATERIALIZED (SELECT ancestor, school_year, unnest([\'{ALL_STAGES}\', "stage"]) AS "stage", node, '
        f'"stage" AS own_stage, {", ".join(columns)} FROM own JOIN within USING (node) '
        f"WHERE own.\"stage\" <> '{ALL_STAGES}' AND (ancestor, school_year) NOT IN (SELECT (node, school_year) FROM own))"
    )


def _summed(figure: str, expression: Expression) -> str:
    """The sum of a figure of `spread`, the same to the last digit however the rows come."""
    return f"CAST(sum({figure}) AS DOUBLE)" if expression.column else f"fsum({figure} ORDER BY node, own_stage)"


def _mean(variations: Sequence[tuple[int, _Asked]]) -> str:
    sums = []
    for i, one in variations:
        measure = one.measure
        assert measure.denominator is not None
        pupils = f"nullif({_summed(f'weight_{i}', measure.denominator)}, 0)"
        sums.append(f"{pupils} AS p_{i}, {_summed(f'resource_{i}', measure.numerator)} / {pupils} AS x_{i}")
    return f"mean AS MATERIALIZED (SELECT {_GROUP}, {', '.join(sums)} FROM spread GROUP BY ALL)"


def _deviation(variations: Sequence[tuple[int, _Asked]]) -> str:
    sums = ", ".join(
        f"sqrt(fsum(weight_{i} * (CAST(resource_{i} AS DOUBLE) / CAST(weight_{i} AS DOUBLE) - x_{i}) ** 2 ORDER BY node, own_stage) "
        f"/ any_value(p_{i})) AS s_{i}"
        for i, _ in variations
    )
    return f"deviation AS MATERIALIZED (SELECT {_GROUP}, {sums} FROM spread JOIN mean USING ({_GROUP}) GROUP BY ALL)"


class _Figures:
    """The columns of the result, each written once however many measures share it."""

    def __init__(self) -> None:
        self._places: dict[str, str] = {}

    def column(self, sql: str) -> str:
        return self._places.setdefault(sql, f"f_{len(self._places)}")

    def written(self) -> list[str]:
        return [f"{sql} AS {name}" for sql, name in self._places.items()]


def _columns(i: int, one: _Asked, figures: _Figures) -> Columns:
    numerator, denominator = (f"s_{i}", f"x_{i}") if one.measure.kind == "variation" else (one.numerator, one.denominator)
    return Columns(
        figures.column(numerator),
        figures.column(denominator) if denominator else None,
        f"s_{one.counted}", f"s_{one.in_scope}", f"u_{one.counted}",
    )  # fmt: skip
