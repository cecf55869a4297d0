"""Chart: a drawing of a paper with its title and with words for those who cannot see it; as SVG, and all of a paper's as PNG.

Changes when charts reach documents in another form. How each kind looks is `drawing`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from jiaoheng.papers.typeface import check_chinese

__all__ = ["Chart", "pictures"]

_DOTS_PER_INCH = 216
"""Of the PNG that stands in for the SVG in programs that draw none."""


@dataclass(frozen=True)
class Chart:
    """A drawn chart: its SVG, its title, and in words what it shows (`told`, for readers who cannot see it)."""

    number: int
    title: str
    about: str
    label: str
    filter_text: str
    drawing: str
    told: str

    def svg(self) -> str:
        """Raises: NoChineseFont."""
        check_chinese()
        return self.drawing


def pictures(charts: Sequence[Chart]) -> list[bytes]:
    """The charts as PNG, drawn in one pass: fonts are looked for once. Raises: NoChineseFont."""
    import typst

    if not charts:
        return []
    check_chinese()
    sizes = "#set page(width: auto, height: auto, margin: 0pt)\n"
    drawings: dict[str, bytes] = {f"chart-{place}.svg": chart.drawing.encode() for place, chart in enumerate(charts)}
    pages = "\n#pagebreak()\n".join(f'#image("{name}", width: 420pt)' for name in drawings)
    files: Any = {"main.typ": (sizes + pages).encode(), **drawings}
    made: bytes | list[bytes] = typst.compile(files, format="png", ppi=_DOTS_PER_INCH)
    return [made] if isinstance(made, bytes) else list(made)
