"""Change: who alters a register and why; and the base of every register, which is not altered without one.

Changes when what is kept of every alteration changes. A register row, its history row and its trail line are written in one transaction.
History answers what the register said on an earlier day (`Model.history.as_of(moment)`); the rows themselves say when a thing held.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, ClassVar, Self, TypeVar

from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db import IntegrityError, models, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from jiaoheng.access import trail
from jiaoheng.access.account import Account, Refused, check_may_enter
from jiaoheng.access.cipher import Sealed
from jiaoheng.access.history import is_of_the_past, tell_of_rows, versions
from jiaoheng.access.scope import ScopedQuerySet, check_covers, path_of, paths_of
from jiaoheng.access.sealed_field import BlindIndex

__all__ = [
    "Change",
    "Recorded",
    "RecordedQuerySet",
    "Unrecorded",
    "altering",
    "check_approved",
    "in_words",
    "plain",
    "store_all",
    "values_of",
]

_open_change: ContextVar["Change | None"] = ContextVar("open_change", default=None)


class Unrecorded(TypeError):
    """A fault of the program: a register was about to be altered without saying who and why."""


@dataclass(frozen=True)
class Change:
    """Who alters and why. `approved_by` is the other account where entering and approving are kept apart."""

    by: Account
    reason: str
    approved_by: Account | None = None

    def __post_init__(self) -> None:
        if not self.reason.strip():
            raise Refused(_("Say why: a change without a reason is not kept."))


def check_approved(change: Change) -> None:
    """Refuse unless another account than the one who enters has approved."""
    if change.approved_by is None:
        raise Refused(_("This needs approval. Ask for it, and let another account approve."))
    if change.approved_by.pk == change.by.pk:
        raise Refused(_("Who enters does not approve. Let another account approve this."))


@contextmanager
def altering(change: Change) -> Iterator[None]:
    """One transaction for several alterations under one change: all of them or none, and no other writer in between."""
    with transaction.atomic():
        trail.hold()
        token = _open_change.set(change)
        try:
            yield
        finally:
            _open_change.reset(token)


M = TypeVar("M", bound="Recorded")


class RecordedQuerySet(ScopedQuerySet[M]):
    """Reads freely (through `for_account`); writing in bulk goes through `store_all`."""

    def update(self, **values: Any) -> int:
        raise Unrecorded("store each row with its change; update() would leave no history")

    def delete(self) -> tuple[int, dict[str, int]]:
        raise Unrecorded("remove each row with its change; delete() would leave no trail")

    def bulk_create(self, *args: Any, **options: Any) -> list[M]:
        if _open_change.get() is None:
            raise Unrecorded("use store_all(rows, change=…)")
        return super().bulk_create(*args, **options)

    def bulk_update(self, *args: Any, **options: Any) -> int:
        raise Unrecorded("store each row with its change; bulk_update() would leave no history")


class Recorded(models.Model):
    """The base of every register model: stored and removed with a `Change`, in scope, with history and trail."""

    scope_path: ClassVar[str]
    of_persons: ClassVar[bool] = False
    """Whether the rows are of human beings: those who only run the system do not list them."""

    objects: ClassVar[models.Manager[Any]] = models.Manager.from_queryset(RecordedQuerySet)()
    history: ClassVar[Any] = versions()

    _as_read: tuple[Any, ...] | None = None
    """The row as it was read or last stored, in the order of its columns: what this process knows of it."""

    class Meta:
        abstract = True

    @classmethod
    def from_db(cls, db: str | None, field_names: Collection[str], values: Collection[Any], **options: Any) -> Self:
        row = super().from_db(db, field_names, values, **options)
        row._as_read = tuple(values) if len(values) == len(cls._meta.concrete_fields) else None
        return row

    def refresh_from_db(self, *args: Any, **options: Any) -> None:
        super().refresh_from_db(*args, **options)
        self._as_read = _present(self)

    def save(self, *args: Any, **options: Any) -> None:
        if _open_change.get() is None:
            raise Unrecorded(f"{self._meta.label} is stored with store(change=…)")
        super().save(*args, **options)

    def delete(self, *args: Any, **options: Any) -> tuple[int, dict[str, int]]:
        if _open_change.get() is None:
            raise Unrecorded(f"{self._meta.label} is removed with remove(change=…)")
        return super().delete(*args, **options)

    def seen_as(self, version: int) -> Self:
        """This row with what a form showed of it at a version: altered and stored, it keeps what others wrote meanwhile, or is refused.

        Raises: Refused where the version is not one of this row.
        """
        shown: Any = type(self).history.filter(pk=version, **{self._meta.pk.attname: self.pk}).first()
        if shown is None:
            raise Refused(_("This form is of another row. Open the row again, and enter your change there."))
        for field in self._meta.concrete_fields:
            setattr(self, field.attname, getattr(shown, field.attname))
        self._as_read = _present(self)
        return self

    def needs_approval(self, known: Self | None) -> bool:
        """Whether what is about to be stored over `known` (None: the row is about to be removed) needs another account's approval."""
        return False

    def store(self, *, change: Change) -> Self:
        """Check and store this row, with history and trail; the row itself is returned.

        Two people may have one row open: a column that only the other changed keeps the other's value; a column that both changed is
        refused. Raises: Refused, in words.
        """
        if is_of_the_past(self):
            raise Unrecorded("this is the row as it was on an earlier day; change the row as it is")
        with altering(change):
            known = None if self.pk is None else type(self)._base_manager.filter(pk=self.pk).first()
            if known is not None:
                _keep_what_others_wrote(self, known)
            checked(self)
            _check_scope([self, *([known] if known else [])], change)
            if known is not None and self.needs_approval(known):
                check_approved(change)
            self._history_user, self._change_reason = change.by, change.reason
            before, after = _difference(known, self)
            if known is not None and not after:
                return self
            with in_words(type(self)):
                self.save()
            self._as_read = _present(self)
            action = trail.Action.ADDED if known is None else trail.Action.CHANGED
            _note(change, [_entry(action, self, before, after)])
        return self

    def remove(self, *, change: Change) -> None:
        """Take out a row that was entered by mistake; history and trail keep it. What ended is ended by a date instead."""
        with altering(change):
            _check_scope([self], change)
            if self.needs_approval(None):
                check_approved(change)
            self._history_user, self._change_reason = change.by, change.reason
            _note(change, [_entry(trail.Action.REMOVED, self, values_of(self), {})])
            try:
                self.delete()
            except models.ProtectedError:
                raise Refused(_("Other rows depend on this one; remove those first.")) from None


def store_all(rows: Sequence[M], *, change: Change, check: Callable[[M], object] | None = None) -> list[M]:
    """Store new rows of one register in few statements, each with history and trail; all or none.

    check: called with every row before any is stored; by default the full check of `store`. Intake, whose own checks have run, passes one
    that does nothing. The database's constraints hold either way. Raises: Refused, in words.
    """
    if not rows:
        return []
    model = type(rows[0])
    with altering(change):
        for row in rows:
            (check or checked)(row)
        _check_scope(rows, change)
        with in_words(model):
            manager: Any = model._default_manager
            stored: list[M] = manager.bulk_create(rows, batch_size=500)
        tell_of_rows(model, [row.pk for row in stored], "+", by=change.by, reason=change.reason, at=timezone.now())
        paths = paths_of(stored)
        _note(change, (_entry(trail.Action.ADDED, row, {}, values_of(row), path) for row, path in zip(stored, paths, strict=True)))
    return stored


def checked(row: models.Model) -> None:
    """The model's own checks and the database's constraints, asked before writing. Raises: Refused with every fault in words."""
    try:
        row.clean_fields()
        for field in row._meta.concrete_fields:
            if isinstance(field, BlindIndex):  # constraints ask for the index, which saving would make too late for them
                setattr(row, field.attname, field.computed(row))
        row.full_clean()
    except ValidationError as error:
        raise Refused(" ".join(_faults(row, error))) from None


def values_of(row: models.Model) -> dict[str, Any]:
    """What a row says, as JSON values: sealed values masked, blind indexes left out."""
    return {name: plain(value) for name, value in _said(row).items() if value not in (None, "")}


@contextmanager
def in_words(model: type[models.Model]) -> Iterator[None]:
    """A constraint that the database holds, said in the words of the model that declares it."""
    try:
        yield
    except IntegrityError as error:
        held = next((known for known in model._meta.constraints if known.name and known.name in str(error)), None)
        words = held.violation_error_message if held else _("A row contradicts another row of this register, or repeats it.")
        raise Refused(str(words)) from error


def _present(row: models.Model) -> tuple[Any, ...]:
    return tuple(getattr(row, field.attname) for field in row._meta.concrete_fields)


def _keep_what_others_wrote(row: Recorded, known: Recorded) -> None:
    if row._as_read is None:
        return
    for field, read in zip(row._meta.concrete_fields, row._as_read, strict=True):
        mine, theirs = getattr(row, field.attname), getattr(known, field.attname)
        if theirs == read or mine == theirs or isinstance(field, BlindIndex):
            continue
        if mine != read:
            raise Refused(
                _("Somebody else changed «{field}» meanwhile. Open the row again, and enter your change there.").format(
                    field=field.verbose_name
                )
            )
        setattr(row, field.attname, theirs)


def _said(row: models.Model) -> dict[str, Any]:
    return {
        field.attname: getattr(row, field.attname)
        for field in row._meta.concrete_fields
        if not field.primary_key and not isinstance(field, BlindIndex)
    }


def _difference(known: models.Model | None, row: models.Model) -> tuple[dict[str, Any], dict[str, Any]]:
    """Before and after, of the fields that differ. A sealed value counts as changed when its clear text is, even if the mask is not."""
    if known is None:
        return {}, values_of(row)
    old, new = _said(known), _said(row)
    changed = [name for name in new if old[name] != new[name]]
    return {name: plain(old[name]) for name in changed}, {name: plain(new[name]) for name in changed}


def plain(value: Any) -> Any:
    """A value as JSON keeps it; a sealed one as its mask."""
    if isinstance(value, Sealed):
        return str(value)
    if isinstance(value, date | datetime):
        return value.isoformat()
    return str(value) if isinstance(value, Decimal) else value


def _check_scope(rows: Sequence[models.Model], change: Change) -> None:
    check_may_enter(change.by)
    for path in set(paths_of(rows)):
        check_covers(path, change.by, change.approved_by)


def _entry(action: str, row: models.Model, before: dict[str, Any], after: dict[str, Any], path: str = "") -> trail.Entry:
    return trail.Entry(action, row._meta.label, str(row.pk), path or path_of(row), before, after)


def _note(change: Change, entries: Iterable[trail.Entry]) -> None:
    trail.record(entries, by=change.by, reason=change.reason, approved_by=change.approved_by)


def _faults(row: models.Model, error: ValidationError) -> Iterator[str]:
    for name, messages in error.message_dict.items():
        label = "" if name == NON_FIELD_ERRORS else str(row._meta.get_field(name).verbose_name)  # type: ignore[union-attr]
        yield from (f"{label}: {message}" if label else str(message) for message in messages)
