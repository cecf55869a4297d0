"""Figure kinds: which measure gives the kind of figure that a report quotes, and why none does.

Changes when it is decided in another way what a quoted figure means. The rules are data (`figure_kinds/`): patterns over what a figure is
said to be, in English or Chinese, never over one report's lines. A rule names a measure (with narrower rows where it must), or says why
there is none, or that the figure is no result at all: a rate that a rule sets, a term. The unit of the measure must fit the kind of figure.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import ClassVar, Literal, Self

import pyarrow.compute as pc
import pyarrow.parquet as pq
from pydantic import ConfigDict, Field, model_validator

from jiaoheng.measures.computing import computed
from jiaoheng.measures.expression import ExpressionRefused, row_expression
from jiaoheng.measures.measure import Measure
from jiaoheng.measures.query import ALL_STAGES
from jiaoheng.rulebook.loader import Label, Rule, load_rules
from jiaoheng.snapshots.snapshot import Snapshot

__all__ = ["Answered", "FigureKind", "Quoted", "answer", "kind_of", "load_figure_kinds", "shares"]

Kind = Literal["count", "rate", "amount", "area", "average", "ratio", "growth"]


class FigureKind(Rule):
    """One kind of figure. See `docs/reference/figures.md` for the keys."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)
    catalogue: ClassVar[Mapping[str, Measure]] = {}

    says: tuple[str, ...] = Field(min_length=1)
    but_not: tuple[str, ...] = Field(default=(), alias="not")
    kinds: tuple[Kind, ...] = Field(min_length=1)
    measure: str | None = None
    where: str | None = None
    stage: str = ALL_STAGES
    one_school: bool = False
    none: Label | None = None
    result: bool = True

    @model_validator(mode="after")
    def _one_of_two(self) -> Self:
        if (self.measure is None) == (self.none is None):
            raise ValueError("a «measure», or «none» with the reason why no measure gives it")
        if self.measure is None and (self.where or self.one_school or self.stage != ALL_STAGES):
            raise ValueError("a «measure» where rows, stage or school are said")
        if not self.result and self.none is None:
            raise ValueError("«none» with the reason where it is no result")
        for pattern in (*self.says, *self.but_not):
            try:
                re.compile(pattern)
            except re.error as error:
                raise ValueError(f"patterns that can be read; «{pattern}»: {error}") from None
        return self

    @model_validator(mode="after")
    def _fits_its_measure(self) -> Self:
        if self.measure is None or not self.catalogue:
            return self
        if self.measure not in self.catalogue:
            raise ValueError(f"a measure of the catalogue; «{self.measure}» is none")
        measure = self.catalogue[self.measure]
        unfit = [kind for kind in self.kinds if not _fits(measure, kind)]
        if unfit:
            raise ValueError(f"a measure that gives a figure of kind «{unfit[0]}»; «{measure.id}» is in {measure.unit.en} ({measure.kind})")
        if self.where:
            if measure.base or measure.other:
                raise ValueError("no «where»: a change and a ratio of two registers are not narrowed")
            try:
                row_expression(self.where, measure.types, "truth")
            except ExpressionRefused as error:
                raise ValueError(str(error)) from None
        return self


def _fits(measure: Measure, kind: Kind) -> bool:
    """Whether a measure can give a figure of this kind at all."""
    unit = measure.unit.en
    total = measure.kind == "total"
    return {
        "count": total and unit not in ("%", "yuan", "m²"),
        "amount": total and unit == "yuan",
        "area": total and unit in ("m²",),
        "rate": measure.kind == "ratio" and unit == "%",
        "average": measure.kind == "ratio" and unit != "%",
        "ratio": measure.kind == "ratio" and unit != "%",
        "growth": measure.kind == "change",
    }[kind]


@dataclass(frozen=True)
class Quoted:
    """A figure that a report quotes. `what` says what it is; where nothing does, the quotation itself."""

    id: str
    what: str
    kind: str
    quote: str = ""
    value: float | None = None
    unit: str = ""


@dataclass(frozen=True)
class Answered:
    """A quoted figure with the kind it was found to be of; the measure's value over the snapshot where it has one."""

    quoted: Quoted
    name: str = ""
    kind: FigureKind | None = None
    measure: Measure | None = None
    period: str = ""
    value: float | None = None

    @property
    def is_result(self) -> bool:
        return self.kind is None or self.kind.result


def load_figure_kinds(catalogue: Mapping[str, Measure], overlay: Path | None = None) -> dict[str, FigureKind]:
    """Every kind in the order of the rulebook's files, held against the measures. Raises: RulebookFaulty with file and line."""
    known = catalogue

    class CheckedKind(FigureKind):
        catalogue: ClassVar[Mapping[str, Measure]] = known

    own = load_rules("figure_kinds", CheckedKind, overlay)
    return dict(own)


def kind_of(quoted: Quoted, kinds: Mapping[str, FigureKind]) -> tuple[str, FigureKind] | None:
    """The first kind whose patterns all stand in what the figure is said to be."""
    said = (quoted.what or quoted.quote).casefold()
    for name, kind in kinds.items():
        if quoted.kind in kind.kinds and all(re.search(one, said) for one in kind.says):
            if any(re.search(one, said) for one in kind.but_not):
                continue
            return name, kind
    return None


def answer(
    quoted: Sequence[Quoted], kinds: Mapping[str, FigureKind], catalogue: Mapping[str, Measure], snapshot: Snapshot | None
) -> list[Answered]:
    """Every quoted figure with its kind, and the measure's value at the top of the tree where there is a snapshot."""
    found = [(one, kind_of(one, kinds)) for one in quoted]
    used = {name: kind for _one, hit in found if hit for name, kind in [hit] if kind.measure}
    measures = {name: _narrowed(name, catalogue[kind.measure or ""], kind) for name, kind in used.items()}
    values = dict(_values(snapshot, used, measures, catalogue)) if snapshot else {}
    return [
        Answered(one, *hit, measures.get(hit[0]), *values.get(hit[0], ("", None))) if hit else Answered(one)
        for one, hit in found
    ]  # fmt: skip


def _narrowed(name: str, measure: Measure, kind: FigureKind) -> Measure:
    """The measure over the rows that the kind speaks of, under the kind's own name."""
    if not kind.where:
        return measure
    both = f"({measure.where}) and ({kind.where})" if measure.where else kind.where
    return replace(measure, id=f"{measure.id}/{name}", where=row_expression(both, measure.types, "truth"))


def _values(
    snapshot: Snapshot, kinds: Mapping[str, FigureKind], measures: Mapping[str, Measure], catalogue: Mapping[str, Measure]
) -> Iterator[tuple[str, tuple[str, float | None]]]:
    """Period and value of each kind. Of a total that no row is narrowed down to, nothing happened: zero."""
    tree = pq.read_table(snapshot.tables["organisations"], columns=["code", "path"]).sort_by("path")
    top = str(tree["code"][0].as_py()) if tree.num_rows else ""
    asked = {measure.id: measure for measure in measures.values()}
    asked |= {kind.measure: catalogue[kind.measure] for kind in kinds.values() if kind.measure}
    table = computed(snapshot, list(asked.values()), all_years=False)
    told: dict[tuple[str, str, str], tuple[str, float | None]] = {}
    schools: dict[tuple[str, str], tuple[str, float | None]] = {}
    for row in table.filter(pc.is_valid(table["value"])).to_pylist():
        told[row["measure"], row["organisation"], row["stage"]] = (row["period"], row["value"])
        if row["organisation"] != top and row["level"] in ("school", "kindergarten", "teaching_point", "vocational_school"):
            schools.setdefault((row["measure"], row["stage"]), (row["period"], row["value"]))
    for name, kind in kinds.items():
        measure = measures[name]
        own = schools.get((measure.id, kind.stage)) if kind.one_school else told.get((measure.id, top, kind.stage))
        whole = told.get((kind.measure or "", top, kind.stage))
        if own is None and whole is not None and measure.kind == "total" and not kind.one_school:
            own = (whole[0], 0.0)
        yield name, own or ("", None)


def shares(answered: Iterable[Answered]) -> tuple[int, int, int, int]:
    """Quantities, results among them, those with a measure, those whose measure has a value over the snapshot."""
    all_ = list(answered)
    results = [one for one in all_ if one.is_result]
    return len(all_), len(results), sum(one.measure is not None for one in results), sum(one.value is not None for one in results)
