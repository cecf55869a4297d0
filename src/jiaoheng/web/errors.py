"""Errors: pages that say what happened and what the reader can do next.

Changes when a way of failing gets words of its own. An error page shows no stack, no table name and nothing of the request.
"""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from jiaoheng.access.account import Refused
from jiaoheng.intake.interrupted import Interrupted

__all__ = ["RefusedMiddleware", "csrf_failure", "error_page", "forbidden", "locked_out", "not_found", "server_error"]


class RefusedMiddleware:
    """Shows a refusal of the floors below as a page with its sentence and status 403."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self._get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if isinstance(exception, Interrupted):  # without the shell, which asks the database
            context = {"status": 503, "title": _("The import was interrupted"), "advice": str(exception), "around": "web/alone.html"}
            return render(request, "web/error.html", context, status=503)
        return error_page(request, 403, _("This is not yours to see"), str(exception)) if isinstance(exception, Refused) else None


def error_page(request: HttpRequest, status: int, title: str, advice: str) -> HttpResponse:
    """One error page: a title, a sentence, a way on."""
    signed_in = getattr(getattr(request, "user", None), "is_authenticated", False)
    context = {"status": status, "title": title, "advice": advice, "around": "web/page.html" if signed_in else "web/alone.html"}
    return render(request, "web/error.html", context, status=status)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Status 404."""
    said = str(exception.args[0]) if exception.args and isinstance(exception.args[0], str) else ""
    advice = _("Check the address, or go back to the first page and look for the school or measure there.")
    return error_page(request, 404, _("There is no such page"), f"{said} {advice}".strip())


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Status 403."""
    return error_page(request, 403, _("This is not yours to see"), _("Ask your bureau's administrator to widen your scope or role."))


def server_error(request: HttpRequest) -> HttpResponse:
    """Status 500: rendered without the shell, since the shell may be what failed."""
    return render(request, "web/server_error.html", status=500)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Status 403 for a form that was sent without its token."""
    advice = _(
        "The form was open for too long, or cookies are switched off. Nothing was stored. Go back, reload the page and send it again."
    )
    return error_page(request, 403, _("The form could not be accepted"), advice)


def locked_out(request: HttpRequest, response: HttpResponse, credentials: dict[str, str]) -> HttpResponse:
    """Status 429 after too many wrong passwords."""
    advice = _("Too many wrong passwords for this name. Wait 15 minutes, or ask your bureau's administrator for a new password.")
    return error_page(request, 429, _("Signing in is locked for a while"), advice)
