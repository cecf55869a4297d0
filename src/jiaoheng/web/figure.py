"""Figure: how a number is written for a reader: thousands separated, as many decimals as its measure has, a dash where it is missing.

Changes when numbers are written differently. Rounds as papers do, and for the eye only; comparisons use the
exact value.
"""

from decimal import Decimal

from jiaoheng.papers.number_style import rounded

__all__ = ["MISSING", "change_shown", "shown", "sparkline"]

MISSING = "–"
Number = int | float | Decimal


def shown(number: Number | None, decimals: int | None = None) -> str:
    """The number for reading. Without `decimals`: as many as it needs, at most two."""
    if number is None:
        return MISSING
    if decimals is None:
        text = f"{number:,.2f}"
        return text.rstrip("0").rstrip(".") if "." in text else text
    text = f"{rounded(float(number), decimals):,}"
    return text.lstrip("-") if float(text.replace(",", "")) == 0 else text


def change_shown(now: Number | None, before: Number | None, decimals: int | None = None) -> str:
    """The change since the year before with its sign, such as «+0.12»; empty where either is missing."""
    if now is None or before is None:
        return ""
    change = float(now) - float(before)
    text = shown(abs(change), decimals)
    return f"±{text}" if float(text.replace(",", "")) == 0 else f"{'+' if change > 0 else '−'}{text}"


def sparkline(numbers: list[float | None], width: int = 84, height: int = 26) -> dict[str, object] | None:
    """The points of a small line over the years, for the SVG template; None where there are fewer than two."""
    known = [(place, number) for place, number in enumerate(numbers) if number is not None]
    if len(known) < 2:
        return None
    low, high = min(number for _, number in known), max(number for _, number in known)
    across, up = width / (len(numbers) - 1), height - 6
    points = [(round(place * across, 1), round(3 + up * (1 - (number - low) / ((high - low) or 1)), 1)) for place, number in known]
    if high == low:
        points = [(x, height / 2) for x, _ in points]
    return {"width": width, "height": height, "points": " ".join(f"{x},{y}" for x, y in points), "x": points[-1][0], "y": points[-1][1]}
