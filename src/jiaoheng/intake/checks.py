"""Checks: every rule on every row of a sheet at once; nothing stops at the first problem.

Changes when a rule of rows is added. The limits and choices themselves are the register's definition in the rulebook.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

import polars as pl

from jiaoheng.access.account import Account
from jiaoheng.intake.catalogue import CATALOGUE
from jiaoheng.intake.causes import READ_CAUSES, Cause, Words, phrased
from jiaoheng.intake.cells import RawColumn, raw_column
from jiaoheng.intake.columns import Feed, FieldFeed
from jiaoheng.intake.directory import Directory
from jiaoheng.intake.masking import HIDDEN, quotable
from jiaoheng.intake.normalising import Normalised, normalised
from jiaoheng.intake.placing import Places, placed
from jiaoheng.intake.row_rules import broken_rules
from jiaoheng.intake.store import Store
from jiaoheng.rulebook.loader import Label
from jiaoheng.rulebook.registers import FieldRule

__all__ = ["Checked", "Finding", "checked", "identified"]

_QUOTED = 3
"""So many values are quoted in a message."""
_LONGEST = {"code": 100, "organisation": 100, "text": 200, "name": 200}
"""Characters that the register's columns hold."""


@dataclass(frozen=True)
class Finding:
    """A cause and the rows and columns (counted from 0) that it speaks of."""

    cause: Cause
    rows: pl.Series
    columns: tuple[int, ...]


@dataclass
class Checked:
    """A sheet after the checks.

    `frame`: one row a row of the sheet that holds anything; `row` is its spreadsheet number, then every field of the feed;
    for organisations also path and wave, for others organisation_id. `rejected` says which rows go back.
    """

    feed: Feed
    frame: pl.DataFrame
    rejected: pl.Series
    findings: list[Finding] = field(default_factory=list)
    places: Places | None = None

    @property
    def good(self) -> pl.DataFrame:
        return self.frame.filter(~self.rejected)

    @property
    def causes(self) -> list[Cause]:
        """Rejections first, then warnings, then what was normalised; the most frequent first."""
        rank = {"reject": 0, "warn": 1, "info": 2}
        return sorted((finding.cause for finding in self.findings), key=lambda cause: (rank[cause.severity], -cause.count, cause.code))


def checked(feed: Feed, directory: Directory, account: Account | None = None, store: Store | None = None) -> Checked:
    """Read the feed's columns, normalise them, and hold every row against every rule, the store's own ones too."""
    check = _Check(feed)
    check.read_fields()
    check.field_rules()
    if feed.register == "organisations":
        check.place(directory)
    else:
        check.find_organisations(directory, account)
    if account is not None:
        check.scope(account)
    check.duplicates()
    frame = pl.DataFrame({"row": check.rows, **check.values, **check.extra})
    if store is not None:
        frame = check.declared(store, frame)
    rejected = pl.repeat(False, len(check.rows), dtype=pl.Boolean, eager=True)
    for finding in check.findings:
        if finding.cause.severity == "reject":
            rejected = rejected | finding.rows
    return Checked(feed, frame, rejected, check.findings, check.places)


def identified(feed: Feed, directory: Directory, account: Account | None, names: Sequence[str]) -> pl.DataFrame:
    """These fields of every row as `checked` reads them, and its `organisation_id`; nothing is held against a rule."""
    wanted = {*names, "organisation", "organisation_name"}
    check = _Check(replace(feed, fields={name: one for name, one in feed.fields.items() if name in wanted}))
    check.read_fields()
    check.find_organisations(directory, account)
    return pl.DataFrame({**{name: check.values[name] for name in names}, "organisation_id": check.extra["organisation_id"]})


class _Check:
    """The state of one check: raw columns, values by field, findings so far."""

    def __init__(self, feed: Feed) -> None:
        self.feed = feed
        sheet, first = feed.sheet, feed.first_row
        raw = {index: raw_column(sheet.column(index, first), typed=sheet.typed) for index in feed.used_columns}
        written = pl.repeat(False, len(sheet.rows) - first, dtype=pl.Boolean, eager=True)
        for column in raw.values():
            written = written | column.written
        kept = written.arg_true()
        self.rows = (kept.cast(pl.Int64) + sheet.before + first + 1).alias("row")
        whole = len(kept) == len(written)
        self.raw = raw if whole else {index: _taken(column, kept) for index, column in raw.items()}
        self.values: dict[str, pl.Series] = {}
        self.extra: dict[str, pl.Series] = {}
        self.faulty: dict[str, pl.Series] = {}
        self.findings: list[Finding] = []
        self.places: Places | None = None
        self.held_paths: pl.Series | None = None
        if len(kept) and int(kept[-1]) + 1 > len(kept):
            empty = pl.Series("row", sorted(set(range(int(kept[-1]) + 1)) - set(kept.to_list()))) + sheet.before + first + 1
            self._say("READ-08", len(empty), int(empty[0]), int(empty[-1]), (), {})
        if feed.heading_row:
            self._say("READ-09", 1, feed.heading_row + 1, feed.heading_row + 1, (), {"row": feed.heading_row + 1})
        if feed.first_row - feed.heading_row > 1:
            self._say("READ-11", 1, feed.heading_row + 1, feed.first_row, (), {})

    def _say(self, code: str, count: int, first: int, last: int, columns: tuple[int, ...], words: dict[str, Words]) -> None:
        """Add a finding of the READ group: it is said, and marks no cell."""
        shown = self.feed.shown(columns)
        cause = phrased(code, READ_CAUSES[code], words, count=count, first_row=first, last_row=last, column=shown)
        self.findings.append(Finding(cause, pl.repeat(False, len(self.rows), dtype=pl.Boolean, eager=True), columns))

    def find(self, number: str, mask: pl.Series, columns: Sequence[int], values: pl.Series | None = None, **words: Words) -> None:
        """Add a finding of a row rule where any row breaks it; `values` are quoted."""
        count = int(mask.sum() or 0)
        if not count:
            return
        rows = self.rows.filter(mask)
        if values is not None:
            words["values"] = _quoted(values.filter(mask))
        cause = phrased(
            f"{self.feed.rule.causes}-{number}",
            CATALOGUE[number],
            words,
            count=count,
            first_row=int(rows[0]),
            last_row=int(rows[-1]),
            column=self.feed.shown(columns),
        )
        self.findings.append(Finding(cause, mask, tuple(columns)))

    def read_fields(self) -> None:
        for name, feed in self.feed.fields.items():
            rule = self.feed.rule.fields[name]
            if feed.from_organisation:
                continue
            if feed.constant is not None:
                one = normalised(raw_column([feed.constant], typed=False), rule).values
                self.values[name] = one.new_from_index(0, len(self.rows)).alias(name)
            elif len(feed.columns) == 1:
                self._read_column(name, feed, rule)
            else:
                self._read_sum(name, feed, rule)

    def _read_column(self, name: str, feed: FieldFeed, rule: FieldRule) -> None:
        raw = self.raw[feed.columns[0]]
        read = normalised(raw, rule, feed.values)
        self._note(read, feed.columns, raw, rule)
        self.values[name] = read.values.alias(name)
        self.faulty[name] = self._faults(name, read, feed.columns, raw, rule)

    def _read_sum(self, name: str, feed: FieldFeed, rule: FieldRule) -> None:
        """A missing part makes the sum missing: it is not zero."""
        parts: list[pl.Series] = []
        faulty = pl.repeat(False, len(self.rows), dtype=pl.Boolean, eager=True)
        for index in feed.columns:
            raw = self.raw[index]
            read = normalised(raw, rule, feed.values)
            self._note(read, (index,), raw, rule)
            faulty = faulty | self._faults(name, read, (index,), raw, rule)
            self._range(rule, read.values, (index,))
            parts.append(read.values)
        total = parts[0]
        some = parts[0].is_not_null()
        for part in parts[1:]:
            total, some = total + part, some | part.is_not_null()
        partial = some & total.is_null() & ~faulty
        if partial.any():
            rows = self.rows.filter(partial)
            self._say("READ-10", len(rows), int(rows[0]), int(rows[-1]), feed.columns, {"field": rule.label})
        self.values[name], self.faulty[name] = total.alias(name), faulty

    def _note(self, read: Normalised, columns: tuple[int, ...], raw: RawColumn, rule: FieldRule) -> None:
        for code, mask in read.notes.items():
            rows = self.rows.filter(mask)
            example, became = (HIDDEN, HIDDEN) if rule.hidden else _example(raw, read.values, mask)
            words: dict[str, Words] = {"example": example, "read": became}
            self._say(code, len(rows), int(rows[0]), int(rows[-1]), columns, words)

    def _faults(self, name: str, read: Normalised, columns: tuple[int, ...], raw: RawColumn, rule: FieldRule) -> pl.Series:
        broken = pl.repeat(False, len(self.rows), dtype=pl.Boolean, eager=True)
        shown = _as_written(raw) if any(mask.any() for mask in read.faults.values()) else None
        for number, mask in read.faults.items():
            quoted = None if shown is None else quotable(shown, rule)
            self.find(number, mask, columns, quoted, field=rule.label, choices=_choices(rule))
            broken = broken | mask
        return broken

    def _range(self, rule: FieldRule, values: pl.Series, columns: Sequence[int]) -> None:
        if rule.type not in ("count", "amount", "degrees"):
            return
        outside = values < rule.minimum if rule.maximum is None else ~values.is_between(rule.minimum, rule.maximum)
        top: Words = "…" if rule.maximum is None else f"{rule.maximum:,.0f}"
        self.find("03", outside.fill_null(False), columns, values, field=rule.label, minimum=f"{rule.minimum:,.0f}", maximum=top)

    def field_rules(self) -> None:
        """Required, range, length, and parts that are more than their whole."""
        for name, values in self.values.items():
            rule, columns = self.feed.rule.fields[name], self.feed.fields[name].columns
            faulty = self.faulty.get(name)
            if rule.required or self._stands_for_another(name):
                missing = values.is_null() if faulty is None else values.is_null() & ~faulty
                if rule.instead in self.values:
                    missing = missing & self.values[rule.instead].is_null()
                self.find("01", missing, columns, field=rule.label)
            self._range(rule, values, columns)
            longest = _LONGEST.get(rule.type)
            if longest:
                self.find("14", (values.str.len_chars() > longest).fill_null(False), columns, values, field=rule.label, maximum=longest)
            if rule.at_most and rule.at_most in self.values:
                other = self.values[rule.at_most]
                shown = pl.select(pl.format("{} > {}", values, other)).to_series()
                both = (*columns, *self.feed.fields[rule.at_most].columns)
                words: dict[str, Words] = {"field": rule.label, "other": self.feed.rule.fields[rule.at_most].label}
                self.find("07", (values > other).fill_null(False), both, shown, **words)
            if rule.not_before and rule.not_before in self.values:
                early = (values < self.values[rule.not_before]).fill_null(False)
                both = (*columns, *self.feed.fields[rule.not_before].columns)
                words = {"field": rule.label, "other": self.feed.rule.fields[rule.not_before].label}
                self.find("41", early, both, quotable(values.cast(pl.String), rule), **words)
        if "valid_from" in self.values and "valid_to" in self.values:
            ends, begins = self.values["valid_to"], self.values["valid_from"]
            columns = self.feed.fields["valid_to"].columns
            self.find("18", (ends < begins).fill_null(False), columns, ends.cast(pl.String), field=self.feed.rule.fields["valid_to"].label)

    def _stands_for_another(self, name: str) -> bool:
        """Whether the field stands in place of a required one that the sheet has no column for."""
        fields = self.feed.rule.fields
        return any(rule.required and rule.instead == name and other not in self.values for other, rule in fields.items())

    def _codes_by_name(self, directory: Directory, account: Account | None) -> None:
        """Fill in the codes that are missing by the names, where a name means one organisation (of the account's) and no other."""
        names = self.values["organisation_name"]
        codes = self.values.get("organisation", pl.repeat(None, len(self.rows), dtype=pl.String, eager=True))
        unsaid = codes.is_null() & names.is_not_null()
        if unsaid.any():
            found = directory.codes_by_name(names.filter(unsaid).unique().to_list(), account)
            by_name = names.replace_strict(list(found), list(found.values()), default=None, return_dtype=pl.String)
            codes = pl.select(pl.coalesce(codes, by_name)).to_series()
            self.find("52", unsaid & codes.is_null(), self.feed.fields["organisation_name"].columns, names)
        self.values["organisation"] = codes.alias("organisation")

    def declared(self, store: Store, frame: pl.DataFrame) -> pl.DataFrame:
        """The rules that the register itself declares; gives the frame with the columns that its store added."""
        frame = store.prepared(frame)
        if store.rules is None:
            return frame
        fields = self.feed.rule.fields
        for broken in broken_rules(store.rules, frame):
            named = [name for name in broken.fields if name in fields]
            words: dict[str, Words] = dict(broken.words)
            for word, name in zip(("field", "other"), named, strict=False):
                words.setdefault(word, fields[name].label)
            quoted = frame[broken.quoted].cast(pl.String) if broken.quoted else None
            if quoted is not None and broken.quoted in fields:
                quoted = quotable(quoted, fields[broken.quoted])
            columns = [index for name in named if name in self.feed.fields for index in self.feed.fields[name].columns]
            self.find(broken.number, broken.mask, columns, quoted, **words)
        return frame

    def find_organisations(self, directory: Directory, account: Account | None) -> None:
        """Known organisation, its name, and the stage where the mapping leaves it to the organisation."""
        if "organisation_name" in self.values and self.feed.rule.fields["organisation"].instead == "organisation_name":
            self._codes_by_name(directory, account)
        codes, columns = self.values["organisation"], self._organisation_columns()
        found = directory.joined(codes, "id", "path", "stages", "name_zh", "name_en")
        self.find("05", codes.is_not_null() & found["id"].is_null(), columns, codes)
        self.extra |= {"organisation_id": found["id"], "path": found["path"], "organisation_stages": found["stages"]}
        if self.feed.fields.get("stage", FieldFeed()).from_organisation:
            stages = found["stages"]
            unclear = found["id"].is_not_null() & ((stages == "") | stages.str.contains(",", literal=True)).fill_null(True)
            self.find("11", unclear, columns, codes)
            self.values["stage"] = stages.set(unclear, None).alias("stage")
        elif "stage" in self.values:
            stage = self.values["stage"]
            taught = pl.DataFrame({"stage": stage, "taught": found["stages"]})
            other = taught.select((pl.col("taught") != "") & ~pl.col("taught").str.split(",").list.contains(pl.col("stage"))).to_series()
            shown = pl.select(pl.format("{} {}", codes, stage)).to_series()
            self.find("19", (other & stage.is_not_null()).fill_null(False), self.feed.fields["stage"].columns, shown)
        name = self.values.get("organisation_name")
        if name is not None:
            known = [name == found["name_zh"], name == found["name_en"]]
            differs = name.is_not_null() & found["id"].is_not_null() & ~(known[0].fill_null(False) | known[1].fill_null(False))
            held = pl.select(pl.when(found["name_zh"] != "").then(found["name_zh"]).otherwise(found["name_en"])).to_series()
            shown = pl.select(pl.format("{} ≠ {}", name, held)).to_series()
            self.find("09", differs, self.feed.fields["organisation_name"].columns, shown)

    def _organisation_columns(self) -> tuple[int, ...]:
        feed = self.feed.fields.get("organisation") or self.feed.fields.get("organisation_name") or FieldFeed()
        return feed.columns

    def place(self, directory: Directory) -> None:
        """Where in the tree every organisation of the sheet stands."""
        codes, columns = self.values["code"], self.feed.fields["code"].columns
        self.held_paths = directory.joined(codes, "path")["path"]
        self.places = placed(self.feed, codes, self.values.get("parent"), self._area_names(), directory)
        self.extra |= {"path": self.places.paths, "wave": self.places.waves, "_parent": self.places.parents}
        at = self.feed.fields["parent"].columns if "parent" in self.feed.fields else columns
        self.find("16", self.places.lost & codes.is_not_null(), at, self.places.parents)

    def _area_names(self) -> list[tuple[pl.Series | None, pl.Series | None]]:
        """Names and codes of every level of the path, by row."""
        text = FieldRule(type="text", label=Label(en="", zh=""))
        code = FieldRule(type="code", label=Label(en="", zh=""))
        return [
            (
                None if area.column is None else normalised(self.raw[area.column], text).values,
                None if area.code_column is None else normalised(self.raw[area.code_column], code).values,
            )
            for area in self.feed.areas
        ]

    def scope(self, account: Account) -> None:
        """Rows outside the account's part of the tree go back; so does one that would fetch an organisation from outside into it."""
        path, outside = self.extra["path"], pl.repeat(False, len(self.rows), dtype=pl.Boolean, eager=True)
        for paths in (path, self.held_paths):
            if paths is not None:
                covered = [one for one in paths.drop_nulls().unique().to_list() if account.covers(one)]
                outside = outside | (paths.is_not_null() & ~paths.is_in(covered).fill_null(False))
        if self.feed.register == "organisations":
            self.find("08", outside, self.feed.fields["code"].columns, self.values["code"])
        else:
            self.find("08", outside, self._organisation_columns(), self.values["organisation"])

    def duplicates(self) -> None:
        """Every row of a key that stands more than once goes back: nobody but the sender knows which one is right."""
        key = [name for name in self.feed.rule.key if name in self.values]
        if not key:
            return
        frame = pl.DataFrame([self.values[name] for name in key])
        whole = frame.select(pl.all_horizontal(pl.all().is_not_null())).to_series()
        twice = frame.select(pl.struct(pl.all()).is_duplicated()).to_series() & whole
        if not twice.any():
            return
        labels = [self.feed.rule.fields[name].label for name in key]
        words = Label(en=" + ".join(label.en for label in labels), zh=" + ".join(label.zh for label in labels))
        columns = [index for name in key if name in self.feed.fields for index in self.feed.fields[name].columns]
        shown = [quotable(self.values[name].cast(pl.String), self.feed.rule.fields[name]) for name in key]
        self.find("06", twice, columns, pl.DataFrame(shown).select(pl.concat_str(pl.all(), separator=" ")).to_series(), key=words)


def _taken(column: RawColumn, kept: pl.Series) -> RawColumn:
    return RawColumn(column.text.gather(kept), column.number.gather(kept), column.day.gather(kept), column.typed)


def _choices(rule: FieldRule) -> Label:
    return Label(en=", ".join(choice.en for choice in rule.choices.values()), zh="、".join(choice.zh for choice in rule.choices.values()))


def _shown(values: pl.Series) -> Iterator[str]:
    for value in values.to_list():
        yield str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _quoted(values: pl.Series) -> str:
    distinct = values.drop_nulls().unique(maintain_order=True)
    first = ", ".join(text if len(text) <= 60 else text[:59] + "…" for text in _shown(distinct.head(_QUOTED)))
    return first + (", …" if len(distinct) > _QUOTED else "")


def _as_written(raw: RawColumn) -> pl.Series:
    return pl.select(pl.coalesce(raw.text, raw.number.cast(pl.String).str.strip_suffix(".0"), raw.day.cast(pl.String))).to_series()


def _example(raw: RawColumn, values: pl.Series, mask: pl.Series) -> tuple[str, str]:
    """One cell that was normalised, as written and as read."""
    index = mask.arg_max() or 0
    return _as_written(raw)[index] or "", next(iter(_shown(values.slice(index, 1))), "")
