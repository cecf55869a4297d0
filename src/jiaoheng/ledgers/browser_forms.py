"""Browser forms: the forms that bureau officers published in the browser, for those who read forms without the database.

Changes when it is decided otherwise which of them have columns in a snapshot. May be imported before Django is set up.
"""

__all__ = ["browser_forms"]


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
