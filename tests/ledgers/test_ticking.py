"""Ticking: rows become late, people are told once, a new holiday notice moves due days; sending is tried again and blocks nobody."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.core import mail
from django.test import override_settings

from jiaoheng.access.account import Account
from jiaoheng.ledgers.events import Event, replay
from jiaoheng.ledgers.ledger_row import LedgerRow
from jiaoheng.ledgers.notice import Choice, Message, Notice, NoticeChoice, Robot
from jiaoheng.ledgers.published_ledger import published_ledgers
from jiaoheng.ledgers.robot import dingtalk_signature, refused_address
from jiaoheng.ledgers.row_event import RowEvent, stored_event
from jiaoheng.ledgers.row_move import Act, act
from jiaoheng.ledgers.sending import make_messages, send_messages, try_again
from jiaoheng.ledgers.standing import settle
from jiaoheng.ledgers.ticking import tick_rows
from jiaoheng.organisations.organisation import Organisation
from tests.ledgers.conftest import AT

DAY = date(2026, 11, 20)
Stored, Person = Callable[..., LedgerRow], Callable[..., Account]


def at(day: str, hour: int = 9) -> datetime:
    """An hour of a day at the office."""
    return datetime.fromisoformat(f"{day}T{hour - 8:02}:00:00").replace(tzinfo=UTC)


def graded(stored: Stored, person: Person, instance: str = "uuid:1") -> LedgerRow:
    """A hazard to be put right by the school until 5 December."""
    person("clerk", "1001")
    return act(stored(instance).pk, Act("moved", DAY, "graded"), by=person("officer"), seen=1, at=AT)


def test_who_is_to_be_told_is_told_once_and_what_is_late_is_marked(stored: Stored, person: Person) -> None:
    row = graded(stored, person)
    assert tick_rows(at("2026-11-21")).looked <= 1
    written = {notice.key for notice in Notice.objects.all()}
    for day in ("2026-12-04", "2026-12-04", "2026-12-06", "2026-12-06", "2026-12-01", "2026-12-20", "2026-12-20", "2026-12-03"):
        tick_rows(at(day))
    found = list(Notice.objects.exclude(key__in=written).values_list("kind", flat=True))
    assert set(found) == {"reminder", "escalation"}
    assert len(found) == len(set(Notice.objects.exclude(key__in=written).values_list("key", flat=True)))
    assert tick_rows(at("2026-12-20")).looked == 0
    row.refresh_from_db()
    assert row.on_time is False
    assert all(row.pk == int(key.split("/")[1]) for key in Notice.objects.values_list("key", flat=True))


def test_who_was_away_for_weeks_loses_nothing(stored: Stored, person: Person) -> None:
    graded(stored, person)
    daily = [DAY + timedelta(days=number) for number in range(60)]
    for day in daily:
        tick_rows(at(str(day)))
    each_day = set(Notice.objects.values_list("key", flat=True))
    Notice.objects.all().delete()
    LedgerRow.objects.update(look_on=DAY)
    assert tick_rows(at(str(daily[-1]))).notices == len(each_day)
    assert set(Notice.objects.values_list("key", flat=True)) == each_day


def test_a_new_holiday_notice_moves_due_days_and_says_so(stored: Stored, person: Person, settings: Any, tmp_path: Path) -> None:
    row = stored()  # to be graded within working days
    before = row.due_on
    assert before is not None
    (tmp_path / "calendars").mkdir()
    off = "\n".join(
        f"    - {{day: {DAY + timedelta(days=n)}, works: false, label: {{en: snow, zh: 雪}}, source: 通知}}" for n in range(-3, 5)
    )
    (tmp_path / "calendars" / "own.yaml").write_text(f"national:\n  label: {{en: Own, zh: 本局}}\n  days:\n{off}\n", encoding="utf-8")
    settings.RULEBOOK_OVERLAY = tmp_path
    ticked = tick_rows(at("2026-11-21"))
    row.refresh_from_db()
    assert (ticked.moved, row.events) == (1, 2)
    assert row.due_on is not None and row.due_on > before
    event = RowEvent.objects.get(row=row, number=2)
    assert event.kind == "noted" and str(before) in event.note and str(row.due_on) in event.note and "雪" in event.note
    assert Notice.objects.filter(kind="moved").exists()
    assert tick_rows(at("2026-11-21")).looked == 0
    act(row.pk, Act("moved", date(2026, 11, 21), "graded"), by=person("officer"), seen=2, at=at("2026-11-21", 10))  # goes on


def days_off(overlay: Path, first: date, days: int) -> None:
    """The bureau's own notice: so many days off."""
    (overlay / "calendars").mkdir()
    off = "".join(
        f"    - {{day: {first + timedelta(days=n)}, works: false, label: {{en: snow, zh: 雪}}, source: 通知}}\n" for n in range(days)
    )
    (overlay / "calendars" / "national.yaml").write_text(f"national:\n  label: {{en: Own, zh: 本局}}\n  days:\n{off}", encoding="utf-8")


def requested(instance: str, place: Organisation, holder: Account | None = None) -> LedgerRow:
    """A request for information that waits to be handed on: two clocks run in it."""
    ledger = published_ledgers()["disclosure_requests"]
    event = Event(1, "registered", DAY, AT, "officer", "received")
    row = LedgerRow(
        version=ledger.version, ledger=ledger.name, instance_id=instance, organisation=place, process="disclosure_request", title="申请",
        holder=holder, opened_on=DAY,
    )  # fmt: skip
    settle(row, replay(ledger.processes["disclosure_request"], [event]), DAY)
    row.save()
    stored_event(row, event, account=None, origin="").save()
    return row


def test_who_holds_a_row_hears_of_its_other_clock_too(district: Any, person: Person, settings: Any, tmp_path: Path) -> None:
    row = requested("uuid:1", district, person("officer"))
    settings.RULEBOOK_OVERLAY = tmp_path
    tick_rows(at("2026-11-21"))
    (before,) = row.also_due.splitlines()
    days_off(tmp_path, date(2026, 12, 7), 5)  # after the first clock's day, before the second's
    ticked = tick_rows(at("2026-11-21", 10))
    first = row.due_on
    row.refresh_from_db()
    assert (ticked.moved, row.due_on, row.events) == (1, first, 2)
    assert row.also_due != before and row.also_due.split()[0] == before.split()[0]
    event = RowEvent.objects.get(row=row, number=2)
    assert (event.kind, event.clock) == ("noted", before.split()[0])
    assert before.split()[1] in event.note and row.also_due.split()[1] in event.note and "雪" in event.note
    told = Notice.objects.get(kind="moved")
    assert told.account == person("officer") and row.also_due.split()[1] in told.text
    assert tick_rows(at("2026-11-21", 11)).looked == 0


def test_where_both_clocks_move_one_event_says_both(district: Any, person: Person, settings: Any, tmp_path: Path) -> None:
    row = requested("uuid:1", district, person("officer"))
    settings.RULEBOOK_OVERLAY = tmp_path
    days_off(tmp_path, date(2026, 11, 23), 2)
    assert tick_rows(at("2026-11-21")).moved == 2
    assert len(RowEvent.objects.get(row=row, number=2).note.splitlines()) == 2
    assert Notice.objects.filter(kind="moved").count() == 2


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_two_hands_move_every_row_once(person: Person, settings: Any, tmp_path: Path) -> None:
    """On PostgreSQL pieces are shared by two connections."""
    place = person("officer").organisation
    assert place is not None
    rows = [requested(f"uuid:{number}", place).pk for number in range(60)]
    settings.RULEBOOK_OVERLAY = tmp_path
    days_off(tmp_path, date(2026, 11, 23), 2)
    ticked = tick_rows(at("2026-11-21"), at_once=5)
    assert (ticked.looked, ticked.moved, ticked.broken) == (60, 120, [])
    said = RowEvent.objects.filter(kind="noted").values_list("row", "number")
    assert sorted(said) == [(row, 2) for row in rows]
    assert Notice.objects.filter(kind="moved").count() == 120
    assert tick_rows(at("2026-11-21", 10), at_once=5).looked == 0


def test_one_mail_a_person_a_day(stored: Stored, person: Person) -> None:
    officer = person("officer")
    officer.email = "officer@example.org"
    officer.save()
    graded(stored, person)
    graded(stored, person, "uuid:2")
    tick_rows(at("2026-12-20"))
    assert make_messages(at("2026-12-20", 8) - timedelta(hours=2)) == 0  # six in the morning
    assert make_messages(at("2026-12-20")) == 1
    assert make_messages(at("2026-12-20")) == 0
    assert send_messages(at("2026-12-20")).sent == 1
    assert send_messages(at("2026-12-20")).sent == 0
    assert [sent.to for sent in mail.outbox] == [["officer@example.org"]]
    assert "隐患" in str(mail.outbox[0].body)
    assert not Notice.objects.filter(settled=False).exists()


def test_who_wants_none_gets_none(stored: Stored, person: Person) -> None:
    officer = person("officer")
    officer.email = "officer@example.org"
    officer.save()
    NoticeChoice.objects.create(account=officer, way=Choice.NONE)
    graded(stored, person)
    tick_rows(at("2026-12-20"))
    assert make_messages(at("2026-12-20")) == 0 and not Notice.objects.filter(settled=False).exists()


@contextmanager
def chat_server(answers: list[tuple[int, dict[str, Any]]]) -> Iterator[tuple[str, list[tuple[str, Any]]]]:
    """A server that answers in turn, and what it was sent: path and JSON."""
    heard: list[tuple[str, Any]] = []

    class Chat(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            heard.append((self.path, json.loads(self.rfile.read(int(self.headers["Content-Length"])))))
            status, document = answers[min(len(heard), len(answers)) - 1]
            self.send_response(status)
            self.end_headers()
            self.wfile.write(json.dumps(document).encode())

        def log_message(self, *_: Any) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Chat)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        with override_settings(ROBOT_HOSTS=[f"127.0.0.1:{server.server_port}"]):
            yield f"http://127.0.0.1:{server.server_port}", heard
    finally:
        server.shutdown()
        server.server_close()


def to_the_chat(person: Person, stored: Stored, kind: str, address: str, secret: str = "") -> Robot:
    officer = person("officer")
    NoticeChoice.objects.create(account=officer, way=Choice.ROBOT)
    graded(stored, person)
    tick_rows(at("2026-12-20"))
    assert officer.organisation is not None
    return Robot.objects.create(organisation=officer.organisation, kind=kind, name="安全群", address=address, secret=secret or None)


def test_dingtalk_is_spoken_to_with_a_signature(stored: Stored, person: Person) -> None:
    with chat_server([(200, {"errcode": 0, "errmsg": "ok"})]) as (address, heard):
        to_the_chat(person, stored, "dingtalk", f"{address}/robot/send?access_token=t", "SECx")
        assert make_messages(at("2026-12-20")) == 1
        assert send_messages(at("2026-12-20")).sent == 1
    ((path, document),) = heard
    query = parse_qs(urlsplit(path).query)
    assert query["access_token"] == ["t"]
    assert query["sign"] == [dingtalk_signature("SECx", int(query["timestamp"][0]))]
    assert document["msgtype"] == "markdown" and "#" in document["markdown"]["text"] and document["markdown"]["title"]


def test_wecom_is_spoken_to(stored: Stored, person: Person) -> None:
    with chat_server([(200, {"errcode": 0})]) as (address, heard):
        to_the_chat(person, stored, "wecom", f"{address}/cgi-bin/webhook/send?key=k")
        make_messages(at("2026-12-20"))
        assert send_messages(at("2026-12-20")).sent == 1
    assert heard[0][0].endswith("key=k") and heard[0][1]["markdown"]["content"]


def test_a_failure_is_tried_again_later_and_later_then_given_up_and_can_be_taken_up(stored: Stored, person: Person) -> None:
    with chat_server([(500, {}), (200, {"errcode": 310000, "errmsg": "sign not match"})] * 1) as (address, heard):
        to_the_chat(person, stored, "dingtalk", f"{address}/?access_token=hidden", "SECx")
        make_messages(at("2026-12-20"))
        now, waits = at("2026-12-20"), []
        for _ in range(8):
            send_messages(now)
            assert send_messages(now).sent == 0 and len(heard) == len(waits) + 1  # its time has not come
            message = Message.objects.get()
            waits.append(message.next_at - now)
            now = message.next_at
    assert waits == sorted(waits) and waits[0] == timedelta(minutes=2)
    assert message.state == "given_up" and "310000" in message.fault and "hidden" not in message.fault
    with chat_server([(200, {"errcode": 0})]) as (address, _heard):
        Robot.objects.update(address=None)
        robot = Robot.objects.get()
        robot.address = address  # type: ignore[assignment]
        robot.save()
        try_again(message, now)
        assert send_messages(now).sent == 1


def test_what_a_robot_knows_is_sealed(district: Any) -> None:
    from django.db import connection

    Robot.objects.create(organisation=district, kind="wecom", name="群", address="https://chat.example/?key=open", secret="SECRET")
    with connection.cursor() as cursor:
        cursor.execute("select address, secret from ledgers_robot")
        assert "open" not in str(row := cursor.fetchone()) and "SECRET" not in str(row)


def test_the_signature_is_the_published_one() -> None:
    import base64
    import hashlib
    import hmac

    assert (
        dingtalk_signature("this is secret", 1700000000000)
        == base64.b64encode(hmac.new(b"this is secret", b"1700000000000\nthis is secret", hashlib.sha256).digest()).decode()
    )


@pytest.mark.parametrize("kind", ["mail"])
def test_a_broken_mail_server_blocks_nobody(stored: Stored, person: Person, settings: Any, kind: str) -> None:
    officer = person("officer")
    officer.email = "officer@example.org"
    officer.save()
    graded(stored, person)
    tick_rows(at("2026-12-20"))
    make_messages(at("2026-12-20"))
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", 1, 2
    assert send_messages(at("2026-12-20")).failed == 1
    assert "ConnectionRefusedError" in Message.objects.get().fault


@pytest.mark.parametrize(
    ("address", "refused"),
    [
        ("https://oapi.dingtalk.com/robot/send?access_token=t", False),
        ("https://qyapi.weixin.qq.com:443/cgi-bin/webhook/send?key=k", False),
        ("http://oapi.dingtalk.com/robot/send", True),
        ("https://oapi.dingtalk.com:8443/robot/send", True),
        ("https://oapi.dingtalk.com.example.org/robot/send", True),
        ("https://oapi.dingtalk.com@example.org/robot/send", True),
        ("http://127.0.0.1:8000/", True),
        ("http://127.0.0.1:x/", True),
        ("file:///etc/passwd", True),
    ],
)
def test_a_robot_is_spoken_to_at_allowed_hosts_only(address: str, refused: bool) -> None:
    assert bool(refused_address(address)) is refused
