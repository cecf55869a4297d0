"""Batch: many rows of one register added or changed at once, each with history and trail, sealed as one by one.

Changes when the keeping of many rows at once changes. What `Recorded.store` does for a row a clerk types, this does for the rows of a
workbook: the same columns are sealed, the same versions and lines are kept, in a few statements. The model's own checks are not asked:
the caller's checks have run; the database's constraints hold. Nothing here shows a value: trails say what masks leave.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import connection, models
from django.utils import timezone

from jiaoheng.access import trail
from jiaoheng.access.account import check_may_enter
from jiaoheng.access.bulk_insert import adapted, fresh_keys, insert_rows
from jiaoheng.access.change import Change, Recorded, altering, in_words, plain
from jiaoheng.access.cipher import blind_index_all, seal_all
from jiaoheng.access.history import tell_of_rows
from jiaoheng.access.scope import check_covers
from jiaoheng.access.sealed_field import BlindIndex, EncryptedText
from jiaoheng.access.trail_text import written_rows

__all__ = ["add_rows", "change_rows"]

Column = list[Any]
"""The values of one column, a value a row; clear text where the column is sealed; None where nothing is known."""


def add_rows(model: type[Recorded], columns: Mapping[str, Column], *, paths: Sequence[str], change: Change) -> list[int]:
    """Add a row for every place of the columns; returns their keys in order.

    columns: by the name of the database column (`pupil_id`, not `pupil`); of equal length. Columns that are not named get the field's
    default. Blind indexes are made here unless they are given. paths: of the organisation that each row belongs to, for scope and trail.
    Raises: Refused, in words, where a constraint or the scope is broken; then nothing is stored.
    """
    if not paths:
        return []
    with altering(change):
        _check_scope(paths, change)
        keys = fresh_keys(model, len(paths))
        stored = _stored_columns(model, columns, len(paths))
        with in_words(model):
            insert_rows(model, [model._meta.pk.attname, *stored], zip(keys, *stored.values(), strict=True))
        tell_of_rows(model, keys, "+", by=change.by, reason=change.reason, at=timezone.now())
        said = _masked(model, {**{name: stored[name] for name in stored if name not in columns}, **columns})
        trail.record_rows(
            trail.Action.ADDED,
            model._meta.label,
            keys,
            paths,
            written_rows({}, len(keys)),
            written_rows(said, len(keys)),
            by=change.by,
            reason=change.reason,
            approved_by=change.approved_by,
        )
    return keys


def change_rows(
    model: type[Recorded], keys: Sequence[int], before: Mapping[str, Column], after: Mapping[str, Column], *, paths: Sequence[str],
    change: Change,
) -> None:  # fmt: skip
    """Change rows: `before` and `after` hold the same columns; a place where both are equal is left as it is.

    Raises: Refused as `add_rows`. What needs another account's approval (`Recorded.needs_approval`) must not come here without one.
    """
    if not keys:
        return
    with altering(change):
        _check_scope(paths, change)
        names = list(after)
        differing = [[name for name in names if before[name][place] != after[name][place]] for place in range(len(keys))]
        groups: dict[tuple[str, ...], list[int]] = {}
        for place, changed in enumerate(differing):
            if changed:
                groups.setdefault(tuple(changed), []).append(place)
        for changed_names, places in groups.items():
            _update(model, [keys[place] for place in places], {name: [after[name][place] for place in places] for name in changed_names})
        touched = [place for place, changed in enumerate(differing) if changed]
        tell_of_rows(model, [keys[place] for place in touched], "~", by=change.by, reason=change.reason, at=timezone.now())
        masked_before, masked_after = _masked(model, before), _masked(model, after)
        trail.record(
            (
                trail.Entry(
                    trail.Action.CHANGED, model._meta.label, str(keys[place]), paths[place],
                    {name: masked_before[name][place] for name in differing[place]},
                    {name: masked_after[name][place] for name in differing[place]},
                )
                for place in touched
            ),
            by=change.by,
            reason=change.reason,
            approved_by=change.approved_by,
        )  # fmt: skip


def _check_scope(paths: Sequence[str], change: Change) -> None:
    check_may_enter(change.by)
    for path in set(paths):
        check_covers(path, change.by, change.approved_by)


def _stored_columns(model: type[models.Model], columns: Mapping[str, Column], count: int) -> dict[str, Column]:
    """Every column as the database keeps it: sealed, indexed, defaults filled in."""
    stored: dict[str, Column] = {}
    for field in model._meta.concrete_fields:
        if field.primary_key:
            continue
        if isinstance(field, BlindIndex):
            stored[field.attname] = _indexed(field, columns, count)
        elif isinstance(field, EncryptedText):
            stored[field.attname] = seal_all(columns.get(field.attname) or [None] * count, field.sealed_column)
        elif field.attname in columns:
            stored[field.attname] = adapted(field, columns[field.attname])
        else:
            stored[field.attname] = adapted(field, [field.get_default()]) * count
    return stored


def _indexed(field: BlindIndex, columns: Mapping[str, Column], count: int) -> Column:
    if field.attname in columns:
        return columns[field.attname]
    clear = columns.get(field.of)
    if clear is None:
        return [None] * count
    beside = [columns[name] for name in field.within]
    texts = [
        None if text is None else "\0".join([field.normalise(text), *(str(column[place]) for column in beside)])
        for place, text in enumerate(clear)
    ]
    return blind_index_all(texts, field.purpose)


def _update(model: type[models.Model], keys: Sequence[int], columns: Mapping[str, Column]) -> None:
    quote = connection.ops.quote_name
    stored: dict[str, Column] = {}
    for field in model._meta.concrete_fields:
        if field.attname in columns:
            values = columns[field.attname]
            stored[field.attname] = seal_all(values, field.sealed_column) if isinstance(field, EncryptedText) else adapted(field, values)
        elif isinstance(field, BlindIndex) and field.of in columns:
            if field.within:
                raise TypeError(f"{model._meta.label}.{field.of} is indexed together with other columns; end the row and add another")
            stored[field.attname] = _indexed(field, columns, len(keys))
    sets = ", ".join(f"{quote(name)} = %s" for name in stored)
    with connection.cursor() as cursor, in_words(model):
        cursor.executemany(
            f"UPDATE {quote(model._meta.db_table)} SET {sets} WHERE {quote(model._meta.pk.attname)} = %s",
            list(zip(*stored.values(), keys, strict=True)),
        )


def _masked(model: type[models.Model], columns: Mapping[str, Column]) -> dict[str, Column]:
    """What the trail says of each column."""
    masked: dict[str, Column] = {}
    for field in model._meta.concrete_fields:
        if isinstance(field, BlindIndex) or field.attname not in columns:
            continue
        values = columns[field.attname]
        if isinstance(field, EncryptedText):
            masked[field.attname] = [None if value is None else field.mask(value) for value in values]
        elif isinstance(field, models.DateField | models.DecimalField):
            said = {value: plain(value) for value in set(values)}
            masked[field.attname] = [said[value] for value in values]
        else:
            masked[field.attname] = values
    return masked
