"""Duplicate pages: rows that are likely one child, side by side; merged with a reason; and the merges, each of which can be undone.

Changes when two rows are compared by something else.
"""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from jiaoheng.access.account import Account, Refused, check_may_enter, check_may_read_persons, may_enter
from jiaoheng.access.change import Change
from jiaoheng.access.sealed_field import BlindIndex
from jiaoheng.registers.duplicate import Merge, likely_duplicates, merge, undo
from jiaoheng.registers.enrolment import Enrolment
from jiaoheng.registers.pupil import Pupil
from jiaoheng.web.registers.change_lines import value_shown
from jiaoheng.web.registers.pupil_page import class_words, pupil_in_scope
from jiaoheng.web.scope import reader

__all__ = ["compare", "duplicates", "undo_merge"]

_LEFT_OUT = {"id", "merged_into"}


def duplicates(request: HttpRequest) -> HttpResponse:
    """Likely pairs, and the merges that were made."""
    account = reader(request)
    check_may_read_persons(account)
    pairs = [(rows[0], other) for rows in likely_duplicates(account) for other in rows[1:]]
    merges = Merge.objects.for_account(account).select_related("kept", "duplicate", "merged_by")[:200]
    return render(request, "web/registers/duplicates.html", {"pairs": pairs, "merges": merges, "may_enter": may_enter(account)})


def compare(request: HttpRequest, first: int, second: int) -> HttpResponse:
    """Two rows side by side; POST merges the second into the first."""
    account = reader(request)
    kept, other = pupil_in_scope(account, first), pupil_in_scope(account, second)
    if kept.pk == other.pk:
        raise Http404(_("These are the same row."))
    refusal = ""
    if request.method == "POST":
        check_may_enter(account)
        try:
            merge(kept, other, change=Change(account, request.POST.get("reason", "")))
        except Refused as refused:
            refusal = str(refused)
        else:
            messages.success(request, _("Merged. It can be undone on the page of duplicates."))
            return redirect("pupil", pupil=kept.pk)
    fields = [one for one in kept._meta.concrete_fields if one.name not in _LEFT_OUT and not isinstance(one, BlindIndex)]
    lines = [(str(one.verbose_name), value_shown(kept, one), value_shown(other, one)) for one in fields]
    context: dict[str, Any] = {
        "kept": kept,
        "other": other,
        "lines": [(label, one, two, one != two) for label, one, two in lines if one or two],
        "stays": [_stays(account, row) for row in (kept, other)],
        "refusal": refusal,
        "may_enter": may_enter(account) and not kept.merged_into_id and not other.merged_into_id,
        "other_way": reverse("compare", args=[other.pk, kept.pk]),
    }
    return render(request, "web/registers/compare.html", context, status=400 if refusal else 200)


@require_POST
def undo_merge(request: HttpRequest, merged: int) -> HttpResponse:
    """Put everything back."""
    account = reader(request)
    check_may_read_persons(account)
    found = get_object_or_404(Merge.objects.for_account(account), pk=merged)
    check_may_enter(account)
    try:
        undo(found, change=Change(account, request.POST.get("reason", "") or _("The merge was wrong")))
        messages.success(request, _("Undone: both rows stand as before."))
    except Refused as refused:
        messages.error(request, str(refused))
    return redirect("duplicates")


def _stays(account: Account, row: Pupil) -> list[tuple[Enrolment, str]]:
    rows = Enrolment.objects.for_account(account).filter(pupil=row).select_related("school", "school_class").order_by("entered_on")
    return [(stay, class_words(stay)) for stay in rows]
