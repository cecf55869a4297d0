"""Every address of the site, walked as the clerk of one school: nothing of another school comes out of any."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from django.test import Client
from django.urls import get_resolver, reverse
from django.utils import timezone

from jiaoheng.access.account import Account
from jiaoheng.intake.provenance import Import
from jiaoheng.intake.rounds.handing_in import RoundReturn, check_return, hand_in
from jiaoheng.intake.rounds.making import Wanted, open_round
from jiaoheng.intake.rounds.prefilled import filled_in, issue
from jiaoheng.intake.rounds.round import Round
from jiaoheng.organisations.organisation import Organisation

SignedIn = Callable[..., Client]
FOREIGN = "晨光1002小学"

# Every address by name, asked of a foreign school: (arguments, query, statuses that are right).
WALK = {
    "home": ([], "area=1002", {200, 403}),
    "search": ([], "q=1002", {200}),
    "area": (["320999"], "", {403}),
    "schools": ([], "q=1002&area=T1", {200}),
    "schools-export": (["csv"], "", {200}),
    "school": (["1002"], "", {403}),
    "measures": ([], "area=1002", {403}),
    "measure": (["pupils_per_teacher"], "area=320999", {403}),
    "measure-export": (["pupils_per_teacher", "csv"], "area=1002", {403}),
    "rows": (["pupils_per_teacher"], "organisation=1002", {403}),
    "rows-export": (["pupils_per_teacher", "csv"], "organisation=320999", {403}),
    "standards": ([], "area=1002", {403}),
    "verdict": (["high_quality_balance_2017"], "area=320999", {403}),
    "verdict-export": (["high_quality_balance_2017", "csv"], "area=1002", {403}),
    "plan-to-pass": (["high_quality_balance_2017"], "area=320999", {403}),
    "plan-to-pass-body": (["high_quality_balance_2017"], "area=320999", {403}),
    "plan-to-pass-export": (["high_quality_balance_2017", "csv"], "area=1002", {403}),
    "imports": ([], "", {200}),
    "import": ([], "", {200}),
    "received": ([], "", {404}),
    "upload": ([], "", {200}),
    "blank-form": (["annual_statistics"], "", {200}),
    "checks": (["A" * 22], "", {404}),
    "confirm": (["A" * 22], "", {405}),
    "drop": (["A" * 22], "", {405}),
    "marked": (["A" * 22, "x.xlsx"], "", {404}),
    "rounds": ([], "", {200}),
    "round-new": ([], "", {403}),
    "round": ([], "q=1002", {302}),
    "round-export": (["csv"], "q=1002", {200}),
    "round-act": (["lock"], "", {405}),
    "round-school": (["1002"], "", {404}),
    "round-workbook": (["1002"], "", {404}),
    "round-upload": (["1002"], "", {405}),
    "round-return": (["1002"], "", {404}),
    "round-received": (["1002"], "", {404}),
    "round-school-act": (["1002", "approve"], "", {405}),
    "papers": ([], "area=1002", {403}),
    "paper": (["resources"], "area=1002", {403}),
    "paper-body": (["resources"], "area=320999", {403}),
    "paper-download": (["resources", "docx"], "area=1002", {403}),
    "audit": ([], "", {200}),
    "freeze": ([], "", {405}),
}
OPEN = {"sign-in", "sign-out", "language", "health"}
"""Addresses that show nothing of any school."""


def names() -> set[str]:
    return {pattern.name for pattern in get_resolver().url_patterns if pattern.name}


_OF_A_ROUND = {name for name in WALK if name.startswith("round-") and name != "round-new"} | {"round"}


def open_round_of_all() -> Round:
    """A round that asks every school, with a workbook that another school has returned."""
    officer = Account.objects.create(username="round-officer", role="officer", organisation=Organisation.objects.get(code="320999"))
    clerk = Account.objects.create(username="round-clerk", role="clerk", organisation=Organisation.objects.get(code="1002"))
    due = timezone.now() + timedelta(days=1)
    made = open_round(Wanted("秋季补报", {"annual_statistics": ["books"]}, "2018-2019", due), officer)
    part = made.parts.get(school__code="1002")
    issue(part, clerk)
    with TemporaryDirectory() as folder:
        path = Path(folder) / "return.xlsx"
        path.write_bytes(filled_in(part, {"annual_statistics": {"primary": {"books": 9000}}}))
        hand_in(check_return(part, path, clerk), clerk)
    return made


def test_no_address_is_left_out_of_the_walk() -> None:
    assert names() == set(WALK) | OPEN


def _address(name: str, arguments: list[str]) -> str:
    if name in ("import", "received"):
        run = Import.objects.first()
        assert run is not None
        return reverse(name, args=[run.pk])
    if name in _OF_A_ROUND:
        made = Round.objects.first() or open_round_of_all()
        returned = RoundReturn.objects.get(part__school__code="1002")
        return reverse(name, args=[made.pk, *arguments, *([returned.pk] if name in ("round-return", "round-received") else [])])
    return reverse(name, args=arguments)


def walked(client: Client) -> Iterator[tuple[str, int, str]]:
    """Every address: its name, the status, and the page (of a refusal nothing: it may name what was asked for)."""
    for name, (arguments, query, _right) in WALK.items():
        response = client.get(f"{_address(name, arguments)}?{query}")
        yield name, response.status_code, response.content.decode("utf-8", "replace") if response.status_code == 200 else ""


def test_a_foreign_clerk_learns_nothing_of_another_school(frozen: Organisation, signed_in: SignedIn) -> None:
    for name, status, text in walked(signed_in("clerk", "1001")):
        assert status in WALK[name][2], name
        assert FOREIGN not in text, name


def test_without_sign_in_every_address_leads_to_sign_in(frozen: Organisation, client: Client) -> None:
    assert {name: status for name, status, _text in walked(client)} == dict.fromkeys(WALK, 302)


def test_an_account_without_organisation_sees_no_school(frozen: Organisation, signed_in: SignedIn) -> None:
    for name, status, text in walked(signed_in("officer", None)):
        assert status in {200, 403, 404, 405}, name
        assert "晨光100" not in text, name


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
