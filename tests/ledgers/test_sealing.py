"""Rows that a ledger has already are sealed: from before answers were sealed, and when a new version marks a question as personal."""

from collections.abc import Callable
from importlib import import_module
from typing import Any

import pytest
from django.apps import apps

from jiaoheng.access.account import Account
from jiaoheng.ledgers.form_submission import check_answers
from jiaoheng.ledgers.ledger_row import LedgerRow
from jiaoheng.ledgers.ledger_version import LedgerVersion
from jiaoheng.ledgers.phone_submission import take_submission
from jiaoheng.ledgers.published_ledger import publish, published_ledgers
from jiaoheng.ledgers.row_answers import stored_answers
from jiaoheng.ledgers.row_entry import add_row
from jiaoheng.ledgers.row_event import RowEvent
from jiaoheng.ledgers.row_list import Asked, rows_of_ledger
from jiaoheng.ledgers.row_move import correct
from jiaoheng.ledgers.sealed_answers import sealed_instance
from jiaoheng.ledgers.sealed_word import SealedWord
from jiaoheng.ledgers.sealing import seal_kept_rows
from tests.ledgers.conftest import AT
from tests.ledgers.sealed import CONTENT, PHONE, SECRETS, petition, stands_somewhere

pytestmark = pytest.mark.django_db

SHEET = f"workbook:{'0123abcd' * 4}-1"


@pytest.fixture
def before(person: Callable[..., Account]) -> list[LedgerRow]:
    """Three petitions as they were kept before answers were sealed, one of them corrected."""
    version = published_ledgers()["petitions"].version
    rows = [add_row(version, petition(f"uuid:{n}"), by=person("officer"), at=AT, process="petition")[0] for n in range(3)]
    correct(rows[0].pk, petition("uuid:0", content="补充了新的情况说明"), by=person("officer"), seen=1, at=AT, note="补充")
    for row in LedgerRow.objects.all():
        LedgerRow.objects.filter(pk=row.pk).update(answers=row.given, personal=None, title=f"晨光1001小学 · {row.given['content']}")
    event = RowEvent.objects.get(kind="corrected")
    plain = {"fields": event.fields | event.sealed["fields"], "before": {"answers": event.answers_before}, "personal": None}
    RowEvent.objects.filter(pk=event.pk).update(**plain)
    last = LedgerRow.objects.get(pk=rows[2].pk)
    last.answers["meta"]["instanceID"] = last.instance_id = SHEET
    last.save()
    SealedWord.objects.all().delete()
    LedgerVersion.objects.update(sealed_by="")
    assert sorted(stands_somewhere(*SECRETS)) == sorted(SECRETS)
    return list(LedgerRow.objects.order_by("pk"))


def all_sealed(person: Callable[..., Account]) -> None:
    assert stands_somewhere(*SECRETS, "补充了新的情况说明") == []
    rows = list(LedgerRow.objects.order_by("pk"))
    assert rows[2].instance_id == sealed_instance(SHEET)
    assert [row.given for row in rows[1:]] == [stored_answers(petition(n)) for n in ("uuid:1", sealed_instance(SHEET))]
    assert {row.title for row in rows} == {"晨光1001小学 · 申诉求决 · 招生入学"}
    event = rows[0].happened.get(kind="corrected")
    assert event.answers_before["content"] == CONTENT and event.sealed["fields"] == {"content": "补充了新的情况说明"}
    found = rows_of_ledger(person("officer"), "petitions", Asked(text=PHONE), today=AT.date())
    assert list(found.order_by("pk")) == rows


def test_the_migration_seals_what_was_kept(before: list[LedgerRow], person: Callable[..., Account]) -> None:
    import_module("jiaoheng.ledgers.migrations.0008_seal_kept_rows").seal(apps, None)
    all_sealed(person)
    assert set(LedgerVersion.objects.values_list("sealed_by", flat=True)) == set(LedgerVersion.objects.values_list("digest", flat=True))


def test_it_goes_on_where_it_stopped_and_does_nothing_twice(
    before: list[LedgerRow], person: Callable[..., Account], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("jiaoheng.ledgers.sealing._AT_ONCE", 1)
    assert seal_kept_rows("petitions", at_most=2) == 2
    kept = [row.personal.sealed for row in LedgerRow.objects.order_by("pk")[:2] if row.personal]
    assert len(kept) == 2 and LedgerRow.objects.get(pk=before[2].pk).personal is None
    assert seal_kept_rows() == 1
    assert [row.personal.sealed for row in LedgerRow.objects.order_by("pk")[:2] if row.personal] == kept
    all_sealed(person)
    assert seal_kept_rows() == 0


FORM = """
| survey |
| | type | name | label::English (en) | label::中文 (zh) | personal |
| | text | guest | Guest | 来访者 | {guest} |
| | select_one road | road | Road | 途径 | {road} |
| choices |
| | list_name | name | label::English (en) | label::中文 (zh) |
| | road | gate_north | North | 北门 |
| settings |
| | form_title | form_id | version | default_language |
| | 来访登记 Guests | guests | {version} | 中文 (zh) |
"""


def test_a_new_mark_seals_old_rows_and_what_a_phone_still_sends_and_no_mark_opens_them(person: Callable[..., Account]) -> None:
    officer = person("officer")

    def published(version: int, **marks: str) -> Any:
        publish("guests", FORM.format(version=version, **marks).encode(), "guests.md", by=officer, reason="表单")
        return published_ledgers()["guests"]

    def entered(ledger: Any, name: str) -> LedgerRow:
        answers = {"guest": name, "road": "gate_north", "meta": {"instanceID": f"uuid:{name}"}}
        checked = check_answers(ledger.form, answers, now=AT.replace(tzinfo=None))
        return add_row(ledger.version, checked, by=officer, at=AT)[0]

    first = published(1, guest="", road="")
    row = entered(first, "慕容长风")
    assert row.mark_1 == "gate_north" and stands_somewhere("慕容长风") != []
    published(2, guest="yes", road="yes")
    row.refresh_from_db()
    assert (row.mark_1, row.given) == ("", {"guest": "慕容长风", "road": "gate_north", "meta": {"instanceID": "uuid:慕容长风"}})
    assert row.answers["guest"] == {"mask": "慕***"} and row.title == ""
    sent = check_answers(first.form, {"guest": "皇甫小川", "meta": {"instanceID": "uuid:q"}}, now=AT.replace(tzinfo=None)).xml()
    assert take_submission(sent, {}, by=officer, at=AT).row.answers["guest"] == {"mask": "皇***"}
    last = published(3, guest="work", road="")
    row.refresh_from_db()
    assert row.answers["guest"] == {"mask": "慕***"}  # nothing is opened by itself
    said = check_answers(row.version.form, row.given | {"road": ""}, now=AT.replace(tzinfo=None))
    correct(row.pk, said, by=officer, seen=row.events, at=AT, note="更正")
    row.refresh_from_db()
    assert (row.answers["guest"], row.given["guest"]) == ({"mask": "慕***"}, "慕容长风")  # nor by a correction
    assert entered(last, "令狐大山").answers["guest"] == "令狐大山"
    assert entered(last, "令狐大山").title == "令狐大山"
