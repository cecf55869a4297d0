"""Ledger scope: the ledger and the rows that a page is about, as far as its reader may see them.

Changes when it is decided otherwise who sees a ledger's pages.
"""

from functools import lru_cache

from django.http import Http404, HttpRequest
from django.utils.translation import gettext as _

from jiaoheng.access.account import Account, Refused
from jiaoheng.ledgers.attachment import content_of
from jiaoheng.ledgers.form_datasets import Dataset, read_dataset
from jiaoheng.ledgers.ledger_row import LedgerRow
from jiaoheng.ledgers.ledger_version import LedgerVersion
from jiaoheng.ledgers.published_ledger import PublishedLedger, past_ledgers, published_ledger
from jiaoheng.ledgers.row_entry import check_may_add
from jiaoheng.ledgers.row_list import rows_in_scope
from jiaoheng.web.scope import reader
from jiaoheng.web.words import in_language

__all__ = ["datasets_of", "ledger_in_use", "ledger_or_404", "may_add", "row_or_404"]


def ledger_or_404(name: str) -> PublishedLedger:
    """The ledger of this name, one whose form was withdrawn too: its rows stay. Raises: Http404 with a sentence."""
    found = published_ledger(name) or past_ledgers().get(name)
    if found is None:
        raise Http404(_("There is no ledger “{name}”.").format(name=name))
    return found


def ledger_in_use(name: str) -> PublishedLedger:
    """The ledger of this name, to add rows to. Raises: Http404; Refused where its form was withdrawn."""
    found = ledger_or_404(name)
    if not found.in_use:
        raise Refused(_("The ledger “{title}” is not kept any more: no rows are added.").format(title=in_language(found.title)))
    return found


def row_or_404(request: HttpRequest, ledger: str, number: int) -> LedgerRow:
    """The row of this number, in the reader's scope. Raises: Http404, which does not say whether it exists elsewhere."""
    rows = rows_in_scope(reader(request)).filter(ledger=ledger, pk=number)
    row = rows.select_related("version", "organisation", "holder", "holder_office", "merged_into", "entered_by").first()
    if row is None:
        raise Http404(_("There is no such row in your scope."))
    return row


def may_add(account: Account) -> bool:
    """May the account enter rows? Asked quietly, to show or hide the button."""
    try:
        check_may_add(account)
    except Refused:
        return False
    return True


def datasets_of(version: LedgerVersion) -> dict[str, list[dict[str, str]]]:
    """The files beside a form, as its expressions ask them: by name without the ending."""
    if not version.form.files:
        return {}
    found = {file.name.rpartition(".")[0]: _dataset(file.name, file.sha256) for file in version.files.all()}
    return {name: rows for name, rows in found.items() if rows is not None}


@lru_cache(maxsize=32)
def _dataset(name: str, sha256: str) -> Dataset | None:
    return read_dataset(name, content_of(sha256))
