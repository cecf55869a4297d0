"""Paper: a document of the rulebook, written from a snapshot with every figure looked up.

Changes when what it takes to write a paper changes.
"""

import os
import re
import tempfile
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from jiaoheng.papers.appendix import appendix
from jiaoheng.papers.chart import Chart
from jiaoheng.papers.docx import write_docx
from jiaoheng.papers.draft import Draft
from jiaoheng.papers.evidence import Evidence, NotThere
from jiaoheng.papers.figure import Figure, FigureList, plain, unmarked
from jiaoheng.papers.heading import filled, numbered
from jiaoheng.papers.html import write_html
from jiaoheng.papers.manuscript import Manuscript
from jiaoheng.papers.number_style import is_chinese
from jiaoheng.papers.paper_record import PaperRecord, recorded
from jiaoheng.papers.pdf import write_pdf
from jiaoheng.papers.template import PaperStopped, TemplateFile, Writing
from jiaoheng.papers.typeface import NoChineseFont
from jiaoheng.papers.vocabulary import Vocabulary
from jiaoheng.rulebook.loader import RulebookFaulty, rulebook_file, shipped_rulebook
from jiaoheng.snapshots.snapshot import Snapshot

__all__ = [
    "FORMATS", "PaperStopped", "WrittenPaper", "followed", "record_again", "record_anew", "template_of", "template_values", "templates",
    "write", "write_all", "write_text", "write_texts",
]  # fmt: skip

FORMATS = (".docx", ".pdf", ".html", ".md", ".json")


@dataclass(frozen=True)
class WrittenPaper:
    """A written paper: its file, its title, every figure that it shows, how many charts, the hash of its snapshot, and its record."""

    file: Path
    title: str
    figures: tuple[Figure, ...]
    charts: int
    snapshot: str
    record: PaperRecord


def write(
    template_id: str,
    snapshot: Snapshot,
    output: Path,
    *,
    language: str = "zh-hans",
    area: str | None = None,
    period: str | None = None,
    overlay: Path | None = None,
) -> WrittenPaper:
    """Write the paper to a file whose ending names the format. The file appears whole or not at all.

    Raises: PaperStopped naming the template's file and line, where there is one, and what to do.
    """
    return write_all(template_id, snapshot, [output], language=language, area=area, period=period, overlay=overlay)[0]


def write_all(
    template_id: str,
    snapshot: Snapshot,
    outputs: Sequence[Path],
    *,
    language: str = "zh-hans",
    area: str | None = None,
    period: str | None = None,
    overlay: Path | None = None,
) -> list[WrittenPaper]:
    """Write a paper of the rulebook to several files, see `write_texts`. Raises: PaperStopped."""
    for output in outputs:
        _check_format(output)
    template = template_of(template_id, language, overlay)
    return write_texts(template, template_id, snapshot, outputs, language=language, area=area, period=period, overlay=overlay)


def write_text(
    template: TemplateFile,
    template_id: str,
    snapshot: Snapshot,
    output: Path,
    *,
    language: str,
    area: str | None = None,
    period: str | None = None,
    overlay: Path | None = None,
    evidence: Evidence | None = None,
    unsigned: str = "",
) -> WrittenPaper:
    """Write a paper from a template that need not be of the rulebook, see `write_texts`. Raises: PaperStopped."""
    return write_texts(
        template, template_id, snapshot, [output],
        language=language, area=area, period=period, overlay=overlay, evidence=evidence, unsigned=unsigned,
    )[0]  # fmt: skip


def write_texts(
    template: TemplateFile,
    template_id: str,
    snapshot: Snapshot,
    outputs: Sequence[Path],
    *,
    language: str,
    area: str | None = None,
    period: str | None = None,
    overlay: Path | None = None,
    evidence: Evidence | None = None,
    unsigned: str = "",
) -> list[WrittenPaper]:
    """Write a paper to several files, each of the format that its ending names; figures are looked up and charts drawn once.

    evidence: what is known already of snapshot, area, year and language.
    unsigned: what marks the document as a draft, under its title and in its record; empty for a paper that is what it says.
    Raises: PaperStopped naming the template's file and line, where there is one, and what to do.
    """
    files = [Path(output) for output in outputs]
    for output in files:
        _check_format(output)
    drafted = _drafted(template, template_id, snapshot, language, area, period, overlay, evidence, unsigned)
    figures, charts = tuple(drafted.draft.figures), drafted.draft.charts

    def put(output: Path) -> WrittenPaper:
        _put(drafted.manuscript(output.suffix.lower()), charts, output)
        return WrittenPaper(output, drafted.title, figures, len(charts), snapshot.hash, drafted.record)

    beside = [output for output in files if output.suffix.lower() == ".pdf"] if len(files) > 1 else []
    with ThreadPoolExecutor(1) as other:  # another process sets the PDF, which takes as long as everything else
        waited = {output: other.submit(put, output) for output in beside}
        written = {output: put(output) for output in files if output not in waited}
        written |= {output: one.result() for output, one in waited.items()}
    return [written[output] for output in files]


def _check_format(output: Path) -> None:
    if Path(output).suffix.lower() not in FORMATS:
        raise PaperStopped(f"«{Path(output).name}» does not end in a format that papers have: {', '.join(FORMATS)}.")


def record_again(record: PaperRecord, snapshot: Snapshot, *, overlay: Path | None = None) -> PaperRecord:
    """The record of the same paper, from the template that it keeps, drawn from a snapshot once more. Raises: PaperStopped."""
    template = TemplateFile.of_text(record.template_text, Path(f"{record.template}.md"))
    return _drafted(template, record.template, snapshot, record.language, record.area, record.period, overlay).record


def record_anew(origin: str, snapshot: Snapshot, *, overlay: Path | None = None) -> PaperRecord:
    """The record of a paper of which only its origin is known, by the rulebook's template of today. Raises: NotARecord, PaperStopped."""
    template, language, area, period, _ = PaperRecord.of_origin(origin)
    return _drafted(template_of(template, language, overlay), template, snapshot, language, area, period, overlay).record


@dataclass(frozen=True)
class _Drafted:
    """A paper in full, not yet in any format: `text` holds its tables and charts, figures are still markers."""

    draft: Draft
    text: str
    title: str
    subtitle: str
    dated: str
    contents: bool
    cover: bool
    record: PaperRecord
    record_text: str
    accepted: Mapping[str, tuple[str, ...]]

    def manuscript(self, suffix: str) -> Manuscript:
        """The paper with its figures as a format shows them."""
        return Manuscript(
            title=self.title,
            subtitle=self.subtitle,
            dated=self.dated,
            body=_body(self.text, self.draft.figures, self.draft, self.accepted, suffix),
            language=self.record.language,
            day=self.record.day,
            snapshot=self.record.snapshot,
            record=self.record_text,
            origin=self.record.origin,
            contents=self.contents,
            cover=self.cover,
        )


def _drafted(
    template: TemplateFile,
    template_id: str,
    snapshot: Snapshot,
    language: str,
    area: str | None,
    period: str | None,
    overlay: Path | None,
    evidence: Evidence | None = None,
    unsigned: str = "",
) -> _Drafted:
    """The paper in full. Raises: PaperStopped."""
    try:
        public = _asked(template, "public")
        evidence = evidence or Evidence(snapshot, language=language, area=area, period=period, overlay=overlay, public=public)
        evidence.prepare(sorted(set(re.findall(r"\w+", template.body)) & set(evidence.catalogue)))
    except NotThere as error:
        raise PaperStopped(str(error)) from None
    except RulebookFaulty as error:
        raise PaperStopped(f"The rulebook cannot be used:\n{error}") from None
    draft = Draft(evidence)
    writing = Writing(template, Vocabulary(draft).functions(), template_values(evidence))
    text = filled(writing.manuscript())
    text = draft.assembled(numbered(text, language) if _asked(template, "numbered") else text)
    text, draft.figures = draft.figures.renumbered(text)
    title = unmarked(writing.heading("title", template_id)).replace("\\", "")
    accepted = evidence.accepted_by({figure.filter.organisation for figure in draft.figures})
    record = PaperRecord(
        title, template_id, template.text, language, evidence.area.code, evidence.period, snapshot.hash, snapshot.date,
        recorded(draft.figures, evidence.catalogue, accepted), unsigned=unsigned,
    )  # fmt: skip
    return _Drafted(
        draft=draft,
        text=text,
        title=title,
        subtitle="　".join(part for part in (unsigned, unmarked(writing.heading("subtitle")).replace("\\", "")) if part),
        dated=unmarked(writing.heading("dated", _dated(evidence))).replace("\\", ""),
        contents=_asked(template, "contents"),
        cover=_asked(template, "cover", otherwise="true"),
        record=record,
        record_text=record.as_json(),
        accepted=accepted,
    )


def _asked(template: TemplateFile, key: str, otherwise: str = "") -> bool:
    """Whether the heading block asks for something: `numbered`, `contents`, `public`, `cover`."""
    return template.front.get(key, otherwise).lower() in ("true", "yes")


def templates(overlay: Path | None = None) -> list[str]:
    """The ids of the papers of the rulebook, the overlay's among them."""
    layers = [shipped_rulebook(), *([overlay] if overlay else [])]
    files = (file.name for layer in layers for file in (layer / "papers").glob("*.md"))
    return sorted({re.sub(r"(\.(zh|en))?\.md$", "", name) for name in files})


def template_of(template_id: str, language: str, overlay: Path | None) -> TemplateFile:
    """The template in the language asked for, or the one that has a single language. Raises: PaperStopped."""
    if re.fullmatch(r"[\w-]+", template_id):
        of_language = "zh" if is_chinese(language) else "en"
        for name in (f"papers/{template_id}.{of_language}.md", f"papers/{template_id}.md"):
            file = rulebook_file(name, overlay)
            if file:
                return TemplateFile.read(file)
    known = templates(overlay)
    where = " in this language" if template_id in known else ""
    raise PaperStopped(f"There is no paper «{template_id}»{where}. Papers: {', '.join(known)}.")


def template_values(evidence: Evidence) -> dict[str, object]:
    """The plain words that a template may use."""
    return {
        "area": {"name": evidence.area.name, "code": evidence.area.code, "kind": evidence.area.kind},
        "period": evidence.period,
        "above": {"name": evidence.above.name, "code": evidence.above.code} if evidence.above else {"name": "", "code": ""},
        "earlier": evidence.earlier or "",
        "snapshot": {"date": evidence.snapshot.date, "hash": evidence.snapshot.hash},
    }


def _dated(evidence: Evidence) -> str:
    day = evidence.snapshot.date
    return f"{day.year}年{day.month}月{day.day}日" if is_chinese(evidence.language) else f"{day.day} {day:%B %Y}"


def _body(text: str, figures: FigureList, draft: Draft, accepted: Mapping[str, tuple[str, ...]], suffix: str) -> str:
    """The text and its appendix, figures written as the format shows them."""

    def linked(figure: Figure) -> str:
        return f"[{plain(figure.text)}](#figure-{figure.number}){{.figure}}"

    def anchored(figure: Figure) -> str:
        return f"[{figure.number}]{{#figure-{figure.number}}}"

    show = {".html": lambda figure: followed(figure, draft, accepted), ".md": lambda figure: plain(figure.text)}.get(suffix, linked)
    anchor = (lambda figure: str(figure.number)) if suffix == ".md" else anchored
    listed = appendix(figures, draft.charts, draft.evidence.snapshot, draft.evidence.catalogue, draft.evidence.language, anchor)
    return f"{figures.written_out(text, show).strip()}\n\n{listed}"


def followed(figure: Figure, draft: Draft, accepted: Mapping[str, tuple[str, ...]]) -> str:
    """A figure as a page shows it: it leads to its rows, and says when pointed at what it is made of. `accepted`: see `recorded`."""
    which, who = figure.filter, accepted.get(figure.filter.organisation, ())
    place = ", ".join(word for word in (which.organisation_name, which.stage_name, which.period, which.more) if word)
    word = "数据接收" if draft.chinese else "rows accepted by"
    told = "; ".join(
        [figure.label, place, *([figure.parts] if figure.parts else []), *([f"{word} {', '.join(who)}"] if who else []),
         f"{'快照' if draft.chinese else 'snapshot'} {figure.snapshot[:12]}"]
    )  # fmt: skip
    return f'[{plain(figure.text)}]({figure.link}){{.figure title="{_quoted(told)}"}}'


def _quoted(text: str) -> str:
    return plain(text.replace("\\", "").replace('"', "'"))


def _put(manuscript: Manuscript, charts: list[Chart], output: Path) -> None:
    """Write beside the place and move there, so that a broken-off writing leaves nothing half done."""
    try:
        output.parent.mkdir(parents=True, exist_ok=True)
        handle, beside = tempfile.mkstemp(prefix=f".{output.stem}-", suffix=output.suffix, dir=output.parent)
        os.close(handle)
    except OSError as error:
        raise PaperStopped(f"{output} cannot be written: {error.strerror}.") from None
    made = Path(beside)
    try:
        match output.suffix.lower():
            case ".docx":
                write_docx(manuscript, charts, made)
            case ".pdf":
                write_pdf(manuscript, charts, made)
            case ".html":
                write_html(manuscript, charts, made)
            case ".json":
                made.write_text(manuscript.record, encoding="utf-8")
            case _:
                _write_markdown(manuscript, charts, made, output)
        made.chmod(0o644)
        made.replace(output)
    except NoChineseFont as error:
        raise PaperStopped(str(error)) from None
    finally:
        made.unlink(missing_ok=True)


def _write_markdown(manuscript: Manuscript, charts: list[Chart], made: Path, output: Path) -> None:
    """Markdown with its charts as SVG files in a folder beside it."""
    files = []
    for chart in charts:
        folder = output.with_name(f"{output.stem}_charts")
        folder.mkdir(exist_ok=True)
        (folder / f"chart-{chart.number}.svg").write_text(chart.svg(), encoding="utf-8")
        files.append(Path(folder.name) / f"chart-{chart.number}.svg")
    head = f"# {manuscript.title}\n\n" + "".join(f"{line}\n\n" for line in (manuscript.subtitle, manuscript.dated) if line)
    body = re.sub(r"(?m)^:::.*\n?| \{#appendix\}$|\{width=\d+%\}$", "", manuscript.with_charts(files))
    body = re.sub(r"\[([△×])\]\{\.\w+\}", r"\1", body)
    made.write_text(head + re.sub(r"\n{3,}", "\n\n", body), encoding="utf-8")
