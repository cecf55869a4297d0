"""Staff 教职工: one row a person employed, with qualification, title and certificate.

Changes when what is known of staff changes; where a person works when is an appointment.
"""

from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

from jiaoheng.access.cipher import shown_ends
from jiaoheng.access.sealed_field import BlindIndex, EncryptedText, matching
from jiaoheng.organisations.organisation import Organisation
from jiaoheng.registers.code_field import CodeField
from jiaoheng.registers.person import PHONE, Person, digits

__all__ = ["STAGES", "Staff", "staff_with_identity_number"]

STAGES = ("preschool", "primary", "junior", "senior", "secondary", "special")


class Staff(Person):
    """`stages` and `subjects` are comma-separated; `left_on` is the first day on which the person is employed no longer."""

    scope_path: ClassVar[str] = "employer__path"

    employer = models.ForeignKey(Organisation, models.PROTECT, related_name="employed_staff", verbose_name=_("employed by"))
    staff_number = models.CharField(_("staff number"), max_length=40, unique=True)
    phone = EncryptedText(_("phone"), mask=shown_ends(3, 4))
    phone_index = BlindIndex(of="phone", purpose=PHONE, normalise=digits, db_index=True)
    education = CodeField(_("highest education"), table="education", blank=True)
    degree = CodeField(_("degree"), table="degree", blank=True)
    title = CodeField(_("professional title"), table="title", blank=True)
    post = CodeField(_("kind of post"), table="post")
    on_establishment = models.BooleanField(_("on an established post"), default=True)
    certificate = CodeField(_("teaching certificate"), table="certificate", blank=True)
    registration_due = models.DateField(_("certificate registration due on"), null=True, blank=True)
    stages = models.CharField(_("stages taught"), max_length=60, blank=True)
    subjects = models.CharField(_("subjects taught"), max_length=200, blank=True)
    backbone = CodeField(_("backbone level"), table="backbone", blank=True)
    promoted_on = models.DateField(_("present title since"), null=True, blank=True)
    training_hours = models.PositiveSmallIntegerField(_("hours of training in the present five-year period"), null=True, blank=True)
    employed_on = models.DateField(_("employed since"), null=True, blank=True)
    left_on = models.DateField(_("left on"), null=True, blank=True)

    class Meta:
        ordering = ["name", "staff_number"]
        verbose_name = _("member of staff")
        verbose_name_plural = _("staff")
        constraints = [
            models.UniqueConstraint(
                fields=["identity_index"],
                name="staff_identity_number_once",
                violation_error_message=_("This person is in the staff register already, under another staff number."),
            ),
            models.CheckConstraint(
                condition=models.Q(left_on__isnull=True)
                | models.Q(employed_on__isnull=True)
                | models.Q(left_on__gte=models.F("employed_on")),
                name="staff_dates_in_order",
                violation_error_message=_("A person cannot leave before being employed. Correct one of the two dates."),
            ),
        ]

    def clean(self) -> None:
        super().clean()
        unknown = [stage for stage in self.stages.split(",") if stage and stage not in STAGES]
        if unknown:
            raise ValidationError({"stages": _("«{stage}» is not a stage.").format(stage=unknown[0])})


def staff_with_identity_number(text: str) -> "models.QuerySet[Staff]":
    """Staff whose identity number is this text; for checks. Pages add `limited(…, account)`."""
    rows: Any = Staff.objects.all()
    return matching(rows, "identity_index", text)
