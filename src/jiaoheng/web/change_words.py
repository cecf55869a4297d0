"""Change words: how much a measure changed: a share in percentage points, anything else in percent; never confused.

Changes when a change is said otherwise.
"""

from django.utils.translation import gettext as _

from jiaoheng.measures.measure import Measure
from jiaoheng.web.figure import shown

__all__ = ["changed_words"]


def changed_words(measure: Measure, now: float | None, before: float | None) -> str:
    """«+0.8 percentage points» for a share; «+3.2 % (+512)» for anything else; empty where either is missing."""
    if now is None or before is None or measure.kind == "change":
        return ""
    amount = now - before
    said = _signed(amount, measure.decimals)
    if _is_share(measure):
        scale = 100 if measure.unit.en == "share" else 1
        return _("{n} percentage points").format(n=_signed(amount * scale, max(measure.decimals - (2 if scale == 100 else 0), 1)))
    if not before:
        return said
    return _("{percent} % ({amount})").format(percent=_signed(amount / before * 100, 1), amount=said)


def _is_share(measure: Measure) -> bool:
    """Whether its values are parts of a whole, in percent or as 0 to 1."""
    return measure.in_percent or measure.unit.en == "share"


def _signed(amount: float, decimals: int) -> str:
    text = shown(abs(amount), decimals)
    return f"±{text}" if float(text.replace(",", "")) == 0 else f"{'+' if amount > 0 else '−'}{text}"
