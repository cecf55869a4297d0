"""Evidence: what a paper may draw upon, namely the figures, organisations and verdicts of one snapshot.

Changes when papers learn to look at something new. Everything is computed once, on first asking.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from jiaoheng.ledgers.browser_forms import browser_forms
from jiaoheng.measures.catalogue import Catalogue, load_catalogue
from jiaoheng.measures.measure import Measure
from jiaoheng.measures.suppression import HIDDEN, WHY, published_by
from jiaoheng.measures.values import Value, Values, compute
from jiaoheng.papers.figure import unmarked
from jiaoheng.papers.number_style import is_chinese
from jiaoheng.rulebook.loader import Label
from jiaoheng.rulebook.publication import suppression_rule
from jiaoheng.rulebook.registers import load_registers
from jiaoheng.snapshots.snapshot import Snapshot
from jiaoheng.standards.assessed import Assessed, assess
from jiaoheng.standards.assessment import Assessment, load_assessments
from jiaoheng.standards.judgement import Judgements, judgement_files, load_judgements
from jiaoheng.standards.standard import NotInForce, Standard, load_standards
from jiaoheng.standards.verdict import NothingToJudge, Verdict, judge

__all__ = ["Evidence", "NotThere", "Organisation"]

_NOT_AREAS = ("bureau", "office", "school", "teaching_point", "kindergarten", "special_school", "vocational_school")
_STAGES = ("preschool", "primary", "junior", "secondary", "senior", "special")


class NotThere(LookupError):
    """The paper asks for something that does not exist or has no data. The message says what, and what there is."""


@dataclass(frozen=True, slots=True)
class Organisation:
    """An organisation of the snapshot, with its name in the paper's language."""

    code: str
    name: str
    kind: str
    path: str
    school_type: str | None
    ownership: str | None
    locale: str | None


class Evidence:
    """One snapshot seen from one area, in one language, for one school year."""

    def __init__(
        self,
        snapshot: Snapshot,
        *,
        language: str,
        area: str | None = None,
        period: str | None = None,
        overlay: Path | None = None,
        public: bool = False,
    ) -> None:
        """`public`: figures from which a small number of persons could be told are hidden, as if nothing had been reported."""
        self.snapshot, self.language, self.public, self.overlay = snapshot, language, public, overlay
        if snapshot.school_year is None:
            raise NotThere("The snapshot holds no school year that had begun on its date.")
        self.period = period or str(snapshot.school_year)
        if self.period not in snapshot.school_years:
            raise NotThere(f"The snapshot has no figures of {self.period}. School years: {', '.join(snapshot.school_years)}.")
        self.area = self.organisation(area) if area else self._default_area()
        self._computed: dict[str, Values] = {}
        self._verdicts: dict[str, Verdict] = {}
        self._assessed: dict[str, Assessed] = {}
        self._tables: dict[str, pa.Table] = {}
        self._areas: dict[str, dict[tuple[str, str, str], Value]] = {}

    @cached_property
    def catalogue(self) -> Catalogue:
        return load_catalogue(self.overlay, published=browser_forms)

    @cached_property
    def standards(self) -> dict[str, Standard]:
        return load_standards(self.overlay, measures=self.catalogue)

    @cached_property
    def earlier(self) -> str | None:
        """The school year before, where the snapshot has it."""
        before = f"{int(self.period[:4]) - 1}-{int(self.period[:4])}"
        return before if before in self.snapshot.school_years else None

    def period_of(self, name: str, asked: str | None = None) -> str:
        """The period in which a measure answers for a school year (the paper's where none is asked for).

        Measures by fiscal years answer for the one in which the school year begins; those that look back (what became of last year's
        pupils) for so many years before.
        """
        own, latest = self.values(name).periods.get(name), str(self.snapshot.school_year)
        asked = asked or self.period
        if not own or own == latest or (own.isdecimal() and asked.isdecimal()):
            return asked
        start = int(asked[:4]) + (int(own[:4]) - int(latest[:4]) if asked == self.period else 0)
        return str(start) if own.isdecimal() else f"{start}-{start + 1}"

    def earlier_of(self, name: str) -> str:
        """The period before the one in which a measure answers for the paper's school year, whether or not there are records of it."""
        now = self.period_of(name)
        before = int(now[:4]) - 1
        return str(before) if now.isdecimal() else f"{before}-{before + 1}"

    @cached_property
    def organisations(self) -> dict[str, Organisation]:
        """Every organisation by code, in the order of codes."""
        table = self._read(
            "organisations", ["code", "name_zh", "name_en", "kind", "path", "school_type", "ownership", "locale"]
        ).to_pydict()
        first, second = ("name_zh", "name_en") if is_chinese(self.language) else ("name_en", "name_zh")
        rows = zip(*(table[name] for name in ("code", first, second, "kind", "path", "school_type", "ownership", "locale")), strict=True)
        return {
            code: Organisation(code, unmarked(name or other or code), kind, path, school_type or None, ownership or None, locale or None)
            for code, name, other, kind, path, school_type, ownership, locale in rows
        }

    def organisation(self, code: str) -> Organisation:
        """Raises: NotThere."""
        try:
            return self.organisations[code]
        except KeyError:
            raise NotThere(f"No organisation of the snapshot has the code «{code}».") from None

    @cached_property
    def within(self) -> list[Organisation]:
        """The organisations below the area, in the order of codes."""
        below = f"{self.area.path}/"
        return [one for one in self.organisations.values() if one.path.startswith(below)]

    @cached_property
    def schools(self) -> dict[str, dict[str, int]]:
        """Pupils by stage of every organisation of the area that has records with pupils in the period."""
        table = self._read("annual_statistics", ["organisation", "school_year", "stage", "pupils"])
        rows = table.filter(
            pc.and_(pc.equal(table["school_year"], pa.scalar(self.period)), pc.greater(table["pupils"], pa.scalar(0)))
        ).to_pydict()
        inside = {one.code for one in self.within} | {self.area.code}
        found: dict[str, dict[str, int]] = {}
        for code, stage, pupils in zip(rows["organisation"], rows["stage"], rows["pupils"], strict=True):
            if code in inside:
                found.setdefault(code, {})[stage] = pupils
        return found

    @cached_property
    def currency(self) -> str:
        """The currency of the amounts in words: 元, yuan, or the code of another one; empty where the records name several or none."""
        table = self._read("annual_statistics", ["school_year", "currency"])
        found = {
            code for code in pc.unique(table.filter(pc.equal(table["school_year"], pa.scalar(self.period)))["currency"]).to_pylist() if code
        }
        code = str(found.pop()) if len(found) == 1 else ""
        return code if code != "CNY" else "元" if is_chinese(self.language) else "yuan"

    @cached_property
    def stages(self) -> list[str]:
        """The stages with pupils in the area, from the youngest."""
        found = {stage for stages in self.schools.values() for stage in stages}
        return [stage for stage in _STAGES if stage in found] + sorted(found - set(_STAGES))

    @cached_property
    def levels(self) -> list[str]:
        """Kinds of areas that divide this one (two or more, every school in one of them), from the top; last `school` for the schools."""
        kinds: dict[str, list[Organisation]] = {}
        for one in self.within:
            if one.code not in self.schools:
                kinds.setdefault(one.kind, []).append(one)
        paths = [self.organisations[code].path for code in self.schools]
        areas = {kind: found for kind, found in kinds.items() if len(found) > 1 and kind not in _NOT_AREAS and _cover(found, paths)}
        return [*sorted(areas, key=lambda kind: areas[kind][0].path.count("/")), "school"]

    def at(self, level: str) -> list[Organisation]:
        """The organisations of one level. Raises: NotThere."""
        found = (
            [self.organisations[code] for code in self.schools] if level == "school" else [one for one in self.within if one.kind == level]
        )
        if not found:
            raise NotThere(f"There is no level «{level}» below {self.area.name}. Levels: {', '.join(self.levels)}.")
        return found

    def measure(self, name: str) -> Measure:
        """Raises: NotThere with the nearest name."""
        try:
            return self.catalogue[name]
        except LookupError as error:
            raise NotThere(str(error.args[0])) from None

    def prepare(self, names: Iterable[str]) -> None:
        """Compute these measures in one pass, so that asking for one after the other is quick."""
        wanted = [name for name in dict.fromkeys(names) if name in self.catalogue and name not in self._computed]
        if wanted and self.public:
            values = self._published()
            self._computed.update(dict.fromkeys(self.catalogue, values))
        elif wanted:
            values = compute(self.snapshot, self.catalogue, wanted, all_years=len(self.snapshot.school_years) > 1)
            self._computed.update(dict.fromkeys(wanted, values))

    def _published(self) -> Values:
        """Every value as it may be published. What is hidden is judged over all measures and years, so that no two papers give it away."""
        values = compute(self.snapshot, self.catalogue, all_years=True)
        table = published_by(suppression_rule(self.overlay), values, self.snapshot, self.catalogue)
        return Values(table.drop_columns([HIDDEN, WHY]), self.catalogue, self.snapshot.school_year, values.periods)

    def values(self, name: str) -> Values:
        """The values of a measure at every level. Raises: NotThere for an unknown one."""
        self.measure(name)
        self.prepare([name])
        return self._computed[name]

    def value(self, name: str, organisation: str | None = None, stage: str = "all", period: str | None = None) -> Value | None:
        """One value; None where nothing was reported. Raises: NotThere for an unknown measure, organisation or stage."""
        code = self.organisation(organisation).code if organisation else self.area.code
        if stage not in ("all", *_STAGES, *self.stages):
            raise NotThere(f"«{stage}» is not a stage. Stages here: all, {', '.join(self.stages)}.")
        self.measure(name)
        asked = (code, stage, self.period_of(name, period))
        if code not in self._schools_of_any_year:
            return self._of_areas(name).get(asked)
        rows = self._rows(name, code)
        return next((one for one in rows if (one.organisation, one.stage, one.period) == asked), None)

    def _of_areas(self, name: str) -> dict[tuple[str, str, str], Value]:
        """The values of areas. Those of schools, which are many, are looked up one by one."""
        if name not in self._areas:
            table = self._table(name)
            found = table.filter(pc.invert(pc.is_in(table["organisation"], value_set=pa.array(sorted(self._schools_of_any_year)))))
            self._areas[name] = {(one.organisation, one.stage, one.period): one for one in self._valued(name, found)}
        return self._areas[name]

    def _rows(self, name: str, code: str) -> list[Value]:
        table = self._table(name)
        return self._valued(name, table.filter(pc.equal(table["organisation"], pa.scalar(code))))

    def _table(self, name: str) -> pa.Table:
        if name not in self._tables:
            table = self.values(name).table
            self._tables[name] = table.filter(pc.equal(table["measure"], pa.scalar(name)))
        return self._tables[name]

    def _valued(self, name: str, table: pa.Table) -> list[Value]:
        measure = self.measure(name)
        return [Value(**{**row, "measure": measure}) for row in table.to_pylist() if row["value"] is not None]

    @cached_property
    def _schools_of_any_year(self) -> frozenset[str]:
        column = self._read("annual_statistics", ["organisation"])["organisation"]
        return frozenset(str(code) for code in pc.unique(column).to_pylist())

    def column(self, name: str, codes: Sequence[str], stage: str = "all") -> dict[str, Any]:
        """Values (numbers) of many organisations in the period; those without one are left out."""
        table = self._table(name)
        same = pc.and_(pc.equal(table["period"], pa.scalar(self.period_of(name))), pc.equal(table["stage"], pa.scalar(stage)))
        wanted = pc.and_(same, pc.is_in(table["organisation"], value_set=pa.array(codes, pa.string())))
        rows = table.filter(pc.and_(wanted, pc.is_valid(table["value"]))).select(["organisation", "value"]).to_pydict()
        return dict(zip(rows["organisation"], rows["value"], strict=True))

    def periods(self, name: str, organisation: str, stage: str = "all") -> list[Value]:
        """The values of one organisation in every period up to the paper's, oldest first."""
        latest = self.period_of(name)
        of_school = organisation in self._schools_of_any_year
        there = self._rows(name, organisation) if of_school else list(self._of_areas(name).values())
        found = [one for one in there if (one.organisation, one.stage) == (organisation, stage) and one.period <= latest]
        return sorted(found, key=lambda one: one.period)

    @cached_property
    def above(self) -> Organisation | None:
        """The smallest area around the paper's, for a school its county; None at the top."""
        steps = self.area.path.split("/")[:-1]
        found = [self.organisations[step] for step in steps if step in self.organisations]
        areas = [one for one in reversed(found) if one.kind not in _NOT_AREAS]
        if self.area.kind in _NOT_AREAS:  # a town has too few schools to compare one with
            areas.sort(key=lambda one: one.kind == "township")
        return areas[0] if areas else None

    def schools_like(self, stage: str) -> list[str]:
        """Codes of the schools with pupils of a stage in the smallest area around the paper's (the paper's own where it is an area)."""
        around = self.above if self.area.kind in _NOT_AREAS and self.above else self.area
        table = self._read("annual_statistics", ["organisation", "school_year", "stage", "pupils"])
        same = pc.and_(pc.equal(table["school_year"], pa.scalar(self.period)), pc.equal(table["stage"], pa.scalar(stage)))
        codes = table.filter(pc.and_(same, pc.greater(table["pupils"], pa.scalar(0))))["organisation"].to_pylist()
        return [str(code) for code in codes if f"{self.organisations[str(code)].path}/".startswith(f"{around.path}/")]

    def verdict(self, standard: str) -> Verdict:
        """The verdict of a standard on the area. Raises: NotThere for an unknown standard; NothingToJudge; NotInForce."""
        if standard not in self.standards:
            raise NotThere(f"«{standard}» is not a standard of the rulebook. Standards: {', '.join(sorted(self.standards))}.")
        if standard not in self._verdicts:
            rule = self.standards[standard]
            self.prepare(rule.measures)
            self._verdicts[standard] = judge(
                rule,
                self.snapshot,
                area=self.area.code,
                period=self.period,
                values=self._computed[rule.measures[0]] if len({id(self._computed[m]) for m in rule.measures}) == 1 else None,
                catalogue=self.catalogue,
            )
        return self._verdicts[standard]

    def assessed(self, name: str) -> Assessed:
        """What an assessment finds of the area, with the bureau's judgements as they are now.

        Raises: NotThere for an unknown one, or where there is nothing to assess; RulebookFaulty where a file of judgements is faulty.
        """
        known = self._assessments
        if name not in known:
            raise NotThere(f"«{name}» is not an assessment of the rulebook. Assessments: {', '.join(sorted(known))}.")
        if name not in self._assessed:
            verdicts = {name: self.verdict(name)} if name in self.standards and self.judges(name) else {}
            try:
                self._assessed[name] = assess(
                    known[name], self.snapshot, area=self.area.code, period=self.period, judgements=self._judgements, verdicts=verdicts,
                    catalogue=self.catalogue,
                )  # fmt: skip
            except (NothingToJudge, NotInForce) as nothing:
                raise NotThere(str(nothing)) from None
        return self._assessed[name]

    def assesses(self, name: str) -> bool:
        """Whether there is something to assess here. Raises: NotThere for an unknown assessment."""
        try:
            self.assessed(name)
        except NotThere:
            if name not in self._assessments:
                raise
            return False
        return True

    @cached_property
    def _assessments(self) -> dict[str, Assessment]:
        return load_assessments(self.overlay, measures=self.catalogue)

    @cached_property
    def _judgements(self) -> Judgements:
        return load_judgements(judgement_files(self.overlay), self._assessments)

    def judges(self, standard: str) -> bool:
        """Whether the standard can be judged here: it has thresholds on the day, and schools to judge. Raises: NotThere."""
        try:
            self.verdict(standard)
        except (NothingToJudge, NotInForce):
            return False
        return True

    @cached_property
    def choices(self) -> dict[str, dict[str, Label]]:
        """The words of stages, kinds, school types, ownerships and locales."""
        registers = load_registers(self.overlay)
        fields = {**registers["annual_statistics"].fields, **registers["organisations"].fields}
        return {
            name: {value: Label(en=choice.en, zh=choice.zh) for value, choice in rule.choices.items()}
            for name, rule in fields.items()
            if rule.type == "choice"
        }

    def word(self, field: str, value: str) -> str:
        """The word for a value of a field in the paper's language; `all` stages is 全部学段."""
        if field == "stage" and value == "all":
            return "全部学段" if is_chinese(self.language) else "All stages"
        label = self.choices.get(field, {}).get(value)
        return label.in_language(self.language) if label else value

    def accepted_by(self, organisations: Iterable[str]) -> dict[str, tuple[str, ...]]:
        """For each organisation, who accepted rows of it or of those below it, in alphabetical order."""
        table = self._read("source_rows", ["organisation", "accepted_by"]).group_by(["organisation", "accepted_by"]).aggregate([])
        wanted, found = set(organisations), dict[str, set[str]]()
        for code, who in zip(table["organisation"].to_pylist(), table["accepted_by"].to_pylist(), strict=True):
            if who and code in self.organisations:
                for above in wanted.intersection(self.organisations[code].path.split("/")):
                    found.setdefault(above, set()).add(who)
        return {code: tuple(sorted(names)) for code, names in found.items()}

    def _read(self, table: str, columns: list[str]) -> pa.Table:
        """Columns of a table of the snapshot. (One file is opened as one file; the reader of data sets takes a second to load.)"""
        return pq.ParquetFile(self.snapshot.tables[table]).read(columns=columns)

    def _default_area(self) -> Organisation:
        """The smallest area that holds every school with records. Raises: NotThere where nothing holds them all."""
        table = self._read("annual_statistics", ["organisation", "school_year"])
        codes = pc.unique(table.filter(pc.equal(table["school_year"], pa.scalar(self.period)))["organisation"]).to_pylist()
        shared: list[str] | None = None
        for code in codes:
            steps = self.organisations[str(code)].path.split("/")[:-1]
            shared = steps if shared is None else [step for step, other in zip(shared, steps, strict=False) if step == other]
        while shared and self.organisations[shared[-1]].kind in _NOT_AREAS:
            shared.pop()
        if not shared:
            roots = [one for one in self.organisations.values() if "/" not in one.path]
            names = ", ".join(f"{one.code} ({one.name})" for one in roots[:5])
            raise NotThere(f"No area holds every school with records. Say which organisation the paper is about: {names or 'none'}.")
        return self.organisations[shared[-1]]


def _cover(areas: Iterable[Organisation], schools: Iterable[str]) -> bool:
    """Whether every school (by its path) lies in one of the areas."""
    known = {one.path for one in areas}
    above = {path.rpartition("/")[0] for path in schools}
    return all(any(f"{path}/"[:place] in known for place, sign in enumerate(f"{path}/") if sign == "/") for path in above)
