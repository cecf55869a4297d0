"""Person: what the registers of pupils and of staff say alike of a human being.

Changes when what is known of every person changes. Identity number, phone and bank card are sealed; birth date and sex must agree with an
identity number that carries them.
"""

from typing import ClassVar

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

from jiaoheng.access.change import Recorded
from jiaoheng.access.cipher import shown_ends
from jiaoheng.access.sealed_field import BlindIndex, EncryptedText
from jiaoheng.registers.code_field import CodeField
from jiaoheng.registers.identity_number import IdentityNumber, IdentityNumberRefused, masked, tidied
from jiaoheng.rulebook.codes import code_table

__all__ = ["BANK_CARD", "IDENTITY_NUMBER", "PHONE", "Person", "digits"]

IDENTITY_NUMBER, PHONE, BANK_CARD = "identity number", "phone", "bank card"
"""Purposes of blind indexes: within one, the same text is found in whichever register it stands."""


def digits(text: str) -> str:
    """A phone or card number as it is compared: without blanks and hyphens, half width."""
    return tidied(text).replace("-", "")


class Person(Recorded):
    """Name, sex, birth date, ethnicity and identity document."""

    of_persons: ClassVar[bool] = True

    name = models.CharField(_("full name"), max_length=100, db_index=True)
    sex = CodeField(_("sex"), table="sex", max_length=1)
    birth_date = models.DateField(_("birth date"))
    ethnicity = CodeField(_("ethnicity"), table="ethnicity", max_length=2, blank=True)
    identity_kind = CodeField(_("kind of identity document"), table="identity_kind", default="resident")
    identity_number = EncryptedText(_("identity number"), mask=masked)
    identity_index = BlindIndex(of="identity_number", purpose=IDENTITY_NUMBER, normalise=tidied, db_index=True)
    bank_card = EncryptedText(_("bank card"), mask=shown_ends(0, 4))
    bank_card_index = BlindIndex(of="bank_card", purpose=BANK_CARD, normalise=digits, db_index=True)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        """An identity number of a checked kind is right in itself and agrees with birth date and sex."""
        super().clean()
        if self.identity_number is None or self.identity_kind not in code_table("identity_kind").of_group("checked"):
            return
        try:
            number = IdentityNumber.parse(self.identity_number.clear)
        except IdentityNumberRefused as refused:
            raise ValidationError({"identity_number": str(refused)}) from None
        found = number.disagreements(birth_date=self.birth_date, sex=self.sex)
        if found:
            raise ValidationError({"identity_number": found})
        if number.text != self.identity_number.clear:
            self.identity_number = number.text
