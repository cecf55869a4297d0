"""Shell: what every page shows around its content: where the reader is, the year, the pages there are.

Changes when a page is added to the side, or the header says something else.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.http import Http404, HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from jiaoheng.access.account import Account, Refused, Role, may_enter, may_read_persons
from jiaoheng.papers.joint.joint_paper import reads_papers
from jiaoheng.registers.pupil import Pupil
from jiaoheng.registers.staff import Staff
from jiaoheng.snapshots.snapshot import SnapshotRefused
from jiaoheng.web.current_snapshot import CurrentSnapshot, assessments, chosen_year, current_snapshot, standards
from jiaoheng.web.paper_templates import templates
from jiaoheng.web.registers.request_pages import waiting_for
from jiaoheng.web.registers.trail_page import may_read_trail
from jiaoheng.web.round_tasks import round_tasks
from jiaoheng.web.scope import ancestors_in_scope, organisation_in_scope, schools_of

__all__ = ["shell"]


_READ_DRAWS = (Role.OFFICER, Role.LEADER, Role.AUDITOR, Role.INSPECTOR)
_MEASURE_PAGES = ("measure", "measure-snapshots", "rows", "own-measures", "own-measure-new", "own-measure")
_PLAN_PAGES = ("work-plan", "work-plan-timeline", "work-plan-offices", "work-plan-meeting", "goal", "goal-new", "plan-read", "plan-new")
_JOINT_PAGES = (
    "joint-paper", "joint-paper-new", "joint-part", "joint-part-versions", "joint-whole", "joint-audit", "joint-verify",
)  # fmt: skip


@dataclass(frozen=True)
class Entry:
    """One line of the side: address, name, a count beside it, whether the reader is there."""

    address: str
    name: str
    here: bool
    count: str | None = None


@dataclass(frozen=True)
class Group:
    """Entries under one heading."""

    heading: str
    entries: list[Entry]


def shell(request: HttpRequest) -> dict[str, Any]:
    """The context processor. Nothing for who is not signed in."""
    account = getattr(request, "user", None)
    if not isinstance(account, Account):
        return {}
    try:
        current = current_snapshot()
    except SnapshotRefused:
        current = None
    years = current.years if current else []
    year = chosen_year(request, years, current.year if current else "") if current else ""
    return {
        "shell": {
            "where": _where(request, account),
            "years": years,
            "year": year,
            "year_shown": year.replace("-", "–"),
            "groups": _groups(request, account, current),
            "may_enter": may_enter(account),
        }
    }


def _where(request: HttpRequest, account: Account) -> list[Any]:
    match = request.resolver_match
    code = request.GET.get("area") or (match.kwargs.get("code") if match else None)
    organisation = account.organisation
    if code:
        try:
            organisation = organisation_in_scope(account, code)
        except (Http404, Refused):  # an error page keeps the reader's own place
            organisation = account.organisation
    return ancestors_in_scope(account, organisation) if organisation else []


def _groups(request: HttpRequest, account: Account, current: CurrentSnapshot | None) -> list[Group]:
    def entry(name: str, words: str, *also: str, count: int | None = None) -> Entry:
        shown = None if count is None else f"{count:,}"
        here = request.resolver_match.url_name if request.resolver_match else ""
        return Entry(reverse(name), words, here in (name, *also), shown)

    collection = [entry("imports", _("Import log"), "import")]
    if may_enter(account):
        collection.insert(0, entry("upload", _("Hand in a workbook"), "checks", "columns", "remembered-columns"))
    rounds = ("round", "round-new", "round-school", "round-return")
    collection.insert(0, entry("rounds", _("Collection rounds"), *rounds, count=len(round_tasks(account)) or None))
    registers, record_keeping = _register_entries(account, entry)
    measured = len(current.catalogue) if current else None
    return [
        Group("", [entry("home", _("At a glance"), "area")]),
        Group(
            _("Affairs"),
            [
                entry("desk", _("My desk")),
                entry("notices", _("Notices")),
                entry("ledgers", _("Ledgers"), "ledger", "ledger-row", "ledger-new", "ledger-edit", "ledger-bulk", "ledger-form"),
                *([entry("draws", _("Draws"), "draw")] if account.role in _READ_DRAWS else []),
                entry("phones", _("Phones")),
            ],
        ),
        Group(_("Collection"), collection),
        Group(
            _("Registers"),
            [
                entry(
                    "schools",
                    _("Schools"),
                    "school",
                    "school-history",
                    "rename-school",
                    "follow-school",
                    "edit-school",
                    "compare-schools",
                    count=schools_of(account).count(),
                ),
                *registers,
            ],
        ),
        *([Group(_("Record keeping"), record_keeping)] if record_keeping else []),
        Group(
            _("Monitoring"),
            [
                entry("measures", _("Measures"), *_MEASURE_PAGES, count=measured),
                entry(
                    "standards", _("Standards"), "verdict", "plan-to-pass", "what-if", "judging", count=len({*standards(), *assessments()})
                ),
            ],
        ),
        Group(_("Plan"), [entry("work-plans", _("Work plans"), *_PLAN_PAGES)]),
        Group(_("Papers"), _paper_entries(account, entry)),
    ]


def _paper_entries(account: Account, entry: Callable[..., Entry]) -> list[Entry]:
    """Reports, the papers that offices write together (for whoever has to do with them), and the audit."""
    joint = [entry("joint-papers", _("Joint papers"), *_JOINT_PAGES)] if reads_papers(account) else []
    return [entry("papers", _("Reports"), "paper", count=len(templates())), *joint, entry("audit", _("Figure audit"))]


def _register_entries(account: Account, entry: Callable[..., Entry]) -> tuple[list[Entry], list[Entry]]:
    """The registers, and what is to be done in them; of persons only for who reads those."""
    of_schools = [
        entry("classes", _("Classes"), "roster"),
        entry("campuses", _("Campuses")),
        entry("catchments", _("Catchment areas"), "catchment-upload"),
        entry("establishment", _("Establishment")),
        entry("funds", _("Funds")),
        entry("groups", _("School groups")),
        entry("licences", _("Licences")),
        entry("inspections", _("Annual inspections")),
        entry("recognitions", _("Recognitions as inclusive")),
        entry("population", _("Population")),
        entry("discrepancies", _("Declared and held"), "discrepancy-rows"),
    ]
    if not may_read_persons(account):
        return of_schools, []
    actions = ("enrol-again", "change-class", "ask-exit", "ask-correction", "note-condition", "end-condition", "admit", "grade-turn")
    pupils = entry("pupils", _("Pupils"), "pupil", *actions, count=Pupil.objects.for_account(account).filter(merged_into=None).count())
    staff = entry("staff", _("Staff"), "staff-member", "appoint", "end-appointment", count=Staff.objects.for_account(account).count())
    keeping = [
        entry("requests", _("Requests"), "request", "ask-transfer", count=waiting_for(account)),
        entry("duplicates", _("Duplicates"), "compare"),
    ]
    if may_read_trail(account):
        keeping.append(entry("trail", _("Trail")))
    return [pupils, of_schools[0], staff, *of_schools[1:]], keeping
