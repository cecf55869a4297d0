"""Account: who signs in, in which role, and over which part of the tree.

Changes when roles or scopes change. Scope is a subtree of the organisations.
"""

import getpass

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.utils.translation import gettext_lazy as _

from jiaoheng.organisations.organisation import PATH_SEPARATOR, Organisation

__all__ = [
    "Account",
    "Refused",
    "Role",
    "check_may_enter",
    "check_may_freeze",
    "check_may_read",
    "check_may_read_persons",
    "may_enter",
    "may_freeze",
    "may_read_persons",
    "operator",
]


class Refused(Exception):
    """Not allowed, said in words that the reader can act on."""


class Role(models.TextChoices):
    CLERK = "clerk", _("School clerk")
    OFFICER = "officer", _("Bureau officer")
    INSPECTOR = "inspector", _("Inspector")
    LEADER = "leader", _("Leader")
    AUDITOR = "auditor", _("Auditor")
    ADMINISTRATOR = "administrator", _("Administrator")


_ENTER = {Role.CLERK, Role.OFFICER}


class Account(AbstractUser):
    """A person who signs in. Without an organisation an account sees nothing below any."""

    role = models.CharField(_("role"), max_length=20, choices=Role.choices, default=Role.CLERK)
    organisation = models.ForeignKey(Organisation, models.PROTECT, null=True, blank=True, verbose_name=_("organisation"))

    class Meta:
        verbose_name = _("account")
        verbose_name_plural = _("accounts")

    @property
    def scope(self) -> "models.QuerySet[Organisation]":
        """The organisations that this account may see: its own and everything below."""
        return self.organisation.subtree if self.organisation else Organisation.objects.none()

    def covers(self, path: str) -> bool:
        """Whether the organisation with this path lies in the account's scope."""
        own = self.organisation.path if self.organisation else None
        return own is not None and (path == own or path.startswith(own + PATH_SEPARATOR))


def operator() -> Account:
    """Whoever gives commands on the machine itself, as the trail names them: «os:root». Never stored, and no account can have that name."""
    try:
        name = getpass.getuser()
    except (KeyError, OSError):  # a user without a name
        name = "unnamed"
    return Account(pk=0, username=f"os:{name}"[:150], role=Role.ADMINISTRATOR)


def check_may_read(account: Account, organisation: Organisation) -> None:
    """Refuse unless the organisation lies in the account's scope."""
    if not account.covers(organisation.path):
        raise Refused(
            _("{organisation} is not in your scope. Ask your bureau's administrator to add it.").format(organisation=organisation)
        )


def check_may_enter(account: Account) -> None:
    """Refuse unless the account's role enters data at all."""
    if account.role not in _ENTER:
        raise Refused(_("Your role reads and does not enter. Ask a bureau officer to enter this for you."))


def may_enter(account: Account) -> bool:
    """The same rule asked quietly, to show or hide a button."""
    try:
        check_may_enter(account)
    except Refused:
        return False
    return True


def check_may_read_persons(account: Account) -> None:
    """Refuse an account that runs the system and has no business with the records of persons."""
    if account.role == Role.ADMINISTRATOR:
        raise Refused(_("Administrators run the system and read no records of persons. Use an account of another role for that."))


def may_read_persons(account: Account) -> bool:
    """The same rule asked quietly."""
    try:
        check_may_read_persons(account)
    except Refused:
        return False
    return True


def check_may_freeze(account: Account) -> None:
    """Refuse unless the account freezes the registers for everybody: a bureau officer or the administrator, not of a school."""
    bureau = account.organisation is not None and not account.organisation.is_school
    if not bureau or account.role not in (Role.OFFICER, Role.ADMINISTRATOR):
        raise Refused(_("Freezing the registers is for bureau officers. Ask one to freeze them."))


def may_freeze(account: Account) -> bool:
    """The same rule asked quietly."""
    try:
        check_may_freeze(account)
    except Refused:
        return False
    return True
