"""No snapshot: the page that stands in for every computed page until there is something to compute from.

Changes when what a newcomer has to do first changes.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from jiaoheng.access.account import may_enter, may_freeze
from jiaoheng.intake.provenance import Import
from jiaoheng.snapshots.snapshot import SnapshotRefused
from jiaoheng.web.current_snapshot import current_snapshot
from jiaoheng.web.round_tasks import round_tasks
from jiaoheng.web.scope import reader, schools_of

__all__ = ["needs_snapshot", "no_snapshot"]


def needs_snapshot(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Hands the current snapshot to the view, or shows what to do first."""

    @wraps(view)
    def shown(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            current = current_snapshot()
        except SnapshotRefused as error:
            return no_snapshot(request, str(error))
        return no_snapshot(request) if current is None else view(request, current, *args, **kwargs)

    return shown


def no_snapshot(request: HttpRequest, refusal: str = "") -> HttpResponse:
    """The steps to a first figure, with those that are done marked."""
    account = reader(request)
    context = {
        "refusal": refusal,
        "schools": schools_of(account).count(),
        "imports": Import.objects.exists(),
        "may_enter": may_enter(account),
        "may_freeze": may_freeze(account),
        "tasks": round_tasks(account),
        "placed": account.organisation is not None,
    }
    return render(request, "web/no_snapshot.html", context)
