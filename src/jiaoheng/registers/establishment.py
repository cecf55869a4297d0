"""Establishment 编制: the posts approved for a school, from a day on, by which document.

Changes when the way posts are approved changes. How many are filled is counted from staff, never typed.
"""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from jiaoheng.organisations.organisation import Organisation
from jiaoheng.registers.period import Dated, one_open

__all__ = ["Establishment"]


class Establishment(Dated):
    scope_path: ClassVar[str] = "school__path"

    school = models.ForeignKey(Organisation, models.PROTECT, related_name="establishments", verbose_name=_("school"))
    approved_posts = models.PositiveIntegerField(_("approved posts"))
    document = models.CharField(_("approving document"), max_length=200, blank=True)

    class Meta(Dated.Meta):
        ordering = ["school__path", "since"]
        verbose_name = _("establishment")
        verbose_name_plural = _("establishments")
        constraints = [
            *Dated.Meta.constraints,
            one_open(
                "school", name="establishment_one_open", words=_("This school has an establishment that has not ended. End it first.")
            ),
            models.CheckConstraint(
                condition=models.Q(approved_posts__gte=0),
                name="establishment_not_negative",
                violation_error_message=_("Approved posts cannot be fewer than none."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.school} {self.since}"
