"""A relation among figures: what was compared, what the arithmetic gives, whether it holds, and a proof in two lines.

Changes when a finding must say more. The rooms beside this one make relations; this one words and weighs them.
"""

__all__ = ["Part", "Relation", "digit_slip", "larger_than_whole", "make", "number", "ratio_fits"]

import math
from collections.abc import Sequence
from dataclasses import dataclass

from jiaoheng.papers.audit.figure import Figure, Page


@dataclass(frozen=True, slots=True)
class Part:
    """A place of the text that takes part in a relation, in characters of the text."""

    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class Relation:
    """`kind` is one of sum share difference growth average product duplicate impossible, or record (held against a snapshot).

    computed, stated   in the unit the stated figure is printed in; None where there is none
    holds              within the rounding (or truncation) of the printed figures
    confidence         0 to 1: how sure it is that the text means this relation; below 0.5 is a question, not a finding
    severity           "fault", "question", "rounding" (holds only because figures are rounded) or "none"
    explanation        two lines: the arithmetic, and why it does or does not hold
    """

    kind: str
    parts: tuple[Part, ...]
    expression: str
    computed: float | None
    stated: float | None
    holds: bool
    confidence: float
    severity: str
    explanation: str

    def as_dict(self) -> dict[str, object]:
        return {
            "type": self.kind,
            "parts": [{"start": p.start, "end": p.end, "text": p.text} for p in self.parts],
            "expression": self.expression,
            "computed": self.computed,
            "stated": self.stated,
            "holds": self.holds,
            "confidence": self.confidence,
        }


def make(
    page: Page,
    kind: str,
    figures: Sequence[Figure],
    expression: str,
    *,
    computed: float | None,
    stated: float | None,
    holds: bool,
    confidence: float,
    reason: str,
    rounded: bool = False,
) -> Relation:
    """A relation over figures of one page. `reason` is the second line of its proof."""
    parts = tuple(Part(f.start, f.end, page.text[f.start : f.end]) for f in figures)
    shown = None if computed is None else round(computed, 6)
    severity = ("rounding" if rounded else "none") if holds else "fault" if confidence >= 0.5 else "question"
    sign = "=" if holds and not rounded else "≈" if holds else "≠"
    line = (
        expression
        if stated is None or computed is None
        else f"{expression} {sign} {number(stated)}"
        if kind == "duplicate"
        else expression.replace("≤", ">")
        if "≤" in expression
        else f"{expression} = {number(shown)} {sign} {number(stated)}"
        if sign != "="
        else f"{expression} = {number(stated)}"
    )
    return Relation(
        kind,
        parts,
        expression if stated is None or computed is None else f"{expression} = {number(stated)}",
        shown,
        stated,
        holds,
        round(confidence, 2),
        severity,
        f"{line}\n{reason}",
    )


def larger_than_whole(page: Page, whole: Figure, part: Figure, *, confidence: float) -> Relation:
    """The finding that a part is larger than the whole it is said to belong to."""
    return make(
        page,
        "impossible",
        [whole, part],
        f"{part.printed} ≤ {whole.printed}",
        computed=whole.quantity.number,
        stated=part.quantity.number,
        holds=False,
        confidence=confidence,
        reason="a part is larger than its whole",
    )


def number(value: float | None) -> str:
    """A number for people: no trailing zeros, at most six significant places after rounding noise is gone."""
    if value is None:
        return "—"
    if math.isclose(value, round(value), abs_tol=1e-9):
        return f"{value:.0f}"
    return f"{value:.6f}".rstrip("0").rstrip(".")


def digit_slip(stated: float, computed: float, step: float) -> bool:
    """True where changing one digit of the stated figure, or moving two, would make it the computed one."""
    if step <= 0 or stated <= 0 or computed <= 0:
        return False
    a, b = str(round(stated / step)), str(round(computed / step))
    if len(a) != len(b) or len(a) < 2 or len(a) > 15:
        return False
    differing = [i for i in range(len(a)) if a[i] != b[i]]
    if len(differing) == 1:
        return True
    return len(differing) == 2 and a[differing[0]] == b[differing[1]] and a[differing[1]] == b[differing[0]]


def ratio_fits(truth_low: float, truth_high: float, printed: float, step: float) -> str:
    """How a printed rate agrees with a true one known to lie in an interval: "rounded", "truncated" or "" (it does
    not)."""
    noise = max(abs(printed), 1.0) * 1e-9
    if truth_high >= printed - step / 2 - noise and truth_low <= printed + step / 2 + noise:
        return "rounded"
    if truth_high >= printed - noise and truth_low < printed + step - noise:
        return "truncated"
    return ""
