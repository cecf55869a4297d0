"""Punctuation: the same text in one spelling, character for character, and where its sentences and brackets begin and
end.

Changes when another spelling of a mark, or another way of breaking lines, is met. Every function keeps positions:
character n of the
plain text is character n of the text.
"""

__all__ = ["bracket_depths", "gaps", "plain", "sentence_ends"]

import re

from jiaoheng.texts.characters import SIMPLIFIED

_FULL = {0xFF10 + i: ord("0") + i for i in range(10)} | {
    ord(a): ord(b)
    for a, b in (
        ("，", ","),
        ("；", ";"),
        ("：", ":"),
        ("（", "("),
        ("）", ")"),
        ("％", "%"),
        ("．", "."),
        ("～", "~"),
        ("〜", "~"),
        ("∼", "~"),
        ("﹪", "%"),
        ("／", "/"),
        ("－", "-"),
        ("–", "-"),
        ("−", "-"),
        ("？", "?"),
        ("！", "!"),
        ("\u3000", " "),
        ("\xa0", " "),
        ("\t", " "),
        ("\r", " "),
        ("＋", "+"),
        ("【", "("),
        ("】", ")"),
        ("﹙", "("),
        ("﹚", ")"),
        ("‰", "‰"),
        ("｡", "。"),
        ("﹐", ","),
    )
}
_ONE_SPELLING = SIMPLIFIED | _FULL
_SOFT_BREAK = re.compile(
    r"(?<=[^\n。!?;:.…》」】])\n(?=[^\n \u3000])"
    r"(?!(?:[0-9]{1,2}[.、)]|\(|[一二三四五六七八九十]{1,3}[、是]|第[一二三四五六七八九十]|[①-⒛㈠-㈩*#|—-]))"
)
_TORN = re.compile(
    r"(?<=[0-9])\n(?=[万亿元人名所个套间处项](?!、))|(?<=[\u4e00-\u9fff])\n(?=[0-9]+(?:\.[0-9]+)?\n[万亿元人名所个套间处项])"
)
_SENTENCE_END = re.compile(r"(?:(?<![0-9])。|。(?![0-9])|[!?\n]|(?<=[^0-9a-zA-Z])\.(?=\n|$))")
_BRACKET = re.compile(r"[()\n]")
_WRAPPED = 18  # a line shorter than this was ended by its writer, not by the width of a page


def plain(text: str) -> str:
    """The text with full-width digits and marks made half-width, traditional characters made simplified and wrapped
    lines joined; as many characters as before."""
    same = text.translate(_ONE_SPELLING)
    if "\n" not in same:
        return same
    last = -1
    characters: list[str] | None = None
    newline = same.find("\n")
    while newline >= 0:
        cut = newline - last > _WRAPPED and _SOFT_BREAK.match(same, newline) and _looks_cut(same, newline)
        if cut or _TORN.match(same, newline):
            if characters is None:
                characters = list(same)
            characters[newline] = " "
        last, newline = newline, same.find("\n", newline + 1)
    return "".join(characters) if characters is not None else same


_HAN = "\u4e00-\u9fff"
_GAP = re.compile(rf"(?<=[{_HAN}]) {{1,2}}(?=[{_HAN}])|(?<=[{_HAN}]) (?=[,;:。、()])|(?<=[,;:。、()]) (?=[{_HAN}0-9])")


def gaps(plain_text: str) -> list[tuple[int, int]]:
    """Single or double spaces between Chinese characters or at a mark, left by a page's width or by copying: where
    they are."""
    return [match.span() for match in _GAP.finditer(plain_text)] if " " in plain_text else []


def _looks_cut(text: str, newline: int) -> bool:
    """True where the line above and the line below have one width, as lines cut by a page do; headings end short."""
    above = newline - text.rfind("\n", max(0, newline - 80), newline)
    end = text.find("\n", newline + 1, newline + 81)
    below = (end if end >= 0 else min(len(text), newline + 81)) - newline
    return (above <= 60 and below <= 61 and abs(above - below) <= 8) or (above <= 60 and below < above)


def sentence_ends(text: str) -> list[int]:
    """Positions just after each full stop or line end of a plain text, in order; `。` between digits is a slip for a
    point."""
    return [match.end() for match in _SENTENCE_END.finditer(text)]


def bracket_depths(text: str) -> list[tuple[int, int, int]]:
    """Every round bracket of a plain text as (start, end, depth), outermost depth 1; one line's brackets close with
    the line."""
    found: list[tuple[int, int, int]] = []
    open_at: list[int] = []
    for match in _BRACKET.finditer(text):
        mark = match.group()
        if mark == "(":
            open_at.append(match.start())
        elif mark == ")":
            if open_at:
                start = open_at.pop()
                found.append((start, match.end(), len(open_at) + 1))
        else:
            open_at.clear()
    found.sort()
    return found
