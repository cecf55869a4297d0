"""Phone pages: give a phone access for offline entry with ODK Collect, see which phones have it, end it.

Changes when connecting a phone takes other steps.
"""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from jiaoheng.ledgers.phone_access import PhoneAccess, give_access
from jiaoheng.ledgers.row_entry import check_may_add
from jiaoheng.web.scope import reader

__all__ = ["phones"]


def phones(request: HttpRequest) -> HttpResponse:
    """The reader's phones; a new one's password is shown once, right after it was made."""
    account = reader(request)
    check_may_add(account)
    made = None
    if request.method == "POST":
        if number := request.POST.get("end", ""):
            phone = get_object_or_404(PhoneAccess, account=account, pk=number)
            phone.ended_at = phone.ended_at or timezone.now()
            phone.save(update_fields=["ended_at"])
            messages.success(request, _("This phone can sign in no more."))
            return redirect("phones")
        made = give_access(account, request.POST.get("name", "").strip())
    base = request.build_absolute_uri("/openrosa")
    context = {
        "phones": PhoneAccess.objects.filter(account=account), "made": made, "base": base,
        "keyed": f"{base}/key/{made.secret}" if made else "", "account": account,
    }  # fmt: skip
    response = render(request, "web/phones.html", context)
    response["Cache-Control"] = "no-store"
    return response
