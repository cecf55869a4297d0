"""School history 沿革: names, predecessors and successors with their figures, and every alteration of the school; rename, merge, split.

Changes when the page of a school's history shows something else.
"""

from datetime import date
from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from jiaoheng.access.account import Account, Refused
from jiaoheng.access.change import Change
from jiaoheng.access.organisation_change import check_may_alter_tree, may_alter_tree, store_organisation
from jiaoheng.access.scope import limited
from jiaoheng.organisations.organisation import PATH_SEPARATOR, SCHOOL_KINDS, Organisation
from jiaoheng.organisations.organisation_version import states
from jiaoheng.registers.annual_statistics import AnnualStatistics
from jiaoheng.registers.campus import CampusUse
from jiaoheng.registers.succession import FormerName, Succession, follow_on, predecessors, rename, successors
from jiaoheng.web.registers.columns import code_words
from jiaoheng.web.registers.form_page import form_page
from jiaoheng.web.registers.row_form import DayField, PlainForm, code_field
from jiaoheng.web.scope import organisation_in_scope, reader, schools_of
from jiaoheng.web.words import choices, field_label, word

__all__ = ["follow_school", "govern_school", "rename_school", "school_history"]


def school_history(request: HttpRequest, code: str) -> HttpResponse:
    """The page."""
    account = reader(request)
    school = organisation_in_scope(account, code)
    line = [one for one in predecessors(school) if account.covers(one.path)]
    after = [one for one in successors(school) if account.covers(one.path)]
    rows = Succession.objects.for_account(account).filter(successor__in=[school, *line, *after], predecessor__in=[school, *line, *after])
    names = FormerName.objects.for_account(account).filter(organisation=school)
    context: dict[str, Any] = {
        "school": school,
        "names": [(one, one.since if one.since > date.min else None) for one in names],
        "rows": [(row, code_words("succession_kind", row.kind)) for row in rows.select_related("predecessor", "successor")],
        "figures": _figures(account, [school, *line]),
        "campuses": CampusUse.objects.for_account(account).filter(school=school).select_related("campus"),
        "versions": [(version, _differences(version)) for version in school.versions.order_by("-until", "-pk")[:50]],
        "may_alter": may_alter_tree(account, school),
    }  # fmt: skip
    return render(request, "web/registers/school_history.html", context)


def rename_school(request: HttpRequest, code: str) -> HttpResponse:
    """Another name from a day on."""
    account = reader(request)
    school = organisation_in_scope(account, code)
    check_may_alter_tree(account, school)
    form = PlainForm(request.POST or None)
    form.fields["name_zh"] = forms.CharField(label=_("New Chinese name"), max_length=200)
    form.fields["name_en"] = forms.CharField(label=_("New English name"), max_length=200, required=False)
    form.fields["on"] = DayField(_("From the day"), initial=timezone.localdate())
    form.fields["document"] = forms.CharField(label=_("Document"), max_length=200, required=False)
    form.order_fields(["name_zh", "name_en", "on", "document", "reason"])

    def do(said: dict[str, Any], change: Change) -> None:
        names = {name: said[name] for name in ("name_zh", "name_en", "on", "document")}
        rename(school, **names, change=change)

    lead = _("The old name is kept with its days; figures of earlier years stay where they are.")
    return _done(request, form, do, school, title=_("Another name: {school}").format(school=school), lead=lead)


def govern_school(request: HttpRequest, code: str) -> HttpResponse:
    """Whose school it is, what it teaches, where it lies on the map, when it opened and closes."""
    account = reader(request)
    school = organisation_in_scope(account, code)
    check_may_alter_tree(account, school)
    own = set(account.scope.exclude(kind__in=SCHOOL_KINDS).values_list("pk", flat=True))
    above = set(Organisation.objects.filter(code__in=school.path.split(PATH_SEPARATOR)).values_list("pk", flat=True)) - {school.pk}
    offices = Organisation.objects.filter(pk__in=own | above)
    form = PlainForm(request.POST or None)
    governor = forms.ModelChoiceField(offices, label=_("Governed by"), required=False, initial=school.governed_by_id)
    form.fields["governed_by"] = governor
    for name in ("school_type", "ownership", "locale"):
        offered = [("", "–"), *choices(name)]
        form.fields[name] = forms.ChoiceField(label=field_label(name), choices=offered, required=False, initial=getattr(school, name))
    for name, label in (("latitude", _("Latitude")), ("longitude", _("Longitude"))):
        form.fields[name] = forms.FloatField(label=label, required=False, initial=getattr(school, name))
    form.fields["valid_from"] = DayField(field_label("valid_from"), required=False, initial=school.valid_from)
    form.order_fields([name for name in form.fields if name != "reason"])

    def do(said: dict[str, Any], change: Change) -> None:
        for name, value in said.items():
            if name != "reason":
                setattr(school, name, value)
        store_organisation(school, change=change)

    return _done(request, form, do, school, title=_("Edit: {row}").format(row=school))


def follow_school(request: HttpRequest, code: str) -> HttpResponse:
    """This school and perhaps others are followed by others."""
    account = reader(request)
    school = organisation_in_scope(account, code)
    check_may_alter_tree(account, school)
    offered = schools_of(account).order_by("path")
    form = PlainForm(request.POST or None)
    form.fields["kind"] = code_field("succession_kind", _("Kind of succession"))
    form.fields["others"] = forms.ModelMultipleChoiceField(
        offered.exclude(pk=school.pk), label=_("Together with"), required=False, help_text=_("Other schools that close as well.")
    )
    form.fields["after"] = forms.ModelMultipleChoiceField(
        offered, label=_("Followed by"), help_text=_("Where the school itself goes on beside a new one, choose it here too.")
    )
    form.fields["on"] = DayField(_("From the day"), initial=timezone.localdate())
    form.fields["document"] = forms.CharField(label=_("Document"), max_length=200, required=False)
    form.order_fields(["kind", "others", "after", "on", "document", "reason"])

    def do(said: dict[str, Any], change: Change) -> None:
        before = [school, *said["others"]]
        follow_on(before, list(said["after"]), kind=said["kind"], on=said["on"], document=said["document"], change=change)

    harm = _(
        "A school that is not among those that follow closes on the day before. Its rows and figures stay; pupils must have gone first."
    )
    return _done(request, form, do, school, title=_("Merge or split: {school}").format(school=school), harm=harm)


def _figures(account: Account, schools: list[Organisation]) -> list[tuple[Organisation, list[Any]]]:
    """Pupils and classes by school year, of the school and of those it goes on from, each under the name that had them."""
    rows = limited(AnnualStatistics.objects.filter(organisation__in=schools), account)
    summed = rows.order_by("-school_year").values("organisation", "school_year").annotate(pupils=Sum("pupils"), classes=Sum("classes"))
    found = [(school, [row for row in summed if row["organisation"] == school.pk]) for school in schools]
    return [(school, lines) for school, lines in found if lines]


def _differences(version: Any) -> list[tuple[str, str, str]]:
    """(field, before, after): a version holds what stood before; after is the next version's, or what stands now."""
    later = type(version).objects.filter(organisation=version.organisation, until__gt=version.until).order_by("until", "pk").first()
    after = later.said if later else states([version.organisation.code])[version.organisation_id]
    names = [name for name in version.said if version.said[name] != after.get(name)]
    return [(str(_column(name)), _words(name, version.said[name]), _words(name, after.get(name))) for name in names]


def _column(name: str) -> str:
    field: Any = Organisation._meta.get_field(name)
    words = str(field.verbose_name)
    return words[:1].upper() + words[1:]


def _words(name: str, value: Any) -> str:
    return "–" if value in (None, "") else word(name, str(value))


def _done(request: HttpRequest, form: Any, do: Any, school: Organisation, **page: Any) -> HttpResponse:
    if request.method == "POST" and form.is_valid():
        try:
            do(form.cleaned_data, Change(reader(request), form.cleaned_data["reason"]))
        except Refused as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, _("Stored."))
            return redirect("school-history", code=school.code)
    return form_page(request, form, back=reverse("school-history", args=[school.code]), **page)
