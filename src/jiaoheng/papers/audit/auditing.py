"""The auditor: reads any text, relates its figures to each other, and says which relations do not hold.

Changes when another kind of relation is looked for. Needs no data but the text: `audit_text(text).as_dict()`.
"""

__all__ = ["Audit", "AuditOfMany", "Conflict", "audit_text", "audit_texts"]

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from jiaoheng.papers.audit.averages import find_averages
from jiaoheng.papers.audit.brackets import parallel_brackets
from jiaoheng.papers.audit.columns import find_columns
from jiaoheng.papers.audit.differences import find_differences
from jiaoheng.papers.audit.divisions import find_divisions
from jiaoheng.papers.audit.duplicates import find_duplicates, subject_of
from jiaoheng.papers.audit.enumerations import find_enumerations
from jiaoheng.papers.audit.figure import Figure, Page, Role, read_page
from jiaoheng.papers.audit.grid import grid_of
from jiaoheng.papers.audit.growth import find_growth
from jiaoheng.papers.audit.impossible import find_impossible
from jiaoheng.papers.audit.name_sums import find_name_sums
from jiaoheng.papers.audit.outcomes import find_outcomes
from jiaoheng.papers.audit.parallel_clauses import find_parallel_clauses
from jiaoheng.papers.audit.partitions import find_partitions
from jiaoheng.papers.audit.products import find_products
from jiaoheng.papers.audit.ratios import find_ratios
from jiaoheng.papers.audit.relation import Part, Relation, number
from jiaoheng.papers.audit.shares import find_shares
from jiaoheng.papers.audit.sums import find_sums
from jiaoheng.papers.audit.table_ratios import find_table_ratios
from jiaoheng.papers.audit.table_totals import find_table_totals
from jiaoheng.texts.quantity import Quantity
from jiaoheng.texts.table import Cell, Table, tables
from jiaoheng.texts.unit import dimension_of

SURE = 0.5
"""A relation that does not hold is a finding from this confidence on; below it, a question."""


@dataclass(frozen=True, slots=True)
class Audit:
    """The figures of a text in reading order, and the relations found among them in the order of their first part."""

    text: str
    figures: tuple[Quantity, ...]
    relations: tuple[Relation, ...]

    @property
    def faults(self) -> list[Relation]:
        """Relations that do not hold and are sure enough to be reported."""
        return [r for r in self.relations if not r.holds and r.confidence >= SURE]

    @property
    def questions(self) -> list[Relation]:
        """Relations that seem not to hold, and those that hold only within rounding: for the writer to look at."""
        return [r for r in self.relations if (not r.holds and r.confidence < SURE) or (r.holds and r.severity == "rounding")]

    @property
    def sound(self) -> list[Relation]:
        return [r for r in self.relations if r.holds and r.severity != "rounding"]

    def as_dict(self) -> dict[str, object]:
        """The audit as JSON values; offsets are characters of the text. `records`: statements held against a snapshot."""
        records = [
            {**r.as_dict(), "text": r.parts[0].text, "about": r.explanation.partition("\n")[2]}
            for r in self.relations
            if r.kind == "record"
        ]
        return {
            "figures": [{"start": q.start, "end": q.end, "text": q.text, "value": q.number, "unit": q.unit} for q in self.figures],
            "relations": [r.as_dict() for r in self.relations if r.kind != "record"],
            **({"records": records} if records else {}),
        }


@dataclass(frozen=True, slots=True)
class Conflict:
    """One quantity stated with two values in two documents."""

    subject: str
    first: tuple[str, Part]
    second: tuple[str, Part]
    confidence: float
    explanation: str

    def as_dict(self) -> dict[str, object]:
        places = [{"document": name, "start": p.start, "end": p.end, "text": p.text} for name, p in (self.first, self.second)]
        return {
            "subject": self.subject,
            "places": places,
            "confidence": self.confidence,
            "explanation": self.explanation,
        }


@dataclass(frozen=True, slots=True)
class AuditOfMany:
    """Each document's own audit, and the quantities the documents state differently."""

    audits: dict[str, Audit]
    conflicts: tuple[Conflict, ...] = field(default=())


def audit_text(text: str) -> Audit:
    """Every figure of a text and every relation among them. Never raises on any text; time grows with its length."""
    grids = tables(text)
    return _audit_page(read_page(_prose(text, grids)), text, grids)


def _prose(text: str, grids: list[Table]) -> str:
    """The text with the rows of its tables blanked, every other character in its place."""
    pieces: list[str] = []
    at = 0
    for row in (row for table in grids for row in table.rows):
        pieces.append(text[at : row.start])
        pieces.append(("\n" + " " * (row.end - row.start))[: row.end - row.start])
        at = row.end
    return "".join(pieces) + text[at:] if pieces else text


def _audit_page(page: Page, text: str, grids: list[Table]) -> Audit:
    sums = list(find_sums(page))
    found: list[Relation] = [
        *sums,
        *parallel_brackets(page, sums),
        *find_columns(page),
        *find_name_sums(page),
        *find_parallel_clauses(page),
        *find_partitions(page),
        *find_divisions(page),
        *find_outcomes(page),
        *find_enumerations(page),
        *find_growth(page),
        *find_differences(page),
        *find_shares(page),
        *find_averages(page),
        *find_ratios(page),
        *find_products(page),
        *find_impossible(page),
        *find_duplicates(page),
    ]
    relations = _settled(found)
    figures = [f.quantity for f in page.figures]
    if page.original:
        figures = [replace(q, **_place(page, text, q)) for q in figures]
        relations = [replace(r, parts=tuple(Part(**_place(page, text, p)) for p in r.parts)) for r in relations]
    for table in grids:
        grid = grid_of(table)
        relations += _settled([*find_table_totals(grid), *find_table_ratios(grid)])
        figures += [_quantity(cell) for row in table.rows for cell in row.numbers]
    figures.sort(key=lambda q: q.start)
    relations.sort(key=lambda r: (r.parts[0].start, r.parts[-1].start))
    return Audit(text, tuple(figures), tuple(relations))


def _quantity(cell: Cell) -> Quantity:
    """A cell's number as a figure of the text."""
    value = cell.value or 0.0
    return Quantity(
        cell.start, cell.end, cell.text, value, 1.0, cell.unit, dimension_of(cell.unit), cell.step, None, "", "", "", spelled=False
    )


def _place(page: Page, text: str, found: Quantity | Part) -> dict[str, Any]:
    """Where a place of the page stands in the text as it was given, and how it is written there."""
    if not page.original:
        return {"start": found.start, "end": found.end, "text": text[found.start : found.end]}
    start, end = page.original[found.start], page.original[found.end - 1] + 1
    return {"start": start, "end": end, "text": text[start:end]}


def _settled(found: Iterable[Relation]) -> list[Relation]:
    """One relation for each stated figure and kind: what holds silences doubts about the same place, and of two
    doubts the surer stays."""
    kept: list[Relation] = []
    seen: set[tuple[str, tuple[int, ...]]] = set()
    held_totals: set[tuple[str, int]] = set()
    same_parts: dict[frozenset[int], str] = {}  # a − b = c and a = b + c say one thing
    ordered = sorted(found, key=lambda r: (not r.holds, -r.confidence))
    doubted: dict[tuple[str, int], int] = {}
    for relation in ordered:
        places = tuple(p.start for p in relation.parts)
        key = (relation.kind, places)
        if key in seen:
            continue
        seen.add(key)
        if relation.holds:
            together = frozenset(places)
            if relation.kind in ("sum", "difference") and same_parts.setdefault(together, relation.kind) != relation.kind:
                continue
        stated_at = places[0] if relation.kind in ("sum", "impossible", "duplicate") else places[-1]
        total = (relation.kind, stated_at)
        if relation.holds:
            held_totals.add(total)
        elif relation.kind != "duplicate":
            if total in held_totals and relation.confidence < 0.8:
                continue
            if relation.kind == "impossible" and ("share", places[-1]) in held_totals:
                continue
            if total in doubted and relation.kind in ("sum", "share", "growth"):
                continue
            doubted[total] = 1
        kept.append(relation)
    return kept


_SCOPE = re.compile(r"全[县市区省]|我[县市区]|各级各类|共有|现有")


def audit_texts(texts: Mapping[str, str]) -> AuditOfMany:
    """Audit several documents, and compare what they state about the same thing in the same words.

    A conflict needs the same words (four characters or more), the same unit and values that are near each other or
    one digit apart.
    """
    audits: dict[str, Audit] = {}
    first_said: dict[tuple[str, str], tuple[str, Figure, Part]] = {}
    conflicts: list[Conflict] = []
    for name, text in texts.items():
        grids = tables(text)
        page = read_page(_prose(text, grids))
        audits[name] = _audit_page(page, text, grids)
        said_here: dict[tuple[str, str], Figure] = {}
        for figure in page.figures:
            if figure.role is Role.LEVEL and not figure.quantity.leaning and figure.value >= 10:
                subject = subject_of(figure)
                if len(subject) >= 3:
                    said_here.setdefault((subject, figure.dimension), figure)
        for key, figure in said_here.items():
            here = Part(**_place(page, text, figure.quantity))
            if key not in first_said:
                first_said[key] = (name, figure, here)
                continue
            elsewhere, other, there = first_said[key]
            low, high = sorted((other.value, figure.value))
            if other.low > figure.high or figure.low > other.high:
                if low < high * 0.6:
                    continue
                conflicts.append(
                    Conflict(
                        key[0],
                        (elsewhere, there),
                        (name, here),
                        0.6 if low > high * 0.9 and len(key[0]) >= 4 else 0.45,
                        f"{other.quantity.text} ≠ {figure.quantity.text}\n{key[0]}: "
                        f"{number(abs(other.value - figure.value))} apart between two documents",
                    )
                )
    return AuditOfMany(audits, tuple(conflicts))
