"""Opening: one sensitive value shown whole to one reader, for a reason, and recorded.

Changes when the rule of who may open what changes.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from django.db import models, transaction
from django.utils.translation import gettext as _

from jiaoheng.access import trail
from jiaoheng.access.account import Account, Refused, Role
from jiaoheng.access.cipher import Sealed
from jiaoheng.access.scope import check_covers, path_of
from jiaoheng.access.sealed_field import EncryptedText

if TYPE_CHECKING:
    from jiaoheng.access.change import Recorded

__all__ = ["check_may_open", "may_open", "opened", "record_opening"]

_OPEN = {Role.CLERK, Role.OFFICER, Role.AUDITOR}
_SHORTEST_REASON = 4
"""Characters: «核对证件» is a reason, «ok» is not."""


def opened(row: "Recorded", field: str, *, by: Account, reason: str) -> str:
    """The whole value, after a trail line says who opened it and why; an empty string where the row has none.

    Raises: Refused, in words; Unreadable for a damaged value. What is opened is not in the trail.
    """
    column = row._meta.get_field(field)
    if not isinstance(column, EncryptedText):
        raise TypeError(f"{field} is not a sensitive field")
    with transaction.atomic():
        record_opening(row, [field], by=by, reason=reason)
        value: Sealed | None = getattr(row, field)
        return "" if value is None else value.clear


def record_opening(row: models.Model, fields: Sequence[str], *, by: Account, reason: str) -> None:
    """A trail line for each field that is about to be shown, in the caller's transaction. Raises: Refused, in words."""
    check_may_open(by, row)
    if len("".join(reason.split())) < _SHORTEST_REASON:
        raise Refused(_("Say why you open this value, in a few words: the reason is kept."))
    path, kind = path_of(row), row._meta.label
    entries = [trail.Entry(trail.Action.OPENED, kind, str(row.pk), path, after={"field": field}) for field in fields]
    trail.record(entries, by=by, reason=reason.strip())


def check_may_open(account: Account, row: models.Model) -> None:
    """Refuse unless the account's role opens sensitive values and the row lies in its scope."""
    if account.role not in _OPEN:
        raise Refused(_("Your role does not open sensitive values. Ask a bureau officer to look this up for you."))
    check_covers(path_of(row), account)


def may_open(account: Account, row: models.Model) -> bool:
    """The same rule asked quietly, to show or hide the button."""
    try:
        check_may_open(account, row)
    except Refused:
        return False
    return True
