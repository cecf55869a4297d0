"""Heading: the headings of a paper, numbered as official documents number them, those without anything under them left out.

Changes when headings are numbered otherwise. Chinese: 一、（一）1.（1） (GB/T 9704-2012 §7.3.3); other languages 1, 1.1, 1.1.1.
"""

import re

from jiaoheng.papers.number_style import is_chinese, ordinal

__all__ = ["filled", "numbered"]

_HEADING = re.compile(r"(?m)^(#{1,4})[ \t]+(\S.*)$")

_GLUED = re.compile(r"(?<!\n)\n(?=#{1,4}[ \t]+\S)")
"""The end of a line of text right above a heading: Markdown asks for an empty line between them."""


def filled(text: str) -> str:
    """The Markdown without headings under which nothing stands: what was not reported leaves no empty chapter."""
    pieces = _HEADING.split(_GLUED.sub("\n\n", text))
    opening, rest = pieces[0], pieces[1:]
    chapters = list(zip(rest[::3], rest[1::3], rest[2::3], strict=True))
    kept: list[str] = []
    for marks, title, body in reversed(chapters):
        if body.strip() or _holds(kept, len(marks)):
            kept.append(f"{marks} {title}{body}")
    return opening + "".join(reversed(kept))


def _holds(kept: list[str], level: int) -> bool:
    """Whether the piece kept last stands under a heading of this level."""
    return bool(kept) and len(kept[-1]) - len(kept[-1].lstrip("#")) > level


def numbered(text: str, language: str) -> str:
    """The Markdown with its headings numbered, each level from one under the level above."""
    counts = [0, 0, 0, 0]
    chinese = is_chinese(language)

    def one(found: re.Match[str]) -> str:
        level = len(found[1])
        counts[level - 1] += 1
        counts[level:] = [0] * (4 - level)
        number = counts[level - 1]
        if chinese:
            sign = (f"{ordinal(number)}、", f"（{ordinal(number)}）", f"{number}.", f"（{number}）")[level - 1]
            return f"{found[1]} {sign}{found[2]}"
        return f"{found[1]} {'.'.join(str(one) for one in counts[:level])} {found[2]}"

    return _HEADING.sub(one, text)
