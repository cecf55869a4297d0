"""Persons: the numbers of persons in a table of values, by what they count rather than by the measures in which they stand.

Changes when another figure of a measure is seen to be a number of persons, or to tell one.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from sqlglot import exp

from jiaoheng.measures.grid import Cell
from jiaoheng.measures.measure import Measure
from jiaoheng.measures.query import ALL_STAGES
from jiaoheng.measures.relation import Figure, Quantity, figure_of
from jiaoheng.rulebook.tables import load_tables

__all__ = ["REASONS", "Counts", "Known", "Part", "counted", "parts_of", "year_of"]

REASONS = ("small", "beside", "audit", "follows")
"""Why a figure is hidden: the number is small; it stands beside a small one; the audit found that it gives one away; it follows from a
hidden one."""

Part = tuple[str, Figure, tuple[str, ...]]
"""A number of persons in a measure, or a figure that tells some: where it stands, what it counts, and of which stages."""


@dataclass
class Counts:
    """One number of persons of one period, by place and stage, and the cells of it that may not be told.

    Measures of other stages have other totals over the stages: `totals` keeps them by those stages; the widest is in `cells`. `figures`
    says in how many figures of the table each cell stands.
    """

    cells: dict[Cell, int] = field(default_factory=dict)
    hidden: set[Cell] = field(default_factory=set)
    small: set[Cell] = field(default_factory=set)
    audited: set[Cell] = field(default_factory=set)
    totals: dict[tuple[str, ...], dict[str, int]] = field(default_factory=dict)
    figures: int = 1

    @property
    def widest(self) -> tuple[str, ...] | None:
        """The stages of the measure whose total is that of all cells (none named: every stage); None where no measure's is."""
        found = min(self.totals, key=lambda stages: (bool(stages), -len(stages), stages), default=())
        return found if not found or self._stages <= {*found} else None

    def complete(self) -> None:
        """Take the widest total among the cells."""
        widest = self.widest
        if widest is not None:
            self.cells |= {(place, ALL_STAGES): number for place, number in self.totals.get(widest, {}).items()}

    def why(self, place: str, stage: str, stages: tuple[str, ...], threshold: int) -> str:
        """Why a cell of a measure of certain stages may not be told; empty where it may. A total over fewer stages is told only with all
        its parts."""
        widest = self.widest
        if stage != ALL_STAGES or stages == widest or (stages not in self.totals and widest is not None):
            cell = (place, stage)
            return "" if cell not in self.hidden else "small" if cell in self.small else "audit" if cell in self.audited else "beside"
        if 0 < self.totals.get(stages, {}).get(place, 0) < threshold:
            return "small"
        return "follows" if any((place, one) in self.hidden for one in (stages or self._stages)) else ""

    @property
    def _stages(self) -> set[str]:
        return {stage for _, stage in self.cells if stage != ALL_STAGES}


Known = dict[tuple[Quantity, str], Counts]
"""By quantity and the year in which the period begins."""


_Lacking = Mapping[str, Collection[str]]
"""By register the columns that lack a value in some row."""


def parts_of(measure: Measure, lacking: _Lacking) -> tuple[Part, ...]:
    """The numbers of persons in a measure, and the figures that tell some. lacking: by register the columns without a value somewhere."""
    return tuple(_parts(measure, lacking)) if not measure.base else ()


def _parts(measure: Measure, lacking: _Lacking) -> Iterator[Part]:
    if measure.kind == "variation":
        mean = _mean(measure, lacking)
        if mean.made_of:
            yield "numerator", replace(mean, quotient=False), measure.stages
            yield "denominator", mean, measure.stages
        return
    below = measure.other or measure
    for part, expression, whose, persons in (
        ("numerator", measure.numerator, measure, measure.counts_persons),
        ("denominator", measure.denominator, below, measure.denominator_counts_persons),
    ):
        if expression is not None and persons:
            yield part, figure_of(whose, expression, lacking.get(whose.register, ())), whose.stages
        elif expression is not None and (told := _told_by(whose, expression.tree, lacking)):
            yield part, Figure(Quantity(whose.register, str(expression), frozenset()), 1, told, of_parts=True), whose.stages


def _mean(measure: Measure, lacking: _Lacking) -> Figure:
    """The weighted mean of a variation: what all schools have of something by what they weigh, where either is persons."""
    as_ratio = replace(measure, kind="ratio")
    counted = [one for one in (measure.numerator, measure.denominator) if one and one.column in _person_columns(measure.register)]
    atoms = []
    for one in counted:
        total = replace(one, tree=exp.Sum(this=one.tree.copy()))
        atoms.append((1, figure_of(as_ratio, total, lacking.get(measure.register, ())).quantity))
    both = len(atoms) == 2
    return Figure(Quantity(measure.register, f"mean of {measure.id}", frozenset()), 1, tuple(atoms), of_parts=True, quotient=both)


def _told_by(measure: Measure, tree: exp.Expr, lacking: _Lacking) -> tuple[tuple[int, Quantity], ...]:
    """The sums of persons that a largest, least or average number of them tells where there is but one row."""
    found = []
    for node in tree.find_all(exp.Max, exp.Min, exp.Avg):
        if isinstance(node.this, exp.Column) and node.this.name in _person_columns(measure.register):
            total: exp.Expr = exp.Sum(this=node.this.copy())
            if isinstance(node.parent, exp.Filter):
                total = exp.Filter(this=total, expression=node.parent.expression.copy())
            found.append((1, figure_of(measure, replace(measure.numerator, tree=total), lacking.get(measure.register, ())).quantity))
    return tuple(found)


def _person_columns(register: str) -> Collection[str]:
    table = load_tables().get(register)
    return table.person_counts if table else ()


def counted(rows: Sequence[Mapping[str, object]], parts: Mapping[str, Sequence[Part]]) -> tuple[Known, set[str]]:
    """Every number of persons by period: those that stand in the table, and those that a proportion of two tells.

    And the registers in which one quantity has two numbers, since rows that lack a value are left out of one of them.
    """
    counts: Known = {}
    unlike: set[str] = set()
    measures: dict[tuple[Quantity, str], set[tuple[str, str]]] = {}
    quotients: list[tuple[Mapping[str, object], float, Figure, tuple[str, ...]]] = []
    for row in rows:
        for part, figure, stages in parts[str(row["measure"])]:
            number = row[part]
            if not isinstance(number, int | float):
                continue
            if not figure.of_parts:
                key = (figure.quantity, year_of(str(row["period"])))
                measures.setdefault(key, set()).add((str(row["measure"]), part))
                if not _put(counts, key, row, stages, number * figure.divisor):
                    unlike.add(figure.quantity.register)
            elif figure.quotient:
                quotients.append((row, number * figure.divisor, figure, stages))
    for one in counts.values():
        one.complete()
    told = _divided(quotients, counts)
    counts.update(told)
    for key, one in counts.items():
        one.figures = len(measures.get(key, ())) or 1
    return counts, unlike


def _put(counts: Known, key: tuple[Quantity, str], row: Mapping[str, object], stages: tuple[str, ...], number: float) -> bool:
    """Write a number down; false where another one is there."""
    one, place, stage = counts.setdefault(key, Counts()), str(row["organisation"]), str(row["stage"])
    total, persons = one.totals.setdefault(stages, {}), round(number)
    if stage == ALL_STAGES:
        return total.setdefault(place, persons) == persons
    return one.cells.setdefault((place, stage), persons) == persons


def _divided(quotients: Sequence[tuple[Mapping[str, object], float, Figure, tuple[str, ...]]], counts: Known) -> Known:
    """The numbers that stand in no figure of their own, but are told by a proportion of theirs and a known one."""
    found: Known = {}
    for row, number, figure, stages in quotients:
        year, cell = year_of(str(row["period"])), (str(row["organisation"]), str(row["stage"]))
        (_, above), (_, below) = figure.made_of
        if ((above, year) in counts) == ((below, year) in counts) or number <= 0:
            continue
        known, other, times = (above, below, 1 / number) if (above, year) in counts else (below, above, number)
        persons = counts[known, year].cells.get(cell)
        if persons:
            _put(found, (other, year), row, stages, persons * times)
    for one in found.values():
        one.complete()
    return found


def year_of(period: str) -> str:
    """The year in which a period begins."""
    return period[:4]
