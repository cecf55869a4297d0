"""Freeze: an officer freezes the registers from the page, as `jiaoheng freeze` does from the command line.

Changes when freezing from the page asks for more than a click.
"""

from contextlib import suppress
from pathlib import Path

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from jiaoheng.access.account import check_may_freeze
from jiaoheng.snapshots.freezing import freeze
from jiaoheng.snapshots.snapshot import SnapshotRefused
from jiaoheng.web.current_snapshot import current_snapshot, forget
from jiaoheng.web.scope import reader

__all__ = ["freeze_now"]

_IN_A_DAY = 99


@require_POST
def freeze_now(request: HttpRequest) -> HttpResponse:
    """Freeze as of today into a folder of its own; an unchanged register makes no second one."""
    check_may_freeze(reader(request))
    before = None
    with suppress(SnapshotRefused):  # a damaged one is replaced by what is frozen now
        before = current_snapshot()
    today = timezone.localdate()
    snapshots = Path(settings.DATA) / "snapshots"
    try:
        made = freeze(today, _free_folder(snapshots, today.isoformat()))
    except SnapshotRefused as error:
        messages.error(request, str(error))
        return redirect("home")
    forget()
    if before and made.hash == before.snapshot.hash:
        messages.info(request, _("Frozen; nothing had changed since the last snapshot, so the figures stay the same."))
    else:
        messages.success(request, _("Frozen: every page now shows the figures of {day}.").format(day=today.isoformat()))
    return redirect("home")


def _free_folder(snapshots: Path, day: str) -> Path:
    """A folder of this day that is not taken: «2018-09-01», then «2018-09-01-02», …"""
    names = [day, *(f"{day}-{number:02}" for number in range(2, _IN_A_DAY + 1))]
    return next((snapshots / name for name in names if not (snapshots / name).exists()), snapshots / names[-1])
