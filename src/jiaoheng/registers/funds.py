"""Funds 经费: what an organisation was to have, received and spent in one fiscal year, by source and purpose, in yuan to the cent.

Changes when the way money is accounted for changes. Missing is missing, never zero.
"""

from decimal import Decimal
from typing import TYPE_CHECKING, ClassVar

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from jiaoheng.access.change import Recorded
from jiaoheng.organisations.organisation import Organisation
from jiaoheng.registers.code_field import CodeField

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

__all__ = ["Funds"]

_FIRST_YEAR, _LAST_YEAR = 1949, 2100


def _yuan(label: "_StrPromise") -> "models.DecimalField[Decimal | None, Decimal | None]":
    return models.DecimalField(label, max_digits=16, decimal_places=2, null=True, blank=True)


class Funds(Recorded):
    """One row a fiscal year (a calendar year), organisation, source and purpose."""

    scope_path: ClassVar[str] = "organisation__path"

    fiscal_year = models.PositiveSmallIntegerField(
        _("fiscal year"), validators=[MinValueValidator(_FIRST_YEAR), MaxValueValidator(_LAST_YEAR)]
    )
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="fund_rows", verbose_name=_("organisation"))
    source = CodeField(_("source"), table="fund_source")
    purpose = CodeField(_("purpose"), table="fund_purpose")
    budgeted_yuan = _yuan(_("budgeted (yuan)"))
    received_yuan = _yuan(_("received (yuan)"))
    spent_yuan = _yuan(_("spent (yuan)"))
    document = models.CharField(_("document"), max_length=200, blank=True)

    class Meta:
        ordering = ["fiscal_year", "organisation__path", "source", "purpose"]
        verbose_name = _("funds")
        verbose_name_plural = _("funds")
        constraints = [
            models.UniqueConstraint(
                fields=["fiscal_year", "organisation", "source", "purpose"],
                name="funds_once",
                violation_error_message=_("This year, source and purpose are entered already for this organisation. Correct that row."),
            ),
            models.CheckConstraint(
                condition=models.Q(fiscal_year__gte=_FIRST_YEAR, fiscal_year__lte=_LAST_YEAR),
                name="funds_fiscal_year",
                violation_error_message=_("This is not a fiscal year."),
            ),
            *[
                models.CheckConstraint(
                    condition=models.Q(**{f"{amount}__isnull": True}) | models.Q(**{f"{amount}__gte": 0}),
                    name=f"funds_{amount}_not_negative",
                    violation_error_message=_("An amount cannot be negative. Enter a repayment as less spent."),
                )
                for amount in ("budgeted_yuan", "received_yuan", "spent_yuan")
            ],
        ]

    def __str__(self) -> str:
        return f"{self.fiscal_year} {self.organisation} {self.source} {self.purpose}"
