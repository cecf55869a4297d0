"""Code field: a column whose values are the codes of a rulebook table.

Changes when the way registers name their code tables changes. Which codes there are is data, so the database does not fix them.
"""

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from jiaoheng.rulebook.codes import CodeTable, code_table

__all__ = ["CodeField", "words"]


if TYPE_CHECKING:
    _CharField = models.CharField[str, str]
else:
    _CharField = models.CharField


class CodeField(_CharField):
    """A code of `table`; empty where it is not known and the field is not required."""

    def __init__(self, *args: Any, table: str = "", **options: Any) -> None:
        self.table = table
        options.setdefault("max_length", 30)
        super().__init__(*args, **options)

    @property
    def codes(self) -> CodeTable:
        return code_table(self.table, settings.RULEBOOK_OVERLAY)

    def validate(self, value: Any, model_instance: models.Model | None) -> None:
        super().validate(value, model_instance)
        if value and value not in self.codes:
            raise ValidationError(
                _("«{value}» is not a code of {table}.").format(
                    value=value, table=self.codes.label.in_language(get_language() or settings.LANGUAGE_CODE)
                )
            )


def words(row: models.Model, field: str) -> str:
    """The words for a row's code in the reader's language; empty where there is none."""
    column = row._meta.get_field(field)
    if not isinstance(column, CodeField):
        raise TypeError(f"{field} is not a code field")
    code: str = getattr(row, field)
    return column.codes.words(code, get_language() or settings.LANGUAGE_CODE) if code else ""
