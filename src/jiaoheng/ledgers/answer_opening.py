"""Answer opening: sealed answers of a row shown whole to one reader, for a reason, each with a line in the trail.

Changes when the sealed answers of a row are opened in another way. Who may is the registers' rule.
"""

from collections.abc import Sequence
from typing import Any

from django.db import transaction

from jiaoheng.access.account import Account
from jiaoheng.access.opening import record_opening
from jiaoheng.ledgers.ledger_row import LedgerRow

__all__ = ["open_answers"]


def open_answers(row: LedgerRow, places: Sequence[str], *, by: Account, reason: str) -> dict[str, Any]:
    """The answers at these places (all that are sealed where none is named), by place. Raises: Refused, in words; Unreadable.

    What is opened is not in the trail; which answers of which row are.
    """
    with transaction.atomic():
        sealed = row.sealed
        chosen = [place for place in sealed if not places or place in places]
        record_opening(row, chosen, by=by, reason=reason)
        return {place: sealed[place] for place in chosen}
