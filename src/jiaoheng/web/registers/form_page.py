"""Form page: one form as a page, with what cannot be taken back said above its button.

Changes when every form of the registers looks or answers otherwise.
"""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

__all__ = ["form_page"]


def form_page(
    request: HttpRequest,
    form: Any,
    *,
    title: str,
    back: str,
    lead: str = "",
    send: str = "",
    harm: str = "",
    template: str = "web/registers/form.html",
    **beside: Any,
) -> HttpResponse:
    """A form as a page. `harm` says what cannot be taken back, above the button."""
    context = {"form": form, "title": title, "lead": lead, "back": back, "send": send or _("Store"), "harm": harm, **beside}
    return render(request, template, context, status=400 if request.method == "POST" else 200)
