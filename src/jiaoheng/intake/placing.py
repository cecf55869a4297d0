"""Placing: where in the tree the organisations of a sheet stand, and which areas must be made above them.

Changes when the way a sheet says what lies above an organisation changes: by a path of area columns, or by the code of the parent.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from jiaoheng.intake.columns import AreaFeed, Feed
from jiaoheng.intake.directory import Directory
from jiaoheng.organisations.organisation import PATH_SEPARATOR

__all__ = ["Area", "Places", "area_code", "placed"]

_HAN = re.compile("[\u3400-\u9fff]")


@dataclass(frozen=True)
class Area:
    """An area that stands in the path of some row."""

    code: str
    kind: str
    name_en: str
    name_zh: str
    parent: str | None
    path: str


@dataclass(frozen=True)
class Places:
    """By row: code of the organisation above (null: none given), path, wave (a parent's wave is smaller), and whether it has no place.

    `areas`: every area of the paths, parents before children.
    """

    parents: pl.Series
    paths: pl.Series
    waves: pl.Series
    lost: pl.Series
    areas: tuple[Area, ...] = ()


def placed(
    feed: Feed,
    codes: pl.Series,
    parents: pl.Series | None,
    levels: Sequence[tuple[pl.Series | None, pl.Series | None]],
    directory: Directory,
) -> Places:
    """The place of every row. `levels` are names and codes of the feed's areas by row."""
    if feed.areas:
        parents, areas = _from_path(feed.areas, levels, len(codes), directory.paths())
        above = {area.code: area.path for area in areas}
    else:
        areas, above = (), {}
    parents = pl.repeat(None, len(codes), dtype=pl.String, eager=True) if parents is None else parents
    held = directory.joined(codes, "path")["path"]
    known = {**directory.paths(), **above}
    paths, waves = _resolved(codes.to_list(), parents.to_list(), held.to_list(), known)
    path = pl.Series("path", paths, dtype=pl.String)
    return Places(parents.alias("_parent"), path, pl.Series("wave", waves, dtype=pl.Int64), path.is_null() & codes.is_not_null(), areas)


def _resolved(
    codes: Sequence[str | None], parents: Sequence[str | None], held: Sequence[str | None], known: dict[str, str]
) -> tuple[list[str | None], list[int]]:
    """Paths and waves. A row waits for its parent when that stands in the same sheet; who waits for ever has no place."""
    paths: list[str | None] = [None] * len(codes)
    waves = [0] * len(codes)
    children: dict[str, list[int]] = {}
    own_rows = {code for code in codes if code is not None}
    ready: list[int] = []
    for index, (code, parent) in enumerate(zip(codes, parents, strict=True)):
        if code is None:
            continue
        if parent is None:
            paths[index] = held[index] or code
            ready.append(index)
        elif parent in own_rows:
            children.setdefault(parent, []).append(index)
        elif parent in known:
            above, old = known[parent], held[index]
            if old is None or not (above == old or above.startswith(old + PATH_SEPARATOR)):
                paths[index] = f"{above}{PATH_SEPARATOR}{code}"
                ready.append(index)
    while ready:
        following: list[int] = []
        for index in ready:
            code = codes[index]
            for child in children.pop(code, []) if code is not None else []:
                paths[child] = f"{paths[index]}{PATH_SEPARATOR}{codes[child]}"
                waves[child] = waves[index] + 1
                following.append(child)
        ready = following
    return paths, waves


def _from_path(
    areas: Sequence[AreaFeed],
    levels: Sequence[tuple[pl.Series | None, pl.Series | None]],
    length: int,
    known: dict[str, str],
) -> tuple[pl.Series, tuple[Area, ...]]:
    """The lowest area of every row, and all the areas. A blank level is left out: the row hangs on the next one above."""
    columns: list[pl.Series] = []
    for index, (names, codes) in enumerate(levels):
        nothing = pl.repeat(None, length, dtype=pl.String, eager=True)
        columns += [
            (nothing if names is None else names).alias(f"name{index}"),
            (nothing if codes is None else codes).alias(f"code{index}"),
        ]
    frame = pl.DataFrame(columns)
    distinct = frame.unique(maintain_order=True)
    made: dict[str, Area] = {}
    lowest: list[str | None] = []
    for row in distinct.iter_rows():
        parent: str | None = None
        for index, area in enumerate(areas):
            name, code = row[2 * index], row[2 * index + 1]
            fixed = area.source.code
            if fixed is None and name is None:
                continue
            here = fixed or code or area_code(parent, name)
            if here not in made:
                named = {"name_en": area.source.name_en, "name_zh": area.source.name_zh} if fixed else _named(name)
                path = known.get(here) or (f"{made[parent].path}{PATH_SEPARATOR}{here}" if parent else here)
                made[here] = Area(here, area.source.kind, parent=parent, path=path, **named)
            parent = here
        lowest.append(parent)
    marked = distinct.with_columns(pl.Series("_parent", lowest, dtype=pl.String))
    return frame.join(marked, on=frame.columns, how="left", nulls_equal=True, maintain_order="left")["_parent"], tuple(made.values())


def area_code(parent: str | None, name: str) -> str:
    """The code of an area that has none: the codes above and its name, without the sign that paths are joined with."""
    own = name.replace(PATH_SEPARATOR, "\u2215")
    return f"{parent}.{own}" if parent else own


def _named(name: str) -> dict[str, str]:
    return {"name_en": "", "name_zh": name} if _HAN.search(name) else {"name_en": name, "name_zh": ""}
