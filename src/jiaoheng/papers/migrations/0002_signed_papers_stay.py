"""The database itself refuses to change anything of a signed paper, to take the signature back, and to overwrite a version of any part.

What was stored before the signature may still be put in (a restored backup brings tables in any order); what is dated after it may not. A
later migration that alters one of these tables on SQLite makes it anew and must run this again for it.
"""

from django.db import migrations

LOCKED = "the paper is signed and locked"
OF_PART = "(select paper_id from papers_paperpart where id = {row}.part_id)"
TABLES = {
    "papers_jointpaper": ("{row}.id", None),
    "papers_paperpart": ("{row}.paper_id", "added_at"),
    "papers_partversion": (OF_PART, "at"),
    "papers_partcomment": (OF_PART, "at"),
    "papers_paperaudit": ("{row}.paper_id", "at"),
    "papers_setaside": ("{row}.paper_id", "at"),
}
"""Table: which paper a row is of, and the column that says when it was added."""


def guards():
    """(name, table, deed, condition, words) of every guard."""
    signed = "exists (select 1 from papers_papersignature s where s.paper_id = {paper}{more})"
    for table, (paper, moment) in TABLES.items():
        for deed in ("update", "delete"):
            yield f"{table}_{deed}", table, deed, signed.format(paper=paper.format(row="old"), more=""), LOCKED
        if moment:
            more = f" and s.at < new.{moment}"
            yield f"{table}_insert", table, "insert", signed.format(paper=paper.format(row="new"), more=more), LOCKED
    yield "papers_partversion_kept", "papers_partversion", "update", "1 = 1", "a version is never overwritten"
    for deed in ("update", "delete"):
        yield f"papers_papersignature_{deed}", "papers_papersignature", deed, "1 = 1", "a signature is never taken back"


def forwards(apps, schema_editor):
    for name, table, deed, condition, words in guards():
        if schema_editor.connection.vendor == "postgresql":
            row = "old" if deed == "delete" else "new"
            schema_editor.execute(
                f"create function {name}_guard() returns trigger language plpgsql as $$ begin if {condition} then raise exception "
                f"'{words}' using errcode = 'integrity_constraint_violation'; end if; return {row}; end $$"
            )
            schema_editor.execute(f"create trigger {name} before {deed} on {table} for each row execute function {name}_guard()")
        else:
            schema_editor.execute(f"create trigger {name} before {deed} on {table} when {condition} begin select raise(abort, '{words}'); end")


def backwards(apps, schema_editor):
    for name, table, _deed, _condition, _words in guards():
        if schema_editor.connection.vendor == "postgresql":
            schema_editor.execute(f"drop trigger {name} on {table}")
            schema_editor.execute(f"drop function {name}_guard()")
        else:
            schema_editor.execute(f"drop trigger {name}")


class Migration(migrations.Migration):

    dependencies = [
        ('papers', '0001_joint_papers'),
    ]

    operations = [migrations.RunPython(forwards, backwards)]
