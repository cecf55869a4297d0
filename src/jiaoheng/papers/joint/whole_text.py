"""Whole text: a joint paper's parts as one template, and what its figures are drawn from, held in memory so that a preview is quick.

Changes when previews remember more or less. What is held belongs to a snapshot, area, year and language, and to the rulebook as it stood.
"""

import threading
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

from jiaoheng.papers.evidence import Evidence, NotThere
from jiaoheng.papers.joint.joint_paper import JointPaper
from jiaoheng.papers.joint.kept_snapshot import kept_snapshot
from jiaoheng.papers.joint.paper_part import PaperPart
from jiaoheng.papers.joint.part_version import present_text
from jiaoheng.papers.joint.splitting import joined
from jiaoheng.papers.paper import PaperStopped
from jiaoheng.papers.template import TemplateFile
from jiaoheng.rulebook.loader import RulebookFaulty
from jiaoheng.snapshots.snapshot import SnapshotRefused

__all__ = ["WholeText", "drawn_from", "whole_text"]

_HELD = 4


@dataclass
class _Held:
    evidence: Evidence
    lock: threading.Lock


_lock = threading.Lock()
_held: "OrderedDict[tuple[object, ...], _Held]" = OrderedDict()


@dataclass(frozen=True)
class WholeText:
    """The parts' texts of one moment, as one template; `lines` are the numbers of lines of each part."""

    paper: JointPaper
    parts: tuple[PaperPart, ...]
    texts: tuple[str, ...]

    @property
    def text(self) -> str:
        return joined(self.texts)

    @property
    def template(self) -> TemplateFile:
        """Raises: PaperStopped where the heading block is not readable."""
        return TemplateFile.of_text(self.text, Path(f"{self.paper.template}.md"))

    def place_of(self, line: int) -> tuple[PaperPart, int]:
        """The part in which a line of the whole stands, and its line there."""
        for place, part in enumerate(self.parts):
            own = joined([*self.texts[: place + 1], ""]).count("\n") - joined([*self.texts[:place], ""]).count("\n")
            if line <= own or part is self.parts[-1]:
                return part, line
            line -= own
        raise LookupError(line)


def whole_text(paper: JointPaper, *, instead: tuple[PaperPart, str] | None = None) -> WholeText:
    """The paper's text now. `instead`: a part with a text that is not saved."""
    parts: Sequence[PaperPart] = list(paper.parts.all())
    texts = [instead[1] if instead and part.pk == instead[0].pk else present_text(part) for part in parts]
    return WholeText(paper, tuple(parts), tuple(texts))


@contextmanager
def drawn_from(paper: JointPaper, *, public: bool = False) -> Iterator[Evidence]:
    """The evidence of the paper, for one writer at a time. Raises: PaperStopped."""
    overlay: Path | None = settings.RULEBOOK_OVERLAY
    key = (paper.snapshot, paper.organisation.code, paper.period, paper.language, public, _stamp(overlay))
    with _lock:
        if key not in _held:
            try:
                snapshot = kept_snapshot(paper.snapshot)
                evidence = Evidence(
                    snapshot, language=paper.language, area=paper.organisation.code, period=paper.period, overlay=overlay, public=public
                )
            except (NotThere, SnapshotRefused) as error:
                raise PaperStopped(str(error)) from None
            except RulebookFaulty as error:
                raise PaperStopped(f"The rulebook cannot be used:\n{error}") from None
            _held[key] = _Held(evidence, threading.Lock())
            while len(_held) > _HELD:
                _held.popitem(last=False)
        _held.move_to_end(key)
        found = _held[key]
    with found.lock:
        yield found.evidence


def _stamp(overlay: Path | None) -> tuple[tuple[str, int], ...]:
    """Changes when a file of the bureau's own rulebook does."""
    files = (file for kind in ("measures", "standards", "registers", "publication") for file in sorted((overlay / kind).glob("*.yaml"))) \
        if overlay else ()  # fmt: skip
    return tuple((str(file), file.stat().st_mtime_ns) for file in files)
