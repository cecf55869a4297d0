"""Errors, sign-in and health: pages that say what to do, and nothing of the inside."""

from collections.abc import Callable

import pytest
from django.test import Client

from jiaoheng.access.account import Account
from jiaoheng.organisations.organisation import Organisation

SignedIn = Callable[..., Client]


@pytest.mark.parametrize(
    "address", ["/nowhere/", "/schools/none/", "/measures/none/", "/standards/none/", "/papers/none/", "/imports/99999/"]
)
def test_what_is_not_there_says_so_and_leads_on(address: str, frozen: Organisation, signed_in: SignedIn) -> None:
    response = signed_in().get(address)
    assert response.status_code == 404
    assert "没有这个页面" in response.content.decode()
    assert 'href="/"' in response.content.decode()


def test_a_refusal_says_whom_to_ask(frozen: Organisation, signed_in: SignedIn) -> None:
    response = signed_in("clerk", "1001").get("/schools/1002/")
    assert response.status_code == 403
    assert "管理员" in response.content.decode()


def test_a_fault_shows_nothing_of_the_inside(frozen: Organisation, signed_in: SignedIn, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_args: object, **_kwargs: object) -> None:
        raise RuntimeError("inside")

    client = signed_in()
    client.raise_request_exception = False
    monkeypatch.setattr("jiaoheng.web.home._tiles", broken)
    response = client.get("/")
    assert response.status_code == 500
    assert "这里出错了" in response.content.decode()
    assert "inside" not in response.content.decode()


def test_health_answers_without_sign_in(client: Client, db: None) -> None:
    assert client.get("/health/").json()["status"] == "ok"


def test_signing_in_and_out(client: Client, account: Callable[..., Account]) -> None:
    account("officer", "320999")
    assert "用户名或密码不对" in client.post("/sign-in/", {"username": "officer-320999", "password": "wrong"}).content.decode()
    right = client.post("/sign-in/?next=/schools/", {"username": "officer-320999", "password": "right-password-1", "next": "/schools/"})
    assert right.headers["Location"] == "/schools/"
    assert client.get("/").status_code == 200
    assert client.post("/sign-out/").status_code == 302
    assert client.get("/").status_code == 302


def test_too_many_wrong_passwords_lock_the_name_for_a_while(client: Client, account: Callable[..., Account]) -> None:
    account("officer", "320999")
    for _ in range(5):
        locked = client.post("/sign-in/", {"username": "officer-320999", "password": "wrong"})
    assert locked.status_code == 429
    assert "15 分钟" in locked.content.decode()
    assert client.post("/sign-in/", {"username": "officer-320999", "password": "right-password-1"}).status_code == 429


def test_no_page_runs_scripts_of_its_own(frozen: Organisation, signed_in: SignedIn) -> None:
    client = signed_in()
    for address in ("/", "/schools/", "/measures/pupils/", "/standards/high_quality_balance_2017/", "/papers/resources/body/"):
        response = client.get(address)
        assert "script-src 'self'" in response.headers["Content-Security-Policy"]
        text = response.content.decode()
        assert text.count("<script") == text.count("<script src=")
        assert " onclick=" not in text


def test_a_form_without_its_token_is_refused_in_words(account: Callable[..., Account]) -> None:
    response = Client(enforce_csrf_checks=True).post("/sign-in/", {"username": "a", "password": "b"})
    assert response.status_code == 403
    assert "刷新页面" in response.content.decode()
