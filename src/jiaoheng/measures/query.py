"""Query: all measures of a register, for every organisation and stage, as one SQL query.

Changes when the way measures are taken up the tree of organisations changes.

The parts of the query, in order: `node`, the organisations in the order of the tree; `record`, the register's rows of the periods asked
for; `judged`, with a mark for each measure that counts or asks about the row; `own`, one row a school, period and stage with partial
figures: the register is read once, and everything after works on these few rows; `stages`, the same and over the stages; `within`, each
school with every organisation above it and itself; `taken`, the totals by organisation, period and stage; and for variations `spread`,
`mean` and `deviation`, in two steps, since one step (mean of squares minus square of mean) loses its digits.
"""

from collections.abc import Sequence

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


def own_query(measures: Sequence[Measure], periods: int) -> str:
    """The heavy half alone: the partial figures of each school, period and stage, from one reading of the register.

    `values_query(…, scanned=True)` takes them from there. Both give the same measures the same columns.
    """
    marks, partials = _Marks(measures), Partials()
    for i, measure in enumerate(measures):
        _figures(measure, marks.counted(i), partials)
    return f"WITH {_node(measures)}, {_record(measures, periods)}, {marks.judged()}, {_own(marks, partials)} SELECT * FROM {OWN}"


def values_query(measures: Sequence[Measure], periods: int, *, scanned: bool = False) -> str:
    """One query over measures of one register; its question marks are the periods, `periods` of them.

    scanned: the partial figures are in a table `own` already, what `own_query` gave; there are no question marks then.

    Shape: one row per organisation, period and stage that has a row of the register in its universe, in the order of the tree: node (its
    place there), level, organisation, name, period, stage; and for the measure at place i: n_i (numerator), d_i (denominator), v_i
    (value), c_i (schools covered), o_i (schools asked about; zero where the measure does not ask about any), u_i (schools below that
    the measure counts and whose rows belong to no single stage).
    """
    marks, partials = _Marks(measures), Partials()
    figures = [_figures(measure, marks.counted(i), partials) for i, measure in enumerate(measures)]
    variations = [(i, measure) for i, measure in enumerate(measures) if measure.kind == "variation"]
    scan = [] if scanned else [_record(measures, periods), marks.judged(), _own(marks, partials)]
    parts = [_node(measures), *scan, _stages(marks, partials), _WITHIN, _taken(marks, partials)]
    if variations:
        parts += [_spread(variations, figures, marks), _mean(variations), _deviation(variations)]
    columns = [column for i, measure in enumerate(measures) for column in _columns(i, measure, figures[i], marks)]
    joined = f"LEFT JOIN deviation USING ({_GROUP}) LEFT JOIN mean USING ({_GROUP})" if variations else ""
    return (
        f"WITH {', '.join(parts)} SELECT node.node, node.kind AS level, node.code AS organisation, node.name, school_year AS period, "
        f'"stage", {", ".join(columns)} FROM taken {joined} JOIN node ON node.node = ancestor ORDER BY node.node, period, "stage"'
    )


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


def _record(measures: Sequence[Measure], periods: int) -> str:
    """The rows of the register, with the organisation's columns where the register has none of that name."""
    register = measures[0].register
    used = dict.fromkeys(column for measure in measures for column in measure.columns_and_universe)
    chosen = [
        f"node.{quoted(column)}" if column in NODE_COLUMNS else f"r.{quoted(column)}"
        for column in used
        if column not in ("stage", "school_year")
    ]
    universe = measures[0].universe
    kept = f" AND coalesce({universe.sql(column=lambda name: f'r.{quoted(name)}')}, false)" if universe else ""
    return f"""record AS (
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

    @property
    def all(self) -> list[str]:
        return [f"m_{place}" for place in self._places.values()]

    def judged(self) -> str:
        written = ", ".join(f"{condition} AS m_{place}" for condition, place in self._places.items())
        return f"judged AS (SELECT *, {written} FROM record)"


def _own(marks: _Marks, partials: Partials) -> str:
    """The partial figures of each school, period and stage."""
    columns = [*(f"sum(CAST({mark} AS INTEGER)) > 0 AS {mark}" for mark in marks.all), *partials.first_step()]
    return f'own AS MATERIALIZED (SELECT node, school_year, "stage", {", ".join(columns)} FROM judged GROUP BY ALL)'


def _stages(marks: _Marks, partials: Partials) -> str:
    """The same for each stage, and over the stages; rows of no single stage count in the latter only."""
    columns = [*marks.all, *partials.columns()]
    over = [*(f"bool_or({mark})" for mark in marks.all), *(written.rsplit(" AS ", 1)[0] for written in partials.second_step())]
    unstaged = ", ".join(f"bool_or({mark}) FILTER (WHERE \"stage\" = '') AS u_{mark}" for mark in marks.all)
    none = ", ".join(f"NULL AS u_{mark}" for mark in marks.all)
    return (
        f'stages AS MATERIALIZED (SELECT node, school_year, "stage", {", ".join(columns)}, {none} FROM own WHERE "stage" <> \'\' '
        f"UNION ALL SELECT node, school_year, '{ALL_STAGES}', {', '.join(over)}, {unstaged} FROM own GROUP BY node, school_year)"
    )


def _taken(marks: _Marks, partials: Partials) -> str:
    """Totals and numbers of schools by organisation, period and stage."""
    columns = [f"count(*) FILTER (WHERE {mark}) AS s_{mark}, count(*) FILTER (WHERE u_{mark}) AS u_{mark}" for mark in marks.all]
    return (
        f"taken AS MATERIALIZED (SELECT {', '.join([_GROUP, *columns, *partials.second_step()])} "
        "FROM stages JOIN within USING (node) GROUP BY ALL)"
    )


def _figures(measure: Measure, mark: str, partials: Partials) -> tuple[str, str]:
    """SQL of numerator and denominator over the combined partial figures; of a variation the columns of resource and weight."""
    if measure.kind == "variation":
        assert measure.denominator is not None
        return partials.add_sum(measure.numerator, mark), partials.add_sum(measure.denominator, mark)
    denominator = partials.add(measure.denominator, mark) if measure.denominator else "CAST(NULL AS DOUBLE)"
    return partials.add(measure.numerator, mark), denominator


def _spread(variations: Sequence[tuple[int, Measure]], figures: Sequence[tuple[str, str]], marks: _Marks) -> str:
    """The schools' parts below each organisation that reports none itself, for their stage and over the stages."""
    columns = []
    for i, _ in variations:
        columns += [f"CASE WHEN {marks.counted(i)} THEN {figures[i][0]} END AS resource_{i}",
                    f"CASE WHEN {marks.counted(i)} THEN {figures[i][1]} END AS weight_{i}"]  # fmt: skip
    return (
        f'spread AS MATERIALIZED (SELECT ancestor, school_year, unnest([\'{ALL_STAGES}\', "stage"]) AS "stage", node, '
        f'"stage" AS own_stage, {", ".join(columns)} FROM own JOIN within USING (node) '
        "WHERE (ancestor, school_year) NOT IN (SELECT (node, school_year) FROM own))"
    )


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


def _columns(i: int, measure: Measure, figures: tuple[str, str], marks: _Marks) -> list[str]:
    covered, asked, unstaged = f"s_{marks.counted(i)}", f"s_{marks.in_scope(i)}", f"u_{marks.counted(i)}"
    if measure.kind == "variation":
        # An organisation that reports rows itself is a school: no variation is printed for it.
        reports = "(ancestor, school_year) IN (SELECT (node, school_year) FROM own)"
        asked_of_area = f"CASE WHEN {reports} THEN 0 ELSE {asked} END"
        return [f"s_{i} AS n_{i}", f"x_{i} AS d_{i}", f"s_{i} / nullif(x_{i}, 0) AS v_{i}", f"{covered} AS c_{i}",
                f"{asked_of_area} AS o_{i}", f"{unstaged} AS u_{i}"]  # fmt: skip
    value = "" if measure.kind == "total" else f" / nullif({figures[1]}, 0)"
    there = f"CASE WHEN {covered} > 0 THEN"
    return [f"{there} {figures[0]} END AS n_{i}", f"{there} {figures[1]} END AS d_{i}", f"{there} {figures[0]}{value} END AS v_{i}",
            f"{covered} AS c_{i}", f"{asked} AS o_{i}", f"{unstaged} AS u_{i}"]  # fmt: skip
