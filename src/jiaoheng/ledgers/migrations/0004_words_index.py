"""Words in titles are found by an index where the database has one for parts of words (PostgreSQL's pg_trgm)."""

from django.db import DatabaseError, migrations, transaction

INDEX = "create index if not exists row_title_words on ledgers_ledgerrow using gin (upper(title) gin_trgm_ops)"


def add(apps, schema_editor):
    if schema_editor.connection.vendor != "postgresql":
        return
    try:
        with transaction.atomic(using=schema_editor.connection.alias), schema_editor.connection.cursor() as cursor:
            cursor.execute("create extension if not exists pg_trgm")
            cursor.execute(INDEX)
    except DatabaseError:
        pass  # the extension is not installed or not allowed: words are found by reading the ledger through


def drop(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("drop index if exists row_title_words")


class Migration(migrations.Migration):
    dependencies = [("ledgers", "0003_words_and_lateness")]
    operations = [migrations.RunPython(add, drop)]
