"""Sealed columns of models: encrypted text, and the blind index by which it is found.

Changes when the way models declare sensitive columns changes. A model's attribute is a `Sealed`: what is assigned as text is sealed when
stored, what is read stays masked.
"""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models.query_utils import DeferredAttribute

from jiaoheng.access.cipher import Mask, Sealed, blind_index, blind_indexes, hidden

__all__ = ["BlindIndex", "EncryptedText", "matching", "sealed_columns"]

if TYPE_CHECKING:
    _TextField = models.Field[Sealed | str | None, Sealed | None]
    _CharField = models.CharField[str | None, str | None]
else:
    _TextField, _CharField = models.Field, models.CharField

M = TypeVar("M", bound=models.Model)


class _SealedAttribute(DeferredAttribute):
    """Turns every assigned text into a `Sealed`, and an empty one into None."""

    field: "EncryptedText"

    def __set__(self, instance: models.Model, value: object) -> None:
        instance.__dict__[self.field.attname] = self.field.to_python(value)


class EncryptedText(_TextField):
    """Text that the database holds only sealed. It cannot be searched, sorted or compared there: give it a `BlindIndex`."""

    descriptor_class = _SealedAttribute

    def __init__(self, *args: Any, mask: Mask = hidden, **options: Any) -> None:
        self.mask = mask
        options.setdefault("null", True)
        options.setdefault("blank", True)
        super().__init__(*args, **options)

    @property
    def sealed_column(self) -> str:
        """«table.column» of the register, in its history too: the associated data of every value here."""
        register: type[models.Model] = getattr(self.model, "instance_type", self.model)
        return f"{register._meta.db_table}.{self.column}"

    def get_internal_type(self) -> str:
        return "TextField"

    def to_python(self, value: object) -> Sealed | None:
        if value is None or isinstance(value, Sealed):
            return value
        text = str(value)
        return Sealed(clear=text, mask=self.mask) if text else None

    def from_db_value(self, value: str | None, _expression: object, _connection: BaseDatabaseWrapper) -> Sealed | None:
        return None if value is None else Sealed(sealed=value, column=self.sealed_column, mask=self.mask)

    def get_prep_value(self, value: object) -> str | None:
        sealed = self.to_python(value)
        return None if sealed is None else sealed.sealed_for(self.sealed_column)

    def value_to_string(self, obj: models.Model) -> str:
        """For serialisers: sealed as in the database, never clear."""
        return self.get_prep_value(self.value_from_object(obj)) or ""

    def get_lookup(self, lookup_name: str) -> Any:
        """Only «is it there?» can be asked of a sealed column; any other question would silently find nothing."""
        return super().get_lookup(lookup_name) if lookup_name == "isnull" else None


class BlindIndex(_CharField):
    """The keyed hash of another column of the row, made anew at every save.

    `of`: the sealed column. `purpose`: texts are equal only within one. `normalise`: brings spellings of one value together.
    `within`: other columns that go into the hash, so that equal values of different rows cannot be told to be equal.
    """

    def __init__(
        self,
        *args: Any,
        of: str = "",
        purpose: str = "",
        normalise: Callable[[str], str] = str.strip,
        within: Sequence[str] = (),
        **options: Any,
    ) -> None:
        self.of, self.purpose, self.normalise, self.within = of, purpose, normalise, tuple(within)
        options |= {"max_length": 80, "null": True, "blank": True, "editable": False}
        super().__init__(*args, **options)

    def deconstruct(self) -> Any:
        name, path, args, options = super().deconstruct()
        for fixed in ("max_length", "null", "blank", "editable"):
            options.pop(fixed, None)
        return name, path, args, options

    def pre_save(self, model_instance: models.Model, add: bool) -> str | None:
        index = self.computed(model_instance)
        setattr(model_instance, self.attname, index)
        return index

    def computed(self, instance: models.Model) -> str | None:
        """The index that the row's present value has."""
        value: Sealed | None = getattr(instance, self.of)
        return None if value is None else blind_index(self.text_of(value.clear, instance), self.purpose)

    def text_of(self, clear: str, instance: models.Model | None = None) -> str:
        beside = [str(getattr(instance, name)) for name in self.within] if instance is not None else []
        return "\0".join([self.normalise(clear), *beside])


def matching(rows: "models.QuerySet[M]", index: str, text: str) -> "models.QuerySet[M]":
    """The rows whose sealed value is this text, found by its blind index under any key of the ring."""
    field = rows.model._meta.get_field(index)
    if not isinstance(field, BlindIndex) or field.within:
        raise TypeError(f"{index} is not an index that can be searched by a text alone")
    normalised = field.text_of(text)
    return rows.filter(**{f"{index}__in": blind_indexes(normalised, field.purpose)}) if normalised else rows.none()


def sealed_columns(model: type[models.Model]) -> tuple[list[EncryptedText], list[BlindIndex]]:
    """The encrypted and the index columns of a model."""
    fields = model._meta.concrete_fields
    return [field for field in fields if isinstance(field, EncryptedText)], [field for field in fields if isinstance(field, BlindIndex)]
