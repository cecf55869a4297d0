"""Typeface: the fonts that papers name, and whether this machine can draw Chinese.

Changes when papers are set in other fonts.
"""

from functools import cache

__all__ = ["BODY", "HEADING", "NoChineseFont", "check_chinese", "first_of"]

BODY = ("FangSong_GB2312", "FangSong", "Noto Serif CJK SC", "Source Han Serif SC", "SimSun")
"""Typefaces of running text: the official 仿宋 first, free ones after it."""

HEADING = ("SimHei", "Noto Sans CJK SC", "Source Han Sans SC", "Microsoft YaHei", "PingFang SC")
"""Typefaces of headings, tables and charts."""


class NoChineseFont(Exception):
    """This machine has no font with Chinese characters."""


@cache
def _families() -> frozenset[str]:
    import typst

    return frozenset(typst.Fonts().families())


def first_of(wanted: tuple[str, ...]) -> str | None:
    """The first of the typefaces that is installed."""
    return next((name for name in wanted if name in _families()), None)


def check_chinese() -> None:
    """Refuse, in words the reader can act on, to draw boxes in place of characters. Raises: NoChineseFont."""
    if first_of(BODY + HEADING) is None:
        raise NoChineseFont(
            "No Chinese font is installed, so charts and PDF papers would show boxes. "
            "Install one (on Debian: apt-get install fonts-noto-cjk) and write the paper again."
        )
