"""Pupil 学生: one row a child, whichever schools it goes through.

Changes when what is known of a pupil as a person changes; where the pupil is taught is an enrolment, what holds for a time a condition.
"""

from typing import Any, ClassVar, Self

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

from jiaoheng.access.change import Change, check_approved
from jiaoheng.access.cipher import shown_ends
from jiaoheng.access.sealed_field import BlindIndex, EncryptedText, matching
from jiaoheng.organisations.organisation import Organisation
from jiaoheng.registers.code_field import CodeField
from jiaoheng.registers.person import PHONE, Person, digits
from jiaoheng.registers.student_number import StudentNumber, StudentNumberRefused

__all__ = ["Pupil", "correct_identity_number", "pupils_with_identity_number"]


class Pupil(Person):
    """A child. `keeper` is the organisation that keeps the record: the school of the present or last enrolment.

    A row with `merged_into` is a duplicate that stands for another; it is kept so that the merge can be undone.
    """

    scope_path: ClassVar[str] = "keeper__path"

    keeper = models.ForeignKey(
        Organisation, models.PROTECT, related_name="kept_pupils", verbose_name=_("organisation that keeps the record")
    )
    student_number = models.CharField(_("student number"), max_length=19, unique=True, null=True, blank=True)
    household_area = models.CharField(_("household area (GB/T 2260)"), max_length=12, blank=True)
    household_kind = CodeField(_("household kind"), table="household_kind", blank=True)
    guardian = models.CharField(_("guardian"), max_length=100, blank=True)
    guardian_relation = CodeField(_("guardian's relation"), table="guardian_relation", blank=True)
    guardian_phone = EncryptedText(_("guardian's phone"), mask=shown_ends(3, 4))
    guardian_phone_index = BlindIndex(of="guardian_phone", purpose=PHONE, normalise=digits, db_index=True)
    merged_into = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="duplicates", verbose_name=_("duplicate of")
    )

    class Meta:
        ordering = ["name", "birth_date", "pk"]
        verbose_name = _("pupil")
        verbose_name_plural = _("pupils")
        constraints = [
            models.UniqueConstraint(
                fields=["identity_index"],
                condition=models.Q(merged_into__isnull=True),
                name="pupil_identity_number_once",
                violation_error_message=_("Another pupil has this identity number already. Compare both, and merge them if they are one."),
            ),
            models.CheckConstraint(
                condition=models.Q(student_number__isnull=True)
                | models.Q(student_number__startswith="G")
                | models.Q(student_number__startswith="L")
                | models.Q(student_number__startswith="J"),
                name="pupil_student_number_kind",
                violation_error_message=_("A student number begins with G, L or J."),
            ),
            models.CheckConstraint(
                condition=models.Q(merged_into__isnull=True) | ~models.Q(merged_into=models.F("id")),
                name="pupil_not_its_own_duplicate",
                violation_error_message=_("A pupil cannot be a duplicate of itself."),
            ),
        ]

    def needs_approval(self, known: Self | None) -> bool:
        """Another identity number in place of one that is there; filling in a missing one needs none."""
        return known is not None and known.identity_number is not None and known.identity_number != self.identity_number

    def clean(self) -> None:
        super().clean()
        if self.student_number == "":
            self.student_number = None
        if self.student_number is not None:
            try:
                self.student_number = StudentNumber.parse(self.student_number).text
            except StudentNumberRefused as refused:
                raise ValidationError({"student_number": str(refused)}) from None
        if self.household_area and not (self.household_area.isdecimal() and len(self.household_area) in (6, 9, 12)):
            raise ValidationError({"household_area": _("An area code has 6, 9 or 12 digits (GB/T 2260).")})


def pupils_with_identity_number(text: str) -> "models.QuerySet[Pupil]":
    """Pupils, duplicates left out, whose identity number is this text; for checks. Pages add `limited(…, account)`."""
    rows: Any = Pupil.objects.filter(merged_into__isnull=True)
    return matching(rows, "identity_index", text)


def correct_identity_number(pupil: Pupil, number: str, *, change: Change, birth_date: Any = None, sex: str = "") -> Pupil:
    """Replace a wrong identity number, with the birth date and sex that follow from it where they are given.

    The student number stays as it is: it is never derived. Raises: Refused unless another account has approved.
    """
    check_approved(change)
    pupil.identity_number = number
    pupil.birth_date = birth_date or pupil.birth_date
    pupil.sex = sex or pupil.sex
    return pupil.store(change=change)
