"""Choice: one allowed value of a field, its words, and the other words under which it is written.

Changes when what can be said of a single value changes.
"""

from jiaoheng.rulebook.loader import Rule

__all__ = ["Choice"]


class Choice(Rule):
    """One allowed value: its words, and other words under which it is written."""

    en: str
    zh: str
    aliases: tuple[str, ...] = ()
