"""Scope: which rows of a register an account may see, decided here for every register.

Changes when the rule of who sees which rows changes. A register says in `scope_path` through which relations its organisation's path is
reached; nothing else of it is known here.
"""

from collections.abc import Sequence
from typing import Any, Self, TypeVar

from django.core.exceptions import FieldDoesNotExist
from django.db import models
from django.utils.translation import gettext as _

from jiaoheng.access.account import Account, Refused, Role
from jiaoheng.organisations.organisation import PATH_SEPARATOR, Organisation

__all__ = ["NoScope", "ScopedQuerySet", "check_covers", "limited", "path_of", "paths_of", "scope_path_of"]

M = TypeVar("M", bound=models.Model)


class NoScope(TypeError):
    """A model does not say which organisation its rows belong to: no account may list it."""


class ScopedQuerySet(models.QuerySet[M]):
    """The queryset of every register: `Pupil.objects.for_account(account)` is how a page, export or endpoint begins."""

    def for_account(self, account: Account) -> Self:
        """The rows in the account's subtree; none for an account without an organisation."""
        return limited(self, account)


Q = TypeVar("Q", bound="models.QuerySet[Any]")


def limited(rows: Q, account: Account) -> Q:
    """Any queryset over a register, or over a register's history, limited to the account's subtree. Raises: NoScope.

    Of registers of persons an administrator has no rows.
    """
    path = scope_path_of(rows.model)
    own = account.organisation.path if account.organisation and account.is_active else None
    of_persons = getattr(getattr(rows.model, "instance_type", rows.model), "of_persons", False)
    if own is None or (of_persons and account.role == Role.ADMINISTRATOR):
        return rows.none()
    return rows.filter(models.Q(**{path: own}) | models.Q(**{f"{path}__startswith": own + PATH_SEPARATOR}))


def scope_path_of(model: type[models.Model]) -> str:
    """«school__path»: the lookup from a row to its organisation's path.

    The model's own `scope_path`, for a history row the register's, else its one relation to an organisation. Raises: NoScope.
    """
    register: type[models.Model] = getattr(model, "instance_type", model)
    path: str | None = getattr(register, "scope_path", None)
    if path is None:
        related = [field.name for field in register._meta.concrete_fields if field.related_model is Organisation]
        if len(related) != 1:
            raise NoScope(f"{register._meta.label} has {len(related)} relations to organisations and no scope_path to choose by.")
        path = f"{related[0]}__path"
    _check_leads_to_a_path(register, path)
    return path


def path_of(row: models.Model) -> str:
    """The path of the organisation that a row belongs to. Raises: NoScope."""
    value: Any = row
    for step in scope_path_of(type(row)).split("__"):
        value = getattr(value, step)
    return str(value)


def paths_of(rows: Sequence[models.Model]) -> list[str]:
    """The path of each of many rows of one model, with one query for the related rows that are not at hand."""
    if not rows:
        return []
    step, _separator, rest = scope_path_of(type(rows[0])).partition("__")
    relation: Any = type(rows[0])._meta.get_field(step)
    missing = {getattr(row, relation.attname) for row in rows if not relation.is_cached(row)}
    found: dict[Any, str] = {}
    keys = sorted(missing)
    for start in range(0, len(keys), 500):
        found |= dict(relation.related_model._base_manager.filter(pk__in=keys[start : start + 500]).values_list("pk", rest))
    return [found[getattr(row, relation.attname)] if not relation.is_cached(row) else path_of(row) for row in rows]


def check_covers(path: str, *accounts: Account | None) -> None:
    """Refuse unless the path lies in the scope of one of the accounts (who asks, or who approves)."""
    if not any(account and account.is_active and account.covers(path) for account in accounts):
        raise Refused(_("This belongs to an organisation outside your scope. Ask your bureau's administrator to add it."))


def _check_leads_to_a_path(register: type[models.Model], path: str) -> None:
    model: Any = register
    *relations, last = path.split("__")
    for step in relations:
        try:
            model = model._meta.get_field(step).related_model
        except FieldDoesNotExist:
            model = None
        if model is None:
            raise NoScope(f"{register._meta.label}: «{path}» does not lead to an organisation.")
    if model is not Organisation or last != "path":
        raise NoScope(f"{register._meta.label}: «{path}» does not lead to an organisation's path.")
