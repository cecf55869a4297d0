"""Form markup: the little Markdown and HTML that forms write into their labels, as HTML for a page or as plain text for anything else.

Changes when ODK shows other marks. Source: the ODK documentation, «Styling prompts». Colours and sizes are left out: the page has its own.
Every other sign is escaped; nothing of a form is ever run.
"""

import html
import re
from collections.abc import Callable
from functools import lru_cache

__all__ = ["marked", "plain", "worded"]

_QUOTED = re.compile(r"\$\{\s*([^}\s]+)\s*\}")
_DROPPED = re.compile(r"</?(?:span|p|div|font|center|u|big|small|h[1-6]|table|thead|tbody|t[rdh]|[uo]l|hr)(?:\s[^<>]*)?/?>", re.I)
_BREAK = re.compile(r"<br\s*/?>", re.I)
_STRONG = re.compile(r"<(b|strong)>(.*?)</\1>|(?<!\\)\*\*(.+?)\*\*|(?<![\w\\])__(.+?)__(?!\w)", re.I | re.S)
_EMPHASIS = re.compile(
    r"<(i|em)>(.*?)</\1>|(?<![\w\\*])\*(\S(?:[^*\n]*?\S)?)\*(?![\w*])|(?<![\w\\_])_(\S(?:[^_\n]*?\S)?)_(?![\w_])", re.I | re.S
)
_HEADING = re.compile(r"^[ \t]*(?:#[ \t]+|#{2,6}[ \t]*)(\S.*)$", re.M)
_LINK = re.compile(r"\[([^\]\n]+)\]\(\s*((?:https?|mailto):[^\s)]+)\s*\)")
_ESCAPED = re.compile(r"\\([\\#*_\[\]()<>])")
_MARKS = re.compile(r"[*_#<\\\[$&]")


@lru_cache(maxsize=8192)
def plain(text: str) -> str:
    """The words alone, an answer that they quote as an ellipsis: for headings of tables, workbooks and papers."""
    return worded(text, lambda name: "…")


def worded(text: str, answer: Callable[[str], str]) -> str:
    """The words alone, every `${name}` as the answer to that question."""
    if not _MARKS.search(text):
        return text
    said, put_back = _put_aside(text)
    said = _DROPPED.sub("", _BREAK.sub("\n", said))
    said = _LINK.sub(r"\1", _HEADING.sub(r"\1", said))
    for marks in (_STRONG, _EMPHASIS):
        said = marks.sub(lambda found: next(part for part in found.groups()[1:] if part is not None), said)
    return put_back(html.unescape(_ESCAPED.sub(r"\1", said)).strip(), answer)


def marked(text: str, answer: Callable[[str], str]) -> str:
    """As HTML, every `${name}` as the answer to that question (escaped)."""
    if not _MARKS.search(text):
        return html.escape(text).replace("\n", "<br>")
    said, put_back = _put_aside(text)
    said = _DROPPED.sub("", _BREAK.sub("\n", said))
    said = _STRONG.sub(lambda found: _around("strong", found), _HEADING.sub(lambda found: f"\x01strong\x02{found[1]}\x01/strong\x02", said))
    said = _EMPHASIS.sub(lambda found: _around("em", found), said)
    said = _LINK.sub(lambda found: f'\x01a href="{_address(found[2])}" target="_blank" rel="noopener"\x02{found[1]}\x01/a\x02', said)
    said = html.escape(html.unescape(_ESCAPED.sub(r"\1", said)), quote=False).replace("\x01", "<").replace("\x02", ">")
    return put_back(said.strip(), lambda name: html.escape(answer(name))).replace("\n", "<br>")


def _around(tag: str, found: re.Match[str]) -> str:
    inner = next(part for part in found.groups()[1:] if part is not None)
    return f"\x01{tag}\x02{inner}\x01/{tag}\x02"


def _address(written: str) -> str:
    return re.sub(r"[\"'<>\x00-\x20]", "", html.unescape(written)).replace("_", "%5F").replace("*", "%2A")


def _put_aside(text: str) -> tuple[str, Callable[[str, Callable[[str], str]], str]]:
    """The text with a sign for each `${name}`, whose underscores are no marks, and what puts the answers there."""
    names: list[str] = []

    def aside(found: re.Match[str]) -> str:
        names.append(found[1])
        return f"\x03{len(names) - 1}\x04"

    said = _QUOTED.sub(aside, re.sub(r"[\x00-\x08\x0b-\x1f]", "", text))
    return said, lambda done, answer: re.sub(r"\x03(\d+)\x04", lambda found: answer(names[int(found[1])]), done)
