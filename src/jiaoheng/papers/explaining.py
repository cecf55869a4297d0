"""Explaining: a .docx paper of ours held against the snapshot that it was written from, figure by figure.

Changes when the way a paper is held against its snapshot changes. The document may have been edited: each figure is read from its content
control, drawn again from the snapshot by the template that the paper keeps, and said to be equal or not.
"""

import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from jiaoheng.ledgers.browser_forms import browser_forms
from jiaoheng.measures.catalogue import load_catalogue
from jiaoheng.papers.docx import FIGURE_ANCHOR, FIGURE_TAG
from jiaoheng.papers.paper import PaperStopped, record_again, record_anew
from jiaoheng.papers.paper_record import NotARecord, PaperRecord, RecordedFigure
from jiaoheng.snapshots.snapshot import Snapshot

if TYPE_CHECKING:
    from lxml import etree

__all__ = ["ExplainedFigure", "Explanation", "NotExplained", "Status", "explain", "snapshot_of"]

Status = Literal["equal", "differs", "altered", "gone"]
_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_DC = "{http://purl.org/dc/elements/1.1/}"
_LARGEST = 200_000_000
"""Bytes that one part of a document may unpack to."""


class NotExplained(Exception):
    """The file cannot be held against a snapshot. The message says why and what to do."""


@dataclass(frozen=True)
class ExplainedFigure:
    """One place of the document at which a figure stands.

    status: `equal`, drawn again it is the same; `altered`, the document was changed by hand and says something else; `differs`, the
    document says what was written, and the snapshot gives something else; `gone`, the snapshot gives no such figure any more.
    redefined: the measure has another definition today than when the paper was written.
    """

    figure: RecordedFigure
    shown: str
    derived: str | None
    status: Status
    redefined: bool


@dataclass(frozen=True)
class Explanation:
    """The record of the paper, every place with its figure, and the figures that were taken out of the text.

    kept: the document still has its record; otherwise the rulebook's template of today stood in for it.
    """

    record: PaperRecord
    kept: bool
    places: tuple[ExplainedFigure, ...]
    removed: tuple[RecordedFigure, ...]

    @property
    def holds(self) -> bool:
        return all(place.status == "equal" for place in self.places)


def snapshot_of(file: Path) -> str:
    """The hash of the snapshot that a .docx paper of ours was written from. Raises: NotExplained."""
    return _read(file).snapshot


def explain(file: Path, snapshot: Snapshot, *, overlay: Path | None = None) -> Explanation:
    """Read a paper of ours and derive each of its figures again. Raises: NotExplained."""
    document = _read(file)
    if document.snapshot != snapshot.hash:
        raise NotExplained(
            f"{file.name} was written from the snapshot {document.snapshot[:12]}; this one is {snapshot.hash[:12]} of {snapshot.date}. "
            "Name the folder of the first with --snapshot."
        )
    try:
        derived = (
            record_again(document.record, snapshot, overlay=overlay)
            if document.record
            else record_anew(document.origin, snapshot, overlay=overlay)
        )
    except PaperStopped as stopped:
        raise NotExplained(f"The figures of {file.name} cannot be derived again: {stopped}") from None
    record, catalogue = document.record or derived, load_catalogue(overlay, published=browser_forms)
    again = {figure.key: figure for figure in derived.figures}
    figures = {figure.number: figure for figure in record.figures}
    places = []
    for number, text in document.shown:
        if number not in figures:
            raise NotExplained(f"{file.name} shows a figure {number} that its record does not know. It was put together from two papers.")
        figure = figures[number]
        now = again.get(figure.key)
        version = figure.definition.get("version")
        redefined = version is not None and (figure.about not in catalogue or catalogue[figure.about].definition_version != version)
        places.append(ExplainedFigure(figure, text, now.text if now else None, _status(figure, text, now), redefined))
    seen = {number for number, _ in document.shown}
    removed = tuple(figure for number, figure in figures.items() if number not in seen)
    return Explanation(record, document.record is not None, tuple(places), removed)


def _status(figure: RecordedFigure, shown: str, now: RecordedFigure | None) -> Status:
    if _bare(shown) != _bare(figure.text):
        return "altered"
    if now is None:
        return "gone"
    return "equal" if _bare(now.text) == _bare(shown) else "differs"


def _bare(text: str) -> str:
    """A figure without the spaces that word processors put around it."""
    return "".join(text.split())


@dataclass(frozen=True)
class _Document:
    """What a .docx tells of the paper in it; `record` is None where another program dropped it on saving."""

    record: PaperRecord | None
    origin: str
    snapshot: str
    shown: tuple[tuple[int, str], ...]


def _read(file: Path) -> _Document:
    from lxml import etree

    try:
        with zipfile.ZipFile(file) as parts:
            names = [name for name in parts.namelist() if name.startswith("customXml/") and name.endswith(".xml")]
            if any(parts.getinfo(name).file_size > _LARGEST for name in [*names, "word/document.xml", "docProps/core.xml"]):
                raise NotExplained(f"{file.name} is larger than any paper of ours.")
            parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=True)
            roots = [etree.fromstring(parts.read(name), parser) for name in names]
            texts = [root.text or "" for root in roots if root.tag == "{urn:jiaoheng:paper}record"]
            origin = etree.fromstring(parts.read("docProps/core.xml"), parser).findtext(f"{_DC}description") or ""
            shown = tuple(_shown(etree.fromstring(parts.read("word/document.xml"), parser)))
    except FileNotFoundError:
        raise NotExplained(f"There is no file {file}.") from None
    except (OSError, KeyError, zipfile.BadZipFile, etree.XMLSyntaxError):
        raise NotExplained(f"{file.name} is not a .docx document, or it is damaged.") from None
    try:
        if texts:
            record = PaperRecord.from_json(texts[0])
            return _Document(record, record.origin, record.snapshot, shown)
        return _Document(None, origin, PaperRecord.of_origin(origin or "?")[-1], shown)
    except NotARecord as error:
        raise NotExplained(f"{file.name} is not a paper of this program, or what it keeps of itself was removed. {error}") from None


def _shown(document: "etree._Element") -> Iterator[tuple[int, str]]:
    """Number and text of every figure, in the order of the text: by its content control, or by its link where the tag was dropped."""
    for element in document.iter(f"{_W}sdt", f"{_W}hyperlink"):
        if element.tag == f"{_W}sdt":
            tag = element.find(f"{_W}sdtPr/{_W}tag")
            name, mark = "" if tag is None else tag.get(f"{_W}val") or "", FIGURE_TAG
        else:
            name, mark = element.get(f"{_W}anchor") or "", FIGURE_ANCHOR
            if any((one.get(f"{_W}val") or "").startswith(FIGURE_TAG) for one in element.iter(f"{_W}tag")):
                continue
        if name.startswith(mark) and name.removeprefix(mark).isdecimal():
            runs = [
                part.text or "" for part in element.iter(f"{_W}t") if not any(above.tag == f"{_W}del" for above in part.iterancestors())
            ]
            yield int(name.removeprefix(mark)), "".join(runs)
