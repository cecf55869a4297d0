"""Sending rule: when messages go out, and how often a failed one is tried again, read from the rulebook.

Changes when the rule says something new. The numbers are data (`rulebook/data/notices/`), the bureau's own laid over ours.
"""

from datetime import date, time
from functools import cache
from pathlib import Path

from pydantic import Field

from jiaoheng.rulebook.loader import Rule, load_rules

__all__ = ["SendingRule", "load_sending_rule"]


class _Source(Rule):
    document: str


class SendingRule(Rule):
    """Times are the office's; days are calendar days; `wait_minutes` doubles with each attempt."""

    source: _Source
    in_force: date
    digest_from: str = Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")
    soon_days: int = Field(ge=0)
    lines_at_most: int = Field(ge=1)
    attempts: int = Field(ge=1)
    wait_minutes: int = Field(ge=1)
    round_before_days: list[int]
    round_after_days: list[int]
    request_on_day: int = Field(ge=1, le=28)

    @property
    def opens_at(self) -> time:
        return time.fromisoformat(self.digest_from)


@cache
def load_sending_rule(overlay: Path | None = None) -> SendingRule:
    """Raises: RulebookFaulty."""
    return load_rules("notices", SendingRule, overlay)["sending"]
