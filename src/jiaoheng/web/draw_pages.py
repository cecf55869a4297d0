"""Draw pages: an officer prepares, seals and makes a draw; anybody reads the public page and takes the file to replay it.

Changes when a draw is shown or asked for otherwise. Every rule is the ledgers' floor's.
"""

import json
import re
from datetime import date
from typing import Any

from django import forms
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from jiaoheng.access.account import Account, Refused, Role
from jiaoheng.access.scope import limited
from jiaoheng.ledgers.draw import (
    Draw,
    DrawAsked,
    DrawState,
    check_may_draw,
    draw_now,
    open_draw,
    seal,
    verification_file,
    visited_since,
    void,
)
from jiaoheng.web.export import file_response
from jiaoheng.web.scope import reader
from jiaoheng.web.words import word

__all__ = ["draw_page", "draws", "public_draw", "public_draw_file"]

_LINE = re.compile(r"[\s,，、:：]+")
_BY = (("stage", gettext_lazy("stages taught")), ("township", gettext_lazy("township")))


class DrawForm(forms.Form):
    """What is to be drawn."""

    title = forms.CharField(label=gettext_lazy("title of the draw"), max_length=200)
    per_stratum = forms.IntegerField(label=gettext_lazy("schools of each stratum"), min_value=1, max_value=500, initial=2)
    by = forms.MultipleChoiceField(
        label=gettext_lazy("strata by"),
        choices=_BY,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("None: all schools together."),
    )
    team = forms.IntegerField(label=gettext_lazy("inspectors a school"), min_value=0, max_value=20, initial=0)
    at_most = forms.IntegerField(
        label=gettext_lazy("schools an inspector at most"), min_value=0, max_value=100, initial=0, help_text=gettext_lazy("0: any number.")
    )
    visited_since = forms.DateField(
        label=gettext_lazy("leave out schools visited since"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )
    left_out = forms.CharField(
        label=gettext_lazy("also leave out"), required=False, widget=forms.Textarea(attrs={"rows": 2}),
        help_text=gettext_lazy("A line for each: code of the school, then why."),
    )  # fmt: skip
    weights = forms.CharField(
        label=gettext_lazy("weights"), required=False, widget=forms.Textarea(attrs={"rows": 2}),
        help_text=gettext_lazy("A line for each: code of the school, then its weight; every other school weighs 1."),
    )  # fmt: skip
    recused = forms.CharField(
        label=gettext_lazy("recusals"), required=False, widget=forms.Textarea(attrs={"rows": 2}),
        help_text=gettext_lazy("A line for each: user name of the inspector, code of the school, then why. The reason is not published."),
    )  # fmt: skip


def draws(request: HttpRequest) -> HttpResponse:
    """Every draw of the reader's scope, newest first; a form posted here prepares one."""
    account = reader(request)
    if account.role not in (Role.OFFICER, Role.LEADER, Role.AUDITOR, Role.INSPECTOR):
        raise Refused(_("Draws are read by the bureau's officers, leaders, auditors and inspectors."))
    may, refusal = _may(account), ""
    form = DrawForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            return redirect("draw", open_draw(_asked(form.cleaned_data, account), by=account).pk)
        except Refused as no:
            refusal = str(no)
    context = {"draws": limited(Draw.objects.all(), account), "form": form if may else None, "refusal": refusal}
    return render(request, "web/draws.html", context, status=400 if refusal else 200)


def draw_page(request: HttpRequest, number: int) -> HttpResponse:
    """One draw; posted, its next step."""
    account = reader(request)
    draw = limited(Draw.objects.select_related("organisation", "opened_by"), account).filter(pk=number).first()
    if draw is None or account.role not in (Role.OFFICER, Role.LEADER, Role.AUDITOR, Role.INSPECTOR):
        raise Http404(_("There is no such draw in your scope."))
    refusal = ""
    if request.method == "POST":
        try:
            _step(request, draw, account)
            return redirect("draw", number)
        except Refused as no:
            refusal = str(no)
    context = _shown(request, draw) | {"may": _may(account), "refusal": refusal, "sources_offered": range(3)}
    return render(request, "web/draw.html", context, status=400 if refusal else 200)


@login_not_required
def public_draw(request: HttpRequest, public: str) -> HttpResponse:
    """What anybody may see of a draw from its sealing on."""
    return render(request, "web/draw_public.html", _shown(request, _published(public)))


@login_not_required
def public_draw_file(request: HttpRequest, public: str) -> HttpResponse:
    """The file to replay it with."""
    draw = _published(public)
    content = json.dumps(verification_file(draw), ensure_ascii=False, indent=1).encode()
    return file_response(content, f"draw-{draw.public}.json")


def _published(public: str) -> Draw:
    return get_object_or_404(Draw.objects.select_related("organisation").exclude(digest=""), public=public)


def _step(request: HttpRequest, draw: Draw, account: Account) -> None:
    said = request.POST
    match said.get("do", ""):
        case "seal":
            pairs = list(zip(said.getlist("source"), said.getlist("day"), strict=False))
            seal(draw, [(name, _day(day)) for name, day in pairs if name.strip()], by=account)
        case "draw":
            draw_now(draw, said.getlist("value"), by=account)
        case "void":
            void(draw, said.get("reason", ""), by=account)
        case _:
            raise Refused(_("Choose what to do with the draw."))


def _day(written: str) -> date:
    try:
        return date.fromisoformat(written)
    except ValueError:
        raise Refused(_("Write the day of every public value.")) from None


def _may(account: Account) -> bool:
    try:
        check_may_draw(account)
    except Refused:
        return False
    return True


def _shown(request: HttpRequest, draw: Draw) -> dict[str, Any]:
    sealed, result = draw.sealed, draw.result
    names = {one["code"]: one["name"] for one in sealed.get("schools", [])}
    people = {one["code"]: one["name"] for one in sealed.get("inspectors", [])}

    def school(code: str) -> tuple[str, str, list[str], bool]:
        return code, names[code], [people[who] for who in result["teams"].get(code, [])], code in result["short"]

    strata: dict[str, list[dict[str, Any]]] = {}
    for one in sealed.get("schools", []):
        strata.setdefault(one["stratum"], []).append(one)
    return {
        "draw": draw,
        "strata": [(_stratum(name), _drawable(sealed["strata"].get(name, 0), rows), rows) for name, rows in sorted(strata.items())],
        "drawn": [(_stratum(name), [school(code) for code in codes]) for name, codes in sorted(result.get("schools", {}).items())],
        "recused": [(people.get(who, who), names.get(school, school)) for who, school in sealed.get("recused", [])],
        "inspectors": sealed.get("inspectors", []),
        "team": sealed.get("team", 0),
        "is_open": draw.state == DrawState.OPEN, "is_sealed": draw.state == DrawState.SEALED, "is_drawn": draw.state == DrawState.DRAWN,
        "public_address": request.build_absolute_uri(reverse("draw-public", args=[draw.public])),
    }  # fmt: skip


def _drawable(wanted: int, rows: list[dict[str, Any]]) -> int:
    """So many are drawn of a stratum: not more than are in it and not left out."""
    return min(wanted, sum(not one["left_out"] for one in rows))


def _stratum(written: str) -> str:
    """A stratum in the reader's words: stages, or of what teaches none its type or kind."""
    if written == "*":
        return _("all schools")
    return " · ".join(word("kind", word("school_type", word("stages", part))) for part in written.split(" · "))


def _asked(said: dict[str, Any], account: Account) -> DrawAsked:
    left_out = visited_since(account, said["visited_since"]) if said["visited_since"] else {}
    left_out |= {parts[0]: " ".join(parts[1:]) or _("left out") for parts in _lines(said["left_out"])}
    weights = {parts[0]: int(parts[1]) if len(parts) > 1 and parts[1].isdecimal() else 0 for parts in _lines(said["weights"])}
    recused = [(parts[0], parts[1] if len(parts) > 1 else "", " ".join(parts[2:])) for parts in _lines(said["recused"])]
    return DrawAsked(
        said["title"], said["per_stratum"], tuple(said["by"]), left_out=left_out, weights=weights, team=said["team"],
        at_most=said["at_most"], recused=recused,
    )  # fmt: skip


def _lines(text: str) -> list[list[str]]:
    return [_LINE.split(line.strip()) for line in text.splitlines() if line.strip()]
