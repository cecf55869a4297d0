"""Splitting: a template cut into its parts at the headings of the first level, or of the first two, so that each can be written by another
office.

Changes when a part begins elsewhere. Put together again, the parts are the template, sign for sign. A heading inside a condition or loop
begins no part of its own: cut there, both halves would be broken templates; the part begins where the condition does, if nothing but the
condition stands before the heading.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

__all__ = ["WrittenPart", "carried", "headings", "joined", "split"]

_TAG = re.compile(r"\{#.*?#\}|\{%[-+]?\s*(\w+).*?[-+]?%\}|\{\{.*?\}\}", re.DOTALL)
_HEADING = re.compile(r"(?m)^(#{1,4})[ \t]+(\S.*)$")
_FRONT = re.compile(r"---\r?\n.*?\r?\n---\r?\n", re.DOTALL)
_OPENS = frozenset({"if", "for", "macro", "call", "filter", "raw", "with", "autoescape", "block"})
_TITLE_LENGTH = 120


@dataclass(frozen=True)
class WrittenPart:
    """One part of a template: what it is called (empty for what stands before the first heading) and its text."""

    title: str
    text: str


@dataclass(frozen=True)
class _Tag:
    start: int
    end: int
    depth: int
    """How many conditions and loops were open before it."""
    after: int
    sets: bool
    """Whether it gives a name to a value."""


def split(text: str, deepest: int = 1) -> list[WrittenPart]:
    """The opening (heading block, names that the whole paper uses), then a part for each heading down to the level `deepest`.

    A heading with nothing but another heading under it begins one part with that one.
    """
    front = _FRONT.match(text)
    begin = front.end() if front else 0
    tags = list(_tags(text, begin))
    places = _beginnings(text, tags, begin, deepest)
    first = places[0][0] if places else len(text)
    opening = _end_of_tags(text, tags, begin, first)
    if text[opening:first].strip():
        places.insert(0, (opening, ""))
    elif places:
        opening = first
    ends = [place for place, _title in places[1:]] + [len(text)]
    parts = [WrittenPart(title, text[place:end]) for (place, title), end in zip(places, ends, strict=False)]
    return [WrittenPart("", text[:opening] if places else text), *parts]


def joined(texts: Sequence[str]) -> str:
    """The template that the parts make together. A part that does not end its last line is given the end of it."""
    return "".join(text if place == len(texts) - 1 or text.endswith("\n") or not text else f"{text}\n" for place, text in enumerate(texts))


def carried(text: str) -> str:
    """What of a part later ones lean on: the names that it gives to values and its macros, outside of conditions and loops."""
    front = _FRONT.match(text)
    begin = front.end() if front else 0
    kept, opened = [], None
    for tag in _tags(text, begin):
        word = _TAG.match(text, tag.start)
        name = word[1] if word else None
        if tag.depth == 0 and tag.after > 0 and opened is None:
            opened = (tag.start, name in ("macro", "set"))
        elif tag.after == 0 and opened is not None:
            if opened[1]:
                kept.append(text[opened[0] : tag.end])
            opened = None
        elif tag.depth == 0 and tag.sets:
            kept.append(text[tag.start : tag.end])
    return "".join(f"{one}\n" for one in kept)


def _tags(text: str, begin: int) -> Iterator[_Tag]:
    depth = 0
    raw = False
    for found in _TAG.finditer(text, begin):
        name = found[1] or ""
        if raw and name != "endraw":
            continue
        raw = name == "raw"
        sets = name == "set" and "=" in found[0]
        after = depth + (1 if name in _OPENS or (name == "set" and not sets) else -1 if name.startswith("end") else 0)
        yield _Tag(found.start(), found.end(), depth, max(after, 0), sets)
        depth = max(after, 0)


def headings(text: str) -> list[str]:
    """The headings of a part as they are written, those in comments left out."""
    front = _FRONT.match(text)
    begin = front.end() if front else 0
    tags = list(_tags(text, begin))
    return [found[0] for found in _HEADING.finditer(text, begin) if not _inside(found.start(), tags)]


def _inside(place: int, tags: Sequence[_Tag]) -> bool:
    return any(tag.start < place < tag.end for tag in tags)


def _beginnings(text: str, tags: Sequence[_Tag], begin: int, deepest: int) -> list[tuple[int, str]]:
    """Where a part begins, and what it is called."""
    begun: list[tuple[int, str]] = []
    above = (-1, 0)
    for found in _HEADING.finditer(text, begin):
        place, level = found.start(), len(found[1])
        if _inside(place, tags):
            continue
        under, above = above, (found.end(), level)
        if level > deepest:
            continue
        if begun and 0 < under[1] < level and not _without_tags(text, tags, under[0], place).strip():
            if _plain_title(found[2]).strip("…"):
                begun[-1] = (begun[-1][0], f"{begun[-1][1]} · {_plain_title(found[2])}"[:_TITLE_LENGTH])
            continue
        start = _outside(text, tags, place)
        if start is not None and (not begun or start > begun[-1][0]):
            begun.append((start, _plain_title(found[2])))
    return begun


def _outside(text: str, tags: Sequence[_Tag], place: int) -> int | None:
    """The place itself where no condition or loop is open; where one begins right before it, the line of that; else None."""
    before = [tag for tag in tags if tag.end <= place]
    if not before or before[-1].after == 0:
        return place
    outer = next(tag for tag in reversed(before) if tag.depth == 0 and tag.after > 0)
    return None if _without_tags(text, tags, outer.start, place).strip() else text.rfind("\n", 0, outer.start) + 1


def _end_of_tags(text: str, tags: Sequence[_Tag], begin: int, first: int) -> int:
    """Where the opening ends: after the tags outside of conditions and loops that stand before any word."""
    end = begin
    for tag in tags:
        if tag.start >= first or tag.depth or tag.after or text[end : tag.start].strip() or text.startswith("{{", tag.start):
            break
        end = tag.end
    line = text.find("\n", end)
    return end if end == begin or line < 0 or line >= first or text[end:line].strip() else line + 1


def _without_tags(text: str, tags: Sequence[_Tag], start: int, end: int) -> str:
    kept, place = [], start
    for tag in tags:
        if tag.end <= start or tag.start >= end:
            continue
        kept.append(text[place : tag.start])
        place = tag.end
    return "".join([*kept, text[place:end]])


def _plain_title(heading: str) -> str:
    """The heading as a list shows it; what is looked up is left open."""
    title = re.sub(r"\s+", " ", _TAG.sub("…", re.sub(r"\{#[\w-]+\}\s*$", "", heading))).strip()
    return title[:_TITLE_LENGTH]
