"""Total: one figure of a file beside the register's figure of the same records; after storing they are equal, or nothing is stored.

Changes when what is compared changes.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass

from jiaoheng.rulebook.loader import Label

__all__ = ["NotReconciled", "Total", "check_reconciled"]


class NotReconciled(Exception):
    """The register does not hold what the file says. Nothing is stored; it is a fault of the program, never of the sender."""


@dataclass(frozen=True)
class Total:
    """One field: the file's total over the rows taken in, and the register's over the same records. For organisations, their number."""

    field: str
    label: Label
    file_total: float
    register_total: float

    @property
    def equal(self) -> bool:
        return math.isclose(self.file_total, self.register_total, rel_tol=1e-12, abs_tol=1e-6)

    def as_dict(self) -> dict[str, str | float | bool]:
        """For the import's record and the pages."""
        return {
            "field": self.field,
            "label_en": self.label.en,
            "label_zh": self.label.zh,
            "file_total": self.file_total,
            "register_total": self.register_total,
            "equal": self.equal,
        }


def check_reconciled(totals: Iterable[Total]) -> None:
    """Raises: NotReconciled where two figures differ."""
    for total in totals:
        if not total.equal:
            raise NotReconciled(
                f"{total.label.en}: the register holds {total.register_total}, the file {total.file_total}. Nothing was stored."
            )
