"""Row form: a form for some fields of one register's row, made from the model, with the reason that every change carries.

Changes when a kind of field is entered in another way. The model's own checks decide; a form only reads what was typed.
"""

from collections.abc import Sequence
from datetime import date
from typing import Any

from django import forms
from django.db import models
from django.utils.translation import gettext as _

from jiaoheng.access.account import Account
from jiaoheng.access.change import Recorded
from jiaoheng.access.sealed_field import EncryptedText
from jiaoheng.organisations.organisation import Organisation
from jiaoheng.registers.code_field import CodeField
from jiaoheng.registers.school_class import SchoolClass
from jiaoheng.registers.staff import STAGES, Staff
from jiaoheng.web.registers.change_lines import version_of
from jiaoheng.web.registers.listing import code_choices
from jiaoheng.web.scope import schools_of
from jiaoheng.web.words import word

__all__ = ["DayField", "PlainForm", "RowForm", "code_field", "school_field"]


class PlainForm(forms.Form):
    """A form with the reason that its change is kept with."""

    reason = forms.CharField(max_length=500, min_length=2)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.label_suffix = ""
        self.fields["reason"].label = _("Reason")
        self.fields["reason"].help_text = _("Kept with the change: a document, a phone call, what was wrong.")
        self.order_fields([name for name in self.fields if name != "reason"])


class DayField(forms.DateField):
    """A day, picked in the browser."""

    def __init__(self, label: str = "", *, required: bool = True, initial: date | None = None, help_text: str = "") -> None:
        widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
        super().__init__(label=label, required=required, initial=initial, help_text=help_text, widget=widget)


class StagesField(forms.MultipleChoiceField):
    """Stages, kept as one text with commas in the order of schooling."""

    widget = forms.CheckboxSelectMultiple

    def clean(self, value: Any) -> Any:
        return ",".join(super().clean(value))


def code_field(table: str, label: str, *, required: bool = True, only: Sequence[str] | None = None, initial: str = "") -> forms.ChoiceField:
    """A choice among the codes of a table that are still given, or among `only`."""
    offered = [one for one in code_choices(table, ended=False) if only is None or one[0] in only]
    return forms.ChoiceField(label=label, required=required, choices=[("", "–"), *offered], initial=initial)


def school_field(account: Account, label: str, *, whole_tree: bool = False) -> "forms.ModelChoiceField[Organisation]":
    """A choice among the reader's schools; `whole_tree`: among the organisations above them too."""
    places = account.scope if whole_tree else schools_of(account)
    initial = account.organisation if account.organisation and (whole_tree or account.organisation.is_school) else None
    return forms.ModelChoiceField(places.order_by("path"), label=label, initial=initial)


class RowForm(PlainForm):
    """The fields `names` of a row. A sealed field shows its mask and is left as it is where nothing is typed."""

    def __init__(self, data: Any = None, *, row: Recorded, names: Sequence[str], account: Account) -> None:
        super().__init__(data)
        self.row, self.account = row, account
        for name in names:
            self.fields[name] = self._field(row._meta.get_field(name))
        if row.pk is not None:
            self.fields["version"] = forms.IntegerField(widget=forms.HiddenInput, initial=version_of(row))
        self.order_fields([*names, "reason", "version"])

    def filled(self) -> Recorded:
        """The row with what was typed; a row that is there already as this form showed it. Raises: Refused."""
        row = self.row.seen_as(self.cleaned_data["version"]) if self.row.pk is not None else self.row
        for name, value in self.cleaned_data.items():
            if name in ("reason", "version"):
                continue
            field = row._meta.get_field(name)
            if isinstance(field, EncryptedText) and not value:
                continue
            setattr(row, name, "" if value is None and isinstance(field, models.CharField) and not field.null else value)
        return row

    def _field(self, field: Any) -> forms.Field:
        words = str(field.verbose_name)
        label, value = words[:1].upper() + words[1:], getattr(self.row, field.attname)
        if isinstance(field, EncryptedText):
            shown = {"autocomplete": "off", **({"placeholder": str(value)} if value is not None else {})}
            help_text = _("Leave empty to keep what is there.") if value is not None else ""
            return forms.CharField(label=label, required=False, widget=forms.TextInput(attrs=shown), help_text=help_text)
        if isinstance(field, CodeField):
            made = code_field(field.table, label, required=not field.blank, initial=value)
            if value and value not in dict(made.choices):  # type: ignore[arg-type]
                made.choices = [*made.choices, *(one for one in code_choices(field.table) if one[0] == value)]  # type: ignore[misc]
            return made
        if field.name == "stages":
            offered = [(stage, word("stage", stage)) for stage in STAGES]
            return StagesField(label=label, required=False, choices=offered, initial=str(value or "").split(","))
        if isinstance(field, models.DateField):
            return DayField(label, required=not field.blank, initial=value)
        if isinstance(field, models.ForeignKey):
            return self._related(field, label, value)
        made_field: forms.Field = field.formfield(label=label, initial=value)
        return made_field

    def _related(self, field: Any, label: str, value: Any) -> forms.Field:
        if field.related_model is Organisation:
            made = school_field(self.account, label, whole_tree=field.name == "organisation")
            made.initial = value or made.initial
            return made
        rows = field.related_model.objects.for_account(self.account)
        if field.related_model is Staff and isinstance(self.row, SchoolClass):
            rows = rows.filter(left_on__isnull=True, post__in=("teacher", "management"))
            rows = rows.filter(employer=self.row.school_id) if self.row.school_id else rows
        return forms.ModelChoiceField(rows, label=label, initial=value, required=not field.blank)
