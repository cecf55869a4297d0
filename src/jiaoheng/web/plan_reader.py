"""Plan reader: a work plan's document becomes draft goals on a page, where an officer confirms, edits, merges and drops them.

Changes when a draft is confirmed in another way. The drafts live in the page's own form: nothing is kept until it is confirmed.
"""

import tempfile
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from jiaoheng.access.account import Refused
from jiaoheng.access.change import Change
from jiaoheng.organisations.organisation import Organisation
from jiaoheng.plans.adopting import ConfirmedGoal, adopt, proposed
from jiaoheng.plans.reading import read_plan
from jiaoheng.plans.work_plan import WorkPlan
from jiaoheng.texts.document import UnreadableDocument, read_document
from jiaoheng.web.current_snapshot import catalogue
from jiaoheng.web.plans_in_scope import check_may_plan, offices_of
from jiaoheng.web.scope import reader
from jiaoheng.web.words import in_language, tongue

__all__ = ["plan_confirm", "plan_read"]

_LARGEST = 20 * 1024 * 1024
_MOST = 1200
"""Goals that one page confirms; a longer plan is handed in by its parts."""


@dataclass(frozen=True)
class Row:
    """One draft on the page. `fault` is what stands in its way."""

    number: int
    goal: ConfirmedGoal
    chosen: bool = True
    fault: str = ""

    @property
    def target(self) -> str:
        """The number as it is typed: no needless zeros."""
        return "" if self.goal.target is None else f"{self.goal.target.normalize():f}"


def plan_read(request: HttpRequest) -> HttpResponse:
    """The form; after a document was sent, its draft goals."""
    account = reader(request)
    check_may_plan(account)
    if request.method != "POST":
        return render(request, "web/plan_read.html", {})
    sent, pasted = request.FILES.get("document"), request.POST.get("text", "").strip()
    try:
        name, text = _text(sent) if sent else ("", pasted)
        if not text:
            raise UnreadableDocument(_("Nothing was sent. Choose a document or paste its text."))
        plan = read_plan(text)
        if not plan.goals:
            raise UnreadableDocument(_("No promise was found in this text. Is it a work plan?"))
        if len(plan.goals) > _MOST:
            raise UnreadableDocument(_("More than {n} goals were found. Hand the plan in by its parts.").format(n=_MOST))
    except UnreadableDocument as refused:
        return render(request, "web/plan_read.html", {"refusal": refused.said(tongue())}, status=400)
    year = plan.year or timezone.localdate().year
    begins, ends = date(year, 1, 1), date(year, 12, 31)
    offices = offices_of(account)
    assert account.organisation is not None
    goals = proposed(plan.goals, offices, account.organisation, begins, ends)
    rows = [Row(number, goal) for number, goal in enumerate(goals)]
    about = {"title": plan.title[:200], "source": name, "begins_on": begins, "ends_on": ends, "organisation": account.organisation.code}
    return _page(request, about, rows, offices)


def plan_confirm(request: HttpRequest) -> HttpResponse:
    """Store what the officer ticked. A fault keeps the page with everything typed."""
    account = reader(request)
    check_may_plan(account)
    if request.method != "POST":
        return redirect("plan-read")
    offices = offices_of(account)
    by_code = {one.code: one for one in offices}
    about: dict[str, Any] = {key: request.POST.get(key, "") for key in ("title", "source", "organisation")}
    faults: list[str] = []
    for key in ("begins_on", "ends_on"):
        try:
            about[key] = date.fromisoformat(request.POST.get(key, ""))
        except ValueError:
            about[key] = timezone.localdate()
            faults.append(_("Say on which day the plan begins and ends."))
    rows = _merged(request, by_code, about["ends_on"])
    faults += [f"{row.number + 1}: {row.fault}" for row in rows if row.chosen and row.fault]
    if not faults:
        owner = by_code.get(about["organisation"]) or account.organisation
        assert owner is not None
        plan = WorkPlan(
            organisation=owner, title=about["title"], begins_on=about["begins_on"], ends_on=about["ends_on"], source=about["source"][:200]
        )
        try:
            adopt(plan, [row.goal for row in rows if row.chosen], change=Change(account, _("Plan confirmed")))
        except Refused as refused:
            faults.append(str(refused))
        else:
            return redirect("work-plan", number=plan.pk)
    return _page(request, about, rows, offices, faults[:8])


def _merged(request: HttpRequest, by_code: dict[str, Organisation], otherwise: date) -> list[Row]:
    """The rows as typed; one marked «with the one above» adds its words there."""
    rows: list[Row] = []
    for number in range(min(_count(request), _MOST)):
        row = _row(request, number, by_code, otherwise)
        if request.POST.get(f"above-{number}") and row.chosen and rows:
            last = rows[-1]
            kept = last.goal if last.goal.target is not None or row.goal.target is None else row.goal
            joined = ConfirmedGoal(
                last.goal.heading, f"{last.goal.text}；{row.goal.text}", last.goal.office, max(last.goal.due, row.goal.due), kept.operator,
                kept.target, kept.unit, last.goal.measure or row.goal.measure,
            )  # fmt: skip
            rows[-1] = Row(last.number, joined, last.chosen, last.fault or row.fault)
            continue
        rows.append(row)
    return rows


def _count(request: HttpRequest) -> int:
    try:
        return int(request.POST.get("count", "0"))
    except ValueError:
        return 0


def _row(request: HttpRequest, number: int, by_code: dict[str, Organisation], otherwise: date) -> Row:
    def said(name: str) -> str:
        return request.POST.get(f"{name}-{number}", "").strip()

    fault, target, due = "", None, otherwise
    try:
        target = Decimal(said("target").replace(",", "").replace("，", "")) if said("target") else None
    except InvalidOperation:
        fault = _("«{text}» is not a number.").format(text=said("target"))
    try:
        due = date.fromisoformat(said("due")) if said("due") else otherwise
    except ValueError:
        fault = _("«{text}» is not a day.").format(text=said("due"))
    office = by_code.get(said("office"))
    if office is None:
        fault = _("Choose an office.")
    measure = said("measure")
    if measure and measure not in catalogue():
        fault = _("The rulebook has no measure “{name}”.").format(name=measure)
    if not said("text"):
        fault = _("The goal has no words.")
    operator = said("operator") if said("operator") in (">=", "<=", "=") else ">="
    owner = office or next(iter(by_code.values()))
    goal = ConfirmedGoal(said("heading")[:400], said("text"), owner, due, operator, target, said("unit")[:20], measure)
    return Row(number, goal, bool(said("chosen")), fault)


def _page(
    request: HttpRequest, about: dict[str, Any], rows: list[Row], offices: list[Organisation], faults: list[str] | None = None
) -> HttpResponse:
    measures = [(one.id, in_language(one.label)) for one in catalogue().values() if one.kind != "variation"]
    context = {
        "about": about,
        "rows": [Row(number, row.goal, row.chosen, row.fault) for number, row in enumerate(rows)],
        "offices": offices,
        "measures": measures,
        "faults": faults,
        "numbered": sum(row.goal.target is not None for row in rows),
    }
    return render(request, "web/plan_confirm.html", context, status=400 if faults else 200)


def _text(sent: "UploadedFile[Any]") -> tuple[str, str]:
    name = Path((sent.name or "").replace("\\", "/")).name
    if (sent.size or 0) > _LARGEST:
        raise UnreadableDocument(
            _("{file} is larger than {limit} MB. Split it and hand in the parts.").format(file=name, limit=_LARGEST // 1024**2)
        )
    with tempfile.TemporaryDirectory() as folder:
        kept = Path(folder) / (name[-150:] or "document")
        kept.write_bytes(sent.read())
        return name, read_document(kept).text
