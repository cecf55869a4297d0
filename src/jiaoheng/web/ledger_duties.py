"""Duties of a ledger: who acts as which actor of its processes; an officer names accounts, else roles decide.

Changes when naming somebody asks for something else. Who may act is decided below (`ledgers.duty`).
"""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from jiaoheng.access.account import Account, Refused, Role
from jiaoheng.ledgers.duty import Duty, end_duty, name_duty, roles_of
from jiaoheng.ledgers.published_ledger import PublishedLedger, check_may_publish
from jiaoheng.web.ledger_scope import ledger_or_404
from jiaoheng.web.scope import reader
from jiaoheng.web.words import in_language

__all__ = ["ledger_duties"]


def ledger_duties(request: HttpRequest, name: str) -> HttpResponse:
    """The actors of the ledger's processes with who acts as them; naming somebody and ending it."""
    account, ledger = reader(request), ledger_or_404(name)
    check_may_publish(account)
    if not ledger.processes:
        raise Http404(_("This ledger has no process, so nobody has to be named for it."))
    if request.method == "POST":
        try:
            _changed(request, account, ledger)
        except Refused as no:
            messages.error(request, str(no))
        return redirect("ledger-duties", name)
    named = _named(account, ledger)
    processes = []
    for process_name, process in ledger.processes.items():
        actors = []
        for actor, label in process.actors.items():
            roles = [Role(role).label for role in sorted(roles_of(process_name, actor))]
            actors.append((in_language(label), actor, roles, named.get((process_name, actor), [])))
        processes.append((in_language(process.label), process_name, actors))
    context: dict[str, Any] = {"ledger": ledger, "title": in_language(ledger.title), "processes": processes, "accounts": _within(account)}
    return render(request, "web/ledger_duties.html", context)


def _changed(request: HttpRequest, account: Account, ledger: PublishedLedger) -> None:
    reason = request.POST.get("reason", "")
    if number := request.POST.get("end", ""):
        duty = get_object_or_404(Duty, pk=number if number.isdigit() else 0, process__in=ledger.processes)
        end_duty(duty, by=account, reason=reason)
        messages.success(request, _("{account} is no longer named.").format(account=duty.account))
        return
    process, _mark, actor = request.POST.get("actor", "").partition("/")
    if process not in ledger.processes or actor not in ledger.processes[process].actors:
        raise Refused(_("Choose what the account is named for."))
    chosen = _within(account).filter(username=request.POST.get("account", "").strip()).first()
    if chosen is None:
        raise Refused(_("There is no active account of this name in your scope. Choose one of the list."))
    name_duty(chosen, process, actor, by=account, reason=reason)
    messages.success(request, _("{account} is named. From now on only those named act here.").format(account=chosen))


def _named(account: Account, ledger: PublishedLedger) -> dict[tuple[str, str], list[tuple[Duty, bool]]]:
    """The duties by process and actor, each with whether the reader may end it."""
    found: dict[tuple[str, str], list[tuple[Duty, bool]]] = {}
    for duty in Duty.objects.filter(process__in=ledger.processes).select_related("account__organisation").order_by("account__username"):
        where = duty.account.organisation.path if duty.account.organisation else ""
        found.setdefault((duty.process, duty.actor), []).append((duty, account.covers(where)))
    return found


def _within(account: Account) -> Any:
    """The active accounts of the reader's scope."""
    return Account.objects.filter(is_active=True, organisation__in=account.scope).select_related("organisation").order_by("username")
