"""Browser forms: the forms that bureau officers published in the browser, for those who read forms without the database.

Changes when it is decided otherwise which of them have columns in a snapshot. May be imported before Django is set up.
"""

__all__ = ["browser_forms", "browser_forms_mark"]


def browser_forms() -> dict[str, list[bytes]]:
    """The forms by ledger, the oldest first, those that were withdrawn left out; none where there is no database yet."""
    from django.apps import apps
    from django.db import DatabaseError

    if not apps.ready:
        return {}
    from jiaoheng.ledgers.ledger_version import LedgerVersion, VersionState

    found: dict[str, list[bytes]] = {}
    try:
        for version in LedgerVersion.objects.exclude(published_by=None).exclude(state=VersionState.WITHDRAWN).order_by("pk"):
            found.setdefault(version.ledger, []).append(bytes(version.source))
    except DatabaseError:
        return {}
    return found


def browser_forms_mark() -> tuple[int, int]:
    """Another mark, other forms: how many there are and the newest one's key."""
    from django.db.models import Count, Max

    from jiaoheng.ledgers.ledger_version import LedgerVersion, VersionState

    there = LedgerVersion.objects.exclude(published_by=None).exclude(state=VersionState.WITHDRAWN)
    told = there.aggregate(count=Count("pk"), newest=Max("pk"))
    return told["count"], told["newest"] or 0
