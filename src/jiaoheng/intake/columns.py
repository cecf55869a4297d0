"""Columns: where the headings stand in a sheet, and which column feeds which field.

Changes when the way headings are found changes. Headings are matched by a mapping where there is one, else by a field's names and aliases.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Protocol

from jiaoheng.intake.causes import UnreadableWorkbook
from jiaoheng.intake.mapping import AreaSource, Source
from jiaoheng.intake.workbook import Cell, Sheet
from jiaoheng.rulebook.registers import FieldRule, RegisterRule

__all__ = [
    "AreaFeed",
    "Feed",
    "FieldFeed",
    "best_heading",
    "column_letters",
    "folded",
    "heading_keys",
    "mapped_feed",
    "matched_feed",
    "possible_headings",
]

_DEEPEST_HEADING = 20
"""Headings are looked for in this many rows from the top: above them stand a title, a date, a unit."""
_FEWEST_MATCHES = 2
_FAIR_SHARE = 0.6


@dataclass(frozen=True)
class FieldFeed:
    """What feeds one field: columns (several are summed), a constant, or the organisation."""

    columns: tuple[int, ...] = ()
    constant: str | None = None
    from_organisation: bool = False
    values: Mapping[str, str | None] = field(default_factory=dict)


@dataclass(frozen=True)
class AreaFeed:
    """What feeds one level of the path: the mapping's level and its columns."""

    source: AreaSource
    column: int | None
    code_column: int | None


@dataclass(frozen=True)
class Feed:
    """A sheet, the register it feeds, and where. Rows and columns are counted from 0."""

    register: str
    rule: RegisterRule
    sheet: Sheet
    heading_row: int
    first_row: int
    headings: tuple[str, ...]
    fields: Mapping[str, FieldFeed]
    areas: tuple[AreaFeed, ...] = ()

    def shown(self, columns: Sequence[int]) -> str:
        """Columns as a spreadsheet shows them, with their headings: `C 学生数`."""
        return ", ".join(f"{column_letters(index)} {self.headings[index]}" for index in columns)

    @property
    def used_columns(self) -> list[int]:
        areas = (index for area in self.areas for index in (area.column, area.code_column) if index is not None)
        return sorted({*areas, *(index for feed in self.fields.values() for index in feed.columns)})


def column_letters(index: int) -> str:
    """The letters over the column with this number, counted from 0: 0 is A, 26 is AA."""
    letters = ""
    index += 1
    while index:
        index, remainder = divmod(index - 1, 26)
        letters = chr(65 + remainder) + letters
    return letters


@lru_cache(maxsize=4096)
def folded(heading: str) -> str:
    """A heading without what writers vary: width, case, blanks, dots, hyphens, colons, stars."""
    return re.sub(r"[\s._\-:*·、,\u200b-\u200f\ufeff]+", "", unicodedata.normalize("NFKC", heading)).casefold()


def mapped_feed(file: str, sheet: Sheet, source: Source, rule: RegisterRule) -> Feed:
    """The feed that a mapping's source describes. Raises: UnreadableWorkbook naming the first column that the sheet lacks."""
    wanted = {heading for feed in source.columns.values() for heading in feed.headings}
    wanted |= {heading for area in source.path for heading in (area.column, area.code_column) if heading}
    by_fold = {folded(heading): heading for heading in wanted}
    best = best_heading(sheet, lambda names: {by_fold[folded(name)] for name in names if folded(name) in by_fold})
    if best is None:
        raise UnreadableWorkbook("FILE-05", file=file, headings=", ".join(sorted(wanted)[:5]))
    heading_row, first_row, headings, ways = best
    places = _places(ways, {folded(heading): heading for heading in wanted})
    for heading in [heading for feed in source.columns.values() for heading in feed.headings] + sorted(wanted):
        if heading not in places:
            shown = ", ".join(name for name in headings if name)[:300]
            raise UnreadableWorkbook("FILE-06", file=file, sheet=sheet.name, column=heading, headings=shown)
    fields = {
        name: FieldFeed(tuple(places[heading] for heading in feed.headings), None, feed.origin is not None, feed.values)
        for name, feed in source.columns.items()
    }
    fields |= {name: FieldFeed(constant=constant) for name, constant in source.constants.items()}
    areas = tuple(AreaFeed(area, places.get(area.column or ""), places.get(area.code_column or "")) for area in source.path)
    return Feed(source.feeds, rule, sheet, heading_row, first_row, headings, fields, areas)


def matched_feed(file: str, sheet: Sheet, registers: Mapping[str, RegisterRule]) -> Feed | None:
    """The feed that the headings themselves suggest; None where too few are known.

    Raises: UnreadableWorkbook where a register is recognised and a column that every row needs is missing.
    """
    found: list[tuple[bool, int, str, tuple[int, int, tuple[str, ...], list[list[str]]], dict[str, int]]] = []
    for register, rule in registers.items():
        names = _names(rule)
        best = best_heading(sheet, lambda texts, names=names: {names[key] for text in texts for key in heading_keys(text) if key in names})
        if best is None:
            continue
        places = _places(best[3], names)
        complete = not _missing(rule, places)
        if len(places) >= _FEWEST_MATCHES:
            found.append((complete, len(places), register, best, places))
    if not found:
        return None
    # A sheet of another register may hold the few columns that a small register needs: it must know most of what the best one knows.
    most = max(match[1] for match in found)
    found = [(match[0] and match[1] >= _FAIR_SHARE * most, *match[1:]) for match in found]
    complete, _count, register, (heading_row, first_row, headings, _ways), places = max(found, key=lambda match: match[:2])
    rule = registers[register]
    if not complete:
        missing = _missing(rule, places)[0]
        shown = ", ".join(name for name in headings if name)[:300]
        raise UnreadableWorkbook("FILE-06", file=file, sheet=sheet.name, column=missing.label, headings=shown)
    fields = {name: FieldFeed((index,)) for name, index in places.items()}
    return Feed(register, rule, sheet, heading_row, first_row, headings, fields)


def _missing(rule: RegisterRule, places: Mapping[str, int]) -> list[FieldRule]:
    """The columns that every row needs and the sheet lacks; a field may have another that stands in its place."""
    return [field for name, field in rule.fields.items() if field.required and name not in places and field.instead not in places]


@lru_cache(maxsize=4096)
def heading_keys(heading: str) -> tuple[str, ...]:
    """A heading's folded forms: whole, and without what stands in brackets (a unit, a remark)."""
    whole = folded(heading)
    return (whole, re.sub(r"[(\[【].*?[)\]】]", "", whole)) if whole else ()


def _names(rule: RegisterRule) -> dict[str, str]:
    names: dict[str, str] = {}
    for name, field_rule in rule.fields.items():
        for written in (name, field_rule.label.zh, field_rule.label.en, *field_rule.aliases):
            for key in heading_keys(written):
                names.setdefault(key, name)
    return names


def _places(ways: Sequence[Sequence[str]], names: Mapping[str, str]) -> dict[str, int]:
    """Column of every name: whole headings before those without brackets, and the first column before later ones."""
    places: dict[str, int] = {}
    taken: set[int] = set()
    for form in (0, 1):
        for index, texts in enumerate(ways):
            for text in texts:
                keys = heading_keys(text)
                name = names.get(keys[form]) if len(keys) > form else None
                if name is not None and name not in places and index not in taken:
                    places[name] = index
                    taken.add(index)
    return places


Heading = tuple[int, int, tuple[str, ...], list[list[str]]]
"""Heading row, first row of data, the headings as shown, and for every column the texts by which it may be known."""


def best_heading(sheet: Sheet, known: "Matcher") -> Heading | None:
    """The row (or pair of rows) that names the most known columns."""
    best: tuple[int, Heading] | None = None
    for one, pair in possible_headings(sheet):
        upper = [text for texts in one[3] for text in texts]
        candidates = [(len(known(upper)), one)]
        if pair is not None:
            count, lower = len(known([text for texts in pair[3] for text in texts])), _texts(sheet, one[0] + 1)
            if count > max(candidates[0][0], len(known(lower))):  # two rows are one heading only where neither says it all alone
                candidates.append((count, pair))
        for candidate in candidates:
            if candidate[0] and (best is None or candidate[0] > best[0]):
                best = candidate
    return best[1] if best else None


def possible_headings(sheet: Sheet) -> Iterator[tuple[Heading, Heading | None]]:
    """Every row near the top as a heading of its own, and together with the row below where that holds words only."""
    for top in range(min(_DEEPEST_HEADING, len(sheet.rows))):
        upper = _texts(sheet, top)
        if not any(upper):
            continue
        pair: Heading | None = None
        if top + 1 < min(_DEEPEST_HEADING, len(sheet.rows)) and _is_words(sheet, top + 1):
            lower, across = _texts(sheet, top + 1), _filled(sheet, top)
            ways = [[text for text in (low, up, up + low) if text] for up, low in zip(across, lower, strict=True)]
            shown = tuple(up + low if up and low and up != low else low or up for up, low in zip(across, lower, strict=True))
            pair = (top, top + 2, shown, ways)
        yield (top, top + 1, tuple(upper), [[text] for text in upper]), pair


class Matcher(Protocol):
    """Called with headings, gives the known names among them."""

    def __call__(self, texts: Sequence[str]) -> set[str]: ...


def _is_words(sheet: Sheet, row: int) -> bool:
    """Whether a row could be a heading: it holds no number, which every row of data does (a code, a count)."""
    return not any(isinstance(cell, int | float) or (isinstance(cell, str) and cell.strip()[:1].isdigit()) for cell in sheet.rows[row])


def _texts(sheet: Sheet, row: int) -> list[str]:
    return [_text(cell) for cell in sheet.rows[row]]


def _text(cell: Cell) -> str:
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    return re.sub(r"\s+", " ", str(cell)).strip()


def _filled(sheet: Sheet, row: int) -> list[str]:
    """A row's headings with merged cells repeated over every column they span."""
    texts = _texts(sheet, row)
    for (top, left), (bottom, right) in sheet.merged:
        if top <= row <= bottom and left < len(texts):
            anchor = _text(sheet.rows[top][left])
            for index in range(left, min(right + 1, len(texts))):
                texts[index] = texts[index] or anchor
    return texts
