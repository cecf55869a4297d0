"""Query: all measures of a register, for every organisation and stage, as one SQL query.

Changes when the way measures are taken up the tree of organisations changes.

The parts of the query, in order: `node`, the organisations in the order of the tree; `record`, the register's rows of the periods asked
for; `packed`, rows that are alike put together, and `own`, one row a school, period and stage with partial figures and a mark for each
measure that counts or asks about any row (see `partial`): the register is read once, and everything after works on these few rows;
`stages`, the same and over the stages; `within`, each school with every organisation above it and itself; `taken`, the totals by
organisation, period and stage; and for variations `spread`, `mean` and `deviation`, in two steps, since one step (mean of squares minus
square of mean) loses its digits.
"""

from collections.abc import Collection, Sequence

from jiaoheng.measures.expression import Expression, quoted
from jiaoheng.measures.measure import Measure
from jiaoheng.measures.partial import Partials
from jiaoheng.rulebook.tables import NODE_COLUMNS

__all__ = ["ALL_STAGES", "OWN", "own_query", "values_query"]

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


def values_query(measures: Sequence[Measure], periods: int, whole: Collection[str] = (), *, scanned: bool = False) -> str:
    """One query over measures of one register; its question marks are the periods, `periods` of them.

    whole:   columns of the register that lack no value in any row.
    scanned: the partial figures are in a table `own` already, what `own_query` gave; there are no question marks then.

    Shape: one row per organisation, period and stage that has a row of the register in its universe, in the order of the tree: node (its
    place there), level, organisation, name, period, stage; and for the measure at place i: n_i (numerator), d_i (denominator), v_i
    (value), c_i (schools covered), o_i (schools asked about; zero where the measure does not ask about any), u_i (schools below that
    the measure counts and whose rows belong to no single stage).
    """
    partials = Partials(whole, measures[0].key)
    asked = [_Asked(measure, partials) for measure in measures]
    variations = [(i, one) for i, one in enumerate(asked) if one.measure.kind == "variation"]
    scan = [] if scanned else _scan(measures, periods, partials)
    parts = [_node(measures), *scan, _stages(partials), _WITHIN, _taken(partials)]
    if variations:
        parts += [_spread(variations), _mean(variations), _deviation(variations)]
    columns = [column for i, one in enumerate(asked) for column in _columns(i, one)]
    joined = f"LEFT JOIN deviation USING ({_GROUP}) LEFT JOIN mean USING ({_GROUP})" if variations else ""
    return (
        f"WITH {', '.join(parts)} SELECT node.node, node.kind AS level, node.code AS organisation, node.name, school_year AS period, "
        f'"stage", {", ".join(columns)} FROM taken {joined} JOIN node ON node.node = ancestor ORDER BY node.node, period, "stage"'
    )


class _Asked:
    """What a measure takes from the partial figures: the marks of the rows that it counts and asks about, and SQL of its two figures (of
    a variation the columns of resource and weight)."""

    def __init__(self, measure: Measure, partials: Partials) -> None:
        self.measure = measure
        counted = measure.counted()
        self.counted, self.in_scope = partials.mark(counted), partials.mark(measure.in_scope())
        add = partials.add_sum if measure.kind == "variation" else partials.add
        self.numerator = add(measure.numerator, counted)
        self.denominator = add(measure.denominator, counted) if measure.denominator else "CAST(NULL AS DOUBLE)"


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
    by_node = partials.reads_organisations
    own = ", ".join(partials.own(lambda name: f"{'node' if name in NODE_COLUMNS else 'packed'}.{quoted(name)}"))
    return [
        _record(measures, periods, by_node),
        f"packed AS (SELECT {partials.packed()} FROM record GROUP BY ALL)",
        f'{OWN} AS MATERIALIZED (SELECT node.node, packed.school_year, packed."stage", {own} '
        "FROM packed JOIN node ON node.code = packed.organisation GROUP BY ALL)",
    ]


def _record(measures: Sequence[Measure], periods: int, by_node: bool) -> str:
    """The rows of the register; with the organisation's columns, where they are asked about together with the register's."""
    register = measures[0].register
    used = dict.fromkeys(column for measure in measures for column in measure.columns_and_universe)
    placed = ("organisation", "school_year", "stage")
    chosen = [f"r.{quoted(column)}" for column in (*placed, *(name for name in used if name not in (*placed, *NODE_COLUMNS)))]
    chosen += [f"node.{quoted(column)}" for column in used if by_node and column in NODE_COLUMNS]
    universe = measures[0].universe
    needs_node = by_node or (universe is not None and not set(universe.columns).isdisjoint(NODE_COLUMNS))
    kept = f" AND {universe.sql(column=lambda name: f'{_owner(name)}.{quoted(name)}')}" if universe else ""
    return f"""record AS (
  SELECT {", ".join(chosen)}
  FROM {quoted(register)} AS r{" JOIN node ON node.code = r.organisation" if needs_node else ""}
  WHERE r.school_year IN ({", ".join("?" * periods)}){kept})"""


def _owner(column: str) -> str:
    return "node" if column in NODE_COLUMNS else "r"


def _stages(partials: Partials) -> str:
    """The same for each stage, and over the stages; rows of no single stage count in the latter only."""
    marks = partials.marks
    columns = [*marks, *partials.columns]
    over = [*(f"bool_or({mark})" for mark in marks), *(written.rsplit(" AS ", 1)[0] for written in partials.over_schools())]
    unstaged = ", ".join(f"bool_or({mark}) FILTER (WHERE \"stage\" = '') AS u_{mark}" for mark in marks)
    none = ", ".join(f"NULL AS u_{mark}" for mark in marks)
    return (
        f'stages AS MATERIALIZED (SELECT node, school_year, "stage", {", ".join(columns)}, {none} FROM own WHERE "stage" <> \'\' '
        f"UNION ALL SELECT node, school_year, '{ALL_STAGES}', {', '.join(over)}, {unstaged} FROM own GROUP BY node, school_year)"
    )


def _taken(partials: Partials) -> str:
    """Totals and numbers of schools by organisation, period and stage."""
    columns = [f"count(*) FILTER (WHERE {mark}) AS s_{mark}, count(*) FILTER (WHERE u_{mark}) AS u_{mark}" for mark in partials.marks]
    return (
        f"taken AS MATERIALIZED (SELECT {', '.join([_GROUP, *columns, *partials.over_schools()])} "
        "FROM stages JOIN within USING (node) GROUP BY ALL)"
    )


def _spread(variations: Sequence[tuple[int, _Asked]]) -> str:
    """The schools' parts below each organisation that reports none itself, for their stage and over the stages."""
    columns = []
    for i, one in variations:
        columns += [f"CASE WHEN {one.counted} THEN {one.numerator} END AS resource_{i}",
                    f"CASE WHEN {one.counted} THEN {one.denominator} END AS weight_{i}"]  # fmt: skip
    return (
        f'spread AS MATERIALIZED (SELECT ancestor, school_year, unnest([\'{ALL_STAGES}\', "stage"]) AS "stage", node, '
        f'"stage" AS own_stage, {", ".join(columns)} FROM own JOIN within USING (node) '
        "WHERE (ancestor, school_year) NOT IN (SELECT (node, school_year) FROM own))"
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


def _columns(i: int, one: _Asked) -> list[str]:
    covered, asked, unstaged = f"s_{one.counted}", f"s_{one.in_scope}", f"u_{one.counted}"
    if one.measure.kind == "variation":
        # An organisation that reports rows itself is a school: no variation is printed for it.
        reports = "(ancestor, school_year) IN (SELECT (node, school_year) FROM own)"
        asked_of_area = f"CASE WHEN {reports} THEN 0 ELSE {asked} END"
        return [f"s_{i} AS n_{i}", f"x_{i} AS d_{i}", f"s_{i} / nullif(x_{i}, 0) AS v_{i}", f"{covered} AS c_{i}",
                f"{asked_of_area} AS o_{i}", f"{unstaged} AS u_{i}"]  # fmt: skip
    value = "" if one.measure.kind == "total" else f" / nullif({one.denominator}, 0)"
    there = f"CASE WHEN {covered} > 0 THEN"
    return [f"{there} {one.numerator} END AS n_{i}", f"{there} {one.denominator} END AS d_{i}", f"{there} {one.numerator}{value} END AS v_{i}",
            f"{covered} AS c_{i}", f"{asked} AS o_{i}", f"{unstaged} AS u_{i}"]  # fmt: skip
