"""Phone access: what an inspector's phone signs in with, apart from the account's own password, and ended without changing that.

Changes when phones sign in in another way. The secret is worked out from the deployment's key and is nowhere stored; a phone uses it as a
password (digest, RFC 7616 with MD5, which is what ODK Collect speaks) or as a part of the server's address.
"""

import base64
import hashlib
import secrets
from datetime import timedelta

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.translation import gettext_lazy as _

from jiaoheng.access.account import Account
from jiaoheng.access.prepared_query import PreparedQuery

__all__ = ["REALM", "PhoneAccess", "account_with_token", "give_access", "passwords_of"]

REALM = "Jiaoheng"
_AGAIN = timedelta(minutes=5)


class PhoneAccess(models.Model):
    """One phone of one account. `ended_at`: from then on it signs in no more."""

    account = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="phones")
    serial = models.CharField(max_length=16, unique=True)
    name = models.CharField(_("phone"), max_length=100, blank=True)
    made_at = models.DateTimeField(_("made"), auto_now_add=True)
    used_at = models.DateTimeField(_("last used"), null=True, blank=True)
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)

    class Meta:
        ordering = ["-pk"]

    def __str__(self) -> str:
        return self.name or self.serial

    @property
    def secret(self) -> str:
        """What the phone knows: its serial, and what only this deployment could have worked out of it."""
        digest = salted_hmac("jiaoheng.phone", self.serial, algorithm="sha256").digest()
        return f"{self.serial}{base64.b32encode(digest[:10]).decode().lower()}"

    def digest_key(self, username: str) -> str:
        """HA1 of the digest scheme."""
        return hashlib.md5(f"{username}:{REALM}:{self.secret}".encode(), usedforsecurity=False).hexdigest()

    def used(self) -> None:
        """Write down that it signed in, not more often than every few minutes."""
        now = timezone.now()
        if self.used_at is None or now - self.used_at > _AGAIN:
            type(self).objects.filter(pk=self.pk).update(used_at=now)


def _in_use(**by: str) -> "models.QuerySet[PhoneAccess]":
    return PhoneAccess.objects.filter(ended_at=None, account__is_active=True, **by).select_related("account__organisation")


_OF_ACCOUNT = PreparedQuery(lambda username: _in_use(account__username=username), "username")
_WITH_SERIAL = PreparedQuery(lambda serial: _in_use(serial=serial), "serial")


def give_access(account: Account, name: str) -> PhoneAccess:
    """A new phone of the account."""
    return PhoneAccess.objects.create(account=account, serial=secrets.token_hex(4), name=name[:100])


def passwords_of(username: str) -> list[PhoneAccess]:
    """The phones of an active account, by user name."""
    return _OF_ACCOUNT.rows(username=username)


def account_with_token(token: str) -> Account | None:
    """The account whose phone has this secret, or None."""
    phone = next(iter(_WITH_SERIAL.rows(serial=token[:8])), None)
    if phone is None or not constant_time_compare(phone.secret, token):
        return None
    phone.used()
    account: Account = phone.account
    return account
