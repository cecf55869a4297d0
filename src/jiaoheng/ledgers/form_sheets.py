"""Form sheets: an XLSForm's sheets as pyxform shall read them, and where in the author's workbook each row stood.

Changes when a tool that authors export from writes something that pyxform does not read. KoboToolbox's exports have ratings, rankings and
matrices of their own (`begin_score`, `begin_rank`, `begin_kobomatrix`); they are written out into groups of usual questions, named as
KoboToolbox names them. Rows that are commented out (type `#…`) are left out. Types and names of lists are spelt as pyxform spells them.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any
from xml.etree import ElementTree

from pyxform.aliases import control, select
from pyxform.question_type_dictionary import QUESTION_TYPE_DICT
from pyxform.xls2json_backends import get_xlsform

__all__ = ["FormSheets", "read_sheets"]

Cells = dict[str, Any]

_KOBO = re.compile(r"^(begin|end)[ _](score|rank|kobomatrix)$|^(score|rank)__(row|level)$")

_SEVERAL = re.compile(r"^\s*(?:select_multiple|select all that apply)\s+(?=\$\{)")


@dataclass(frozen=True)
class FormSheets:
    """`given` is what pyxform reads. `rows`: of each survey row the author's row number (the heading is row 1) and his cells."""

    given: Mapping[str, Any]
    rows: tuple[tuple[int, Cells], ...]
    heading: tuple[str, ...]

    @property
    def settings(self) -> dict[str, str]:
        return dict((self.given.get("settings") or [{}])[0])

    def setting(self, name: str) -> tuple[str, str]:
        """The heading and the value of a setting, however its heading is spelt; two empty texts where it is not set."""
        for heading, value in self.settings.items():
            if re.sub(r"[\s_]+", "_", str(heading).strip().lower()) == name and str(value or "").strip():
                return str(heading), str(value).strip()
        return "", ""

    def given_for_phones(self) -> dict[str, Any]:
        """What pyxform reads, without the address of another server that phones would send to.

        Several choices out of a repeat's answers, which pyxform does not know, are written as their ranking, which it does
        (`several_of_a_repeat` turns them back).
        """
        heading, _address = self.setting("submission_url")
        settings = [{name: value for name, value in cells.items() if name != heading} for cells in self.given.get("settings") or ()]
        survey = [
            {name: _SEVERAL.sub("rank ", value) if isinstance(value, str) else value for name, value in cells.items()}
            for cells in self.given.get("survey") or ()
        ]
        return {**self.given, "survey": survey, **({"settings": settings} if heading else {})}

    def several_of_a_repeat(self) -> frozenset[int]:
        """The author's rows that ask for several choices out of a repeat's answers."""
        return frozenset(row for row, cells in self.rows if _SEVERAL.match(str(cells.get("type", ""))))

    def external(self) -> Iterator[tuple[str, ElementTree.Element]]:
        """The lists of the sheet `external_choices`, each a document like those of the other lists: root/item/column."""
        roots: dict[str, ElementTree.Element] = {}
        for cells in self.given.get("external_choices") or ():
            plain = {re.sub(r"\s+", "_", str(name).strip()).lower() if "::" not in str(name) else str(name): cells[name] for name in cells}
            name = str(plain.pop("list_name", "")).strip()
            if not name:
                continue
            item = ElementTree.SubElement(roots.setdefault(name, ElementTree.Element("root")), "item")
            label = next((str(value) for key, value in plain.items() if key.startswith("label")), "")
            for key, value in {**plain, "label": label}.items():
                if re.fullmatch(r"[^\W\d][\w.-]*", key):
                    ElementTree.SubElement(item, key).text = str(value)
        yield from roots.items()

    def row_of_type(self, kind: str) -> int | None:
        """The author's row whose type is written so."""
        return next((row for row, cells in self.rows if str(cells.get("type", "")).strip() == kind), None)

    def row_named(self, name: str) -> int | None:
        """The author's row whose name this is."""
        return next((row for row, cells in self.rows if str(cells.get("name", "")).strip() == name), None)


def read_sheets(source: Any) -> FormSheets:
    """Reads a workbook or Markdown tables. Raises what pyxform's readers raise."""
    definition = get_xlsform(source)
    given = asdict(definition)
    heading = tuple(str(name) for name in (given.get("survey_header") or [{}])[0])
    column = next((name for name in heading if name.strip().lower() in ("type", "command")), "type")
    lists = {name for sheet in ("choices", "external_choices") for name in _names_with_blanks(given, sheet)}
    survey = [(row, _spelt(dict(cells), column, lists)) for row, cells in enumerate(given.get("survey") or (), 2)]
    rows = tuple(_written_out(survey, given.get("choices") or ()))
    if given.get("survey") != [cells for _row, cells in rows] or any(_KOBO.match(_type(cells)) for _row, cells in survey):
        given["survey"] = [_own(cells) for _row, cells in rows]
        names = dict.fromkeys([*heading, *(name for cells in given["survey"] for name in cells)])
        given["survey_header"] = [dict.fromkeys(_own(dict(names)))]
    return FormSheets(given, rows, heading)


_SPELT = {re.sub(r"[\s_-]", "", name).lower(): name for name in QUESTION_TYPE_DICT} | {
    edge + kind.replace(" ", ""): f"{edge} {kind}" for edge in ("begin", "end") for kind in control
}
_CHOOSING = [
    (
        re.compile(re.sub(r"[ _]", r"[\\s_-]+", command) + r"(?:[\s_]+from)?\s+(\S.*?)(\s+or[\s_]+(?:specify[\s_]+)?other)?", re.I | re.S),
        command,
    )
    for command in sorted(select, key=len, reverse=True)
]


def _spelt(cells: Cells, column: str, lists: set[str]) -> Cells:
    """The row with its type in the letters that pyxform knows (`Select_One yes no` is `select_one yes_no`)."""
    kind = str(cells.get(column) or "").strip()
    if known := _SPELT.get(re.sub(r"[\s_-]", "", kind).lower()):
        return cells if kind in QUESTION_TYPE_DICT or kind == cells.get(column) == known else cells | {column: known}
    for pattern, command in _CHOOSING:
        if found := pattern.fullmatch(kind):
            named = " ".join(found[1].split())
            named = named.replace(" ", "_") if named in lists else named
            return cells | {column: f"{command} {named}{' or_other' if found[2] else ''}"}
    return cells


def _names_with_blanks(given: dict[str, Any], sheet: str) -> Iterator[str]:
    """Names of lists that have blanks, as they were; the sheet has underscores there afterwards."""
    for cells in given.get(sheet) or ():
        for heading, value in cells.items():
            if re.sub(r"[\s_]+", "_", str(heading).strip().lower()) == "list_name" and len(words := str(value or "").split()) > 1:
                cells[heading] = "_".join(words)
                yield " ".join(words)


def _written_out(rows: Sequence[tuple[int, Cells]], choices: Sequence[Mapping[str, Any]]) -> Iterator[tuple[int, Cells]]:
    at = 0
    while at < len(rows):
        row, cells = rows[at]
        opened = re.match(r"begin[ _](score|rank|kobomatrix)$", _type(cells))
        if _type(cells).startswith("#"):
            at += 1
        elif not opened:
            yield row, cells
            at += 1
        else:
            end = next((n for n in range(at, len(rows)) if re.match(rf"end[ _]{opened[1]}$", _type(rows[n][1]))), len(rows))
            yield from _KINDS[opened[1]]((row, cells), rows[at + 1 : end], choices)
            at = end + 1


def _type(cells: Mapping[str, Any]) -> str:
    return str(cells.get("type", "")).strip().lower()


def _own(cells: Cells, **changed: str) -> Cells:
    """The cells without Kobo's own columns; None takes a column away."""
    return {name: value for name, value in cells.items() if not name.startswith(("kobo--", "$"))} | changed


def _labels(cells: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in cells.items() if re.match(r"label\b", name)}


def _group(cells: Cells) -> Cells:
    kept = {name: value for name, value in _own(cells).items() if name in ("name", "relevant")}
    return {**kept, "type": "begin_group", "appearance": "field-list"}


def _score(head: tuple[int, Cells], inside: Sequence[tuple[int, Cells]], choices: Sequence[Mapping[str, Any]]) -> Iterator[Any]:
    """A rating: one scale, a line for each thing rated."""
    row, cells = head
    kind = f"select_one {cells.get('kobo--score-choices', '')}"
    yield row, _group(cells)
    yield row, {"type": kind, "name": f"{cells.get('name', '')}_header", "appearance": "label", **_labels(cells)}
    for number, line in inside:
        yield number, _own(line, type=kind, appearance="list-nolabel")
    yield row, {"type": "end_group"}


def _rank(head: tuple[int, Cells], inside: Sequence[tuple[int, Cells]], choices: Sequence[Mapping[str, Any]]) -> Iterator[Any]:
    """A ranking: a question for each place, nothing twice."""
    row, cells = head
    yield row, _group(cells)
    yield row, {"type": "note", "name": f"{cells.get('name', '')}_label", **_labels(cells)}
    message = str(cells.get("kobo--rank-constraint-message", ""))
    before: list[str] = []
    for number, line in inside:
        one = _own(line, type=f"select_one {cells.get('kobo--rank-items', '')}", appearance="minimal")
        if before:
            one["constraint"] = " and ".join(f"${{{name}}} != ." for name in before)
            one |= {"constraint_message": message} if message else {}
        before.append(str(line.get("name", "")))
        yield number, one
    yield row, {"type": "end_group"}


def _matrix(head: tuple[int, Cells], inside: Sequence[tuple[int, Cells]], choices: Sequence[Mapping[str, Any]]) -> Iterator[Any]:
    """A matrix: every column's question for every item of its list, named matrix_item_column."""
    row, cells = head
    name, listed = str(cells.get("name", "")), str(cells.get("kobo--matrix_list", ""))
    items = [one for one in choices if str(one.get("list_name", one.get("list name", ""))).strip() == listed]
    columns = [str(line.get("name", "")) for _number, line in inside]
    yield row, {**_group(cells), **_labels(cells)}
    for item in items:
        start = f"{name}_{item.get('name', '')}"
        yield row, {"type": "begin_group", "name": start, **_labels(item)}
        for number, line in inside:
            one = _own(line, name=f"{start}_{line.get('name', '')}")
            yield number, {key: _within(value, start, columns) if isinstance(value, str) else value for key, value in one.items()}
        yield row, {"type": "end_group"}
    yield row, {"type": "end_group"}


def _within(text: str, start: str, columns: Sequence[str]) -> str:
    """Names of the matrix's own columns become names of this item's questions."""
    return re.sub(r"\$\{(\w[\w.-]*)\}", lambda found: f"${{{start}_{found[1]}}}" if found[1] in columns else found[0], text)


_KINDS = {"score": _score, "rank": _rank, "kobomatrix": _matrix}
