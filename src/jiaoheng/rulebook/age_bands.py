"""Age bands: the ages at which children belong to a stage, for ratios of enrolment to population.

Changes when the way a band is written changes. The bands are data (`data/age_bands/`).
"""

from pathlib import Path
from typing import Self

from pydantic import Field, model_validator

from jiaoheng.rulebook.loader import Rule, load_rules

__all__ = ["AgeBand", "load_age_bands"]


class AgeBand(Rule):
    """First and last age, in completed years on 31 August."""

    first: int = Field(ge=0, le=30)
    last: int = Field(ge=0, le=30)
    source: str

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.last < self.first:
            raise ValueError("a last age that is not below the first")
        return self


def load_age_bands(overlay: Path | None = None) -> dict[str, AgeBand]:
    """The band of each stage. Raises: RulebookFaulty."""
    return load_rules("age_bands", AgeBand, overlay)
