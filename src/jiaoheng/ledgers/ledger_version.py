"""Ledger version: one published form of a ledger. Versions are kept, so that every row stays readable as it was written.

Changes when what is kept of a published form changes.
"""

import hashlib
from functools import lru_cache

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from jiaoheng.ledgers.form import Form
from jiaoheng.ledgers.form_reader import read_form
from jiaoheng.ledgers.sealed_answers import sealed_in
from jiaoheng.rulebook.loader import Label

__all__ = ["FormFile", "LedgerVersion", "VersionState", "digest_of", "form_of", "sealed_paths"]


class VersionState(models.TextChoices):
    """`current`: new rows are written in it. `kept`: replaced; phones that still have it may send. `withdrawn`: nothing may be sent."""

    CURRENT = "current", _("in use")
    KEPT = "kept", _("replaced")
    WITHDRAWN = "withdrawn", _("withdrawn")


class LedgerVersion(models.Model):
    """A form as it was published. `published_by` is empty where the rulebook brought it. `source` is the XLSForm itself."""

    ledger = models.CharField(_("ledger"), max_length=100)
    form_id = models.CharField(max_length=200, db_index=True)
    version = models.CharField(_("version"), max_length=100, blank=True)
    title_zh = models.CharField(max_length=200)
    title_en = models.CharField(max_length=200)
    source = models.BinaryField()
    source_name = models.CharField(max_length=200)
    digest = models.CharField(max_length=64)
    state = models.CharField(_("state"), max_length=20, choices=VersionState.choices, default=VersionState.CURRENT)
    published_at = models.DateTimeField(_("published"), auto_now_add=True)
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("published by")
    )

    sealed_by = models.CharField(max_length=64, blank=True, editable=False)
    """The digest of the form by whose marks the answers of this version's rows were last sealed (`sealing.py`)."""

    class Meta:
        ordering = ["ledger", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["ledger", "digest"], name="ledger_version_once"),
            models.UniqueConstraint(
                fields=["ledger"], condition=models.Q(state=VersionState.CURRENT), name="ledger_has_one_current_version"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.ledger} {self.version}"

    @property
    def form(self) -> Form:
        """The definition that rows of this version are read with."""
        return form_of(bytes(self.source), self.ledger)

    @property
    def title(self) -> Label:
        """What the ledger is called, in both languages."""
        return Label(en=self.title_en, zh=self.title_zh)


def sealed_paths(version: LedgerVersion, form: Form | None = None) -> frozenset[str]:
    """Paths of the answers of a version that are sealed now: by its own marks, and by those of the form in use. form: its own, at hand."""
    form = form or version.form
    if version.state == VersionState.CURRENT:
        return form.sealed
    current = LedgerVersion.objects.filter(ledger=version.ledger, state=VersionState.CURRENT).first()
    return sealed_in(form, current.form if current else None)


class FormFile(models.Model):
    """A picture or dataset that a form wants beside it, kept among the attachments under its hash."""

    version = models.ForeignKey(LedgerVersion, models.CASCADE, related_name="files")
    name = models.CharField(max_length=200)
    sha256 = models.CharField(max_length=64)
    md5 = models.CharField(max_length=32)
    size = models.PositiveBigIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["version", "name"], name="form_file_once")]

    def __str__(self) -> str:
        return self.name


def digest_of(source: bytes) -> str:
    """Names a form's content."""
    return hashlib.sha256(source).hexdigest()


@lru_cache(maxsize=256)
def form_of(source: bytes, name: str) -> Form:
    """The form that a file defines, read once a process."""
    return read_form(source, name=name, kept=True)
