"""Every address of the site, read and written as the clerk of one school: nothing of another school comes out of any, nothing changes.

The addresses are taken from the resolver, so that a new page is walked without being asked for. A page whose address names an object of a
kind that this test does not know fails it: say which object of the foreign school it would be.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from django.apps import apps
from django.conf import settings
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.utils import timezone

from jiaoheng.access.account import Account
from jiaoheng.access.change import Change, Recorded
from jiaoheng.access.scope import limited
from jiaoheng.access.trail import TrailLine
from jiaoheng.intake.provenance import Import
from jiaoheng.intake.rounds.handing_in import RoundReturn, check_return, hand_in
from jiaoheng.intake.rounds.making import Wanted, open_round
from jiaoheng.intake.rounds.prefilled import filled_in, issue
from jiaoheng.ledgers.attachment import Attachment, keep_file
from jiaoheng.ledgers.draw import Draw
from jiaoheng.ledgers.ledger_row import LedgerRow
from jiaoheng.ledgers.published_ledger import published_ledgers
from jiaoheng.ledgers.row_entry import add_row
from jiaoheng.organisations.organisation import Organisation
from jiaoheng.papers.joint.joint_paper import JointPaper
from jiaoheng.papers.joint.opening import open_paper
from jiaoheng.plans.goal import Goal
from jiaoheng.plans.milestone import Milestone
from jiaoheng.plans.progress import report
from jiaoheng.plans.work_plan import WorkPlan
from jiaoheng.registers.appointment import Appointment
from jiaoheng.registers.approval import Request
from jiaoheng.registers.campus import Campus, CampusUse
from jiaoheng.registers.duplicate import Merge
from jiaoheng.registers.enrolment import Enrolment
from jiaoheng.registers.establishment import Establishment
from jiaoheng.registers.funds import Funds
from jiaoheng.registers.licence import AnnualInspection, InclusiveRecognition, Licence
from jiaoheng.registers.pupil import Pupil
from jiaoheng.registers.pupil_condition import PupilCondition
from jiaoheng.registers.school_class import SchoolClass
from jiaoheng.registers.school_group import GroupMembership
from jiaoheng.registers.staff import Staff
from jiaoheng.snapshots.snapshot import newest_snapshot
from tests.ledgers.conftest import AT, hazard
from tests.registers.district import District
from tests.registers.test_scope import fill
from tests.web.conftest import entered

SignedIn = Callable[..., Client]
FOREIGN = "晨光1002小学"
OPEN = {"sign-in", "sign-out", "language", "health"}
"""Addresses that show nothing of any school."""
BY_SECRET = {"desk-calendar"}
"""Addresses that a program reads without signing in, by a secret in the address; the walk knows none."""
SIGNED_IN_BY_ITSELF = "openrosa-"
"""Addresses that phones use: they ask who it is by digest or token, not by the session (see test_openrosa)."""
QUERIES = {"search": ["q=1002", "q=张小禾", "q=李明"], "import": [""], "imports": ["", "q=1002"]}
"""What is asked of pages that search, besides `EVERYWHERE`."""
EVERYWHERE = ["", "area=1002", "area=320999", "area=T1", "organisation=1002", "school=1002", "school=1002&state=pending", "q=1002"]
OF_NOBODY = {"measure_id": "pupils_per_teacher", "standard_id": "high_quality_balance_2017", "template_id": "resources", "token": "A" * 22,
             "name": "x.xlsx", "form": "csv", "step": "approve", "field": "identity_number",
             "own": "own_measure", "sha256": "a" * 64, "public": "0" * 16}  # fmt: skip
"""Parts of addresses that name no object of a school."""


@dataclass
class Foreign:
    """The foreign school's objects, by the part of an address that names them."""

    parts: dict[str, Any]
    by_register: dict[str, int]
    for_name: dict[str, dict[str, Any]] = field(default_factory=dict)

    def addresses(self, name: str, parts: list[str]) -> Iterator[str]:
        """The address or addresses (one a register) of a name."""
        known = {**OF_NOBODY, **self.parts, **self.for_name.get(name, {})}
        unknown = [part for part in parts if part not in known and part not in ("register", "row")]
        assert not unknown, f"{name}: say in this test what {unknown} is at the foreign school"
        given = {part: known[part] for part in parts if part in known}
        if "register" not in parts:
            yield reverse(name, kwargs=given)
            return
        for register, row in self.by_register.items():
            yield reverse(name, kwargs={**given, "register": register, **({"row": row} if "row" in parts else {})})


@pytest.fixture
def foreign(frozen: Organisation, registers: District) -> Foreign:
    """A row in every register of school 1002, and the clerk of 1001 knows all their numbers."""
    fill(registers)

    def first(model: type[Recorded]) -> int:
        row: Any = model._base_manager.first()
        return int(row.pk)

    run = Import.objects.first()
    assert run is not None
    children = list(Pupil.objects.order_by("pk").values_list("pk", flat=True))
    parts = {
        "code": "1002", "pupil": children[0], "first": children[0], "second": children[-1], "merged": first(Merge),
        "condition": first(PupilCondition), "school_class": first(SchoolClass), "member": first(Staff), "appointment": first(Appointment),
        "number": first(Request),
    }  # fmt: skip
    kept = {"pupil": Pupil, "staff": Staff, "class": SchoolClass, "condition": PupilCondition, "request": Request, "funds": Funds,
            "establishment": Establishment, "campus": Campus, "campus-use": CampusUse, "licence": Licence, "group-member": GroupMembership,
            "recognition": InclusiveRecognition, "inspection": AnnualInspection}  # fmt: skip
    by_register = {**{name: first(model) for name, model in kept.items()}, "annual_statistics": 1}
    returned = returned_by_1002()
    of_round = {"number": returned.part.round_id, "returned": returned.pk}
    for_name: dict[str, dict[str, Any]] = {"import": {"number": run.pk}, "received": {"number": run.pk}}
    for_name |= {pattern.name: of_round for pattern in patterns() if pattern.name and pattern.name.partition("-")[0] == "round"}
    goal, milestone = goal_of_1002()
    for pattern in patterns():
        if str(pattern.pattern).startswith("plans/<"):
            for_name[str(pattern.name)] = {"number": goal.plan_id}
        if str(pattern.pattern).startswith("goals/"):
            for_name[str(pattern.name)] = {"number": goal.pk, "milestone": milestone.pk}
    paper = paper_about_1002()
    for_name |= {str(one.name): {"number": paper.pk, "place": 1} for one in patterns() if str(one.pattern).startswith("joint-papers/<")}
    draw = Draw.objects.create(
        public="1" * 16, organisation=Organisation.objects.get(code="1002"), title=f"{FOREIGN}抽查", opened_by=Account.objects.first()
    )
    for_name["draw"] = {"number": draw.pk}
    row, file = hazard_at_1002()
    of_ledger = {"name": "hazards", "number": row.pk, "file": file.pk, "paper": "hazard_notice"}
    for_name |= {pattern.name: of_ledger for pattern in patterns() if str(pattern.pattern).startswith("ledgers/<") and pattern.name}
    return Foreign(parts, by_register, for_name)


def hazard_at_1002() -> tuple[LedgerRow, Attachment]:
    """A row of a ledger that concerns the foreign school, with a file."""
    clerk = Account.objects.create(username="ledger-clerk", role="clerk", organisation=Organisation.objects.get(code="1002"))
    checked = hazard(school=FOREIGN, place=f"{FOREIGN}东楼")
    row, _made = add_row(published_ledgers()["hazards"].version, checked, by=clerk, at=AT, process="hazard")
    file = keep_file(b"\x89PNG\r\n\x1a\n" + bytes(32), "photo.png", account=clerk)
    file.row = row
    file.save()
    return row, file


def paper_about_1002() -> JointPaper:
    """A paper about the foreign school that offices write together."""
    officer = Account.objects.create(username="paper-officer", role="officer", organisation=Organisation.objects.get(code="320999"))
    return open_paper(
        "school_profile", Organisation.objects.get(code="1002"), newest_snapshot(settings.DATA / "snapshots"), title=f"{FOREIGN}概况",
        period="2018-2019", language="zh-hans", by=officer,
    )  # fmt: skip


def goal_of_1002() -> tuple[Goal, Milestone]:
    """A plan of the foreign school with a goal, a milestone and a report."""
    school = Organisation.objects.get(code="1002")
    change = Change(Account.objects.create(username="plan-officer", role="officer", organisation=school), "年度计划")
    plan = WorkPlan(organisation=school, title=f"{FOREIGN}工作要点", begins_on=date(2018, 1, 1), ends_on=date(2018, 12, 31)).store(
        change=change
    )
    goal = Goal(plan=plan, text=f"{FOREIGN}完成操场改造", office=school, due=date(2018, 12, 31)).store(change=change)
    report(goal, on=date(2018, 6, 1), note=f"{FOREIGN}已开工", change=change)
    milestone = Milestone(goal=goal, due=date(2018, 9, 1), words="完工").store(change=change)
    return goal, milestone


def returned_by_1002() -> RoundReturn:
    """A round that asks every school, with a workbook that the foreign school has returned."""
    officer = Account.objects.create(username="round-officer", role="officer", organisation=Organisation.objects.get(code="320999"))
    clerk = Account.objects.create(username="round-clerk", role="clerk", organisation=Organisation.objects.get(code="1002"))
    asks = {"annual_statistics": ["books"]}
    made = open_round(Wanted("秋季补报", asks, "2018-2019", timezone.now() + timedelta(days=1)), officer)
    part = made.parts.get(school__code="1002")
    issue(part, clerk)
    with TemporaryDirectory() as folder:
        path = Path(folder) / "return.xlsx"
        path.write_bytes(filled_in(part, {"annual_statistics": {"primary": {"books": 9000}}}))
        returned = check_return(part, path, clerk)
    hand_in(returned, clerk)
    return returned


def patterns(resolver: URLResolver | None = None) -> Iterator[URLPattern]:
    """Every pattern of the site, those of included address lists too."""
    for one in (resolver or get_resolver()).url_patterns:
        if isinstance(one, URLResolver):
            yield from patterns(one)
        else:
            yield one


def walk(foreign: Foreign) -> Iterator[tuple[str, list[str], str]]:
    """(name, what its address is made of, address) of every page that is behind sign-in."""
    for pattern in patterns():
        assert pattern.name, f"{pattern.pattern} has no name, so that nobody can ask for it"
        if pattern.name in OPEN or pattern.name.startswith(SIGNED_IN_BY_ITSELF):
            continue
        parts = list(pattern.pattern.converters)
        for address in foreign.addresses(pattern.name, parts):
            yield pattern.name, parts, address


OF_ALL_SCHOOLS = ("round", "round-export", "round-act")
"""Addresses of a round that asks several schools; each reader sees the own part of it."""


def names_an_object(name: str, parts: list[str]) -> bool:
    """Whether the address names an object of the foreign school."""
    if name in ("import", "add", "blank-form", "ledger-version", *OF_ALL_SCHOOLS):
        return False
    return bool(set(parts) - set(OF_NOBODY) - {"register"})


def marks(registers: District) -> list[str]:
    """What must not come out: names and numbers of the foreign school's rows."""
    staff, child = Staff._base_manager.first(), Pupil._base_manager.first()
    assert staff is not None and child is not None and child.identity_number is not None
    return [FOREIGN, child.name, staff.name, str(child.identity_number), child.identity_number.clear, "阳光集团"]


def said(response: Any) -> str:
    """A page's or file's text; of a refusal nothing: it may name what was asked for."""
    if response.status_code != 200:
        return ""
    content = b"".join(response.streaming_content) if response.streaming else response.content
    return str(content.decode("utf-8", "replace"))


def test_a_foreign_clerk_learns_nothing_of_another_school(foreign: Foreign, registers: District) -> None:
    clerk, secrets = entered(registers.river_clerk), marks(registers)
    for name, parts, address in walk(foreign):
        for query in [""] if names_an_object(name, parts) else [*EVERYWHERE, *QUERIES.get(name, [])]:
            response = clerk.get(f"{address}?{query}")
            allowed = {401, 403, 404, 405} if names_an_object(name, parts) else {200, 302, 401, 403, 404, 405}
            assert response.status_code in allowed, (name, address, query, response.status_code)
            text = said(response)
            found = [mark for mark in secrets if mark in text and mark not in query]
            assert not found, (name, address, query, found)


def test_a_foreign_clerk_alters_nothing_of_another_school(foreign: Foreign, registers: District) -> None:
    """Everything is posted everywhere: each field that any form has, filled with the foreign school's own keys."""
    clerk, secrets = entered(registers.river_clerk), marks(registers)
    child = Pupil._base_manager.first()
    assert child is not None and child.identity_number is not None
    posted = {
        "school": registers.sunny.pk, "organisation": registers.sunny.pk, "employer": registers.sunny.pk, "grade": "1", "on": "2025-10-01",
        "since": "2025-10-01", "kind": "departure", "name": "新名字", "number": child.identity_number.clear, "reason": "查验所需",
        "answer": "同意",
        "deed": "approve", "request": foreign.parts["number"], "school_class": foreign.parts["school_class"], "version": 1, "sex": "1",
        "birth_date": "2017-03-04", "post": "teacher", "staff_number": "X1", "approved_posts": 5, "fiscal_year": 2025, "source": "county",
        "purpose": "public", "school_year": "2025-2026", "seen": [one.pk for one in Enrolment._base_manager.all()], "class_name": "1",
    }  # fmt: skip
    before = state_of(registers.sunny)
    for name, parts, address in walk(foreign):
        for deed in ("approve", "refuse", "take_back"):
            response = clerk.post(address, {**posted, "deed": deed})
            allowed = {401, 403, 404, 405} if names_an_object(name, parts) else {200, 302, 400, 401, 403, 404, 405}
            assert response.status_code in allowed, (name, address, response.status_code)
            text = said(response)
            assert not [mark for mark in secrets if mark in text and mark != child.identity_number.clear], (name, address)
            if name not in ("decide",):
                break
    assert state_of(registers.sunny) == before


def state_of(school: Organisation) -> dict[str, Any]:
    """Every row of every register of a school, and how many lines its trail has."""
    kept: dict[str, Any] = {"trail": TrailLine.objects.filter(organisation__startswith=school.path).count()}
    for model in apps.get_app_config("registers").get_models():
        rows = limited_to(model, school)
        kept[model.__name__] = sorted(rows)
    return kept


def limited_to(model: Any, school: Organisation) -> list[tuple[Any, ...]]:
    class Everybody:
        organisation, is_active, role = school, True, "officer"

    plain = [one.attname for one in model._meta.concrete_fields if type(one).__name__ not in ("EncryptedText", "JSONField")]
    return [tuple(map(str, row)) for row in limited(model._base_manager.all(), Everybody()).values_list(*plain)]  # type: ignore[arg-type]


def test_without_sign_in_every_address_leads_to_sign_in(foreign: Foreign, client: Client) -> None:
    for name, _parts, address in walk(foreign):
        for response in (client.get(address), client.post(address)):
            if name in BY_SECRET:
                assert response.status_code in (401, 404, 405), name
                continue
            assert response.status_code == 302, name
            assert response["Location"].startswith("/sign-in/"), name


def test_an_account_without_organisation_sees_no_school(foreign: Foreign, registers: District, signed_in: SignedIn) -> None:
    officer, secrets = signed_in("officer", None), [*marks(registers), "晨光100"]
    for name, _parts, address in walk(foreign):
        response = officer.get(address)
        assert response.status_code in {200, 302, 401, 403, 404, 405}, name
        assert not [mark for mark in secrets if mark in said(response)], name


def test_an_administrator_runs_the_system_and_reads_no_persons(foreign: Foreign, registers: District) -> None:
    administrator, secrets = entered(registers.administrator), ["张小禾", "李明", "********"]
    for name, _parts, address in walk(foreign):
        response = administrator.get(address)
        assert response.status_code in {200, 302, 401, 403, 404, 405}, name
        assert not [mark for mark in secrets if mark in said(response)], name


def test_an_auditor_reads_everything_and_changes_nothing(foreign: Foreign, registers: District) -> None:
    auditor = entered(registers.auditor)
    for name in ("pupils", "staff", "classes", "requests", "duplicates", "funds", "licences"):
        assert auditor.get(reverse(name), follow=True).status_code == 200, name
    before = state_of(registers.sunny)
    for name, _parts, address in walk(foreign):
        if name != "open":
            assert auditor.post(address, {"reason": "查验所需", "deed": "approve"}).status_code in {200, 302, 400, 401, 403, 404, 405}, name
    assert state_of(registers.sunny) == before


def test_the_township_officer_sees_the_township(frozen: Organisation, signed_in: SignedIn) -> None:
    text = signed_in("officer", "T2").get("/schools/").content.decode()
    assert "晨光1003小学" in text
    assert "晨光1001小学" not in text


def test_the_clerk_sees_the_own_school_everywhere(frozen: Organisation, signed_in: SignedIn) -> None:
    clerk = signed_in("clerk", "1001")
    for address in ("/", "/schools/", "/schools/1001/", "/measures/pupils_per_teacher/rows/", "/standards/high_quality_balance_2017/"):
        response = clerk.get(address)
        assert response.status_code == 200
        assert "晨光1001小学" in response.content.decode()


def test_the_clerk_sees_the_own_rows_everywhere(foreign: Foreign, registers: District) -> None:
    """So that the walk above finds nothing because of the scope, and not because pages show nothing at all."""
    clerk, child = entered(registers.sunny_clerk), Pupil._base_manager.first()
    assert child is not None and date.today() > date(2025, 9, 1)
    ask = {"pupils": "张小禾", "staff": "李明", "requests": "张小禾", "funds": "0.10", "groups": "阳光集团", "duplicates": "张小禾"}
    for name, mark in ask.items():
        assert mark in clerk.get(reverse(name), follow=True).content.decode(), name
    for address in (reverse("pupil", args=[child.pk]), reverse("staff-member", args=[foreign.parts["member"]])):
        assert clerk.get(address).status_code == 200
