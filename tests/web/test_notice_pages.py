"""Notices on the site: what was told in one's scope, how one wants to be told, and messages that did not go out."""

from collections.abc import Callable
from datetime import date

from django.test import Client
from django.utils import timezone

from jiaoheng.access.account import Account
from jiaoheng.access.trail import TrailLine
from jiaoheng.ledgers.notice import Message, Notice, NoticeChoice, Robot
from jiaoheng.organisations.organisation import Organisation

SignedIn = Callable[..., Client]


def told(code: str, text: str, account: Account | None = None) -> Notice:
    organisation = Organisation.objects.get(code=code)
    return Notice.objects.create(
        key=f"row/1/{text}", kind="reminder", account=account, organisation=organisation, address="/ledgers/hazards/1/", text=text,
        on=date(2026, 11, 20), settled=account is None,
    )  # fmt: skip


def test_an_officer_sees_the_whole_scope_and_a_clerk_their_own(
    tree: Organisation, account: Callable[..., Account], signed_in: SignedIn
) -> None:
    clerk = account("clerk", "1001")
    told("1001", "隐患第1号", clerk)
    told("1002", "隐患第2号")
    page = signed_in("officer").get("/notices/").content.decode()
    assert "隐患第1号" in page and "隐患第2号" in page and "无人可通知" in page
    page = signed_in("clerk", "1001").get("/notices/").content.decode()
    assert "隐患第1号" in page and "隐患第2号" not in page


def test_one_chooses_how_to_be_told(tree: Organisation, signed_in: SignedIn) -> None:
    client = signed_in("officer")
    assert client.post("/notices/", {"do": "choose", "way": "none"}).status_code == 302
    assert NoticeChoice.objects.get().way == "none"
    client.post("/notices/", {"do": "choose", "way": "pigeon"})
    assert NoticeChoice.objects.get().way == "none"


def test_a_robot_is_added_sealed_told_on_the_trail_and_taken_away(tree: Organisation, signed_in: SignedIn) -> None:
    client = signed_in("officer")
    sent = {
        "do": "robot",
        "name": "安全群",
        "kind": "dingtalk",
        "address": "https://oapi.dingtalk.com/robot/send?access_token=abc",
        "secret": "SECabc",
    }
    elsewhere = client.post("/notices/", sent | {"address": "https://chat.example/robot"}).content.decode()
    assert "oapi.dingtalk.com" in elsewhere and not Robot.objects.exists()
    assert client.post("/notices/", sent).status_code == 302
    robot = Robot.objects.get()
    page = client.get("/notices/").content.decode()
    assert "安全群" in page and "access_token" not in page and "SECabc" not in page
    assert "SECabc" not in str(list(TrailLine.objects.values_list("after", flat=True)))
    client.post("/notices/", {"do": "end", "number": robot.pk})
    robot.refresh_from_db()
    assert not robot.is_active and robot.address is None
    clerk = signed_in("clerk", "1001")
    assert clerk.post("/notices/", sent).status_code == 403 and Robot.objects.count() == 1


def test_a_message_that_was_given_up_is_seen_and_sent_again(
    tree: Organisation, account: Callable[..., Account], signed_in: SignedIn
) -> None:
    officer = account("officer", "320999")
    message = Message.objects.create(
        key="mail/1", account=officer, subject="x", text="y", state="given_up", fault="SMTPException", attempts=8, next_at=timezone.now()
    )
    assert signed_in("clerk", "1001").post("/notices/", {"do": "again", "number": message.pk}).status_code == 403
    client = signed_in("officer")
    assert "SMTPException" in client.get("/notices/").content.decode()
    client.post("/notices/", {"do": "again", "number": message.pk})
    message.refresh_from_db()
    assert (message.state, message.attempts) == ("waiting", 0)
