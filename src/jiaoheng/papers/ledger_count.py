"""Ledger count: what happened in a year, counted from the rows of ledgers as the snapshot holds them.

Changes when papers count rows of ledgers otherwise. Rows that were withdrawn, belonged to others or were merged into another are in no
count; the live ledgers are never asked, so that a locked paper can be written again.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches
from functools import cached_property
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from jiaoheng.ledgers.ledger import ledger_files
from jiaoheng.papers.draft import Draft
from jiaoheng.papers.evidence import NotThere
from jiaoheng.papers.figure import Figure
from jiaoheng.papers.number_style import written

__all__ = ["LedgerCounts"]

_SETTINGS = re.compile(r"\n\|\s*settings\s*\|[^\n]*\n(\|[^\n]+)\n(\|[^\n]+)")
_NOT_COUNTED = ("withdrawn", "not_ours", "merged")
_COLUMNS = ["organisation", "ledger", "opened_on", "ended", "overdue", "judged", "on_time"]
_PARTS = {
    "registered": ("登记", "registered"), "closed": ("办结", "closed"), "open": ("未办结", "open"), "overdue": ("超期未结", "overdue"),
    "on_time": ("按期办结", "closed in time"), "closed_share": ("办结率", "share closed"), "on_time_share": ("按期办结率", "share in time"),
}  # fmt: skip
"""What can be counted of a ledger, with the words for it. A share has its denominator: the rows registered, or those judged."""


@dataclass(frozen=True, slots=True)
class _Row:
    organisation: str
    opened_on: date
    ended: str
    overdue: bool
    judged: bool
    on_time: bool


class LedgerCounts:
    """The functions over ledgers, bound to one draft."""

    def __init__(self, draft: Draft) -> None:
        self._draft, self._evidence = draft, draft.evidence
        self._titles: dict[str, str] = {}

    def ledger(self, name: str, part: str = "registered", organisation: str | None = None, period: str | None = None) -> Figure:
        """How many rows of a ledger: registered, closed, open, overdue, on_time, or closed_share and on_time_share.

        `period`: a school year or a calendar year; «year»: the calendar year in which the paper's school year begins; not given: the
        paper's school year, or the latest before it in which rows were entered.
        Raises: NotThere where no row was entered, or the part is unknown.
        """
        if part not in _PARTS:
            raise NotThere(f"«{part}» is not counted of ledgers. Parts: {', '.join(_PARTS)}.")
        year = self._period(period)
        rows = self._of(name, organisation, year)
        if not rows:
            raise NotThere(f"The snapshot has no row of the ledger «{name}» in {year}.{self._meant(name)}")
        counted, of = _counted(rows, part)
        chinese, which = self._draft.chinese, self._draft.which(organisation, "all", year)
        label = f"{self.ledger_title(name)}：{_PARTS[part][0]}" if chinese else f"{self.ledger_title(name)}: {_PARTS[part][1]}"
        if of is None:
            return self._draft.figures.note(f"ledger:{name}:{part}", label, which, counted, written(counted), numerator=counted)
        if not of:
            raise NotThere(f"No row of the ledger «{name}» was judged in {year}, so there is no share.")
        text = written(counted / of, "share", 2)
        return self._draft.figures.note(f"ledger:{name}:{part}", label, which, counted / of, text, numerator=counted, denominator=of)

    def has_ledger(self, name: str, part: str = "registered", organisation: str | None = None, period: str | None = None) -> bool:
        """Whether rows of a ledger were entered in the period, and (of a share) some were judged, (of a count) some are counted."""
        if part not in _PARTS:
            raise NotThere(f"«{part}» is not counted of ledgers. Parts: {', '.join(_PARTS)}.")
        rows = self._of(name, organisation, self._period(period))
        counted, of = _counted(rows, part)
        return bool(rows) and bool(counted if of is None else of)

    def happened(self, items: Sequence[Sequence[str]], lead: str = "", organisation: str | None = None, period: str | None = None) -> str:
        """What several ledgers count, as one sentence; empty where none has rows.

        Each item: the ledger, the words before the number, the unit after it, then parts to tell beside it: «排查隐患12处，整改率91.67%».
        """
        said = []
        for name, words, unit, *parts in items:
            if not self.has_ledger(name, organisation=organisation, period=period):
                continue
            phrase = f"{words}{'' if self._draft.chinese else ' '}{self.ledger(name, 'registered', organisation, period)}{unit}"
            for one in parts:
                part, _, its_words = one.partition("=")
                if self.has_ledger(name, part, organisation, period):
                    figure = self.ledger(name, part, organisation, period)
                    counted = "" if part.endswith("_share") else unit
                    told = its_words or _PARTS[part][0 if self._draft.chinese else 1]
                    phrase += f"，{told}{figure}{counted}" if self._draft.chinese else f", {told} {figure}{counted}"
            said.append(phrase)
        if not said:
            return ""
        if self._draft.chinese:
            return f"{lead}{'；'.join(said)}。"
        whole = f"{lead}{'; '.join(said)}."
        return whole[0].upper() + whole[1:]

    def ledger_title(self, name: str) -> str:
        """The title of a ledger of the rulebook; its name where the bureau made it."""
        if name not in self._titles:
            file = self._files.get(name)
            self._titles[name] = _title(file, self._draft.chinese) if file else name
        return self._titles[name]

    def ledger_period(self, period: str | None = None) -> str:
        """The year that ledgers are counted in, in words: 2017-2018学年, 2018年."""
        year = self._period(period)
        chinese = self._draft.chinese
        return f"{year}{'年' if year.isdecimal() else '学年'}" if chinese else year

    def _period(self, asked: str | None) -> str:
        if asked == "year":
            return self._evidence.period[:4]
        if asked:
            return self._evidence.earlier or "–" if asked == "earlier" else asked
        years = [year for year in self._evidence.snapshot.periods("ledger_rows") if year <= self._evidence.period]
        return years[-1] if years else self._evidence.period

    def _of(self, name: str, organisation: str | None, period: str) -> list[_Row]:
        """The counted rows of a ledger, of an organisation and those below it, that were opened in a period. A public paper has none."""
        if self._evidence.public:
            return []
        place = self._evidence.organisation(organisation) if organisation else self._evidence.area
        paths = self._evidence.organisations
        begin, end = _days(period)
        return [
            row
            for row in self._rows.get(name, ())
            if row.ended not in _NOT_COUNTED
            and begin <= row.opened_on <= end
            and row.organisation in paths
            and f"{paths[row.organisation].path}/".startswith(f"{place.path}/")
        ]

    @cached_property
    def _rows(self) -> dict[str, list[_Row]]:
        tables = self._evidence.snapshot.tables
        if "ledger_rows" not in tables:
            return {}
        read: dict[str, list[Any]] = pq.ParquetFile(tables["ledger_rows"]).read(columns=_COLUMNS).to_pydict()
        found: dict[str, list[_Row]] = {}
        for code, ledger, *rest in zip(*(read[name] for name in _COLUMNS), strict=True):
            found.setdefault(ledger, []).append(_Row(code, *rest))
        return found

    @cached_property
    def _files(self) -> dict[str, Path]:
        return ledger_files(self._evidence.overlay)

    def _meant(self, name: str) -> str:
        if name in self._files or name in self._rows:
            return ""
        near = get_close_matches(name, sorted({*self._files, *self._rows}), 1)
        return f" No ledger has this name{f': did you mean «{near[0]}»?' if near else '.'}"


def _counted(rows: Sequence[_Row], part: str) -> tuple[int, int | None]:
    """What is counted, and of how many where it is a share."""
    closed = sum(row.ended == "closed" for row in rows)
    in_time = sum(row.ended == "closed" and row.on_time for row in rows)
    match part:
        case "closed":
            return closed, None
        case "open":
            return sum(not row.ended for row in rows), None
        case "overdue":
            return sum(row.overdue for row in rows), None
        case "on_time":
            return in_time, None
        case "closed_share":
            return closed, len(rows)
        case "on_time_share":
            return in_time, sum(row.ended == "closed" and row.judged for row in rows)
        case _:
            return len(rows), None


def _days(period: str) -> tuple[date, date]:
    """First and last day of a school year (1 September to 31 August) or a calendar year. Raises: NotThere."""
    try:
        if period.isdecimal():
            return date(int(period), 1, 1), date(int(period), 12, 31)
        first, second = (int(part) for part in period.split("-"))
        return date(first, 9, 1), date(second, 8, 31)
    except ValueError:
        raise NotThere(f"«{period}» is neither a school year (2018-2019) nor a year (2018).") from None


def _title(file: Path, chinese: bool) -> str:
    """The title of a form, which tells both languages: «校园安全隐患台账 School safety hazards»."""
    title = file.stem
    if file.suffix == ".md":
        found = _SETTINGS.search(file.read_text(encoding="utf-8"))
        cells = [[cell.strip() for cell in line.split("|")] for line in found.groups()] if found else []
        titles = dict(zip(*cells, strict=False)).get("form_title", "") if cells else ""
        title = titles or title
    else:
        from jiaoheng.ledgers.form_reader import read_form  # brings pyxform, which takes a second to load

        title = read_form(file, name=file.stem).title
    words = [word for word in title.split() if any(sign > "\u2e80" for sign in word) == chinese]
    return " ".join(words) or title
