"""Provenance: from which file, sheet and row every stored figure came, and who brought it.

Changes when what we keep of a received workbook changes.
"""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from jiaoheng.organisations.organisation import Organisation

__all__ = ["Import", "SourceFile", "SourceRow"]


class SourceFile(models.Model):
    """A file as received, known by its hash. The bytes are kept under the data folder at `kept_at`."""

    sha256 = models.CharField(max_length=64, unique=True)
    name = models.CharField(_("file name"), max_length=255)
    size_bytes = models.BigIntegerField(_("size"))
    received_at = models.DateTimeField(_("received at"), auto_now_add=True)
    kept_at = models.CharField(max_length=255, blank=True)

    def __str__(self) -> str:
        return self.name


class Import(models.Model):
    """One run of the intake over one file: what was read, accepted, unchanged, returned, and why (`causes`)."""

    source_file = models.ForeignKey(SourceFile, models.PROTECT, related_name="imports")
    register = models.CharField(_("register"), max_length=40)
    mapping = models.CharField(_("mapping"), max_length=100, blank=True)
    account = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True)
    at = models.DateTimeField(_("imported at"), auto_now_add=True, db_index=True)
    rows_read = models.IntegerField(default=0)
    rows_accepted = models.IntegerField(default=0)
    rows_unchanged = models.IntegerField(default=0)
    rows_rejected = models.IntegerField(default=0)
    causes = models.JSONField(default=list)
    totals = models.JSONField(default=list)

    class Meta:
        ordering = ["-at", "-id"]
        verbose_name = _("import")
        verbose_name_plural = _("imports")

    def __str__(self) -> str:
        return f"{self.source_file} {self.at:%Y-%m-%d %H:%M}"


class SourceRow(models.Model):
    """One accepted row of a file and the register row that it fed. Rows are numbered as the spreadsheet shows them."""

    imported = models.ForeignKey(Import, models.CASCADE, related_name="rows")
    sheet = models.CharField(max_length=120, blank=True)
    row = models.IntegerField()
    organisation = models.ForeignKey(Organisation, models.CASCADE, db_index=False)  # the index below begins with it
    school_year = models.CharField(max_length=9, blank=True)
    stage = models.CharField(max_length=20, blank=True)
    fields = models.CharField(max_length=255, blank=True)

    class Meta:
        indexes = [models.Index(fields=["organisation", "school_year", "stage"])]
