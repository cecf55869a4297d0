"""Query: all measures of a register, for every organisation and stage, as one SQL query.

Changes when the way measures are taken up the tree of organisations changes.

The parts of the query, in order: `node`, the organisations in the order of the tree; `record`, the register's rows of the periods asked
for; `judged`, with a mark for each measure that counts or asks about the row; `marked`, with a mark on the first such row of each
organisation, so that a school of two stages is one school; `within`, each organisation with every organisation above it and itself;
`taken`, the totals by organisation, period and stage; and for variations `spread`, `mean` and `deviation`, in two steps, since one step
(mean of squares minus square of mean) loses its digits.
"""

from collections.abc import Sequence

from jiaoheng.measures.catalogue import ORGANISATION_COLUMNS
from jiaoheng.measures.expression import Expression, quoted
from jiaoheng.measures.measure import Measure

__all__ = ["ALL_STAGES", "counted_rows_query", "values_query"]

ALL_STAGES = "all"
"""The stage of a value over every stage."""

_GROUP = 'ancestor, school_year, "stage"'


def values_query(measures: Sequence[Measure], periods: int) -> str:
    """One query over measures of one register; its question marks are the periods, `periods` of them.

    Shape: one row per organisation, period and stage that has a row of the register in its universe, in the order of the tree:
    level, organisation, name, period, stage; and for the measure at place i: n_i (numerator), d_i (denominator), v_i (value), c_i (schools
    covered), o_i (schools asked about; zero where the measure does not ask about any).
    """
    marks = _Marks(measures)
    variations = [(i, measure) for i, measure in enumerate(measures) if measure.kind == "variation"]
    parts = [_NODE, _record(measures, periods), marks.judged(), marks.first(), _WITHIN, _taken(measures, marks)]
    if variations:
        parts += [_spread(variations, marks), _mean(variations), _deviation(variations)]
    columns = [column for i, measure in enumerate(measures) for column in _columns(i, measure)]
    joined = f"LEFT JOIN deviation USING ({_GROUP}) LEFT JOIN mean USING ({_GROUP})" if variations else ""
    return (
        f"WITH {', '.join(parts)} SELECT node.kind AS level, node.code AS organisation, node.name, school_year AS period, "
        f'"stage", {", ".join(columns)} FROM taken {joined} JOIN node ON node.node = ancestor ORDER BY node.node, period, "stage"'
    )


def counted_rows_query(register: str, measures: Sequence[Measure], periods: int) -> str:
    """How many rows each measure counts: one row, columns r_0, r_1, …"""
    counts = ", ".join(f"count(*) FILTER (WHERE {measure.counted_sql()}) AS r_{i}" for i, measure in enumerate(measures))
    return f"WITH {_NODE}, {_record(measures, periods)} SELECT {counts} FROM record"


_NODE = """node AS MATERIALIZED (
  SELECT CAST(row_number() OVER (ORDER BY path) AS INTEGER) AS node, code, path, kind, school_type, ownership, locale,
         coalesce(nullif(name_zh, ''), nullif(name_en, ''), code) AS name
  FROM organisations)"""

_WITHIN = """within AS MATERIALIZED (
  SELECT node.node, above.node AS ancestor
  FROM (SELECT node, unnest(string_split(path, '/')) AS code FROM node WHERE node IN (SELECT node FROM record)) AS node
  JOIN node AS above ON above.code = node.code)"""


def _record(measures: Sequence[Measure], periods: int) -> str:
    """The rows of the register, with the organisation's columns where the register has none of that name."""
    register = measures[0].register
    used = dict.fromkeys(column for measure in measures for column in measure.columns_and_universe)
    chosen = [
        f"node.{quoted(column)}" if column in ORGANISATION_COLUMNS else f"r.{quoted(column)}"
        for column in used
        if column not in ("stage", "school_year")
    ]
    universe = measures[0].universe
    kept = f" AND coalesce({universe.sql(column=lambda name: f'r.{quoted(name)}')}, false)" if universe else ""
    return f"""record AS MATERIALIZED (
  SELECT {", ".join(["node.node", 'r."stage"', "r.school_year", *chosen])}
  FROM {quoted(register)} AS r JOIN node ON node.code = r.organisation
  WHERE r.school_year IN ({", ".join("?" * periods)}){kept})"""


class _Marks:
    """The conditions of the measures, each written once however many measures share it."""

    def __init__(self, measures: Sequence[Measure]) -> None:
        self._places: dict[str, int] = {}
        self._of = [(self._place(measure.counted_sql()), self._place(measure.in_scope_sql())) for measure in measures]

    def _place(self, condition: str) -> int:
        return self._places.setdefault(condition, len(self._places))

    def counted(self, i: int) -> str:
        return f"m_{self._of[i][0]}"

    def in_scope(self, i: int) -> str:
        return f"m_{self._of[i][1]}"

    def judged(self) -> str:
        written = ", ".join(f"{condition} AS m_{place}" for condition, place in self._places.items())
        return f"judged AS MATERIALIZED (SELECT *, {written} FROM record)"

    def first(self) -> str:
        """Of the rows of one organisation and period, the first that bears the mark stands for the organisation."""
        written = ", ".join(f"m_{p} AND NOT coalesce(bool_or(m_{p}) OVER earlier, false) AS first_m_{p}" for p in self._places.values())
        return (
            f"marked AS MATERIALIZED (SELECT *, {written} FROM judged WINDOW earlier AS "
            '(PARTITION BY node, school_year ORDER BY "stage" ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING))'
        )


def _taken(measures: Sequence[Measure], marks: _Marks) -> str:
    """Totals and numbers of schools by organisation, period and stage, and over the stages."""
    columns = ["ancestor", "school_year", f'CASE WHEN grouping("stage") = 1 THEN \'{ALL_STAGES}\' ELSE "stage" END AS "stage"']
    for i, measure in enumerate(measures):
        counted, in_scope = marks.counted(i), marks.in_scope(i)
        if measure.kind != "variation":
            columns.append(f"CAST({measure.numerator.sql(counted)} AS DOUBLE) AS n_{i}")
            denominator = f"CAST({measure.denominator.sql(counted)} AS DOUBLE)" if measure.denominator else "CAST(NULL AS DOUBLE)"
            columns.append(f"{denominator} AS d_{i}")
        columns.append(f"{_schools(counted)} AS c_{i}")
        columns.append(f"{_schools(in_scope)} AS o_{i}")
    return (
        f"taken AS MATERIALIZED (SELECT {', '.join(columns)} FROM marked JOIN within USING (node) "
        'GROUP BY GROUPING SETS ((ancestor, school_year, "stage"), (ancestor, school_year)))'
    )


def _schools(mark: str) -> str:
    return f'CASE WHEN grouping("stage") = 1 THEN count(*) FILTER (WHERE first_{mark}) ELSE count(*) FILTER (WHERE {mark}) END'


def _spread(variations: Sequence[tuple[int, Measure]], marks: _Marks) -> str:
    """The rows below each organisation that reports none itself, for their stage and over the stages."""
    columns = []
    for i, measure in variations:
        assert measure.denominator is not None
        columns.append(f"CASE WHEN {marks.counted(i)} THEN {_exactly(measure.numerator)} END AS resource_{i}")
        columns.append(f"CASE WHEN {marks.counted(i)} THEN {_exactly(measure.denominator)} END AS weight_{i}")
    return (
        f'spread AS MATERIALIZED (SELECT ancestor, school_year, unnest([\'{ALL_STAGES}\', "stage"]) AS "stage", node, '
        f'"stage" AS own_stage, {", ".join(columns)} FROM marked JOIN within USING (node) '
        "WHERE ancestor NOT IN (SELECT node FROM record))"
    )


def _exactly(expression: Expression) -> str:
    """The figure of a row; where it is a column, of a type that adds up exactly in any order."""
    column = expression.column
    if column is None:
        return f"CAST({expression.sql()} AS DOUBLE)"
    return f"CAST({expression.sql()} AS DECIMAL(18, 2))" if expression.types[column] == "amount" else expression.sql()


def _summed(figure: str, expression: Expression) -> str:
    """The sum of a figure of `spread`, the same to the last digit however the rows come."""
    return f"CAST(sum({figure}) AS DOUBLE)" if expression.column else f"fsum({figure} ORDER BY node, own_stage)"


def _mean(variations: Sequence[tuple[int, Measure]]) -> str:
    sums = []
    for i, measure in variations:
        assert measure.denominator is not None
        pupils = f"nullif({_summed(f'weight_{i}', measure.denominator)}, 0)"
        sums.append(f"{pupils} AS p_{i}, {_summed(f'resource_{i}', measure.numerator)} / {pupils} AS x_{i}")
    return f"mean AS MATERIALIZED (SELECT {_GROUP}, {', '.join(sums)} FROM spread GROUP BY ALL)"


def _deviation(variations: Sequence[tuple[int, Measure]]) -> str:
    sums = ", ".join(
        f"sqrt(fsum(weight_{i} * (CAST(resource_{i} AS DOUBLE) / CAST(weight_{i} AS DOUBLE) - x_{i}) ** 2 ORDER BY node, own_stage) "
        f"/ any_value(p_{i})) AS s_{i}"
        for i, _ in variations
    )
    return f"deviation AS MATERIALIZED (SELECT {_GROUP}, {sums} FROM spread JOIN mean USING ({_GROUP}) GROUP BY ALL)"


def _columns(i: int, measure: Measure) -> list[str]:
    if measure.kind == "variation":
        # An organisation that reports rows itself is a school: no variation is printed for it.
        return [f"s_{i} AS n_{i}", f"x_{i} AS d_{i}", f"s_{i} / nullif(x_{i}, 0) AS v_{i}", f"c_{i}",
                f"CASE WHEN ancestor IN (SELECT node FROM record) THEN 0 ELSE o_{i} END AS o_{i}"]  # fmt: skip
    covered = f"CASE WHEN c_{i} > 0 THEN"
    value = f"n_{i}" if measure.kind == "total" else f"n_{i} / nullif(d_{i}, 0)"
    return [f"{covered} n_{i} END AS n_{i}", f"{covered} d_{i} END AS d_{i}", f"{covered} {value} END AS v_{i}", f"c_{i}", f"o_{i}"]
