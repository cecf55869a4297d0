"""Organisation: a node of the tree that everything hangs on: an area, a bureau, an office, a school.

Changes when what we know of every organisation changes. Which kinds and stages there are is data (`rulebook`).
"""

from __future__ import annotations

from django.db import models
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

__all__ = ["PATH_SEPARATOR", "SCHOOL_KINDS", "Organisation"]

PATH_SEPARATOR = "/"
SCHOOL_KINDS = ("school", "teaching_point", "kindergarten", "special_school", "vocational_school", "training_institution")
"""Kinds that teach; every other kind is an area or an office above them."""


class Organisation(models.Model):
    """An area, bureau, office or school.

    `path` is the codes from the root down to this node, joined by «/», so that a subtree is a prefix; a code holds no «/».
    `kind` names the node's level (country, region, province, city, county, township, bureau, … or a school kind); `stages` are the
    stages taught, comma-separated in the order of schooling (preschool, primary, junior, senior; where a country does not split
    them, secondary). Codes of Chinese areas are GB/T 2260; other countries' codes are free text.

    Where a school lies is its place in the tree; whose school it is, the authority that runs it, is `governed_by`: a school of the city
    in the district's area lies below the district and is governed by the city. Empty: not stated.
    """

    code = models.CharField(_("code"), max_length=100, unique=True)
    name_zh = models.CharField(_("Chinese name"), max_length=200, blank=True)
    name_en = models.CharField(_("English name"), max_length=200, blank=True)
    kind = models.CharField(_("kind"), max_length=30, db_index=True)
    parent = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="children", verbose_name=_("belongs to"))
    governed_by = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="governed", verbose_name=_("governed by"))
    path = models.CharField(max_length=700, db_index=True)
    stages = models.CharField(_("stages taught"), max_length=60, blank=True)
    school_type = models.CharField(_("school type"), max_length=30, blank=True)
    ownership = models.CharField(_("ownership"), max_length=30, blank=True)
    locale = models.CharField(_("urban, town or rural"), max_length=30, blank=True)
    latitude = models.FloatField(_("latitude"), null=True, blank=True)
    longitude = models.FloatField(_("longitude"), null=True, blank=True)
    valid_from = models.DateField(_("valid from"), null=True, blank=True)
    valid_to = models.DateField(_("valid to"), null=True, blank=True)

    class Meta:
        ordering = ["path"]
        verbose_name = _("organisation")
        verbose_name_plural = _("organisations")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(valid_to__isnull=True)
                | models.Q(valid_from__isnull=True)
                | models.Q(valid_to__gte=models.F("valid_from")),
                name="organisation_dates_in_order",
                violation_error_message=_("An organisation cannot end before it begins. Correct one of the two dates."),
            )
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        """The name in the reader's language, or the one there is."""
        first, second = (self.name_zh, self.name_en) if (get_language() or "zh").startswith("zh") else (self.name_en, self.name_zh)
        return first or second or self.code

    @property
    def teaches(self) -> list[str]:
        return [stage for stage in self.stages.split(",") if stage]

    @property
    def is_school(self) -> bool:
        return self.kind in SCHOOL_KINDS

    @property
    def subtree(self) -> models.QuerySet[Organisation]:
        """This organisation and everything below it."""
        return Organisation.objects.filter(models.Q(path=self.path) | models.Q(path__startswith=self.path + PATH_SEPARATOR))
