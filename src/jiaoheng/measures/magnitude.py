"""Magnitude: how large the numbers of an expression can come to be, so that no engine runs over while it computes.

Changes when an engine holds larger numbers. A number that does not fit ends the query, and with it every measure of the register; what
could come to such numbers is found when the rulebook is loaded. Figures are taken to be as large as those of a very large school.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from sqlglot import exp

__all__ = ["too_large"]

_COLUMN, _ROWS = 1e6, 1e6
"""The largest figure in one row, and the most rows, that are reckoned with."""

_Kind = Literal["constant", "whole", "total", "fraction"]
_ORDER: tuple[_Kind, ...] = ("constant", "whole", "total", "fraction")
_LIMIT: Mapping[_Kind, float] = {"constant": 2.0**31 - 1, "whole": 9e18, "total": 1e26, "fraction": 1e100}
"""Plain numbers are worked out in 32 bits, whole figures in 64, totals of them in 128, all others in floating point."""


@dataclass(frozen=True)
class _Size:
    most: float
    kind: _Kind


class _TooLarge(Exception):
    pass


def too_large(tree: exp.Expr, types: Mapping[str, str]) -> exp.Expr | None:
    """A part of the expression that could come to a number that does not fit; None where there is none. types: of its columns."""
    try:
        _size(tree, types)
    except _TooLarge as found:
        part = found.args[0]
        assert isinstance(part, exp.Expr)
        return part
    return None


def _size(node: exp.Expr, types: Mapping[str, str]) -> _Size:
    if isinstance(node, exp.Literal):
        return _Size(0.0, "constant") if node.is_string else _literal(node.name)
    if isinstance(node, exp.Column):
        return _Size(1e15, "fraction") if types.get(node.name) == "amount" else _Size(_COLUMN, "whole")
    parts = [_size(one, types) for one in node.iter_expressions()]
    found = _combined(node, parts)
    if found.most > _LIMIT[found.kind] and isinstance(node, exp.Add | exp.Sub | exp.Mul | exp.Sum):
        raise _TooLarge(node)
    return found


def _literal(written: str) -> _Size:
    number = float(written)
    if not written.isdigit():
        return _Size(number, "fraction")
    return _Size(number, "constant" if number <= _LIMIT["constant"] else "whole")


def _combined(node: exp.Expr, parts: list[_Size]) -> _Size:
    kind: _Kind = _ORDER[max((_ORDER.index(one.kind) for one in parts), default=0)]
    sizes = [one.most for one in parts] or [0.0]
    if isinstance(node, exp.Count):
        return _Size(_ROWS * 1e3, "whole")
    if isinstance(node, exp.Sum):
        most = sizes[0] * _ROWS
        return _Size(most, "fraction") if kind == "fraction" else _Size(most if most <= _LIMIT["whole"] else 1e99, "total")
    if isinstance(node, exp.Avg):
        return _Size(sizes[0], "fraction")
    if isinstance(node, exp.Div):
        return _Size(sizes[0] * 1e9, "fraction")
    if isinstance(node, exp.Mul):
        return _Size(sizes[0] * sizes[1], kind)
    return _Size(sum(sizes), kind) if isinstance(node, exp.Add | exp.Sub) else _Size(max(sizes), kind)
