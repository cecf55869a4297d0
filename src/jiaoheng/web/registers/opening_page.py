"""Opening page: one sealed value, shown once to a reader who gives a reason; the trail keeps who, which and why.

Changes when another register's sealed values can be opened on the site. The value is in the answer to the form alone, which no cache keeps.
"""

from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _

from jiaoheng.access.account import Refused, check_may_read_persons
from jiaoheng.access.change import Recorded
from jiaoheng.access.opening import check_may_open, opened
from jiaoheng.access.sealed_field import EncryptedText
from jiaoheng.registers.approval import Request
from jiaoheng.registers.pupil import Pupil
from jiaoheng.registers.pupil_condition import PupilCondition
from jiaoheng.registers.staff import Staff
from jiaoheng.rulebook.codes import code_table
from jiaoheng.web.registers.columns import code_words
from jiaoheng.web.registers.listing import is_part
from jiaoheng.web.scope import reader

__all__ = ["open_value"]

_REGISTERS: dict[str, type[Recorded]] = {"pupil": Pupil, "staff": Staff, "condition": PupilCondition, "request": Request}


def open_value(request: HttpRequest, register: str, row: int, field: str) -> HttpResponse:
    """GET asks for the reason, POST shows the value. Raises: Http404, Refused."""
    account = reader(request)
    check_may_read_persons(account)
    model: Any = _REGISTERS.get(register)
    columns = {one.name: one for one in model._meta.concrete_fields if isinstance(one, EncryptedText)} if model else {}
    if field not in columns:
        raise Http404(_("There is no such sealed value."))
    found: Recorded = get_object_or_404(model.objects.for_account(account), pk=row)
    check_may_open(account, found)
    context: dict[str, Any] = {"register": register, "row": row, "field": field, "label": columns[field].verbose_name, "object": found}
    status = 200
    if request.method == "POST":
        try:
            text = opened(found, field, by=account, reason=request.POST.get("reason", ""))
            context |= {"shown": True, "value": _in_words(found, field, text)}
        except Refused as refused:
            context["refusal"], status = str(refused), 400 if not is_part(request) else 200
    response = render(request, "web/registers/open.html#part" if is_part(request) else "web/registers/open.html", context, status=status)
    response["Cache-Control"] = "no-store"
    return response


def _in_words(row: Recorded, field: str, text: str) -> str:
    """A condition's codes in words; anything else as it is written."""
    if not isinstance(row, PupilCondition) or not text:
        return text
    if field == "detail":
        kind = code_table("condition", settings.RULEBOOK_OVERLAY).codes.get(row.kind.clear if row.kind else "")
        return code_words(kind.group, text) if kind and kind.group else text
    return code_words("condition" if field == "kind" else "disability_placement", text)
