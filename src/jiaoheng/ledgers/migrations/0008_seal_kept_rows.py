"""Personal answers of rows that are kept already are taken out of the others and sealed, by the forms that this version brings."""

from typing import Any

from django.conf import settings
from django.db import connection, migrations

from jiaoheng.ledgers.ledger import ledger_files
from jiaoheng.ledgers.ledger_version import digest_of
from jiaoheng.ledgers.sealing import Kept, seal_kept_rows


def seal(apps: Any, _editor: Any) -> None:
    versions, rows, events, words = (
        apps.get_model("ledgers", name) for name in ("LedgerVersion", "LedgerRow", "RowEvent", "SealedWord")
    )
    if not rows._base_manager.exists():
        return
    # A ledger whose form the rulebook brought gets the rulebook's form of today; it is published at the first look at the ledgers.
    by_rulebook = set(versions._base_manager.filter(state="current", published_by=None).values_list("ledger", flat=True))
    shipped = {name: file.read_bytes() for name, file in ledger_files(settings.RULEBOOK_OVERLAY).items() if name in by_rulebook}
    seal_kept_rows(kept=Kept(versions, rows, events, words), forms={name: (digest_of(form), form) for name, form in shipped.items()})
    if connection.vendor == "postgresql":  # a later migration of one transaction may alter these tables
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute("SET CONSTRAINTS ALL DEFERRED")


class Migration(migrations.Migration):
    dependencies = [("ledgers", "0007_sealed_answers")]

    operations = [migrations.RunPython(seal, migrations.RunPython.noop)]
