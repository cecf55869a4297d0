"""Key rotation: every sealed value and blind index of the database, and every sealed file, made anew with the present key.

Changes when more than columns of models and files is sealed. The database in one transaction: afterwards all of it is under the present
key, or nothing has changed. Files follow one by one; until the last of them the old key stays.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from django.apps import apps
from django.db import models, transaction
from django.utils.translation import gettext as _

from jiaoheng.access import trail
from jiaoheng.access.account import Account, Refused, Role
from jiaoheng.access.cipher import Sealed, blind_index, key_id_of, seal
from jiaoheng.access.kept_files import files_by_key, sealed_files_anew
from jiaoheng.access.key_ring import drop_old_keys, key_ring
from jiaoheng.access.sealed_field import EncryptedText, sealed_columns
from jiaoheng.access.sealed_file import nothing_written

__all__ = ["Rotation", "check_may_rotate", "drop_unneeded", "rotate", "sealed_models", "under_other_keys"]

_CHUNK = 1000


@dataclass(frozen=True)
class Rotation:
    """What a rotation did: the key that now seals everything, and how many rows of which tables, and files, were made anew.

    `faults`: files that do not open, and stay as they are.
    """

    key_id: str
    rows: dict[str, int]
    files: int = 0
    faults: tuple[str, ...] = ()

    @property
    def total(self) -> int:
        return sum(self.rows.values())


def rotate(*, by: Account, reason: str) -> Rotation:
    """Seal everything anew with the present key of the ring (put a new one there first).

    Raises: Refused for an account that is not an administrator, or when the trail does not verify (sealing its head anew would hide that);
    Unreadable for a damaged value, in which case nothing has changed.
    """
    check_may_rotate(by)
    with transaction.atomic():
        trail.hold()
        faults = trail.verify()
        if faults:
            raise Refused(_("The trail does not verify, so nothing was rotated. First: {fault}").format(fault=faults[0]))
        rows = {model._meta.db_table: _rotated(model) for model in sealed_models()}
        rotation = Rotation(key_ring().present.id, {table: count for table, count in rows.items() if count})
        entry = trail.Entry(trail.Action.KEYS, "access.FieldKey", rotation.key_id, after={"rows": rotation.total})
        trail.record([entry], by=by, reason=reason)  # seals the head with the present key
    files = sealed_files_anew()
    return replace(rotation, files=files.count, faults=tuple(files.faults))


def check_may_rotate(account: Account) -> None:
    """Refuse unless the account is an administrator's."""
    if account.role != Role.ADMINISTRATOR:
        raise Refused(_("Only an administrator rotates the keys."))


def under_other_keys() -> int:
    """How many sealed values and files still need another key than the present one: none means that the old keys can go."""
    present = key_ring().present.id
    found = sum(count for key, count in files_by_key().items() if key != present)
    for model in sealed_models():
        for column in sealed_columns(model)[0]:
            sealed: list[Sealed] = model._base_manager.filter(**{f"{column.name}__isnull": False}).values_list(column.name, flat=True)  # type: ignore[assignment]
            found += sum(key_id_of(value.sealed or "") != present for value in sealed)
    head = trail.TrailHead.objects.filter(pk=1).first()
    return found + bool(head and head.seal and head.key_id != present)


def drop_unneeded() -> int:
    """Take the old keys off the ring where nothing stored needs them; how much still does. Raises: KeysUnusable."""
    with nothing_written():
        waiting = under_other_keys()
        if not waiting:
            drop_old_keys()
    return waiting


def sealed_models() -> Iterator[type[models.Model]]:
    """Every model with a sealed column, histories too."""
    return (model for model in apps.get_models() if sealed_columns(model)[0])


def _rotated(model: type[models.Model]) -> int:
    """Rows of one model that were made anew. Written past the model's own rules: what the rows say does not change."""
    texts, indexes = sealed_columns(model)
    present = key_ring().present
    plain: models.QuerySet[models.Model] = models.QuerySet(model).order_by("pk")
    last, count = None, 0
    while True:
        chunk = list((plain if last is None else plain.filter(pk__gt=last))[:_CHUNK])
        if not chunk:
            return count
        changed = []
        for row in chunk:
            values = {column: getattr(row, column.attname) for column in texts}
            if all(value is None or key_id_of(value.sealed or "") == present.id for value in values.values()):
                continue
            for column, value in values.items():
                _put_anew(row, column, value)
            for index in indexes:
                source: Sealed | None = getattr(row, index.of)
                text = None if source is None else index.text_of(source.clear, row)
                setattr(row, index.attname, None if text is None else blind_index(text, index.purpose, key=present))
            changed.append(row)
        if changed:
            columns: list[models.Field[Any, Any]] = [*texts, *indexes]
            plain.bulk_update(changed, [column.name for column in columns], batch_size=100)
        count, last = count + len(changed), chunk[-1].pk


def _put_anew(row: models.Model, column: EncryptedText, value: Sealed | None) -> None:
    if value is not None:
        anew = Sealed(sealed=seal(value.clear, column.sealed_column), column=column.sealed_column, mask=column.mask)
        row.__dict__[column.attname] = anew
