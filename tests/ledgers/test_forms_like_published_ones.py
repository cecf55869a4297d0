# ruff: noqa: E501 (sheets are written as they are read)
"""Forms put together as published ones are: rosters, scores, visits, prices, pregnancies, numbers of persons and places, each whole."""

from datetime import datetime
from typing import Any

from jiaoheng.ledgers.form_reader import read_form
from jiaoheng.ledgers.form_submission import Checked, blank_answers, check_answers, check_openrosa

NOW = datetime(2026, 3, 1, 9, 30)
LISTS = "list_name | name | label | v\nyn | 1 | Yes | 1\nyn | 0 | No | 0\nsex | f | F |\nsex | m | M |\nitem | rice | Rice |\nitem | oil | Oil |"


def checked(survey: str, answers: dict[str, Any]) -> Checked:
    """The answers checked; what a phone then sends of them says the same."""
    text = "".join(
        f"| {name} |\n" + "".join(f"| | {line.strip()} |\n" for line in sheet.strip().splitlines())
        for name, sheet in {"survey": survey, "choices": LISTS}.items()
    )
    form = read_form(text)
    assert not form.warnings or all(note.code != "FORM-NAME" for note in form.warnings)
    blank_answers(form, now=NOW)
    found = check_answers(form, answers, now=NOW)
    sent = check_openrosa(form, found.xml(), now=NOW)
    assert [row.values for row in sent.rows] == [row.values for row in found.rows]
    return found


def values(found: Checked, table: str = "/data") -> list[dict[str, Any]]:
    return [dict(row.values) for row in found.rows if row.table == table]


def test_a_roster_asks_each_woman_of_it_again() -> None:
    found = checked(
        """type | name | label | calculation | repeat_count | constraint
        begin repeat | person | Person | | |
        text | called | Name | | |
        select_one sex | sex | Sex | | |
        integer | age | Age | | | . >= 0
        calculate | which | | if(${sex} = 'f' and ${age} >= 15, position(..), '') | |
        end repeat | | | | |
        calculate | women | | normalize-space(join(' ', ${which})) | |
        calculate | number | | count(${person}[sex = 'f' and age >= 15]) | |
        begin repeat | woman | Woman | | ${number} |
        calculate | place | | number(selected-at(${women}, position(..) - 1)) | |
        calculate | name | | indexed-repeat(${called}, ${person}, ${place}) | |
        integer | children | Children of ${name} | | |
        end repeat | | | | |
        calculate | eldest | | ${person}[age = max(${age})]/called | |""",
        {
            "person": [
                {"called": "安", "sex": "f", "age": 30}, {"called": "远", "sex": "m", "age": 50}, {"called": "青", "sex": "f", "age": 20},
            ],
            "woman": [{"children": 1}, {"children": 2}],
        },
    )  # fmt: skip
    assert not found.faults and values(found)[0]["women"] == "1 3" and values(found)[0]["eldest"] == "远"
    assert [row["name"] for row in values(found, "/data/woman")] == ["安", "青"]


def test_a_score_leaves_out_what_was_not_asked() -> None:
    found = checked(
        """type | name | label | calculation | relevant
        select_one yn | q1 | Q | |
        select_one yn | q2 | Q | |
        select_one yn | q3 | Q | | ${q1} = 0
        calculate | score | | coalesce(${q1}, 0) + coalesce(${q2}, 0) + coalesce(${q3}, 0) |
        calculate | asked | | count-non-empty(${q1}) + count-non-empty(${q2}) + count-non-empty(${q3}) |
        calculate | percent | | round(${score} div ${asked} * 100, 1) |
        calculate | grade | | if(${percent} >= 80, 'A', if(${percent} >= 50, 'B', 'C')) |
        note | said | ${percent} % (${grade}) | |""",
        {"q1": "1", "q2": "0", "q3": "1"},
    )
    assert (values(found)[0]["percent"], values(found)[0]["grade"], values(found)[0]["q3"]) == ("50", "B", None)
    assert [found.worded(asked).en for asked in found.asked if asked.member.name == "said"] == ["50 % (B)"]


def test_days_are_counted_from_days() -> None:
    found = checked(
        """type | name | label | calculation | constraint
        date | began | B | | . <= today() and . >= today() - 300
        calculate | due | | date(${began} + 280) |
        calculate | said | | format-date(date(decimal-date-time(${began}) + 280), '%e %b %Y') |
        calculate | weeks | | floor((decimal-date-time(today()) - decimal-date-time(${began})) div 7) |
        date | born | D | | . < today()
        calculate | years | | int(format-date(today(), '%Y')) - int(format-date(${born}, '%Y')) - if(format-date(today(), '%m%d') < format-date(${born}, '%m%d'), 1, 0) |
        time | start | S | |
        time | end_at | E | | . > ${start}
        calculate | minutes | | (decimal-time(${end_at}) - decimal-time(${start})) * 24 * 60 |""",
        {"began": "2025-12-01", "born": "2018-03-15", "start": "09:00:00", "end_at": "10:30:00"},
    )
    row = values(found)[0]
    assert not found.faults
    assert (row["due"], row["said"], row["weeks"], row["years"], row["minutes"]) == ("2026-09-07", "7 Sep 2026", "12", "7", "90")


def test_numbers_of_persons_and_telephones_are_looked_at() -> None:
    survey = """type | name | label | calculation | constraint
        text | phone | P | | regex(., '^(\\+?86)?1[3-9][0-9]{9}$')
        text | id_number | I | | regex(., '^[1-9][0-9]{16}[0-9Xx]$') and string-length(.) = 18
        calculate | sex | | if(int(substr(${id_number}, 16, 17)) mod 2 = 1, 'm', 'f') |
        calculate | born | | date(concat(substr(${id_number}, 6, 10), '-', substr(${id_number}, 10, 12), '-', substr(${id_number}, 12, 14))) |
        integer | times | N | | (. >= 1 and . <= 5) or . = 99"""
    found = checked(survey, {"phone": "+8613800138000", "id_number": "110105201503151234", "times": "99"})
    assert not found.faults and (values(found)[0]["sex"], values(found)[0]["born"]) == ("m", "2015-03-15")
    wrong = checked(survey, {"phone": "1380013800", "id_number": "11010520150315123", "times": "6"})
    assert [fault.column for fault in wrong.faults] == ["phone", "id_number", "times"]


def test_each_thing_chosen_is_asked_its_price() -> None:
    found = checked(
        """type | name | label | calculation | repeat_count | required
        select_multiple item | items | Items | | | yes
        begin repeat | price | ${item_label} | | count-selected(${items}) |
        calculate | item_name | | selected-at(${items}, position(..) - 1) | |
        calculate | item_label | | instance('item')/root/item[name = current()/../item_name]/label | |
        decimal | yuan | Price of ${item_label} | | | yes
        end repeat | | | | |
        calculate | mean | | round(sum(${yuan}) div count(${yuan}), 2) | |
        calculate | named | | join('; ', ${item_label}) | |""",
        {"items": "rice oil", "price": [{"yuan": "2.5"}, {"yuan": "3"}]},
    )
    assert (values(found)[0]["mean"], values(found)[0]["named"]) == ("2.75", "Rice; Oil")
    labels = [found.worded(asked).en for asked in found.asked if asked.member.path == "/data/price"]
    assert not found.faults and labels == ["Rice", "Oil"]


def test_a_place_is_near_enough_and_measured() -> None:
    survey = """type | name | label | calculation | relevant | constraint
        geopoint | here | G | | | number(selected-at(., 3)) <= 10
        calculate | latitude | | selected-at(${here}, 0) | |
        geopoint | there | H | | |
        calculate | metres | | round(distance(concat(${here}, '; ', ${there})), 0) | |
        note | coarse | Too coarse | | number(selected-at(${here}, 3)) > 8 |"""
    found = checked(survey, {"here": "30 105 0 9", "there": "30 105.01 0 5"})
    assert not found.faults and (values(found)[0]["latitude"], values(found)[0]["metres"]) == ("30", "964")
    assert [asked.relevant for asked in found.asked if asked.member.name == "coarse"] == [True]
    assert [fault.column for fault in checked(survey, {"here": "30 105 0 12"}).faults] == ["here"]
