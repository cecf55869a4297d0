"""Remembered mapping: how the columns of a heading row are to be read, as somebody of an organisation confirmed it.

Changes when what is kept of a confirmation changes. Only the same headings in the same order are recognised again, and only for the
organisation whose account confirmed them; the deployment's own commands have theirs apart.
"""

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from pydantic import ValidationError

from jiaoheng.access.account import Account
from jiaoheng.intake.columns import folded, possible_headings
from jiaoheng.intake.mapping import FileMapping, Source, mapping_faults
from jiaoheng.intake.workbook import Sheet
from jiaoheng.organisations.organisation import Organisation
from jiaoheng.rulebook.loader import Label
from jiaoheng.rulebook.registers import RegisterRule

__all__ = ["RememberedMapping", "fingerprint", "recalled", "remember"]


class RememberedMapping(models.Model):
    """`fingerprint`: hash of the headings in their order; `source`: columns and constants as a mapping file writes them."""

    organisation = models.ForeignKey(Organisation, models.CASCADE, null=True, blank=True, verbose_name=_("organisation"))
    register = models.CharField(_("register"), max_length=40)
    fingerprint = models.CharField(max_length=64)
    headings = models.JSONField(_("headings"), default=list)
    source = models.JSONField(default=dict)
    account = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True)
    at = models.DateTimeField(_("confirmed at"), auto_now=True)

    class Meta:
        ordering = ["-at", "-id"]
        verbose_name = _("remembered mapping")
        verbose_name_plural = _("remembered mappings")
        constraints = [
            models.UniqueConstraint(fields=["organisation", "fingerprint"], name="remembered_mapping_once"),
            models.UniqueConstraint(
                fields=["fingerprint"], condition=models.Q(organisation__isnull=True), name="remembered_mapping_once_for_commands"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.register}: {', '.join(self.headings)[:60]}"

    def as_source(self) -> Source:
        """Raises: ValidationError where it was kept by a version that wrote mappings otherwise."""
        return Source.model_validate({**self.source, "files": ["*"], "register": self.register})


def fingerprint(headings: Sequence[str]) -> str:
    """Hash of the headings in order, without what writers vary; columns without a heading count for nothing."""
    return hashlib.sha256("\n".join(filter(None, map(folded, headings))).encode()).hexdigest()


def remember(headings: Sequence[str], source: Source, account: Account | None) -> RememberedMapping:
    """Keep a confirmed reading of these headings for the account's organisation, in place of an earlier one."""
    kept: dict[str, Any] = {
        "columns": {name: feed.model_dump(by_alias=True, exclude_defaults=True, mode="json") for name, feed in source.columns.items()},
        "constants": dict(source.constants),
    }
    mapping, _made = RememberedMapping.objects.update_or_create(
        organisation=account.organisation if account else None,
        fingerprint=fingerprint(headings),
        defaults={"register": source.feeds, "headings": [name for name in headings if name], "source": kept, "account": account},
    )
    return mapping


def recalled(sheet: Sheet, registers: Mapping[str, RegisterRule], account: Account | None) -> tuple[RememberedMapping, Source] | None:
    """The reading that was confirmed for a heading row like one of this sheet's; None where there is none that still fits the registers."""
    found = {}
    for one, pair in possible_headings(sheet):
        for heading in (one, pair):
            if heading is not None and sum(map(bool, heading[2])) > 1:
                found[fingerprint(heading[2])] = heading
    own = account.organisation if account else None
    for mapping in RememberedMapping.objects.filter(organisation=own, fingerprint__in=found, register__in=registers).select_related(
        "account"
    ):
        try:
            source = mapping.as_source()
        except ValidationError:
            continue
        if not any(mapping_faults(registers, FileMapping(label=Label(en="", zh=""), sources={"it": source}))):
            return mapping, source
    return None
