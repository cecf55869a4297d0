"""Mapping: which files, sheets and columns feed which fields of which register, written by whoever knows the files.

Changes when what a mapping can say changes. The format is described in `docs/reference/intake.md`.
"""

from collections.abc import Iterator, Mapping
from fnmatch import fnmatch
from functools import partial
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import ConfigDict, Field, field_validator, model_validator

from jiaoheng.organisations.school_year import NotASchoolYear, SchoolYear
from jiaoheng.rulebook.loader import Label, Rule, load_rule_file
from jiaoheng.rulebook.registers import RegisterRule

__all__ = ["AreaSource", "FieldSource", "FileMapping", "Source", "load_mapping", "mapping_faults"]


class FieldSource(Rule):
    """Where one field comes from: a column, the sum of columns, or the organisation; and how written values translate.

    A value that `values` maps to null is read as missing; one that it does not name stays as written.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    column: str | None = None
    sum: tuple[str, ...] = ()
    origin: Literal["organisation"] | None = Field(default=None, alias="from")
    values: dict[str, str | None] = Field(default_factory=dict)

    @model_validator(mode="before")
    @classmethod
    def _short_form(cls, written: Any) -> Any:
        return {"column": written} if isinstance(written, str) else written

    @field_validator("values", mode="before")
    @classmethod
    def _plain_keys(cls, written: Any) -> Any:
        return (
            {str(key): value if value is None else str(value) for key, value in written.items()} if isinstance(written, dict) else written
        )

    @model_validator(mode="after")
    def _one_origin(self) -> Self:
        if sum((self.column is not None, bool(self.sum), self.origin is not None)) != 1:
            raise ValueError("exactly one of column, sum, from")
        return self

    @property
    def headings(self) -> tuple[str, ...]:
        return (self.column,) if self.column is not None else self.sum


class AreaSource(Rule):
    """One level of the path above an organisation: a fixed area (`code` and a name), or one a row (`column` of names).

    Without `code_column` an area's code is made of the codes above it and its name: `PH.Region I`.
    """

    kind: str
    column: str | None = None
    code_column: str | None = None
    code: str | None = None
    name_en: str = ""
    name_zh: str = ""

    @model_validator(mode="after")
    def _fixed_or_by_row(self) -> Self:
        if (self.code is None) == (self.column is None):
            raise ValueError("either a fixed area (code, name_en or name_zh) or a column of names")
        return self


class Source(Rule):
    """One kind of file: the names it goes by (shell patterns), its sheet (the first when not given), and what it feeds."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    files: tuple[str, ...]
    feeds: str = Field(alias="register")
    sheet: str | None = None
    columns: dict[str, FieldSource]
    constants: dict[str, str] = Field(default_factory=dict)
    path: tuple[AreaSource, ...] = ()

    @field_validator("files", mode="before")
    @classmethod
    def _one_or_many(cls, written: Any) -> Any:
        return (written,) if isinstance(written, str) else written

    @field_validator("constants", mode="before")
    @classmethod
    def _as_text(cls, written: Any) -> Any:
        return {key: str(value) for key, value in written.items()} if isinstance(written, dict) else written

    def takes(self, name: str) -> bool:
        """Whether a file of this name is one of this source's, whatever the case of its letters."""
        return any(fnmatch(name.casefold(), pattern.casefold()) for pattern in self.files)


class FileMapping(Rule):
    """A mapping file: a label and its sources by name."""

    label: Label
    sources: dict[str, Source]


def load_mapping(path: Path, registers: Mapping[str, RegisterRule]) -> FileMapping:
    """The mapping in a file, checked against the registers. Raises: RulebookFaulty naming file, line and key of every fault."""
    return load_rule_file(path, FileMapping, partial(mapping_faults, registers))


def mapping_faults(registers: Mapping[str, RegisterRule], mapping: FileMapping) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """Everything that a mapping says and the registers do not know: key path, and what was expected."""
    for name, source in mapping.sources.items():
        at = ("sources", name)
        rule = registers.get(source.feeds)
        if rule is None:
            yield (*at, "register"), f"one of the registers: {', '.join(registers)} (given: {source.feeds!r})"
            continue
        for group, given in (("columns", source.columns), ("constants", source.constants)):
            for field in given:
                if field not in rule.fields:
                    yield (*at, group, field), f"a field of {source.feeds}: {', '.join(rule.fields)}"
        for field in source.columns.keys() & source.constants.keys():
            yield (*at, "constants", field), "a field that no column feeds as well"
        fed = {*source.columns, *source.constants}
        for field, field_rule in rule.fields.items():
            if field_rule.required and field not in fed:
                yield at, f"a column or constant for {field}, which every row needs"
        if source.path and source.feeds != "organisations":
            yield (*at, "path"), "nothing: only organisations have a path of areas"
        if source.path and "parent" in fed:
            yield (*at, "path"), "either a path of areas or the field parent, not both"
        yield from _value_faults(at, source, rule)


def _value_faults(at: tuple[str | int, ...], source: Source, rule: RegisterRule) -> Iterator[tuple[tuple[str | int, ...], str]]:
    kinds = rule.fields["kind"].choices if "kind" in rule.fields else {}
    for index, area in enumerate(source.path):
        if area.kind not in kinds:
            yield (*at, "path", index, "kind"), f"one of the kinds: {', '.join(kinds)} (given: {area.kind!r})"
    for field, feed in source.columns.items():
        field_rule = rule.fields.get(field)
        if field_rule is None:
            continue
        if feed.origin and field != "stage":
            yield (*at, "columns", field), "a column; only stage can come from the organisation"
        if feed.sum and field_rule.type not in ("count", "amount"):
            yield (*at, "columns", field), "a column; only counts and amounts can be summed"
        for written, value in feed.values.items():
            unknown = [part for part in (value or "").split(",") if part and part not in field_rule.choices]
            if field_rule.choices and unknown:
                yield (*at, "columns", field, "values", written), f"one of: {', '.join(field_rule.choices)} (given: {value!r})"
    for field, constant in source.constants.items():
        field_rule = rule.fields.get(field)
        if field_rule is None:
            continue
        if field_rule.choices and any(part not in field_rule.choices for part in constant.split(",")):
            yield (*at, "constants", field), f"one of: {', '.join(field_rule.choices)} (given: {constant!r})"
        if field_rule.type == "school_year":
            try:
                SchoolYear.parse(constant)
            except NotASchoolYear as error:
                yield (*at, "constants", field), str(error)
