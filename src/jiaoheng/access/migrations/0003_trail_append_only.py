"""The database itself refuses to change a line of the trail, and on PostgreSQL to delete one.

SQLite empties tables with DELETE where PostgreSQL uses TRUNCATE, so a trigger there would also stop emptying a test database; a deleted line
is found by `jiaoheng trail verify` on both. A later migration that alters this table on SQLite makes it anew and must run this again.
"""

from django.db import migrations

POSTGRESQL = """
create function access_trail_append_only() returns trigger language plpgsql as $$
begin
  raise exception 'trail lines are added and never changed';
end $$;
create trigger access_trail_append_only before update or delete on access_trailline
for each row execute function access_trail_append_only();
"""
SQLITE = """
create trigger access_trail_append_only before update on access_trailline
begin select raise(abort, 'trail lines are added and never changed'); end
"""


def forwards(apps, schema_editor):
    schema_editor.execute(POSTGRESQL if schema_editor.connection.vendor == "postgresql" else SQLITE)


def backwards(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("drop trigger access_trail_append_only on access_trailline")
        schema_editor.execute("drop function access_trail_append_only()")
    else:
        schema_editor.execute("drop trigger access_trail_append_only")


class Migration(migrations.Migration):

    dependencies = [
        ('access', '0002_trail'),
    ]

    operations = [migrations.RunPython(forwards, backwards)]
