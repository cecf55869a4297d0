"""Kept rows: stored rows of a ledger as `tables.py` wants them, read from the database piece by piece.

Changes when a row's standing gets another column in the tables.
"""

from collections.abc import Iterator

from django.db.models import QuerySet

from jiaoheng.ledgers.ledger_row import LedgerRow
from jiaoheng.ledgers.ledger_version import LedgerVersion
from jiaoheng.ledgers.tables import KeptRow

__all__ = ["kept_rows"]


def kept_rows(rows: "QuerySet[LedgerRow, LedgerRow]") -> Iterator[KeptRow]:
    """The rows in the order of their numbers, with their standing and the form they were written in."""
    forms = {version.pk: (version.form, version.version) for version in LedgerVersion.objects.filter(rows__in=rows.order_by()).distinct()}
    for row in rows.order_by("pk").select_related("organisation").iterator(chunk_size=2000):
        form, version = forms[row.version_id]
        standing = {
            "row": row.pk, "instance": row.instance_id, "organisation": row.organisation.code, "version": version, "process": row.process,
            "state": row.state, "opened_on": row.opened_on, "due_on": row.due_on, "closed_on": row.closed_on, "on_time": row.on_time,
            "merged_into": row.merged_into_id,
        }  # fmt: skip
        yield KeptRow(standing, row.answers, form)
