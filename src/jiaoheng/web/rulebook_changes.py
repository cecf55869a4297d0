"""Rulebook changes: who may write into the bureau's own rulebook from a page, where it lies, and the line in the trail.

Changes when somebody else may write into it.
"""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _

from jiaoheng.access import trail
from jiaoheng.access.account import Account, Refused, Role

__all__ = ["check_may_define", "may_define", "noted", "now", "own_rulebook"]


def check_may_define(account: Account) -> None:
    """Refuse unless the account is an officer of the bureau itself: what is written holds for everybody in this deployment."""
    place = account.organisation
    if place is None or place.is_school or place.kind == "township" or account.role != Role.OFFICER:
        raise Refused(_("The bureau's own measures are written by officers of the bureau. Ask one to write this one."))


def may_define(account: Account) -> bool:
    """The same rule asked quietly, to show or hide a button."""
    try:
        check_may_define(account)
    except Refused:
        return False
    return settings.RULEBOOK_OVERLAY is not None


def own_rulebook() -> Path:
    """The folder of the bureau's own rulebook. Raises: Refused where this deployment has none."""
    overlay: Path | None = settings.RULEBOOK_OVERLAY
    if overlay is None:
        raise Refused(_("This deployment has no rulebook of its own. Ask its administrator to name a folder with JIAOHENG_RULEBOOK."))
    return overlay


def now() -> datetime:
    return timezone.now()


def noted(action: str, kind: str, name: str, *, by: Account, reason: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> None:
    """A line in the trail, of the organisation that the account stands at; in the caller's transaction."""
    place = by.organisation.path if by.organisation else ""
    trail.record([trail.Entry(action, f"rulebook.{kind}", name, place, before, after)], by=by, reason=reason)
