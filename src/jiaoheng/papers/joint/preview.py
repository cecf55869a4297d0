"""Preview: a part of a joint paper as it will read, every figure with its evidence; or where its template is wrong, and why.

Changes when previews show something else. The part is rendered with the names that the parts before it give, and without their texts.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _

from jiaoheng.papers.draft import Draft
from jiaoheng.papers.evidence import NotThere
from jiaoheng.papers.figure import Figure, unmarked
from jiaoheng.papers.heading import filled, numbered
from jiaoheng.papers.html import html_of
from jiaoheng.papers.joint.fault_words import in_words
from jiaoheng.papers.joint.paper_part import PaperPart
from jiaoheng.papers.joint.splitting import carried, headings
from jiaoheng.papers.joint.whole_text import WholeText, drawn_from
from jiaoheng.papers.paper import PaperStopped, followed, template_values
from jiaoheng.papers.template import TemplateFile, Writing
from jiaoheng.papers.typeface import NoChineseFont
from jiaoheng.papers.vocabulary import Vocabulary
from jiaoheng.rulebook.loader import RulebookFaulty

__all__ = ["Fault", "Preview", "fault_of", "preview"]

_CUT = "\ue0f0"
_PLACED = re.compile(r"(?s)^(?:.*?), line (\d+): (.*)$")


@dataclass(frozen=True)
class Fault:
    """Why a text cannot be rendered: the part and its line (None where no line is known), in words."""

    part: PaperPart | None
    line: int | None
    words: str


@dataclass(frozen=True)
class Preview:
    """The rendered part: HTML that stands alone, the figures in it, titles where it is the opening; or the fault."""

    html: str = ""
    figures: tuple[Figure, ...] = ()
    titles: tuple[str, ...] = ()
    fault: Fault | None = None


def preview(whole: WholeText, part: PaperPart) -> Preview:
    """One part of the paper, rendered with the paper's own snapshot. Faults are told, not raised."""
    place = next(number for number, one in enumerate(whole.parts) if one.pk == part.pk)
    before = "".join(carried(text) for text in whole.texts[:place])
    try:
        opening = TemplateFile.of_text(whole.texts[0], Path("opening.md"))
        body = opening.body if place == 0 else f"{before}{whole.texts[place]}"
        template = TemplateFile(Path("part.md"), opening.front, body, body)
        public = opening.front.get("public", "").lower() in ("true", "yes")
        with drawn_from(whole.paper, public=public) as evidence:
            evidence.prepare(sorted(set(re.findall(r"\w+", body)) & set(evidence.catalogue)))
            draft = Draft(evidence)
            writing = Writing(template, Vocabulary(draft).functions(), template_values(evidence))
            above = [heading for text in whole.texts[:place] for heading in headings(text)]
            text = _of_the_part(writing.manuscript(), draft, above, opening)
            titles = tuple(unmarked(writing.heading(key)).replace("\\", "") for key in ("title", "subtitle", "dated")) if place == 0 else ()
            accepted = evidence.accepted_by({figure.filter.organisation for figure in draft.figures})
            written = draft.figures.written_out(text, lambda figure: followed(figure, draft, accepted))
            return Preview(html_of(written, draft.charts, day=evidence.snapshot.date), tuple(draft.figures), titles)
    except (PaperStopped, NotThere, RulebookFaulty, NoChineseFont) as error:
        return Preview(fault=_placed(str(error), whole, place, before.count("\n")))


def fault_of(error: PaperStopped, whole: WholeText) -> Fault:
    """A fault of the whole paper, at its part and line."""
    found = _PLACED.match(str(error))
    if not found:
        return Fault(None, None, in_words(str(error)))
    part, line = whole.place_of(int(found[1]))
    return Fault(part, line, in_words(found[2]))


def _of_the_part(manuscript: str, draft: Draft, above: Sequence[str], opening: TemplateFile) -> str:
    """The part's own text, its headings numbered after those `above` it, with only its own figures."""
    language = draft.evidence.language
    if opening.front.get("numbered", "").lower() in ("true", "yes"):
        filler = "".join(f"{heading.partition(' ')[0]} ·\n\n·\n\n" for heading in above)
        text = numbered(f"{filler}{_CUT}\n\n{filled(manuscript)}", language).partition(_CUT)[2]
    else:
        text = filled(manuscript)
    text, draft.figures = draft.figures.renumbered(draft.assembled(text))
    return text.strip()


def _placed(said: str, whole: WholeText, place: int, offset: int) -> Fault:
    found: Any = _PLACED.match(said)
    if not found:
        return Fault(whole.parts[place], None, in_words(said))
    line = int(found[1]) - offset
    if line >= 1:
        return Fault(whole.parts[place], line, in_words(found[2]))
    return Fault(None, None, _("In a part before this one: {fault}").format(fault=in_words(found[2])))
