"""Account changes: an account made, its role, scope, password or standing changed; each with its line in the trail.

Changes when what is kept of accounts changes. Whoever makes or alters an account does it here; a test finds whoever does not.
"""

from dataclasses import dataclass
from typing import Any

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.utils.translation import gettext as _

from jiaoheng.access import trail
from jiaoheng.access.account import Account, Refused, Role
from jiaoheng.organisations.organisation import Organisation

__all__ = ["OBJECT_TYPE", "AccountChange", "alter_account", "check_may_administer", "make_account"]

OBJECT_TYPE = "access.Account"


@dataclass(frozen=True)
class AccountChange:
    """Who alters an account, and why."""

    by: Account
    reason: str


def check_may_administer(account: Account) -> None:
    """Refuse unless the account makes and alters accounts: an administrator, or whoever rules the machine."""
    if account.role != Role.ADMINISTRATOR or not account.is_active:
        raise Refused(_("Only an administrator makes and alters accounts."))


def make_account(
    username: str, *, role: str, organisation: Organisation | None, password: str, change: AccountChange, email: str = ""
) -> Account:
    """A new account. Raises: Refused for a name that is taken or cannot be one, a role that is none, a weak password, a wrong address."""
    _check(change)
    account = Account(username=username, role=role, organisation=organisation)
    _set_email(account, email)
    _set_password(account, password)
    with transaction.atomic():
        trail.hold()
        _clean(account)
        account.save()
        _note(trail.Action.ADDED, account, {}, {**_said(account), "password": "set", **_email_set(email)}, change)
    return account


def alter_account(
    account: Account,
    *,
    change: AccountChange,
    role: str | None = None,
    organisation: Organisation | str | None = "unchanged",
    password: str = "",
    active: bool | None = None,
    email: str = "",
) -> bool:
    """Give an account another role, scope, password, address or standing; what is not named stays. False where nothing differs.

    A password and a mail address are said to be set, and never what they are. Raises: Refused.
    """
    _check(change)
    with transaction.atomic():
        trail.hold()
        known = Account.objects.get(pk=account.pk)
        before = _said(known)
        if role is not None:
            known.role = Role(role) if role in Role.values else role
        if not isinstance(organisation, str):
            known.organisation = organisation
        if active is not None:
            known.is_active = active
        if password:
            _set_password(known, password)
        email = "" if email == known.email else email
        if email:
            _set_email(known, email)
        after = _said(known)
        differing = {name for name in after if before[name] != after[name]}
        if not differing and not password and not email:
            return False
        if known.pk == change.by.pk and not (known.is_active and known.role == Role.ADMINISTRATOR):
            raise Refused(_("You would shut yourself out. Let another administrator do this."))
        _clean(known)
        known.save()
        told = {name: after[name] for name in after if name in differing} | ({"password": "set"} if password else {}) | _email_set(email)
        _note(trail.Action.CHANGED, known, {name: before[name] for name in before if name in differing}, told, change)
    account.refresh_from_db()
    return True


def _check(change: AccountChange) -> None:
    check_may_administer(change.by)
    if not change.reason.strip():
        raise Refused(_("Say why: a change without a reason is not kept."))


def _said(account: Account) -> dict[str, Any]:
    place = account.organisation.path if account.organisation else ""
    return {"username": account.username, "role": str(account.role), "organisation": place, "active": account.is_active}


def _set_password(account: Account, password: str) -> None:
    try:
        validate_password(password, account)
    except ValidationError as error:
        raise Refused(" ".join(error.messages)) from None
    account.set_password(password)


def _set_email(account: Account, email: str) -> None:
    """Where reminders are sent. Nothing given: none."""
    try:
        if email:
            validate_email(email)
    except ValidationError as error:
        raise Refused(" ".join(error.messages)) from None
    account.email = email


def _email_set(email: str) -> dict[str, str]:
    return {"email": "set"} if email else {}


def _clean(account: Account) -> None:
    try:
        account.full_clean(exclude=["email"])
    except ValidationError as error:
        words = [f"{_label(name)}: {message}" for name, said in error.message_dict.items() for message in said]
        raise Refused(" ".join(words)) from None


def _label(name: str) -> str:
    return "" if name == NON_FIELD_ERRORS else str(getattr(Account._meta.get_field(name), "verbose_name", name))


def _note(action: str, account: Account, before: dict[str, Any], after: dict[str, Any], change: AccountChange) -> None:
    place = account.organisation.path if account.organisation else ""
    trail.record([trail.Entry(action, OBJECT_TYPE, str(account.pk), place, before, after)], by=change.by, reason=change.reason)
