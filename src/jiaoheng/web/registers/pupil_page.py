"""Pupil page: one child: who it is, where it was taught over the years, what holds of it, and who changed what.

Changes when a pupil's page shows something else. Stays at schools outside the reader's scope are counted, not shown.
"""

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import gettext as _

from jiaoheng.access.account import Account, check_may_read_persons, may_enter
from jiaoheng.access.opening import may_open
from jiaoheng.registers.approval import Request
from jiaoheng.registers.enrolment import Enrolment
from jiaoheng.registers.pupil import Pupil
from jiaoheng.registers.pupil_condition import PupilCondition
from jiaoheng.rulebook.codes import code_table
from jiaoheng.web.registers.change_lines import change_lines, value_shown
from jiaoheng.web.registers.columns import code_words
from jiaoheng.web.scope import reader

__all__ = ["Fact", "class_words", "facts_of", "pupil", "pupil_in_scope"]

_FACTS = (
    "student_number", "identity_kind", "identity_number", "sex", "birth_date", "ethnicity", "household_area", "household_kind", "guardian",
    "guardian_relation", "guardian_phone", "bank_card",
)  # fmt: skip


@dataclass(frozen=True)
class Fact:
    """A label, what stands there, and the field's name where it is sealed and may be opened."""

    label: str
    text: str
    opens: str = ""


def pupil_in_scope(account: Account, number: int) -> Pupil:
    """The pupil. Raises: Http404 where there is none in scope."""
    check_may_read_persons(account)
    found: Pupil = get_object_or_404(Pupil.objects.for_account(account).select_related("keeper", "merged_into"), pk=number)
    return found


def pupil(request: HttpRequest, pupil: int) -> HttpResponse:
    """The page."""
    account = reader(request)
    child = pupil_in_scope(account, pupil)
    stays = Enrolment.objects.for_account(account).filter(pupil=child).select_related("school", "school_class").order_by("entered_on", "pk")
    conditions = list(PupilCondition.objects.for_account(account).filter(pupil=child).order_by("-since"))
    requests = Request.objects.for_account(account).filter(pupil=child).select_related("school", "asked_by", "decided_by")
    here = next((stay for stay in stays if stay.left_on is None), None)
    opens = may_open(account, child)
    context: dict[str, Any] = {
        "pupil": child,
        "here": here,
        "place": class_words(here) if here else "",
        "facts": facts_of(child, _FACTS, opens=opens),
        "stays": [
            (stay, class_words(stay), code_words("entry_kind", stay.entry_kind), code_words("exit_kind", stay.exit_kind)) for stay in stays
        ],
        "elsewhere": child.enrolments.count() - len(stays),
        "conditions": [_condition(row, opens) for row in conditions],
        "requests": requests,
        "lines": change_lines([child, *stays, *conditions], account),
        "may_enter": may_enter(account),
        "today": timezone.localdate(),
    }
    return render(request, "web/registers/pupil.html", context)


def facts_of(row: Any, names: tuple[str, ...], *, opens: bool) -> list[Fact]:
    """The fields that have a value, in order; sealed ones masked, with their name where the reader may open them."""
    found = []
    for name in names:
        field = row._meta.get_field(name)
        text = value_shown(row, field)
        if text:
            label = str(field.verbose_name)
            sealed = hasattr(field, "sealed_column")
            found.append(Fact(label[:1].upper() + label[1:], text, name if sealed and opens else ""))
    return found


def class_words(stay: Any) -> str:
    """«三年级 2», the grade in words and the class as the school calls it; for a stay or a class."""
    name = stay.name if hasattr(stay, "head_teacher_id") else (stay.school_class.name if stay.school_class else "")
    grade = code_words("grade", stay.grade)
    return _("{grade}, class {name}").format(grade=grade, name=name) if name else grade


def _condition(row: PupilCondition, opens: bool) -> dict[str, Any]:
    """A condition as it may be shown: the open kinds in words, the others as a mask."""
    shown, codes = str(row.kind), code_table("condition", settings.RULEBOOK_OVERLAY)
    is_open = shown in codes
    sealed = [name for name in ("kind", "detail", "placement") if getattr(row, name) is not None and not (name == "kind" and is_open)]
    return {"row": row, "kind": code_words("condition", shown) if is_open else shown, "opens": sealed if opens else []}
