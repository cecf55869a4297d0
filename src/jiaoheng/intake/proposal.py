"""Proposal: what the columns of a sheet with unknown headings seem to mean, each with a score; it counts for nothing until it is confirmed.

Changes when the likeness of a column to a field is judged otherwise. Two things speak for a field: its names are like the heading, and the
column's cells can be read as what the field holds.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl
import yaml
from rapidfuzz import fuzz

from jiaoheng.intake.cells import raw_column
from jiaoheng.intake.columns import best_heading, heading_keys, possible_headings
from jiaoheng.intake.directory import Directory
from jiaoheng.intake.mapping import FieldSource, Source
from jiaoheng.intake.normalising import normalised
from jiaoheng.intake.workbook import Cell, Sheet, Workbook, is_blank
from jiaoheng.rulebook.registers import FieldRule, RegisterRule

__all__ = ["Guess", "Proposal", "mapping_file", "propose", "proposed"]

_LEAST = 55
"""A column less like a field than this is left without a proposal."""
_SAMPLE = 60
"""So many rows are looked at."""
_MISSING_COSTS = 30
"""What a register loses in the comparison of registers for every required field that no column seems to hold."""


@dataclass(frozen=True)
class Guess:
    """One column (counted from 0), the field that it seems to feed, and how sure that is: 100 is a known heading."""

    column: int
    heading: str
    field: str
    score: int


@dataclass(frozen=True)
class Proposal:
    """A reading of one sheet. `lacking`: fields that every row needs and no column seems to hold."""

    file: str
    register: str
    sheet: str
    heading_row: int
    first_row: int
    headings: tuple[str, ...]
    guesses: tuple[Guess, ...]
    lacking: tuple[str, ...]

    def source(self, constants: Mapping[str, str] | None = None) -> Source:
        """The proposal as a mapping's source, with what holds for all rows beside it."""
        columns = {guess.field: FieldSource(column=guess.heading) for guess in self.guesses}
        return Source(files=("*",), register=self.register, sheet=self.sheet, columns=columns, constants=dict(constants or {}))

    def as_dict(self) -> dict[str, Any]:
        """For the report's JSON: scores from 0 to 100."""
        columns = {guess.field: {"column": guess.heading, "score": guess.score} for guess in self.guesses}
        return {"register": self.register, "sheet": self.sheet, "columns": columns, "lacking": list(self.lacking)}


def proposed(workbook: Workbook, registers: Mapping[str, RegisterRule], directory: Directory) -> list[Proposal]:
    """A proposal for every sheet in which at least two columns seem to be known."""
    found = [propose(workbook.name, workbook.sheet(name), registers, directory) for name in workbook.sheet_names]
    return [one for one in found if one is not None]


def propose(file: str, sheet: Sheet, registers: Mapping[str, RegisterRule], directory: Directory, *, fewest: int = 2) -> Proposal | None:
    """The best reading of a sheet as a row list of one of the registers; None where fewer columns than this seem to be known.

    With `fewest` 0 and nothing known the first row with words is taken for the headings.
    """
    best: tuple[float, Proposal] | None = None
    codes, names = _known(directory)
    for register, rule in registers.items():
        likeness = {name: _written(name, field) for name, field in rule.fields.items()}
        heading = best_heading(sheet, lambda texts, likeness=likeness: _alike(texts, likeness))
        if heading is None and fewest == 0:
            heading = next((one for one, _pair in possible_headings(sheet)), None)
        if heading is None:
            continue
        top, first, headings, ways = heading
        columns = [
            [row[index] for row in sheet.rows[first : first + _SAMPLE] if not is_blank(row[index])] for index in range(len(headings))
        ]
        guesses = _assigned(headings, ways, columns, rule, likeness, codes, names, typed=sheet.typed)
        if len(guesses) < fewest:
            continue
        fed = {guess.field for guess in guesses}
        lacking = tuple(name for name, field in rule.fields.items() if field.required and name not in fed and field.instead not in fed)
        weight = sum(guess.score - 50 for guess in guesses) - _MISSING_COSTS * len(lacking)
        if best is None or weight > best[0]:
            best = weight, Proposal(file, register, sheet.name, top, first, headings, guesses, lacking)
    return best[1] if best else None


def mapping_file(proposals: Iterable[Proposal], registers: Mapping[str, RegisterRule]) -> str:
    """The proposals as a mapping (YAML) to be corrected by hand; the score stands beside every column, what is lacking as a constant."""
    sources: dict[str, Any] = {}
    remarks: dict[str, str] = {}
    for number, proposal in enumerate(proposals, start=1):
        columns = {guess.field: guess.heading for guess in proposal.guesses}
        source: dict[str, Any] = {"files": proposal.file, "register": proposal.register, "sheet": proposal.sheet, "columns": columns}
        if proposal.lacking:
            source["constants"] = dict.fromkeys(proposal.lacking, "")
        sources[f"source_{number}"] = source
        remarks |= {f"      {guess.field}: ": f"  # {guess.score}" for guess in proposal.guesses}
        remarks |= {f"      {name}: ''": f"  # {registers[proposal.register].fields[name].label.zh}" for name in proposal.lacking}
    written = yaml.safe_dump(
        {"label": {"en": "Proposed", "zh": "建议的对应"}, "sources": sources}, allow_unicode=True, sort_keys=False, width=1000
    )
    return (
        "\n".join(line + next((note for start, note in remarks.items() if line.startswith(start)), "") for line in written.splitlines())
        + "\n"
    )


def _written(name: str, field: FieldRule) -> list[str]:
    """Every form under which a field's heading is known, folded."""
    return list(dict.fromkeys(key for text in (name, field.label.zh, field.label.en, *field.aliases) for key in heading_keys(text) if key))


def _alike(texts: Sequence[str], likeness: Mapping[str, list[str]]) -> set[str]:
    return {
        name for name, written in likeness.items() if any(_likeness(key, written) >= _LEAST for text in texts for key in heading_keys(text))
    }


def _likeness(key: str, written: Sequence[str]) -> float:
    """From 0 to 100. That one holds the other whole speaks less than that they are spelt alike."""
    best = 0.0
    for form in written:
        shorter = min(len(key), len(form))
        if not shorter:
            continue
        share = shorter / max(len(key), len(form))
        within = (0.7 + 0.2 * share) * fuzz.partial_ratio(key, form) if shorter >= (2 if not form.isascii() else 4) else 0.0
        best = max(best, fuzz.ratio(key, form), within)
    return best


def _assigned(
    headings: Sequence[str],
    ways: Sequence[Sequence[str]],
    columns: Sequence[Sequence[Cell]],
    rule: RegisterRule,
    likeness: Mapping[str, list[str]],
    codes: pl.Series,
    names: pl.Series,
    *,
    typed: bool,
) -> tuple[Guess, ...]:
    """Each column and each field once, the surest pairs first."""
    pairs: list[tuple[float, int, str]] = []
    for index, cells in enumerate(columns):
        if not headings[index]:
            continue
        keys = [key for text in ways[index] for key in heading_keys(text) if key]
        for name, field in rule.fields.items():
            words = max((_likeness(key, likeness[name]) for key in keys), default=0.0)
            if words >= 40 or field.type in ("organisation", "name", "school_year"):
                pairs.append((_score(words, field, cells, codes, names, typed=typed), index, name))
    taken: dict[int, Guess] = {}
    for score, index, name in sorted(pairs, key=lambda pair: (-pair[0], pair[1])):
        if score >= _LEAST and index not in taken and all(guess.field != name for guess in taken.values()):
            taken[index] = Guess(index, headings[index], name, min(100, round(score)))
    return tuple(taken[index] for index in sorted(taken))


def _score(words: float, field: FieldRule, cells: Sequence[Cell], codes: pl.Series, names: pl.Series, *, typed: bool) -> float:
    """Likeness of the heading, lowered where the cells cannot be read as the field, raised where they can hardly be anything else."""
    if not cells:
        return 0.85 * words
    read = normalised(raw_column(cells, typed=typed), field)
    broken = pl.repeat(False, len(cells), dtype=pl.Boolean, eager=True)
    for mask in read.faults.values():
        broken = broken | mask
    share = 1.0 - (float(broken.sum() or 0) / len(cells))
    if field.type in ("organisation", "name"):
        known = codes if field.type == "organisation" else names
        share = float(read.values.is_in(known.implode()).fill_null(False).mean() or 0.0)  # type: ignore[arg-type]
        return max(words * (0.5 + 0.5 * share), 90.0 if share >= 0.8 else 0.0)
    if field.type == "school_year" and share == 1.0:
        return max(words, 80.0)
    return words * (0.4 + 0.6 * share)


def _known(directory: Directory) -> tuple[pl.Series, pl.Series]:
    """Codes and names of all organisations."""
    frame = directory.frame
    names = pl.concat([frame["name_zh"], frame["name_en"].alias("name_zh")]).drop_nulls()
    return frame["code"], names.filter(names != "")
