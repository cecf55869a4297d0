"""Figure: a number of a paper that was looked up, with all that is needed to find it again.

Changes when what is kept of a printed number changes. Inside a manuscript a figure stands as a marker of two private characters around
its place in the list, so that sentences can be built around it and each format can write it in its own way afterwards.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlencode

__all__ = ["Figure", "FigureList", "Filter", "plain", "unmarked"]

_OPEN, _CLOSE = "\ue000", "\ue001"
_MARKER = re.compile(f"{_OPEN}(\\d+){_CLOSE}")
_SHOWN = {"open": "open", "overdue": "late"}
"""How the page of a ledger is asked for the rows behind a part of its count."""
_PRIVATE = re.compile("[\ue000-\uf8ff]")


@dataclass(frozen=True)
class Filter:
    """Which records a figure speaks of: organisation (code and name), stage and school year. Words are in the paper's language."""

    organisation: str
    organisation_name: str
    stage: str
    stage_name: str
    period: str
    more: str = ""


@dataclass(frozen=True)
class Figure:
    """One printed number. `about` is the measure's id, or what else it is from: `standard:<id>`, `organisations`, `ledger:<name>:<part>`,
    `goal:<number>` (without a number: counted goals), `assessed:<id>:<item>` (without an item: the whole, or a part).

    `value` is unrounded; `text` is what is printed. Numerator and denominator are those of the measure; a total has no denominator.
    """

    number: int
    about: str
    label: str
    filter: Filter
    value: float | None
    text: str
    numerator: float | None
    denominator: float | None
    snapshot: str

    def __str__(self) -> str:
        return f"{_OPEN}{self.number}{_CLOSE}"

    @property
    def link(self) -> str:
        """Where the site shows the figure with the rows behind it."""
        kind, _, name = self.about.partition(":")
        if kind == "goal":
            return f"/goals/{name}/" if name else "/plans/"
        if kind == "ledger":
            return self._of_ledger(*name.partition(":")[::2])
        if kind == "assessed":
            return self._judged(*name.partition(":")[::2])
        page = f"/standards/{name}" if kind == "standard" else "/schools" if kind == "organisations" else f"/measures/{kind}"
        asked = {
            "organisation": self.filter.organisation,
            "stage": self.filter.stage,
            "period": self.filter.period,
            "snapshot": self.snapshot,
        }
        return f"{page}?{urlencode({key: value for key, value in asked.items() if value})}"

    def _judged(self, assessment: str, item: str) -> str:
        """The page on which an item is judged, with its evidence; of the whole its items."""
        asked = {"area": self.filter.organisation, "year": self.filter.period, **({"item": item} if item else {})}
        return f"/standards/{assessment}/judging/?{urlencode(asked)}{f'#{item}' if item else ''}"

    def _of_ledger(self, name: str, part: str) -> str:
        """The list of a ledger's rows, narrowed to those that were counted."""
        first, _, last = self.filter.period.partition("-")
        begin, end = (f"{first}-09-01", f"{last}-08-31") if last else (f"{first}-01-01", f"{first}-12-31")
        asked = {"from": begin, "until": end, "organisation": self.filter.organisation, "late": _SHOWN.get(part, "")}
        return f"/ledgers/{name}/?{urlencode({key: value for key, value in asked.items() if value})}"

    @property
    def parts(self) -> str:
        """Numerator and denominator as they stand, «26,568 / 1,636»; the numerator alone for a total."""
        shown = [_exactly(part) for part in (self.numerator, self.denominator) if part is not None]
        return " / ".join(shown)


class FigureList:
    """The figures of one paper in the order of their first appearance. The same number of the same thing stands once."""

    def __init__(self, snapshot: str) -> None:
        self.snapshot = snapshot
        self._by_key: dict[tuple[str, str, Filter, str], Figure] = {}
        self._figures: list[Figure] = []

    def __len__(self) -> int:
        return len(self._figures)

    def __iter__(self):  # type: ignore[no-untyped-def]
        return iter(self._figures)

    def __getitem__(self, number: int) -> Figure:
        return self._figures[number - 1]

    def note(
        self,
        about: str,
        label: str,
        which: Filter,
        value: float | None,
        text: str,
        *,
        numerator: float | None = None,
        denominator: float | None = None,
    ) -> Figure:
        """Enter a figure and give it its number; the one already entered where it is the same."""
        key = (about, label, which, text)
        if key not in self._by_key:
            figure = Figure(len(self._figures) + 1, about, label, which, value, text, numerator, denominator, self.snapshot)
            self._by_key[key] = figure
            self._figures.append(figure)
        return self._by_key[key]

    def written_out(self, manuscript: str, write: Callable[[Figure], str]) -> str:
        """The manuscript with every marker replaced by what `write` gives for its figure."""
        return _MARKER.sub(lambda found: write(self[int(found[1])]), manuscript)

    def renumbered(self, manuscript: str) -> "tuple[str, FigureList]":
        """Only the figures that the manuscript shows, numbered in the order in which it shows them, and the manuscript with them."""
        kept, places = FigureList(self.snapshot), dict[int, int]()
        for found in _MARKER.finditer(manuscript):
            old = self[int(found[1])]
            if old.number not in places:
                new = kept.note(old.about, old.label, old.filter, old.value, old.text, numerator=old.numerator, denominator=old.denominator)
                places[old.number] = new.number
        return _MARKER.sub(lambda found: f"{_OPEN}{places[int(found[1])]}{_CLOSE}", manuscript), kept


def plain(text: str) -> str:
    """Words from records, safe inside Markdown: punctuation that means something there is escaped, private characters are dropped."""
    return re.sub(r"([\\`*_{}\[\]<>#|~^$@&!])", r"\\\1", unmarked(text)).replace("\n", " ")


def unmarked(text: str) -> str:
    """The text without the private characters in which markers are written."""
    return _PRIVATE.sub("", text)


def _exactly(number: float) -> str:
    return f"{int(number):,}" if float(number).is_integer() else f"{round(float(number), 6):,}"
