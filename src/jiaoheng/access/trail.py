"""Trail 审计日志: who did what to which object, when, why, and what stood before and after. Lines are added and never changed.

Changes when what a line says changes. Every line carries the hash of the line before it; a sealed counter (the head) says how many lines
there are and with which hash they end, so that a line changed, moved, added or taken away, the last one too, is found by `verify`.
The head is sealed with the deployment's key: who can write to the database and has not the key cannot make a trail that verifies.
"""

import fcntl
import hashlib
import hmac
import json
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import repeat
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import models, transaction
from django.utils.translation import gettext_lazy as _

from jiaoheng.access.account import Account, Role
from jiaoheng.access.bulk_insert import insert_rows
from jiaoheng.access.key_ring import FieldKey, key_ring
from jiaoheng.organisations.organisation import PATH_SEPARATOR

if TYPE_CHECKING:
    from jiaoheng.access.trail_text import WrittenRows

__all__ = [
    "Action",
    "Entry",
    "TrailFault",
    "TrailHead",
    "TrailLine",
    "hold",
    "lines_for",
    "note_file",
    "note_outside",
    "noted_here",
    "record",
    "record_rows",
    "verify",
]

FIRST = "0" * 64
"""What stands as the hash before the first line."""


class Action(models.TextChoices):
    ADDED = "added", _("Added")
    CHANGED = "changed", _("Changed")
    REMOVED = "removed", _("Removed")
    OPENED = "opened", _("Sensitive value opened")
    ASKED = "asked", _("Asked for")
    APPROVED = "approved", _("Approved")
    REFUSED = "refused", _("Refused")
    KEYS = "keys", _("Keys rotated")
    RESTORED = "restored", _("Restored from a backup")


@dataclass(frozen=True)
class Entry:
    """What a line will say. Values are plain JSON; sensitive ones are masked by whoever makes the entry."""

    action: str
    object_type: str
    object_id: str
    organisation: str = ""
    before: Mapping[str, Any] = field(default_factory=dict)
    after: Mapping[str, Any] = field(default_factory=dict)


class TrailLine(models.Model):
    """One line. `by` and `approved_by` are user names as text: the trail outlives accounts. `organisation` is the path of the place."""

    number = models.BigIntegerField(_("number"), unique=True)
    at = models.CharField(_("when"), max_length=32, db_index=True)
    account = models.BigIntegerField()
    by = models.CharField(_("who"), max_length=150)
    approved_by = models.CharField(_("approved by"), max_length=150, blank=True)
    action = models.CharField(_("what"), max_length=20, choices=Action.choices)
    object_type = models.CharField(_("kind of object"), max_length=100)
    object_id = models.CharField(_("object"), max_length=100)
    organisation = models.CharField(_("organisation"), max_length=700, blank=True, db_index=True)
    before = models.TextField(_("before"))
    after = models.TextField(_("after"))
    reason = models.TextField(_("reason"))
    previous = models.CharField(max_length=64)
    hash = models.CharField(max_length=64)

    class Meta:
        ordering = ["number"]
        verbose_name = _("trail line")
        verbose_name_plural = _("trail lines")
        indexes = [models.Index(fields=["object_type", "object_id"], name="trail_object")]

    def __str__(self) -> str:
        return f"{self.number} {self.at} {self.by} {self.action} {self.object_type} {self.object_id}"

    def computed_hash(self) -> str:
        """The hash that the line's content gives."""
        return _hash_of([getattr(self, name) for name in _SAID])

    def save(self, *_args: Any, **_options: Any) -> None:
        raise TypeError("trail lines are added by record() and never saved again")

    def delete(self, *_args: Any, **_options: Any) -> tuple[int, dict[str, int]]:
        raise TypeError("trail lines are not deleted")


_SAID = (
    "number", "at", "account", "by", "approved_by", "action", "object_type", "object_id", "organisation", "before", "after", "reason",
    "previous",
)  # fmt: skip


class TrailHead(models.Model):
    """The one row that says where the trail ends. `seal` is an HMAC over count and hash under the key `key_id`."""

    count = models.BigIntegerField(default=0)
    hash = models.CharField(max_length=64, default=FIRST)
    key_id = models.CharField(max_length=8, blank=True)
    seal = models.CharField(max_length=64, blank=True)


@dataclass(frozen=True)
class TrailFault:
    """One thing wrong with the trail; `number` is the line's, 0 for the trail as a whole."""

    number: int
    words: str

    def __str__(self) -> str:
        return self.words


def hold() -> TrailHead:
    """Lock the head until the transaction ends. Every writer does this first, so that two writers wait and never deadlock."""
    held = TrailHead.objects.select_for_update().filter(pk=1)
    for head in held:
        return head
    TrailHead.objects.bulk_create([TrailHead(pk=1)], ignore_conflicts=True)
    return held.get()


def record(entries: Iterable[Entry], *, by: Account, reason: str, approved_by: Account | None = None, head: TrailHead | None = None) -> int:
    """Add one line an entry, in the caller's transaction; returns how many. The lines stand or fall with what they tell of.

    head: as `hold` gave it to the caller, where nothing was added since.
    """
    with transaction.atomic(savepoint=False):
        head = head or hold()
        before, at = head.count, datetime.now(UTC).isoformat(timespec="microseconds")
        approved = approved_by.username if approved_by else ""
        lines, number, previous = list[tuple[Any, ...]](), head.count, head.hash
        for entry in entries:
            number += 1
            said = (
                number, at, by.pk, by.username, approved, str(entry.action), entry.object_type, entry.object_id, entry.organisation,
                _written(entry.before), _written(entry.after), reason, previous,
            )  # fmt: skip
            previous = _hash_of(said)
            lines.append((*said, previous))
        insert_rows(TrailLine, [*_SAID, "hash"], lines)
        _ends_with(head, number, previous)
    return number - before


def _ends_with(head: TrailHead, count: int, last: str) -> None:
    head.count, head.hash = count, last
    _sealed(head).save()
    # The lines are stored by then: that this machine's note could not be written is logged, and undoes nothing.
    transaction.on_commit(lambda: note_outside(count, last), robust=True)


def record_rows(
    action: Action,
    object_type: str,
    object_ids: Sequence[int],
    organisations: Sequence[str],
    before: "WrittenRows",
    after: "WrittenRows",
    *,
    by: Account,
    reason: str,
    approved_by: Account | None = None,
) -> None:
    """Add a line for every row of one register, as `record` does, from columns: an import adds tens of thousands of lines."""
    if not object_ids:
        return
    with transaction.atomic():
        head = hold()
        at = datetime.now(UTC).isoformat(timespec="microseconds")
        approved = approved_by.username if approved_by else ""
        alike = _line([at, by.pk, by.username, approved, str(action), object_type])[1:-1]
        places, why = {path: _line(path) for path in set(organisations)}, _line(reason)
        number, previous, sha256 = head.count, head.hash, hashlib.sha256
        chain = [previous]
        for key, path, old, new in zip(object_ids, organisations, before.quoted, after.quoted, strict=True):
            number += 1
            said = f'[{number},{alike},"{key}",{places[path]},{old},{new},{why},"{previous}"]'
            previous = sha256(said.encode()).hexdigest()
            chain.append(previous)
        lines = zip(
            range(head.count + 1, number + 1), repeat(at), repeat(by.pk), repeat(by.username), repeat(approved), repeat(str(action)),
            repeat(object_type), map(str, object_ids), organisations, before.texts, after.texts, repeat(reason), chain, chain[1:],
        )  # fmt: skip
        insert_rows(TrailLine, [*_SAID, "hash"], lines)
        _ends_with(head, number, previous)


def lines_for(account: Account) -> "models.QuerySet[TrailLine]":
    """The lines of the account's subtree, newest first; only auditors and officers read them."""
    own = account.organisation.path if account.organisation and account.is_active else None
    if own is None or account.role not in (Role.AUDITOR, Role.OFFICER):
        return TrailLine.objects.none()
    here = models.Q(organisation=own) | models.Q(organisation__startswith=own + PATH_SEPARATOR)
    return TrailLine.objects.filter(here).order_by("-number")


def verify(*, noted: tuple[int, str] | None = None, here: bool = True) -> list[TrailFault]:
    """Everything that is wrong with the trail, in order; empty when nothing is.

    noted: number and hash of a line that an auditor wrote down earlier; the trail must still hold it. Together with the note that every
    machine keeps in <data>/trail.head this finds a database that was put back to an earlier state.
    here: False leaves this machine's note out, for a trail that comes from a backup.
    Raises: KeysUnusable.
    """
    outside = noted_here() if here else None  # before the head: another writer's note then never runs ahead of what is read here
    head = TrailHead.objects.filter(pk=1).first()
    faults, count = [], head.count if head else 0
    expected, previous = 1, FIRST
    for line in TrailLine.objects.order_by("number").iterator(chunk_size=2000):
        if line.number > count:
            break
        faults += list(_faults_of_line(line, expected, previous))
        if noted and line.number == noted[0] and line.hash != noted[1]:
            faults.append(TrailFault(line.number, f"Line {line.number} is not the one that was noted: the trail was written anew."))
        expected, previous = line.number + 1, line.hash
    if expected <= count:
        faults.append(TrailFault(expected, _missing(expected, count) + " The trail's end was cut off."))
    elif head and previous != head.hash:
        faults.append(TrailFault(count, f"The trail does not end with the hash that its head names (line {count})."))
    faults += _faults_of_head(head)
    if noted and noted[0] > count:
        faults.append(TrailFault(0, f"Line {noted[0]} was noted and the trail ends at {count}: lines were taken away."))
    if outside and outside[0] > count:
        words = f"This machine noted {outside[0]} lines and the trail has {count}: lines were taken away, or an older backup was restored."
        faults.append(TrailFault(0, words))
    elif outside and not noted and 0 < outside[0] <= count:
        found = TrailLine.objects.filter(number=outside[0]).values_list("hash", flat=True).first()
        if found is not None and found != outside[1]:
            faults.append(TrailFault(outside[0], f"Line {outside[0]} is not the one that this machine noted: the trail was written anew."))
    return faults


def noted_here() -> tuple[int, str] | None:
    """Count and hash of the furthest line that this machine noted beside the database; None where it noted none."""
    try:
        count, last = note_file().read_text(encoding="ascii").split()
        return int(count), last
    except (FileNotFoundError, ValueError):
        return None


def _faults_of_line(line: TrailLine, expected: int, previous: str) -> Iterator[TrailFault]:
    if line.number > expected:
        yield TrailFault(expected, _missing(expected, line.number - 1))
    elif line.previous != previous:
        yield TrailFault(line.number, f"Line {line.number} does not follow the line before it.")
    if line.computed_hash() != line.hash:
        yield TrailFault(line.number, f"Line {line.number} was changed.")


def _faults_of_head(head: TrailHead | None) -> Iterator[TrailFault]:
    end = head.count if head else 0
    beyond = TrailLine.objects.filter(number__gt=end).exists() or TrailLine.objects.filter(number__lt=1).exists()
    fresh = TrailHead.objects.filter(pk=1).values_list("count", flat=True).first() or 0
    if beyond and fresh == end:
        yield TrailFault(end + 1, f"There are lines beyond the {end} that the head counts: they were not added by the program.")
    if head is None:
        return
    key = key_ring().by_id(head.key_id)
    if end == 0 and not head.seal:
        return
    if key is None:
        yield TrailFault(0, f"The head was sealed with key {head.key_id}, which is not on the ring; its seal cannot be checked.")
    elif not hmac.compare_digest(_seal(head, key), head.seal):
        yield TrailFault(0, "The head's seal does not fit: the trail was written by someone without the key.")


def _missing(first: int, last: int) -> str:
    return f"Line {first} is missing." if first == last else f"Lines {first} to {last} are missing."


def _encoder(*, sort_keys: bool) -> Callable[[Any], str]:
    """JSON without blanks. `JSONEncoder.encode` makes its inner encoder anew for every value: an import has very many."""
    plainly = json.JSONEncoder(ensure_ascii=False, sort_keys=sort_keys, separators=(",", ":"))
    made = getattr(json.encoder, "c_make_encoder", None)
    if made is None:
        return plainly.encode
    inner = made(None, plainly.default, json.encoder.encode_basestring, None, ":", ",", sort_keys, False, True)
    return lambda value: "".join(inner(value, 0))


_line, _values = _encoder(sort_keys=False), _encoder(sort_keys=True)


def _hash_of(said: Sequence[Any]) -> str:
    return hashlib.sha256(_line(said).encode("utf-8")).hexdigest()


def _written(values: Mapping[str, Any]) -> str:
    return _values(values if type(values) is dict else dict(values)) if values else "{}"


def _sealed(head: TrailHead) -> TrailHead:
    key = key_ring().present
    head.key_id, head.seal = key.id, _seal(head, key)
    return head


def _seal(head: TrailHead, key: FieldKey) -> str:
    return hmac.new(key.derived("trail head"), f"{head.count}:{head.hash}".encode(), hashlib.sha256).hexdigest()


def note_file() -> Path:
    """Where this machine keeps that note."""
    return Path(settings.DATA) / "trail.head"


def note_outside(count: int, last: str) -> None:
    """Keep the furthest line that this machine has written, beside the database. Two processes may come in either order."""
    note_file().parent.mkdir(parents=True, exist_ok=True)
    handle = os.open(note_file(), os.O_RDWR | os.O_CREAT, 0o600)
    with os.fdopen(handle, "r+", encoding="ascii") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        known = file.read().split()
        if not known or int(known[0]) < count:
            file.seek(0)
            file.write(f"{count} {last}\n")
            file.truncate()
