"""What was written at moves of rows that are kept already is sealed. Not one transaction: who is killed goes on where it stopped."""

from typing import Any

from django.db import connection, migrations

from jiaoheng.ledgers.sealing import Kept, seal_kept_words


def seal(apps: Any, _editor: Any) -> None:
    models = (apps.get_model("ledgers", name) for name in ("LedgerVersion", "LedgerRow", "RowEvent", "SealedWord"))
    seal_kept_words(Kept(*models))
    if connection.vendor == "postgresql" and connection.in_atomic_block:  # restoring brings a backup forward in one transaction
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute("SET CONSTRAINTS ALL DEFERRED")


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("ledgers", "0010_words_written_at_moves")]

    operations = [migrations.RunPython(seal, migrations.RunPython.noop)]
