"""Answer opening: sealed answers of a row shown whole to one reader, for a reason, each with a line in the trail.

Changes when the sealed answers of a row are opened in another way. Who may is the registers' rule.
"""

from collections.abc import Sequence
from typing import Any

from django.db import transaction

from jiaoheng.access.account import Account
from jiaoheng.access.opening import record_opening
from jiaoheng.ledgers.ledger_row import LedgerRow

__all__ = ["open_answers", "sealed_answers"]


def sealed_answers(row: LedgerRow) -> dict[str, Any]:
    """Everything sealed of the row, by place, in clear: its answers (`petitioner/1/phone`), then of each correction what was put in
    (`#2/phone`, by column) and what stood before (`#2/before/petitioner/1/phone`). For rules; a person sees it through `open_answers`.
    """
    found = dict(row.sealed)
    for event in row.happened.filter(personal__isnull=False).order_by("number"):
        said = event.sealed
        found |= {f"#{event.number}/{column}": value for column, value in said.get("fields", {}).items()}
        found |= {f"#{event.number}/before/{place}": value for place, value in said.get("before", {}).items()}
    return found


def open_answers(row: LedgerRow, places: Sequence[str], *, by: Account, reason: str) -> dict[str, Any]:
    """What stands at these places (all answers that the row has now where none is named), by place. Raises: Refused, in words; Unreadable.

    What is opened is not in the trail; which answers of which row are.
    """
    with transaction.atomic():
        sealed = sealed_answers(row) if places else row.sealed
        chosen = [place for place in sealed if not places or place in places]
        record_opening(row, chosen, by=by, reason=reason)
        return {place: sealed[place] for place in chosen}
