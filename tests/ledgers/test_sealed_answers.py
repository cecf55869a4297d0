"""Personal answers of a ledger are sealed where they are kept: nothing stands in clear, everything still works."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from jiaoheng.access.account import Account, Refused
from jiaoheng.access.key_ring import add_key, key_ring
from jiaoheng.access.key_rotation import rotate, under_other_keys
from jiaoheng.access.trail import TrailLine, verify
from jiaoheng.ledgers.answer_opening import open_answers
from jiaoheng.ledgers.form_reader import read_form
from jiaoheng.ledgers.form_submission import check_answers
from jiaoheng.ledgers.kept_rows import kept_rows
from jiaoheng.ledgers.ledger_row import LedgerRow
from jiaoheng.ledgers.likeness import like_rows, same_person_rows
from jiaoheng.ledgers.phone_submission import Conflict, take_submission
from jiaoheng.ledgers.published_ledger import published_ledgers
from jiaoheng.ledgers.row_answers import as_answers, rows_of, stored_answers
from jiaoheng.ledgers.row_entry import add_row, add_rows, new_row
from jiaoheng.ledgers.row_list import Asked, rows_of_ledger
from jiaoheng.ledgers.row_move import correct
from jiaoheng.ledgers.sealed_answers import joined, parted
from jiaoheng.ledgers.tables import ledger_tables
from tests.ledgers.conftest import AT
from tests.ledgers.sealed import ADDRESS, CONTENT, NAME, PHONE, SECRETS, petition, stands_somewhere

pytestmark = pytest.mark.django_db

FORM = """
| survey |
| | type | name | label::English (en) | label::中文 (zh) | personal | calculation | constraint |
| | text | child | Child | 学生姓名 | subject | | |
| | date | born | Born | 出生日期 | yes | | . < today() |
| | integer | marks | Marks | 分数 | yes | | |
| | select_one need | need | Need | 困难类型 | yes | | |
| | select_one road | road | Road | 途径 | | | |
| | calculate | called | | | | concat(${child}, '-', ${need}) | |
| | calculate | years | | | no | int((today() - ${born}) div 365.25) | |
| | text | remark | Remark | 备注 | | | |
| choices |
| | list_name | name | label::English (en) | label::中文 (zh) |
| | need | orphan | Orphan | 孤儿 |
| | road | visit | Visit | 家访 |
| settings |
| | form_title | form_id | version | default_language | instance_name |
| | 困难学生 Need | need_of_children | 1 | 中文 (zh) | concat(${child}, ' ', ${remark}) |
"""


@pytest.fixture
def petitioned(person: Callable[..., Account]) -> Callable[..., LedgerRow]:
    def made(instance: str = "uuid:p1", **said: Any) -> LedgerRow:
        version = published_ledgers()["petitions"].version
        row = add_row(version, petition(instance, **said), by=person("officer"), at=AT, process="petition")[0]
        return LedgerRow.objects.get(pk=row.pk)

    return made


def test_nothing_personal_stands_in_the_database_and_the_row_gives_it_to_rules(petitioned: Callable[..., LedgerRow]) -> None:
    row = petitioned()
    assert stands_somewhere(*SECRETS) == [] and stands_somewhere("晨光1001小学") != []
    assert row.answers["petitioner"][0]["phone"] == {"mask": "138****0017"}
    assert row.answers["petitioner"][0]["petitioner_name"] == {"mask": "欧***"} and row.answers["content"] == {"mask": "******"}
    assert row.given == stored_answers(petition())
    assert row.title == "晨光1001小学 · 申诉求决 · 招生入学"
    assert verify() == []


def test_many_rows_at_once_are_sealed_alike(person: Callable[..., Account], district: Any) -> None:
    version = published_ledgers()["petitions"].version
    made = [new_row(version, petition(f"uuid:{n}"), by=person("officer"), at=AT, process="petition") for n in range(3)]
    stored = add_rows(made, by=person("officer"), reason="workbook")
    assert stands_somewhere(*SECRETS) == []
    found = LedgerRow.objects.get(pk=stored[2].pk)
    assert found.given == stored_answers(petition("uuid:2")) and len({row.personal.sealed for row in LedgerRow.objects.all()}) == 3  # type: ignore[union-attr]


def test_every_kind_of_answer_is_masked_and_comes_back() -> None:
    form = read_form(FORM, name="need")
    answers = {"child": "司马小雨", "born": "2015-03-09", "marks": "87", "need": "orphan", "road": "visit", "remark": "已联系"}
    checked = check_answers(form, answers, now=AT.replace(tzinfo=None))
    stored = stored_answers(checked)
    sealed = parted(form, stored, form.sealed)
    named = [path.rpartition("/")[2] for path in sorted(form.sealed)]
    assert named == ["born", "called", "child", "marks", "instanceName", "need"]  # worked out of a sealed answer: sealed too, unless marked
    assert sealed.answers["years"] == "11" and sealed.answers["road"] == "visit"
    assert joined(sealed.answers, sealed.clear) == stored
    assert parted(form, sealed.answers, form.sealed) == replace(sealed, clear={})  # once is enough
    values = rows_of(form, sealed.answers)[0].values
    assert (values["born"], values["marks"], values["child"], values["remark"]) == ("******", "******", "司***", "已联系")
    assert as_answers(form, sealed.answers)["need"] == "******"


def test_a_title_worked_out_of_sealed_answers_is_worked_out_of_masks(person: Callable[..., Account], tmp_path: Any, settings: Any) -> None:
    settings.RULEBOOK_OVERLAY = tmp_path
    (tmp_path / "ledgers").mkdir()
    (tmp_path / "ledgers" / "need.md").write_text(FORM, encoding="utf-8")
    ledger = published_ledgers()["need"]
    answers = {"child": "司马小雨", "born": "2015-03-09", "need": "orphan", "remark": "已联系", "meta": {"instanceID": "uuid:n"}}
    row, _made = add_row(ledger.version, check_answers(ledger.form, answers, now=AT.replace(tzinfo=None)), by=person("officer"), at=AT)
    assert row.title == "司*** 已联系" and stands_somewhere("司马小雨", "orphan") == ["orphan"]  # a choice of the form itself
    assert "orphan" not in str(row.answers) and row.mark_1 == ""


def test_a_title_leaves_out_a_piece_of_which_nothing_shows(person: Callable[..., Account], tmp_path: Any, settings: Any) -> None:
    settings.RULEBOOK_OVERLAY = tmp_path
    (tmp_path / "ledgers").mkdir()
    named = FORM.replace("concat(${child}, ' ', ${remark})", "concat(${remark}, ' ・ ', ${need}, ' ・ ', ${child}, ' - ', ${born})")
    (tmp_path / "ledgers" / "need.md").write_text(named, encoding="utf-8")
    ledger = published_ledgers()["need"]
    answers = {"child": "司马小雨", "born": "2015-03-09", "need": "orphan", "remark": "已联系", "meta": {"instanceID": "uuid:n"}}
    row, _made = add_row(ledger.version, check_answers(ledger.form, answers, now=AT.replace(tzinfo=None)), by=person("officer"), at=AT)
    assert row.title == "已联系 ・ 司***"


def test_the_same_submission_again_is_the_same_row_and_another_is_refused(petitioned: Callable[..., LedgerRow], person: Any) -> None:
    xml = petition("uuid:p9").xml()
    taken = take_submission(xml, {}, by=person("officer"), at=AT)
    assert taken.new and stands_somewhere(*SECRETS) == []
    assert not take_submission(xml, {}, by=person("officer"), at=AT).new
    other = petition("uuid:p9", petitioner=[{"petitioner_name": NAME, "phone": "13899990018"}]).xml()
    with pytest.raises(Conflict):
        take_submission(other, {}, by=person("officer"), at=AT)
    row = LedgerRow.objects.get(pk=taken.row.pk)
    other_checked = petition("uuid:p9", content="补充了新的情况说明")
    correct(row.pk, other_checked, by=person("officer"), seen=row.events, at=AT, note="补充")
    assert not take_submission(xml, {}, by=person("officer"), at=AT).new  # the phone tries once more what it sent first


def test_a_correction_seals_what_stands_and_what_stood(petitioned: Callable[..., LedgerRow], person: Callable[..., Account]) -> None:
    row = petitioned()
    checked = petition(content="转学手续已经办好现申请退费", about_school="晨光1002小学")
    correct(row.pk, checked, by=person("officer"), seen=1, at=AT + timedelta(hours=1), note="来电更正")
    row.refresh_from_db()
    event = row.happened.get(number=2)
    assert event.fields["content"] == "******" and event.fields["about_school"] == "晨光1002小学"
    assert event.sealed["fields"] == {"content": "转学手续已经办好现申请退费"} and event.answers_before["content"] == CONTENT
    assert stands_somewhere(*SECRETS, "转学手续已经办好现申请退费") == [] and row.given["content"].endswith("退费")


def test_a_row_is_found_by_the_whole_word_and_by_no_part_of_it(petitioned: Callable[..., LedgerRow], person: Any) -> None:
    row = petitioned()

    def found(text: str) -> list[LedgerRow]:
        return list(rows_of_ledger(person("officer"), "petitions", Asked(text=text), today=AT.date()))

    assert found(PHONE) == found(NAME) == found(" 138 9999 0017".replace(" ", "")) == [row]
    assert found(PHONE[:7]) == found(NAME[:2]) == found("转学手续") == []
    assert list(rows_of_ledger(person("clerk", "1002"), "petitions", Asked(text=PHONE), today=AT.date())) == []
    correct(row.pk, petition(petitioner=[{"petitioner_name": "另一人"}]), by=person("officer"), seen=1, at=AT, note="更正")
    assert found(PHONE) == [] and found("另一人") == [row]


def test_the_same_petition_and_the_same_person_are_recognised(petitioned: Callable[..., LedgerRow], person: Any) -> None:
    first = petitioned("uuid:1")
    again = petitioned("uuid:2", petitioner=[{"petitioner_name": "某甲"}])
    other = petitioned("uuid:3", content="食堂饭菜质量问题反映", petitioner=[{"petitioner_name": "某乙", "phone": PHONE}])
    assert like_rows(first, person("officer")) == [again]  # both sealed contents say the same
    assert same_person_rows(first, person("officer")) == [other] and same_person_rows(again, person("officer")) == []


def test_opening_is_recorded_and_asks_for_role_and_reason(petitioned: Callable[..., LedgerRow], person: Callable[..., Account]) -> None:
    row = petitioned()
    opened = open_answers(row, ["petitioner/1/phone"], by=person("officer"), reason="回访来访人")
    assert opened == {"petitioner/1/phone": PHONE}
    line = TrailLine.objects.latest("number")
    assert (line.action, line.object_type, line.object_id) == ("opened", "ledgers.LedgerRow", str(row.pk))
    assert line.by == "officer-320999" and line.reason == "回访来访人" and "petitioner/1/phone" in line.after and PHONE not in line.after
    assert set(open_answers(row, [], by=person("officer"), reason="办理信访")) == {
        "petitioner/1/petitioner_name", "petitioner/1/phone", "petitioner/1/address", "content",
    }  # fmt: skip
    for role, reason in (("leader", "看一下"), ("administrator", "检查系统"), ("officer", "ok")):
        with pytest.raises(Refused):
            open_answers(row, [], by=person(role), reason=reason)
    with pytest.raises(Refused):
        open_answers(row, [], by=person("clerk", "1002"), reason="想看一看")


def test_exports_hold_masks(petitioned: Callable[..., LedgerRow]) -> None:
    petitioned()
    tables = ledger_tables(published_ledgers()["petitions"].form, kept_rows(LedgerRow.objects.all()))
    assert tables[""].column("content").to_pylist() == ["******"]
    assert tables["petitioner"].column("phone").to_pylist() == ["138****0017"]


def test_rotation_seals_answers_events_and_words_anew(petitioned: Callable[..., LedgerRow], person: Callable[..., Account]) -> None:
    row = petitioned()
    correct(row.pk, petition(content="另有补充说明材料"), by=person("officer"), seen=1, at=AT, note="更正")
    key_ring()
    add_key()
    assert under_other_keys() > 0
    done = rotate(by=person("administrator"), reason="yearly")
    assert {"ledgers_ledgerrow", "ledgers_rowevent", "ledgers_sealedword"} <= set(done.rows) and under_other_keys() == 0
    row.refresh_from_db()
    assert row.given["petitioner"][0]["address"] == ADDRESS and row.happened.get(number=2).answers_before["content"] == CONTENT
    assert list(rows_of_ledger(person("officer"), "petitions", Asked(text=PHONE), today=AT.date())) == [row]
