"""Catchment pages: the map of a stage on a day, which school serves a point, where grounds overlap; and handing in a GeoJSON file.

Changes when the page of catchment areas shows something else.
"""

import json
from datetime import date
from typing import Any

import django_filters
import django_tables2 as tables
from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from jiaoheng.access.account import Account, Refused
from jiaoheng.access.change import Change
from jiaoheng.access.organisation_change import check_may_alter_tree, may_alter_tree
from jiaoheng.registers.catchment import CatchmentArea, announced_areas, overlaps, serving, store_areas
from jiaoheng.registers.period import holding
from jiaoheng.web.registers.catchment_map import drawn
from jiaoheng.web.registers.columns import DayColumn, NumberColumn, RegisterTable, SchoolColumn
from jiaoheng.web.registers.listing import Listing, RegisterFilter, school_filter
from jiaoheng.web.registers.pupil_list import day_asked
from jiaoheng.web.registers.row_form import DayField, PlainForm
from jiaoheng.web.scope import reader, schools_of
from jiaoheng.web.words import choices, word

__all__ = ["CATCHMENTS", "catchment_file", "catchment_upload"]

_LARGEST = 8 * 1024 * 1024
_ANY = gettext_lazy("any")


class CatchmentFilter(RegisterFilter):
    """By stage, school and day."""

    stage = django_filters.ChoiceFilter(label=gettext_lazy("Stage"), choices=lambda: choices("stage"), empty_label=_ANY)
    school = school_filter(gettext_lazy("School"), any_words=_ANY)
    on = django_filters.DateFilter(label=gettext_lazy("As of"), method="as_of", widget=forms.DateInput(attrs={"type": "date"}))

    def as_of(self, found: Any, name: str, value: date) -> Any:
        return found  # the day is in the rows already: see `_rows`


class CatchmentTable(RegisterTable):
    """One line an area."""

    school = SchoolColumn(gettext_lazy("School"), order_by=("school__name_zh", "school__name_en"))
    stage = tables.Column(verbose_name=gettext_lazy("Stage"))
    zone = tables.Column(verbose_name=gettext_lazy("Shared zone"), default="–")
    km2 = NumberColumn(gettext_lazy("km²"), decimals=2, orderable=False)
    streets = tables.Column(verbose_name=gettext_lazy("Streets"), default="–")
    communities = tables.Column(verbose_name=gettext_lazy("Communities and villages"), default="–")
    since = DayColumn(gettext_lazy("Since"))

    class Meta(RegisterTable.Meta):
        empty_text = gettext_lazy("No catchment area holds on that day. Officers hand them in as GeoJSON.")

    def render_stage(self, value: str) -> str:
        return word("stage", value)


def _rows(request: HttpRequest, account: Account) -> Any:
    return CatchmentArea.objects.for_account(account).filter(holding(day_asked(request))).select_related("school")


def _beside(request: HttpRequest, account: Account) -> dict[str, Any]:
    areas = list(CatchmentFilter(request.GET, queryset=_rows(request, account), account=account).qs)
    stages = {area.stage for area in areas}
    clashes = overlaps(areas)
    shown = [area for area in areas if area.stage == min(stages)] if len(stages) > 1 else areas
    schools = [school for school in schools_of(account) if not shown or shown[0].stage in school.teaches]
    found, asked = _served(request, account)
    actions = [(reverse("catchment-upload"), _("Hand in areas (GeoJSON)"), True)] if may_alter_tree(account) else []
    actions.append((f"{reverse('catchment-file')}?{request.GET.urlencode()}", _("Download GeoJSON"), False))
    return {
        "actions": actions,
        "map": drawn(shown, schools, [one for one in clashes if not shown or one.first.stage == shown[0].stage]),
        "map_stage": shown[0].stage if shown else "",
        "other_stages": sorted(stages - {shown[0].stage}) if shown else [],
        "overlaps": clashes,
        "served": found,
        "point": asked,
        "day": day_asked(request),
    }


def _served(request: HttpRequest, account: Account) -> tuple[list[CatchmentArea] | None, str]:
    """The areas in which the point in the address lies («118.05, 31.02», longitude first); None where no point is asked for."""
    asked = request.GET.get("point", "").strip()
    try:
        longitude, latitude = (float(part) for part in asked.replace("，", ",").split(","))
    except ValueError:
        return None, asked
    if account.organisation is None or not account.is_active:
        return [], asked
    return serving(account.organisation, longitude=longitude, latitude=latitude, on=day_asked(request)), asked


CATCHMENTS = Listing(
    name="catchments",
    title=gettext_lazy("Catchment areas"),
    lead=gettext_lazy("Which school serves which ground. Overlaps between schools of a stage stand in red, unless they share a zone."),
    table=CatchmentTable,
    rows=_rows,
    filters=CatchmentFilter,
    beside=_beside,
    template="web/registers/catchments.html",
)


def catchment_file(request: HttpRequest) -> HttpResponse:
    """The areas of the list as GeoJSON, to be opened and altered in a map program."""
    account = reader(request)
    found = CatchmentFilter(request.GET, queryset=_rows(request, account), account=account).qs
    features = [
        {
            "type": "Feature",
            "properties": {
                "school": area.school.code, "name": area.school.name, "stage": area.stage, "zone": area.zone, "streets": area.streets,
                "communities": area.communities, "since": area.since.isoformat(),
            },
            "geometry": area.geometry,
        }
        for area in found
    ]  # fmt: skip
    content = json.dumps({"type": "FeatureCollection", "features": features}, ensure_ascii=False)
    response = HttpResponse(content, content_type="application/geo+json; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="catchments.geojson"'
    return response


def catchment_upload(request: HttpRequest) -> HttpResponse:
    """Choose a file; see the map and what is wrong; store all or none."""
    account = reader(request)
    check_may_alter_tree(account)
    form = PlainForm(request.POST or None, request.FILES or None)
    form.fields["file"] = forms.FileField(label=_("GeoJSON file"), required=False)
    form.fields["text"] = forms.CharField(required=False, widget=forms.HiddenInput)
    form.fields["since"] = DayField(_("Holds from"), initial=timezone.localdate())
    form.fields["document"] = forms.CharField(label=_("Document"), required=False, max_length=200)
    form.order_fields(["file", "since", "document", "reason", "text"])
    context: dict[str, Any] = {}
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        try:
            text = _read(said["file"]) if said["file"] else said["text"]
            assert account.organisation is not None
            announced = announced_areas(text, account.organisation, since=said["since"], document=said["document"])
            if request.POST.get("deed") == "store" and not said["file"]:
                stored = store_areas(announced, change=Change(account, said["reason"]))
                messages.success(request, _("{n} areas stored.").format(n=len(stored)))
                return redirect(f"{reverse('catchments')}?on={said['since']}")
            rows = [one.row for one in announced if one.row is not None]
            context |= {"announced": announced, "faulty": any(one.fault for one in announced), "text": text, "overlaps": overlaps(rows)}
            context["map"] = drawn(rows, [row.school for row in rows], context["overlaps"])
        except Refused as refused:
            form.add_error(None, str(refused))
    context |= {"form": form, "back": reverse("catchments")}
    return render(request, "web/registers/catchment_upload.html", context, status=400 if form.errors else 200)


def _read(file: Any) -> str:
    if file.size > _LARGEST:
        raise Refused(
            _("{file} is larger than {limit} MB. Draw the outlines less finely.").format(file=file.name, limit=_LARGEST // 1024**2)
        )
    try:
        return str(file.read().decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise Refused(_("{file} is not text in UTF-8. Export it as GeoJSON again.").format(file=file.name)) from None
