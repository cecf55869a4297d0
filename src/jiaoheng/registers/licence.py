"""Licence 办学许可: by what right a kindergarten, private school or training institution works, and how it was inspected.

Changes when what is asked of licensed institutions changes. Recognition as inclusive has dates of its own, since coverage on a day asks it.
"""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from jiaoheng.access.change import Recorded
from jiaoheng.organisations.organisation import Organisation
from jiaoheng.registers.code_field import CodeField
from jiaoheng.registers.period import Dated, one_open

__all__ = ["AnnualInspection", "InclusiveRecognition", "Licence"]


class Licence(Dated):
    """An approval to run an institution; a renewed one is a new row."""

    scope_path: ClassVar[str] = "organisation__path"

    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="licences", verbose_name=_("institution"))
    number = models.CharField(_("licence number"), max_length=60)
    approved_by = models.CharField(_("approved by"), max_length=200)
    legal_form = CodeField(_("legal form"), table="legal_form", blank=True)

    class Meta(Dated.Meta):
        ordering = ["organisation__path", "since"]
        verbose_name = _("licence")
        verbose_name_plural = _("licences")
        constraints = [
            *Dated.Meta.constraints,
            models.UniqueConstraint(
                fields=["organisation", "number", "since"],
                name="licence_once",
                violation_error_message=_("This licence is entered already."),
            ),
        ]

    def __str__(self) -> str:
        return self.number


class InclusiveRecognition(Dated):
    """普惠性 recognition of a private kindergarten, from a day to a day."""

    scope_path: ClassVar[str] = "organisation__path"

    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="recognitions", verbose_name=_("kindergarten"))
    document = models.CharField(_("document"), max_length=200, blank=True)

    class Meta(Dated.Meta):
        ordering = ["organisation__path", "since"]
        verbose_name = _("inclusive recognition")
        verbose_name_plural = _("inclusive recognitions")
        constraints = [
            *Dated.Meta.constraints,
            one_open("organisation", name="recognition_one_open", words=_("This kindergarten is recognised already. End that first.")),
        ]

    def __str__(self) -> str:
        return f"{self.organisation} {self.since}"


class AnnualInspection(Recorded):
    """年检: the result for one year."""

    scope_path: ClassVar[str] = "organisation__path"

    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="inspections", verbose_name=_("institution"))
    year = models.PositiveSmallIntegerField(_("year"))
    result = CodeField(_("result"), table="inspection_result")
    note = models.TextField(_("note"), blank=True)

    class Meta:
        ordering = ["organisation__path", "year"]
        verbose_name = _("annual inspection")
        verbose_name_plural = _("annual inspections")
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "year"],
                name="annual_inspection_once",
                violation_error_message=_("This year's result is entered already. Correct that row."),
            )
        ]

    def __str__(self) -> str:
        return f"{self.organisation} {self.year}"
