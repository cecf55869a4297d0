"""Class size: from how many pupils a class is above the norm, large, or very large, as dated rules.

Changes when what can be said of a limit changes. The limits are data (`data/class_sizes/`); a bureau's own folder may replace one.
"""

from datetime import date
from functools import lru_cache
from pathlib import Path

from pydantic import Field

from jiaoheng.rulebook.loader import Label, Rule, load_rules

__all__ = ["ClassSizeLimit", "class_size_limits", "limit_passed"]


class ClassSizeLimit(Rule):
    """One step. A class with `above` pupils is still within; one more passes it. `above` is by grade or by stage; a grade goes first.

    The step with the highest `severity` that a class passes is the one that is said.
    """

    label: Label
    severity: int = Field(ge=1, le=9)
    since: date
    until: date | None = None
    above: dict[str, int] = Field(min_length=1)
    source: str

    def passed(self, size: int, grade: str, stage: str, on: date) -> bool:
        """Whether a class passes this step on a day."""
        limit = self.above.get(grade, self.above.get(stage))
        return self.since <= on and (self.until is None or on < self.until) and limit is not None and size > limit


def class_size_limits(overlay: Path | None = None) -> dict[str, ClassSizeLimit]:
    """Every step by id; the files are read once a process. Raises: RulebookFaulty."""
    return _loaded(overlay)


def limit_passed(size: int, grade: str, stage: str, on: date, overlay: Path | None = None) -> ClassSizeLimit | None:
    """The most severe step that a class of so many pupils passes."""
    steps = [step for step in class_size_limits(overlay).values() if step.passed(size, grade, stage, on)]
    return max(steps, key=lambda step: step.severity, default=None)


@lru_cache(maxsize=4)
def _loaded(overlay: Path | None) -> dict[str, ClassSizeLimit]:
    return load_rules("class_sizes", ClassSizeLimit, overlay)
