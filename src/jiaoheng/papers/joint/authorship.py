"""Authorship: who wrote which paragraph of a part, derived from its versions.

Changes when authorship is derived otherwise. A paragraph belongs to the version in which it first stood as it stands now; one that was
moved within a save, or brought back, keeps its author where the text before still held it.
"""

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from jiaoheng.access.account import Account
from jiaoheng.papers.joint.part_version import PartVersion

__all__ = ["WrittenParagraph", "authors", "paragraphs"]


@dataclass(frozen=True)
class WrittenParagraph:
    """A paragraph of the present text: its first line (from 1), its words, and who wrote it in which version."""

    line: int
    text: str
    by: Account
    at: datetime
    version: int


def paragraphs(text: str) -> list[tuple[int, str]]:
    """First line and text of every paragraph: lines between empty ones."""
    found: list[tuple[int, str]] = []
    start, lines = 0, list[str]()
    for number, line in enumerate([*text.splitlines(), ""], 1):
        if line.strip():
            start = start or number
            lines.append(line)
        elif lines:
            found.append((start, "\n".join(lines)))
            start, lines = 0, []
    return found


def authors(versions: Iterable[PartVersion]) -> list[WrittenParagraph]:
    """The paragraphs of the newest of these versions (in the order of their numbers), each with the version that brought it."""
    texts: list[str] = []
    brought: list[PartVersion] = []
    placed: list[tuple[int, str]] = []
    for version in versions:
        placed = paragraphs(version.text)
        now = [text for _line, text in placed]
        brought = _carried(texts, now, brought, version)
        texts = now
    return [WrittenParagraph(line, text, of.by, of.at, of.number) for (line, text), of in zip(placed, brought, strict=True)]


def _carried(before: Sequence[str], now: Sequence[str], brought: Sequence[PartVersion], version: PartVersion) -> list[PartVersion]:
    found = [version] * len(now)
    for block in difflib.SequenceMatcher(None, before, now, autojunk=False).get_matching_blocks():
        found[block.b : block.b + block.size] = brought[block.a : block.a + block.size]
    moved = {text: of for text, of in zip(before, brought, strict=True) if text not in now or list(before).count(text) == 1}
    return [moved.get(text, of) if of is version else of for text, of in zip(now, found, strict=True)]
