"""Catalogue: every measure of the rulebook by name, the bureau's own laid over ours.

Changes when the way the catalogue is put together changes. The measures themselves are data (`rulebook/data/measures/`).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import ClassVar

from jiaoheng.measures.expression import ColumnType, ExpressionRefused, row_expression
from jiaoheng.measures.kept_catalogue import KeptCatalogue
from jiaoheng.measures.measure import Measure
from jiaoheng.measures.written_measure import Register, WrittenMeasure
from jiaoheng.rulebook.ledger_questions import Published, ledger_table_names, ledger_tables
from jiaoheng.rulebook.loader import RulebookFaulty, RuleFault, load_rules, rule_faults, shipped_rulebook
from jiaoheng.rulebook.registers import RegisterRule, load_registers
from jiaoheng.rulebook.tables import ORGANISATION_COLUMNS, TableRule, load_tables

__all__ = [
    "ORGANISATION_COLUMNS",
    "Catalogue",
    "UnknownMeasure",
    "checked_measure",
    "ledger_register",
    "load_catalogue",
    "measure_registers",
]


class UnknownMeasure(LookupError):
    """No measure has this name. The message offers the nearest one."""


@dataclass(frozen=True)
class Catalogue(Mapping[str, Measure]):
    """The measures by id, in the order of the rulebook's files. `tables`: the rule of every table that a measure is written over."""

    measures: Mapping[str, Measure]
    tables: Mapping[str, TableRule] = field(default_factory=dict)

    def __getitem__(self, name: str) -> Measure:
        try:
            return self.measures[name]
        except KeyError:
            near = get_close_matches(name, self.measures, n=1)
            hint = f" Did you mean «{near[0]}»?" if near else ""
            raise UnknownMeasure(f"No measure is called «{name}».{hint} `jiaoheng measures` lists them all.") from None

    def __contains__(self, name: object) -> bool:
        return name in self.measures

    def __iter__(self) -> Iterator[str]:
        return iter(self.measures)

    def __len__(self) -> int:
        return len(self.measures)


def load_catalogue(overlay: Path | None = None, *, published: Published | None = None, kept: Path | None = None) -> Catalogue:
    """Every measure, checked whole. `published` gives the ledgers' forms that the rulebook's files do not have.

    kept: a folder in which the catalogue is kept for the next time, and taken from where it is the same still.
    Raises: RulebookFaulty naming file, line, key and what was expected of every fault.
    """
    if overlay is None and kept is None:
        return _shipped()
    keeping = KeptCatalogue(kept, overlay) if kept else None
    if keeping and (found := keeping.read()):
        return Catalogue(*found)
    try:
        catalogue = _loaded(overlay, {})
    except RulebookFaulty:
        forms = published() if published else {}
        if not forms:
            raise
        return _loaded(overlay, forms)  # these forms are in no file, so that nobody could tell when they change
    if keeping:
        keeping.write(catalogue.measures, catalogue.tables)
    return catalogue


def checked_measure(
    name: str, written: Mapping[str, object], overlay: Path | None = None, *, published: Published | None = None
) -> Measure:
    """A measure as it would stand in the catalogue, before it is written anywhere: the same checks as when it is loaded, in the same words.

    Raises: RulebookFaulty with every fault; its keys begin with the name. The rest of the rulebook is loaded and must be sound.
    """
    known = _Registers(_registers(overlay), overlay, published() if published else {})
    schema, file = _schema(known), (overlay or shipped_rulebook()) / "measures" / f"{name}.yaml"
    rule, faults = rule_faults(schema, written, file, name)
    rules = load_rules("measures", schema, overlay)
    if rule is not None:
        rules = {**{other: one for other, one in rules.items() if other != name}, name: rule}
        found = [*_label_faults(rules, overlay), *_change_faults(rules, overlay)]
        faults = [one for one in found if one.key.split(".")[0] == name]
        faults += [_of_its_change(one, rules, name, file) for one in found if rules[one.key.split(".")[0]].of == name]
    if rule is None or faults:
        raise RulebookFaulty(faults)
    return rule.frozen_form(name) if rule.of is None else rule.frozen_change(name, rules[rule.of].frozen_form(rule.of))


def measure_registers(overlay: Path | None = None, *, published: Published | None = None) -> Mapping[str, Register]:
    """The tables that a measure may be written over, with the types of their columns."""
    return _Registers(_registers(overlay), overlay, published() if published else {})


def ledger_register(rule: TableRule) -> Register:
    """A ledger's table as something to write conditions and measures over."""
    return Register(rule, {**dict.fromkeys(ORGANISATION_COLUMNS, "text"), **_types(rule, None)}, None, None)


@cache
def _shipped() -> Catalogue:
    """The measures that come with the program, which do not change while it runs."""
    return _loaded(None, {})


def _loaded(overlay: Path | None, forms: Mapping[str, Sequence[bytes]]) -> Catalogue:
    known = _Registers(_registers(overlay), overlay, forms)
    rules = load_rules("measures", _schema(known), overlay)
    faults = [*_label_faults(rules, overlay), *_change_faults(rules, overlay)]
    if faults:
        raise RulebookFaulty(faults)
    frozen = {name: rule.frozen_form(name) for name, rule in rules.items() if rule.of is None}
    measures = {name: frozen[name] if rule.of is None else rule.frozen_change(name, frozen[rule.of]) for name, rule in rules.items()}
    return Catalogue(measures, {name: register.table for name, register in known.found.items()})


def _schema(known: Mapping[str, Register]) -> type[WrittenMeasure]:
    class CheckedMeasure(WrittenMeasure):
        registers: ClassVar[Mapping[str, Register]] = known

    return CheckedMeasure


class _Registers(Mapping[str, Register]):
    """The tables of a snapshot. A ledger's form is read when a measure names its table."""

    def __init__(self, found: dict[str, Register], overlay: Path | None, forms: Mapping[str, Sequence[bytes]]) -> None:
        self.found, self._overlay, self._forms = found, overlay, forms
        self._ledgers = ledger_table_names(overlay, forms)
        self._read: set[str] = set()

    def __getitem__(self, name: str) -> Register:
        table = name.partition("__")[0]
        if name not in self.found and table in self._ledgers and table not in self._read:
            self._read.add(table)
            tables = ledger_tables(self._ledgers[table], self._overlay, self._forms)
            for one, rule in (tables.tables if tables else {}).items():
                self.found[one] = ledger_register(rule)
        return self.found[name]

    def __iter__(self) -> Iterator[str]:
        return iter(dict.fromkeys([*self.found, *self._ledgers]))

    def __len__(self) -> int:
        return len({*self.found, *self._ledgers})


def _registers(overlay: Path | None) -> dict[str, Register]:
    """The tables of a snapshot. Columns of the annual statistics are the fields of their form."""
    forms = load_registers(overlay)
    found: dict[str, Register] = {}
    for name, table in load_tables().items():
        form = forms.get(name) if not table.columns else None
        types: dict[str, ColumnType] = {**dict.fromkeys(ORGANISATION_COLUMNS, "text"), **_types(table, form)}
        text = form.universe if form else None
        try:
            universe = row_expression(text, types, "truth") if text else None
        except ExpressionRefused as error:
            file, line = _place("registers", name, overlay)
            raise RulebookFaulty([RuleFault(file, line, f"{name}.universe", str(error))]) from None
        found[name] = Register(table, types, universe, text)
    return found


def _types(table: TableRule, form: RegisterRule | None) -> dict[str, ColumnType]:
    """The columns that a measure over the table may use, with their types. Dates are not among them."""
    if form is not None:
        figures: dict[str, ColumnType] = {"count": "count", "amount": "amount", "degrees": "amount"}
        return {name: figures.get(rule.type, "text") for name, rule in form.fields.items() if rule.stored and rule.type != "date"}
    first: dict[str, ColumnType] = dict.fromkeys(("organisation", "school_year", "stage"), "text")
    return first | {name: rule.type for name, rule in table.columns.items() if rule.type != "date"}


def _label_faults(rules: Mapping[str, WrittenMeasure], overlay: Path | None) -> Iterator[RuleFault]:
    """Two measures under one label: a reader could not tell their figures apart."""
    for language in ("en", "zh"):
        seen: dict[str, str] = {}
        for name, rule in rules.items():
            words = rule.label.in_language(language).strip().casefold()
            if words in seen:
                file, line = _place("measures", name, overlay)
                other = rules[seen[words]].label.zh
                yield RuleFault(
                    file, line, f"{name}.label.{language}", f"a label of its own; «{seen[words]}» has this one already",
                    f"名称不能重复：已有指标“{other}”（{seen[words]}）用了它",
                )  # fmt: skip
            seen.setdefault(words, name)


def _change_faults(rules: Mapping[str, WrittenMeasure], overlay: Path | None) -> Iterator[RuleFault]:
    """A change is of a measure that there is; of a percentage it is in percentage points, of nothing else it is."""
    for name, rule in rules.items():
        base = rules.get(rule.of or "")
        if rule.of is None:
            continue
        if base is None or base.of is not None:
            key, said = "of", f"a measure that is no change itself; «{rule.of}» is not one"
            zh = f"应选一个本身不是增减的指标，“{rule.of}”不是"
        elif (rule.change_in == "points") != (base.unit is not None and base.unit.en == "%") and rule.change_in != "amount":
            percent = rule.change_in == "points"
            key, said = "in", f"«{'percent' if percent else 'points'}»: «{rule.of}» is {'no' if percent else 'a'} percentage (its unit)"
            zh = "单位不是百分数的指标，增减按百分比" if percent else "百分数的增减按百分点"
        else:
            continue
        file, line = _place("measures", name, overlay)
        yield RuleFault(file, line, f"{name}.{key}", said, zh)


def _of_its_change(fault: RuleFault, rules: Mapping[str, WrittenMeasure], name: str, file: Path) -> RuleFault:
    """A fault that a measure's new unit or kind would bring to another one, the change of it."""
    label = rules[fault.key.split(".")[0]].label
    said = f"a unit and kind of which «{label.en}», the change of this measure, can still be told: {fault.expected}"
    return RuleFault(file, 1, f"{name}.unit", said, f"另有指标“{label.zh}”是它的增减，改后不再成立：{fault.zh}")


def _place(kind: str, rule_id: str, overlay: Path | None) -> tuple[Path, int]:
    """File and line where a rule begins, the overlay's before ours."""
    for layer in [*([overlay] if overlay else []), shipped_rulebook()]:
        for file in sorted((layer / kind).glob("*.yaml")):
            for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), start=1):
                if line.split(":")[0].strip("\"' ") == rule_id and line[:1] not in (" ", "#"):
                    return file, number
    return shipped_rulebook() / kind, 1
