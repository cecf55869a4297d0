"""Restoring: an archive becomes the deployment, wholly or not at all.

Changes when what is checked before a restore changes. Everything is verified first; the database is then laid out, filled, brought to this
version's form and verified again in one transaction; new files wait beside the old ones until it holds. A restore that is killed leaves the
old state, or, once the database holds the new one, is finished by the next command.
"""

import os
import secrets
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import DatabaseError, connection, models, transaction
from django.utils.translation import gettext as _

from jiaoheng.access import trail
from jiaoheng.access.account import Account
from jiaoheng.access.backup.archive import Archive, BackupRefused, Tell
from jiaoheng.access.backup.backing_up import DATA_FOLDER, RULEBOOK_FOLDER, TABLE_FOLDER, kept_names, silent
from jiaoheng.access.backup.file_swap import FileSwap, alone, finish_interrupted
from jiaoheng.access.backup.key_copy import KeyCopy
from jiaoheng.access.backup.tables import (
    Node,
    StoredTable,
    applied_migrations,
    bring_forward,
    check_references,
    drop_tables,
    held_rows,
    lay_out,
    load,
    set_next_number,
    stored_tables,
    unguarded_references,
    unknown_migrations,
)
from jiaoheng.access.cipher import Unreadable, key_id_of, unseal
from jiaoheng.access.kept_files import SEALED_FOLDERS
from jiaoheng.access.key_ring import KEYS_VARIABLE, KeyRing, key_file, key_ring, using_ring
from jiaoheng.access.key_rotation import sealed_models
from jiaoheng.access.sealed_field import sealed_columns
from jiaoheng.access.sealed_file import clear_parts, key_in

__all__ = ["Restored", "finish_interrupted_restore", "restore"]


@dataclass(frozen=True)
class Restored:
    """What was restored. `rulebook`: the folder that the overlay was put into, None where the backup has none."""

    made_at: datetime
    rows: int
    files: int
    migrated: bool
    rulebook: Path | None


def restore(
    file: Path, *, by: Account, replace: bool = False, keys: KeyCopy | None = None, accept_trail_faults: bool = False, tell: Tell = silent
) -> Restored:
    """Put the archive in the place of what this deployment holds.

    keys: the copy of the keys that belongs to the backup; without one the deployment must have them already.
    accept_trail_faults: restore a trail that did not verify when it was backed up.
    Raises: BackupRefused, after which everything is as it was; KeysUnusable.
    """
    with alone(), Archive.open(file) as archive:
        ring = _ring_for(archive, keys)
        archive.check_seal(ring)
        _check_form(archive)
        _check_place(replace)
        archive.check(tell)
        _check_files(archive, ring)
        swap, token = FileSwap(), secrets.token_hex(16)
        before = trail.noted_here()
        try:
            rulebook = _staged(swap, archive, keys, tell)
            with using_ring(ring), unguarded_references(), transaction.atomic():
                rows, migrated = _tables_restored(archive, tell)
                _check_restored(archive, accept_trail_faults)
                line = _restored_line(archive, token, before)
                trail.record([line], by=by, reason=_("Restored from the backup of {moment}").format(moment=archive.manifest["made_at"]))
                swap.note(token)
        except OSError as error:
            swap.throw_away()
            raise BackupRefused(_("Nothing was restored: {reason}.").format(reason=error.strerror or error)) from None
        except DatabaseError as error:
            swap.throw_away()
            raise BackupRefused(_("Nothing was restored; the database said: {reason}.").format(reason=str(error).strip())) from None
        except BaseException:
            swap.throw_away()
            raise
        swap.put_in_place()
        _note_the_end()
        return Restored(datetime.fromisoformat(archive.manifest["made_at"]), rows, len(archive.below(DATA_FOLDER)), migrated, rulebook)


def finish_interrupted_restore() -> bool:
    """Finish or undo what a killed restore left; True where it was finished. Every command that opens the database asks this first."""

    def kept(token: str) -> bool:
        if trail.TrailLine._meta.db_table not in connection.introspection.table_names():
            return False
        return trail.TrailLine.objects.filter(action=trail.Action.RESTORED, object_id=token).exists()

    finished = finish_interrupted(kept)
    if finished:
        _note_the_end()
    return finished


def _ring_for(archive: Archive, keys: KeyCopy | None) -> KeyRing:
    """The keys that the restored deployment will have."""
    if not keys:
        if not _environment_gives_keys() and not key_file().exists():
            words = _(
                "There are no keys here, and the backup was made with {key}. Give the copy of its keys with --keys, or put {file} back."
            )
            raise BackupRefused(words.format(key=archive.manifest["seal"].get("key"), file=key_file()))
        return key_ring()
    ring = keys.ring
    given = key_ring() if _environment_gives_keys() else None
    if given and not {key.id for key in ring.keys} <= {key.id for key in given.keys}:
        words = _("{variable} gives other keys than the copy holds. Put the keys of the backup there, or unset it, and restore again.")
        raise BackupRefused(words.format(variable=KEYS_VARIABLE))
    return given or ring


def _environment_gives_keys() -> bool:
    return bool(os.environ.get(KEYS_VARIABLE))


def _check_form(archive: Archive) -> None:
    nodes = _migrations(archive)
    later = unknown_migrations(nodes)
    if later:
        words = _("The backup was made by {program}, which is later than this version (it knows {migration}). Update this version first.")
        raise BackupRefused(words.format(program=archive.manifest["program"], migration=".".join(later[0])))
    tables: dict[str, Any] = archive.manifest["tables"]
    known = {table.name: table for table in stored_tables(connection, nodes)}
    missing = [name for name in tables if f"{TABLE_FOLDER}/{name}.jsonl" not in archive.manifest["entries"]]
    if missing or set(known) != set(tables) or any(known[name].column_names != tables[name]["columns"] for name in tables):
        raise BackupRefused(_("The tables of the backup are not those of its version. Use the version that made it: {program}.").format(
            program=archive.manifest["program"]))  # fmt: skip


def _check_place(replace: bool) -> None:
    if connection.vendor == "sqlite":
        Path(str(settings.DATABASES["default"]["NAME"])).parent.mkdir(parents=True, exist_ok=True)
    overlay: Path | None = settings.RULEBOOK_OVERLAY
    held = [str(folder / name) for folder in (Path(settings.DATA), overlay) if folder for name in kept_names(folder)]
    if not replace and (held or held_rows()):
        what = held[0] if held else _("rows in the database")
        words = _("This deployment is not empty ({what}). Nothing was changed. To put the backup in its place: --replace")
        raise BackupRefused(words.format(what=what))


def _staged(swap: FileSwap, archive: Archive, keys: KeyCopy | None, tell: Tell) -> Path | None:
    """Lay the new files out beside the old ones; the folder of the overlay, if there is one."""
    data = Path(settings.DATA)
    overlay: Path | None = settings.RULEBOOK_OVERLAY
    policy = archive.below(RULEBOOK_FOLDER)
    elsewhere = overlay if overlay and (policy or overlay.is_dir()) else None
    inside = [("rulebook" / Path(place), name) for name, place in policy.items()] if policy and overlay is None else []
    places = [(Path(place), name) for name, place in archive.below(DATA_FOLDER).items()] + inside
    secrets_ = list(_secret_files(keys))

    def contents() -> Iterator[tuple[Path, Iterable[bytes]]]:
        for number, (place, name) in enumerate(places, 1):
            tell("files", number, len(places))
            yield place, archive.chunks(name)
        for place, text in secrets_:
            yield place, [text.encode()]
        yield Path(trail.note_file().name), [b"0 " + trail.FIRST.encode() + b"\n"]  # the note begins anew with the restored trail

    swap.lay_out(data, contents(), leaving=kept_names(data))
    if elsewhere:
        held = ((Path(place), archive.chunks(name)) for name, place in policy.items())
        swap.lay_out(elsewhere, held, leaving=kept_names(elsewhere))
        return elsewhere if policy else None
    return data / "rulebook" if inside else None


def _secret_files(keys: KeyCopy | None) -> Iterator[tuple[Path, str]]:
    """The keys as files, where a copy was given; keys that they replace are kept beside them, for backups made with those."""
    if keys is None:
        return
    yield Path("secret.key"), keys.secret_key + "\n"
    if _environment_gives_keys():
        return
    present = key_file()
    if present.exists() and (old := present.read_text(encoding="ascii", errors="replace")) != keys.field_key_text:
        yield Path(f"{present.name}.replaced-{datetime.now():%Y%m%dT%H%M%S}"), old
    yield Path(present.name), keys.field_key_text


def _tables_restored(archive: Archive, tell: Tell) -> tuple[int, bool]:
    """Lay the tables out as they were, fill them, and bring them to this version's form; how many rows, and whether the form changed."""
    nodes = _migrations(archive)
    drop_tables()
    tables, total = lay_out(nodes), 0
    for place, table in enumerate(tables, 1):
        tell("tables", place, len(tables))
        total += _filled(archive, table)
    check_references()
    bring_forward()
    return total, set(applied_migrations(connection)) != set(nodes)


def _filled(archive: Archive, table: StoredTable) -> int:
    said = archive.manifest["tables"][table.name]
    try:
        load(table, archive.lines(f"{TABLE_FOLDER}/{table.name}.jsonl"))
    except (ValueError, TypeError) as error:
        raise BackupRefused(_("A row of {table} in the backup cannot be read: {reason}.").format(table=table.name, reason=error)) from None
    set_next_number(table, int(said["highest"]))
    with connection.cursor() as cursor:
        cursor.execute(f"select count(*) from {connection.ops.quote_name(table.name)}")
        stored = cursor.fetchone()[0]
    if stored != said["rows"]:
        words = _("{table} has {stored} rows after the restore and had {rows} in the backup. Nothing was restored.")
        raise BackupRefused(words.format(table=table.name, stored=stored, rows=said["rows"]))
    return int(stored)


def _check_restored(archive: Archive, accept_trail_faults: bool) -> None:
    """Verify the trail, and that the keys open what is sealed."""
    faults = trail.verify(here=False)
    if faults and not (accept_trail_faults and archive.manifest["trail"].get("faults")):
        words = _("The trail of the backup does not verify, so nothing was restored. First: {fault}")
        more = _("It did not verify when it was backed up either; to restore it as it is: --accept-trail-faults")
        raise BackupRefused(words.format(fault=faults[0]) + (f" {more}" if archive.manifest["trail"].get("faults") else ""))
    for model in sealed_models():
        for column in sealed_columns(model)[0]:
            _check_opens(model, column.attname, column.sealed_column)


def _check_files(archive: Archive, ring: KeyRing) -> None:
    """One sealed file under each key is opened; hashes vouch for the others. Every file's key must be there."""
    opened: set[str | None] = {None}
    for name, place in archive.below(DATA_FOLDER).items():
        if place.parts[0] not in SEALED_FOLDERS:
            continue
        key = key_in(next(archive.chunks(name), b""))
        if key in opened:
            continue
        try:
            for _part in clear_parts(archive.chunks(name), place.as_posix(), ring):
                pass
        except Unreadable as error:
            raise BackupRefused(_("Nothing was restored. {reason}").format(reason=error)) from None
        opened.add(key)


def _check_opens(model: type[models.Model], name: str, column: str) -> None:
    """One value under each key is opened; hashes vouch for the others. Every value's key must be there."""
    opened: set[str] = set()
    sealed: Any = models.QuerySet(model).filter(**{f"{name}__isnull": False}).values_list(name, flat=True)
    for value in sealed.iterator(chunk_size=2000):
        key = key_id_of(value.sealed or "")
        if key in opened:
            continue
        try:
            unseal(value.sealed, column)
        except Unreadable as error:
            raise BackupRefused(_("Nothing was restored. {reason}").format(reason=error)) from None
        opened.add(key)


def _restored_line(archive: Archive, token: str, before: tuple[int, str] | None) -> trail.Entry:
    """The line that tells of the restore, and of the trail that it put away."""
    said = archive.manifest["trail"]
    after = {"backup": archive.sha256, "made_at": archive.manifest["made_at"], "lines": said["lines"], "last": said["last"]}
    return trail.Entry(
        trail.Action.RESTORED, "access.Backup", token, before={"noted": f"{before[0]}:{before[1]}"} if before else {}, after=after
    )


def _note_the_end() -> None:
    """Note the end of the restored trail beside the database."""
    head = trail.TrailHead.objects.filter(pk=1).first()
    if head:
        trail.note_outside(head.count, head.hash)


def _migrations(archive: Archive) -> list[Node]:
    try:
        return [(str(app), str(name)) for app, name in archive.manifest["migrations"]]
    except (TypeError, ValueError):
        raise BackupRefused(_("{file} is damaged: its list of migrations cannot be read.").format(file=archive.file)) from None
