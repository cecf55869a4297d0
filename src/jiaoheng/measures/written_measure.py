"""Written measure: a measure as YAML writes it, checked against the columns of its register.

Changes when the way a measure is written in YAML changes.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Literal, Self

from pydantic import Field, ValidationInfo, field_validator, model_validator
from sqlglot import exp

from jiaoheng.measures.expression import AGGREGATES, ColumnType, Expression, aggregate_expression, row_expression
from jiaoheng.measures.measure import ChangeUnit, Measure, MeasureKind, MeasureSource, Scope
from jiaoheng.rulebook.loader import Label, Refusal, Rule
from jiaoheng.rulebook.tables import CALENDAR_WORDS, COUNTED_WORDS, SCHOOLS_WORDS, Calendar, Counted, Schools, TableRule

__all__ = ["Register", "WrittenMeasure"]

_PARTS = ("numerator", "denominator", "resource", "weight", "of", "change_in")
_PARTS_OF: Mapping[MeasureKind, set[str]] = {
    "total": {"numerator"},
    "ratio": {"numerator", "denominator"},
    "variation": {"resource", "weight"},
    "change": {"of", "change_in"},
}
_KINDS: Mapping[MeasureKind, str] = {"total": "总量", "ratio": "比率", "variation": "差异系数", "change": "增减"}
_WORDS = {"numerator": "分子", "denominator": "分母", "resource": "资源量", "weight": "权数", "of": "哪个指标的增减", "in": "怎样表示增减",
          "counted": "统计对象", "schools": "学校范围", "calendar": "时点"}  # fmt: skip
_CHANGE_UNITS: Mapping[str, Label] = {"percent": Label(en="%", zh="%"), "points": Label(en="percentage points", zh="个百分点")}


@dataclass(frozen=True)
class Register:
    """What a measure may be written over: a table of a snapshot with the types of its columns."""

    table: TableRule
    types: Mapping[str, ColumnType]
    universe: Expression | None
    universe_text: str | None


class WrittenScope(Rule):
    """Who is counted. What is not said is the table's own."""

    counted: Counted | None = None
    schools: Schools | None = None
    en: str | None = None
    zh: str | None = None

    @model_validator(mode="after")
    def _both_languages(self) -> Self:
        if (self.en is None) != (self.zh is None):
            raise Refusal("words in both languages, en and zh, or in none", "两种语言都写，或都不写")
        return self

    def typed(self, table: TableRule) -> Scope:
        words = Label(en=self.en, zh=self.zh) if self.en is not None and self.zh is not None else None
        return Scope(self.counted or table.scope.counted, self.schools or table.scope.schools, words)


class WrittenMeasure(Rule):
    """A measure as the YAML writes it. Expressions are checked against the columns of `registers`."""

    registers: ClassVar[Mapping[str, Register]] = {}

    label: Label
    description: Label | None = None
    register_name: str | None = Field(default=None, alias="register", validate_default=True)
    denominator_register: str | None = None
    kind: MeasureKind
    numerator: str | None = None
    denominator: str | None = None
    resource: str | None = None
    weight: str | None = None
    of: str | None = None
    change_in: ChangeUnit | None = Field(default=None, alias="in")
    where: str | None = None
    denominator_where: str | None = None
    denominator_periods_back: int = Field(default=0, ge=0, le=9)
    periods_back: int = Field(default=0, ge=0, le=9)
    stages: tuple[str, ...] = ()
    unit: Label | None = None
    decimals: int = Field(ge=0, le=6)
    better: Literal["more", "less", "none"]
    source: MeasureSource
    scope: WrittenScope = WrittenScope()
    calendar: Calendar | None = None
    denominator_scope: WrittenScope = WrittenScope()
    denominator_calendar: Calendar | None = None
    combines: Label | None = None

    @field_validator("register_name", "denominator_register")
    @classmethod
    def _known_register(cls, name: str | None) -> str | None:
        if name is not None and name not in cls.registers:
            known = ", ".join(cls.registers)
            raise Refusal(f"a table of a snapshot: {known}", f"应是快照里的表：{known}")
        return name

    @field_validator("numerator", "denominator")
    @classmethod
    def _aggregate(cls, text: str | None, info: ValidationInfo) -> str | None:
        return cls._checked(text, info, lambda written, columns: _divisible(aggregate_expression(written, columns), info))

    @field_validator("resource", "weight")
    @classmethod
    def _number(cls, text: str | None, info: ValidationInfo) -> str | None:
        return cls._checked(text, info, lambda written, columns: _divisible(row_expression(written, columns, "number"), info))

    @field_validator("where", "denominator_where")
    @classmethod
    def _condition(cls, text: str | None, info: ValidationInfo) -> str | None:
        return cls._checked(text, info, lambda written, columns: row_expression(written, columns, "truth"))

    @model_validator(mode="after")
    def _parts_of_its_kind(self) -> Self:
        wanted = _PARTS_OF[self.kind]
        given = {part for part in _PARTS if getattr(self, part) is not None}
        if self.kind != "change" and self.register_name is None:
            raise Refusal("a measure names its «register»", "请选择登记表", "register")
        if wanted - given:
            part = _written_key(sorted(wanted - given)[0])
            raise Refusal(f"a measure of kind «{self.kind}» needs «{part}»", f"{_KINDS[self.kind]}要写“{_WORDS.get(part, part)}”", part)
        if given - wanted:
            part = _written_key(sorted(given - wanted)[0])
            raise Refusal(f"a measure of kind «{self.kind}» has no «{part}»", f"{_KINDS[self.kind]}没有“{_WORDS.get(part, part)}”", part)
        if self.unit is None and self.change_in not in _CHANGE_UNITS:
            raise Refusal("a measure has a «unit»", "请写单位", "unit")
        if self.unit is not None and self.change_in in _CHANGE_UNITS:
            raise Refusal(
                "no «unit»: a change in percent or in percentage points has its own", "不写单位：按百分比或百分点的变化有自己的单位", "unit"
            )
        return self

    @model_validator(mode="after")
    def _two_registers(self) -> Self:
        if self.denominator_register is None:
            if self.denominator_where or self.combines or self.denominator_calendar or self.denominator_scope != WrittenScope():
                raise Refusal(
                    "«denominator_register» where the denominator is spoken of apart",
                    "分母另有条件、口径或理由时，请选分母的登记表",
                    "denominator_register",
                )
            return self
        if self.kind != "ratio":
            raise Refusal("a measure of kind «ratio» where the denominator is of another register", "分母来自另一张表的只能是比率", "kind")
        above, below = self._scope_and_calendar, self._other_scope_and_calendar
        unlike = [name for name, one, other in zip(("counted", "schools", "calendar"), above, below, strict=True) if one != other]
        if unlike and self.combines is None:
            pairs = [(name, one, other) for name, one, other in zip(("counted", "schools", "calendar"), above, below, strict=True)]
            what = "; ".join(f"{name} is {one} above and {other} below" for name, one, other in pairs if one != other)
            zh = "；".join(f"{_WORDS[name]}：分子是{_said(one)}，分母是{_said(other)}" for name, one, other in pairs if one != other)
            raise Refusal(
                f"«combines» with the reason why unlike figures are divided: {what}",
                f"两者口径不同，请写明合在一起的理由（{zh}）",
                "combines",
            )
        if not unlike and self.combines is not None:
            raise Refusal("no «combines»: scope and calendar of both are alike", "不必写理由：分子分母的口径和时点相同", "combines")
        return self

    @model_validator(mode="after")
    def _calendar_of_its_table(self) -> Self:
        for register, calendar in ((self.register_name, self.calendar), (self.denominator_register, self.denominator_calendar)):
            known = _calendars(self.registers[register].table) if register else ()
            if register and calendar and calendar not in known:
                zh = "、".join(CALENDAR_WORDS[one].zh for one in known)
                raise Refusal(
                    f"a calendar that «{register}» has: {' or '.join(known)}",
                    f"“{self.registers[register].table.label.zh}”只能按{zh}计，请选其中之一",
                    "calendar",
                )
        return self

    @property
    def _scope_and_calendar(self) -> tuple[str, str, str]:
        table = self.registers[self.register_name or ""].table
        scope = self.scope.typed(table)
        return scope.counted, scope.schools, self.calendar or table.calendar

    @property
    def _other_scope_and_calendar(self) -> tuple[str, str, str]:
        table = self.registers[self.denominator_register or ""].table
        scope = self.denominator_scope.typed(table)
        return scope.counted, scope.schools, self.denominator_calendar or table.calendar

    @classmethod
    def _checked(cls, text: str | None, info: ValidationInfo, check: Any) -> str | None:
        below = str(info.field_name).startswith("denominator") and info.data.get("denominator_register")
        register = cls.registers.get(below or info.data.get("register_name") or "")
        if text is not None and register is not None:  # without a register there is one fault already, and nothing to check against
            check(text, register.types)
        return text

    def frozen_form(self, name: str) -> Measure:
        """The measure with its expressions parsed; of a change, see `frozen_change`."""
        register = self.registers[self.register_name or ""]
        denominator: Expression | None = None
        other: Measure | None = None
        if self.kind == "variation":
            numerator, denominator = (row_expression(text or "", register.types, "number") for text in (self.resource, self.weight))
        else:
            numerator = aggregate_expression(self.numerator or "", register.types)
            if self.denominator:
                below = self.registers[self.denominator_register] if self.denominator_register else register
                denominator = aggregate_expression(self.denominator, below.types)
        measure = self._measure(name, register, self.register_name or "", numerator, self.where)
        if self.denominator_register and denominator:
            table = self.registers[self.denominator_register]
            other = replace(
                self._measure(f"{name} denominator", table, self.denominator_register, denominator, self.denominator_where),
                kind="total", scope=self.denominator_scope.typed(table.table),
                calendar=self.denominator_calendar or table.table.calendar,
            )  # fmt: skip
        parts: list[Any] = [
            self.register_name,
            register.universe_text,
            self.kind,
            str(numerator),
            str(denominator),
            self.where,
            list(self.stages),
        ]
        more = [self.denominator_register, self.denominator_where, self.denominator_periods_back]
        if other or measure.scope.schools == "public":
            parts += [*more, measure.scope.schools]
        calendars = [one.calendar for one in (measure, other) if one]
        parts += calendars if "calendar_year" in calendars else []
        persons = other.counts_persons if other else denominator is not None and _counts_persons(denominator, register.table)
        return replace(
            measure,
            denominator=denominator,
            other=other,
            denominator_counts_persons=persons and self.kind == "ratio",
            definition_version=_version(parts),
        )

    def frozen_change(self, name: str, base: Measure) -> Measure:
        """A change of a measure that is known already."""
        assert self.change_in is not None
        return replace(
            base, id=name, label=self.label, description=self.description, kind="change", base=base, change_in=self.change_in, other=None,
            unit=self.unit or _CHANGE_UNITS[self.change_in], decimals=self.decimals, better=self.better, source=self.source,
            periods_back=self.periods_back or base.periods_back, counts_persons=False, denominator_counts_persons=False,
            definition_version=_version(["change", self.change_in, base.definition_version]),
        )  # fmt: skip

    def _measure(self, name: str, register: Register, register_name: str, numerator: Expression, where: str | None) -> Measure:
        table = register.table
        return Measure(
            id=name,
            label=self.label,
            description=self.description,
            register=register_name,
            kind=self.kind,
            numerator=numerator,
            denominator=None,
            where=row_expression(where, register.types, "truth") if where else None,
            universe=register.universe,
            stages=self.stages,
            unit=self.unit or Label(en="", zh=""),
            decimals=self.decimals,
            better=self.better,
            source=self.source,
            scope=self.scope.typed(table),
            calendar=self.calendar or table.calendar,
            definition_version="",
            types=register.types,
            other_periods_back=self.denominator_periods_back,
            combines=self.combines,
            periods_back=self.periods_back,
            key=table.key,
            counts_persons=self.kind in ("total", "ratio") and _counts_persons(numerator, table),
        )


def _divisible(expression: Expression, info: ValidationInfo) -> Expression:
    """What stands below the line may not be a zero."""
    if info.field_name in ("denominator", "weight") and expression.constant == 0:
        raise Refusal(f"a number that can be divided by; «{expression}» is zero", f"分母不能是零：“{expression}”")
    return expression


def _counts_persons(expression: Expression, table: TableRule) -> bool:
    """Whether an aggregate expression is a number of persons: rows that are persons, or sums of columns that count them."""
    aggregates = list(expression.tree.find_all(*AGGREGATES))
    counted = {*table.person_counts}
    sums = (isinstance(one, exp.Sum) and {column.name for column in one.find_all(exp.Column)} & counted for one in aggregates)
    return bool(aggregates) and (all(sums) or (table.persons and all(isinstance(one, exp.Count) for one in aggregates)))


def _calendars(table: TableRule) -> tuple[Calendar, ...]:
    """The calendars by which a table can be counted: what happens on a day is of a school year and of a calendar year."""
    if table.period == "fiscal_year":
        return ("fiscal_year",)
    return ("1_september", "school_year", *(("calendar_year",) if "calendar_year" in table.columns else ()))


def _said(value: str) -> str:
    """Part of a scope or a calendar in Chinese."""
    words = {str(one): label for part in (COUNTED_WORDS, SCHOOLS_WORDS, CALENDAR_WORDS) for one, label in part.items()}
    return words[value].zh


def _written_key(part: str) -> str:
    return "in" if part == "change_in" else part


def _version(parts: list[Any]) -> str:
    return hashlib.sha256(json.dumps(parts, ensure_ascii=False).encode()).hexdigest()[:12]
