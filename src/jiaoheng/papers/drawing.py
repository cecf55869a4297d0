"""Drawing: the four kinds of charts of papers, drawn as SVG.

Changes when a chart of a paper looks otherwise. The drawings are written here stroke by stroke: a paper of forty pages has a dozen of
them, and a chart engine takes a third of a second and a browser's memory for what takes a millisecond.
"""

import math
from collections.abc import Callable, Sequence
from html import escape

from jiaoheng.papers.markdown_table import width_of
from jiaoheng.papers.typeface import BODY, HEADING, first_of

__all__ = ["Row", "distribution", "ranking", "shares", "trend"]

Row = tuple[str, str, float, str]
"""Row (a year, a stage), part (a line, a piece of the bar), value, and the value as printed."""

_WIDTH, _PAD, _SIZE = 560.0, 8.0, 10.5
_ACCENT, _PALE, _REFERENCE, _INK, _SOFT, _LINE = "#1f5f7a", "#86afc0", "#b3342b", "#1d2126", "#57606a", "#e3e1da"
_COLOURS = ("#1f5f7a", "#c98a2b", "#5f8f5a", "#8a5a83", "#b3342b", "#6d7d8b", "#86afc0", "#d9c28a")
"""Of lines and parts. They differ in lightness as well, and every part is also told by its words."""
_LABEL_AT_MOST = 190.0
_BAR, _STACKED = 17.0, 34.0
"""Height of a row of a ranking, of stacked bars."""


class _Sheet:
    """A drawing in the making. Coordinates are in pixels from the upper left corner."""

    def __init__(self) -> None:
        self._parts: list[str] = []

    def line(self, x1: float, y1: float, x2: float, y2: float, colour: str, width: float = 1, dashed: bool = False) -> None:
        dashes = ' stroke-dasharray="4 3"' if dashed else ""
        self._parts.append(
            f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{colour}" stroke-width="{width:g}"{dashes}/>'
        )

    def box(self, x: float, y: float, width: float, height: float, colour: str, edge: str = "") -> None:
        stroke = f' stroke="{edge}"' if edge else ""
        size = f'width="{max(0.0, width):.1f}" height="{max(0.0, height):.1f}"'
        self._parts.append(f'<rect x="{x:.1f}" y="{y:.1f}" {size} fill="{colour}"{stroke}/>')

    def course(self, points: Sequence[tuple[float, float]], colour: str) -> None:
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        self._parts.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
        self._parts += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4" fill="{colour}"/>' for x, y in points]

    def text(self, x: float, y: float, words: str, anchor: str = "start", colour: str = _INK, halo: bool = False) -> None:
        """Words with their middle at the height `y`."""
        place = f'x="{x:.1f}" y="{y + _SIZE * 0.36:.1f}" text-anchor="{anchor}"'
        if halo:
            self._parts.append(f'<text {place} fill="white" stroke="white" stroke-width="4">{escape(words)}</text>')
        self._parts.append(f'<text {place} fill="{colour}">{escape(words)}</text>')

    def finished(self, height: float) -> str:
        face = ", ".join(f"'{name}'" for name in (first_of(HEADING) or first_of(BODY) or HEADING[1],))
        size = f'width="{_WIDTH:g}" height="{height:g}" viewBox="0 0 {_WIDTH:g} {height:g}"'
        head = f'<svg xmlns="http://www.w3.org/2000/svg" {size} font-family="{face}, sans-serif" font-size="{_SIZE}">'
        return f'{head}<rect width="{_WIDTH:g}" height="{height:g}" fill="white"/>{"".join(self._parts)}</svg>'


def ranking(rows: Sequence[tuple[str, float, str]], *, unit: str, reference: tuple[float, str] | None) -> str:
    """Bars in the order given: name, value, and the value as printed. `reference`: a line for the whole area, with its words."""
    sheet, values = _Sheet(), [value for _, value, _ in rows] + ([reference[0]] if reference else [])
    left = _PAD + min(_LABEL_AT_MOST, max(_long(name) for name, _, _ in rows)) + 8
    right = _WIDTH - _PAD - max(_long(text) for _, _, text in rows) - 8
    top = _PAD + (20 if reference else 4)
    bottom = top + max(_BAR * 3, _BAR * len(rows))
    ticks = _ticks(min(0.0, *values), max(0.0, *values))
    at = _scale(min(0.0, *values), max(0.0, *values), left, right)
    _grid_across(sheet, ticks, at, top, bottom, unit)
    for place, (name, value, _) in enumerate(rows):
        middle = top + _BAR * (place + 0.5)
        sheet.box(min(at(0), at(value)), middle - _BAR * 0.32, abs(at(value) - at(0)), _BAR * 0.64, _ACCENT)
        sheet.text(left - 6, middle, _cut(name, left - _PAD - 8), "end")
    _line_of_reference(sheet, reference, at, top, bottom)
    for place, (_, value, text) in enumerate(rows):
        sheet.text(max(at(0), at(value)) + 4, top + _BAR * (place + 0.5), text, halo=True)
    return sheet.finished(bottom + (34 if unit else 20) + _PAD)


def distribution(bins: Sequence[tuple[float, float, int]], *, unit: str, counted: str, reference: tuple[float, str] | None) -> str:
    """A histogram from bins (from, to, how many schools)."""
    sheet, highest = _Sheet(), max(count for _, _, count in bins)
    left, right, top, bottom = _PAD + 34, _WIDTH - _PAD - 12, _PAD + 36, _PAD + 256
    at, up = _scale(bins[0][0], bins[-1][1], left, right), _scale(0, highest, bottom, top)
    _grid_up(sheet, _ticks(0, highest, whole=True), up, left, right)
    for low, high, count in bins:
        sheet.box(at(low), up(count), at(high) - at(low), bottom - up(count), _PALE, edge="white")
    for tick, words in _ticks(bins[0][0], bins[-1][1]):
        sheet.text(at(tick), bottom + 11, words, "middle")
    sheet.text(_PAD, _PAD + 4, counted, colour=_SOFT)
    sheet.text((left + right) / 2, bottom + 27, unit, "middle", _SOFT)
    _line_of_reference(sheet, reference, at, top, bottom)
    return sheet.finished(bottom + 36 + _PAD)


def trend(rows: Sequence[Row], *, unit: str) -> str:
    """Lines over periods: period, line, value, and the value as printed at its point. One line needs no legend."""
    sheet = _Sheet()
    periods, parts = list(dict.fromkeys(row[0] for row in rows)), list(dict.fromkeys(row[1] for row in rows))
    values = [row[2] for row in rows]
    spread = (max(values) - min(values)) or abs(max(values)) * 0.1 or 1.0
    low = min(values) - spread * 0.25 if min(values) > spread * 0.25 else min(0.0, min(values))
    high = max(values) + spread * 0.18
    ticks = _ticks(low, high)
    left, right, top = _PAD + max(_long(words) for _, words in ticks) + 8, _WIDTH - _PAD - 12, _PAD + (20 if unit else 4)
    bottom = top + 200
    up, step = _scale(low, high, bottom, top), (right - left) / len(periods)
    across = {name: left + step * (place + 0.5) for place, name in enumerate(periods)}
    _grid_up(sheet, ticks, up, left, right)
    sheet.text(_PAD, _PAD + 4, unit, colour=_SOFT)
    for name, x in across.items():
        sheet.text(x, bottom + 12, name, "middle")
    for place, part in enumerate(parts):
        own = sorted(((across[row], up(value)) for row, one, value, _ in rows if one == part))
        sheet.course(own, _COLOURS[place % len(_COLOURS)])
    for x, y, words in _labelled(rows, across, up):
        sheet.text(x, y, words, "middle", halo=True)
    return sheet.finished(_legend(sheet, parts, bottom + 24) + _PAD)


def shares(rows: Sequence[Row], *, unit: str, normalized: bool) -> str:
    """Stacked bars: row, part, value, and the value as printed in its piece. `normalized`: each bar is drawn as a whole of 100 %."""
    sheet = _Sheet()
    names, parts = list(dict.fromkeys(row[0] for row in rows)), list(dict.fromkeys(row[1] for row in rows))
    totals = {name: sum(row[2] for row in rows if row[0] == name) or 1.0 for name in names}
    highest = 100.0 if normalized else max(totals.values())
    left, right, top = _PAD + min(_LABEL_AT_MOST, max(map(_long, names))) + 8, _WIDTH - _PAD - 16, _PAD + 4
    bottom = top + max(_STACKED * 1.5, _STACKED * len(names))
    at, ends = _scale(0, highest, left, right), dict.fromkeys(names, 0.0)
    _grid_across(sheet, _ticks(0, highest), at, top, bottom, "%" if normalized else unit)
    for row, part, value, text in sorted(rows, key=lambda one: (names.index(one[0]), parts.index(one[1]))):
        middle = top + (bottom - top) / len(names) * (names.index(row) + 0.5)
        begin, ends[row] = ends[row], ends[row] + (value / totals[row] * 100 if normalized else value)
        width = at(ends[row]) - at(begin)
        sheet.box(at(begin), middle - _STACKED * 0.33, width, _STACKED * 0.66, _COLOURS[parts.index(part) % len(_COLOURS)], edge="white")
        if width >= _long(text) + 6:
            sheet.text(at(begin) + width / 2, middle, text, "middle", "white")
    for place, name in enumerate(names):
        sheet.text(left - 6, top + (bottom - top) / len(names) * (place + 0.5), _cut(name, left - _PAD - 8), "end")
    return sheet.finished(_legend(sheet, parts, bottom + (38 if normalized or unit else 24)) + _PAD)


def _labelled(rows: Sequence[Row], across: dict[str, float], up: Callable[[float], float]) -> list[tuple[float, float, str]]:
    """Place and words of the points of a trend, above or below them, where there is room between the lines; else none."""
    found = []
    for name, x in across.items():
        points = sorted(((up(value), text) for row, _, value, text in rows if row == name))
        taken = -math.inf  # the lower edge of what was written last, from the top down
        for place, (y, text) in enumerate(points):
            below = points[place + 1][0] if place + 1 < len(points) else math.inf
            if y - 17 >= taken:
                found.append((x, y - 11, text))
                taken = y + 5
            elif y + 17 <= below - 5 and y - 4 >= taken:
                found.append((x, y + 11, text))
                taken = y + 17
            else:
                taken = max(taken, y + 5)
    return found


def _grid_across(
    sheet: _Sheet, ticks: Sequence[tuple[float, str]], at: Callable[[float], float], top: float, bottom: float, unit: str
) -> None:
    """Upright lines with their values below, and the unit below those."""
    for tick, words in ticks:
        sheet.line(at(tick), top, at(tick), bottom, _LINE)
        sheet.text(at(tick), bottom + 11, words, "middle")
    if unit:
        sheet.text((at(ticks[0][0]) + at(ticks[-1][0])) / 2, bottom + 26, unit, "middle", _SOFT)


def _grid_up(sheet: _Sheet, ticks: Sequence[tuple[float, str]], up: Callable[[float], float], left: float, right: float) -> None:
    for tick, words in ticks:
        sheet.line(left, up(tick), right, up(tick), _LINE)
        sheet.text(left - 5, up(tick), words, "end")


def _line_of_reference(sheet: _Sheet, reference: tuple[float, str] | None, at: Callable[[float], float], top: float, bottom: float) -> None:
    if reference is None:
        return
    x, words = at(reference[0]), reference[1]
    sheet.line(x, top - 14, x, bottom, _REFERENCE, 1.5, dashed=True)
    fits = x + 5 + _long(words) <= _WIDTH - _PAD
    sheet.text(x + (5 if fits else -5), top - 10, words, "start" if fits else "end", _REFERENCE, halo=True)


def _legend(sheet: _Sheet, parts: Sequence[str], top: float) -> float:
    """Below the drawing, where there is more than one line or part to tell apart; its lower edge."""
    if len(parts) < 2:
        return top
    x, y = _PAD + 4, top + 6
    for place, part in enumerate(parts):
        width = 15 + _long(part) + 16
        if x + width > _WIDTH - _PAD and place:
            x, y = _PAD + 4, y + 17
        sheet.box(x, y - 5, 10, 10, _COLOURS[place % len(_COLOURS)])
        sheet.text(x + 15, y, part)
        x += width
    return y + 10


def _scale(low: float, high: float, first: float, last: float) -> Callable[[float], float]:
    whole = (high - low) or 1.0
    return lambda value: first + (value - low) / whole * (last - first)


def _ticks(low: float, high: float, *, whole: bool = False) -> list[tuple[float, str]]:
    """Four to seven round values between the bounds, with their words. `whole`: of things that are counted."""
    raw = (high - low) / 5 or 1.0
    magnitude = 10.0 ** math.floor(math.log10(raw))
    step = next(times * magnitude for times in (1, 2, 2.5, 5, 10) if times * magnitude >= raw * 0.999)
    if whole:
        step = max(1.0, math.ceil(step))
    decimals = max(0, -math.floor(math.log10(step))) + (1 if abs(step / magnitude - 2.5) < 0.01 and magnitude < 10 else 0)
    first = math.ceil(low / step - 1e-9)
    return [(one * step, f"{one * step:,.{decimals}f}") for one in range(first, math.floor(high / step + 1e-9) + 1)]


def _long(words: str) -> float:
    """About how long words are when drawn."""
    return width_of(words) * _SIZE * 0.54


def _cut(words: str, room: float) -> str:
    if _long(words) <= room + 1:
        return words
    while words and _long(f"{words}…") > room:
        words = words[:-1]
    return f"{words}…"
