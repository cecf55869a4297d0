"""Draws: sealed before anybody can know, drawn by what the public sees, replayed by a stranger; whatever is changed is found."""

import copy
import json
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from datetime import date, timedelta
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st

from jiaoheng.access.account import Account, Refused
from jiaoheng.access.trail import TrailLine, verify
from jiaoheng.ledgers.draw import Draw, DrawAsked, draw_now, open_draw, seal, verification_file, visited_since, void
from jiaoheng.ledgers.draw_rule import METHOD, Tickets, check_file, digest_of, drawn, sealed_text, seed_of
from jiaoheng.ledgers.ledger_row import LedgerRow
from jiaoheng.ledgers.published_ledger import published_ledgers
from jiaoheng.organisations.organisation import Organisation

LOTTERY = "福彩双色球2026140期开奖号码"


def sealed(**changed: Any) -> dict[str, Any]:
    schools = [
        {"code": f"{number}", "name": f"第{number}小学", "stratum": "小学" if number < 6 else "初中", "weight": 1, "left_out": ""}
        for number in range(10)
    ]
    people = [{"code": name, "name": name} for name in "abcd"]
    rules = {"strata": {"小学": 3, "初中": 2}, "team": 2, "at_most": 3, "recused": [["a", "0"], ["b", "7"]]}
    return {
        "method": METHOD,
        "schools": schools,
        "inspectors": people,
        "sources": [{"name": LOTTERY, "day": "2026-12-03"}],
        **rules,
        **changed,
    }


def made(**changed: Any) -> dict[str, Any]:
    listed = sealed(**changed)
    digest, sources = digest_of(sealed_text(listed)), [{**listed["sources"][0], "value": "03 08 11"}]
    return {"sealed": listed, "digest": digest, "sources": sources, "result": drawn(listed, seed_of(digest, sources))}


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 12), st.integers(0, 4), st.integers(0, 3), st.binary(min_size=32, max_size=32))
def test_rules_are_kept_whatever_the_seed(count: int, team: int, at_most: int, seed: bytes) -> None:
    listed = sealed(strata={"小学": count, "初中": 1}, team=team, at_most=at_most)
    listed["schools"][1]["left_out"] = "2026-10-08已督导"
    found = drawn(listed, seed)
    codes = [code for codes in found["schools"].values() for code in codes]
    assert len(set(codes)) == len(codes) == min(count, 5) + 1 and "1" not in codes
    load = Counter(who for team_drawn in found["teams"].values() for who in team_drawn)
    assert not at_most or max(load.values(), default=0) <= at_most
    for code, people in found["teams"].items():
        assert len(set(people)) == len(people) <= team and (code in found["short"]) == (len(people) < team)
        assert ("a", "0") not in [(who, code) for who in people] and ("b", "7") not in [(who, code) for who in people]


def test_every_order_is_about_equally_likely() -> None:
    orders: Counter[tuple[str, ...]] = Counter()
    for number in range(6000):
        tickets, pool = Tickets(number.to_bytes(32, "big")), [("a", 1), ("b", 1), ("c", 1)]
        orders[tuple(tickets.pick(pool) for _time in range(3))] += 1
    assert set(orders) == set(permutations("abc"))
    assert sum((count - 1000) ** 2 / 1000 for count in orders.values()) < 20.5  # chi-squared of 5 degrees, 1 in 1,000


def test_a_weight_is_as_many_tickets() -> None:
    first = Counter(Tickets(number.to_bytes(32, "big")).pick([("a", 3), ("b", 1)]) for number in range(4000))
    assert 2890 < first["a"] < 3110


def places(value: Any, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every leaf of a document."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [place for key, one in inner for place in places(one, (*at, key))] or ([at] if not isinstance(value, dict | list) else [])


def test_any_change_of_the_file_is_found() -> None:
    whole = made()
    assert check_file(whole) == []
    for *path, last in places(whole):
        changed = copy.deepcopy(whole)
        here: Any = changed
        for step in path:
            here = here[step]
        here[last] = here[last] + 1 if isinstance(here[last], int) else f"{here[last]}x"
        assert check_file(changed), (path, last)
    for nonsense in ({}, {"sealed": 1}, {**whole, "sources": []}, {**whole, "result": {}}, {**whole, "sealed": sealed(method="other")}):
        assert check_file(nonsense)


def test_a_stranger_draws_again_with_the_lines_of_the_manual(tmp_path: Path) -> None:
    manual = (Path(__file__).parents[2] / "docs" / "explanation" / "draw.md").read_text(encoding="utf-8")
    lines = re.search(r"```python\n(.*?)```", manual, re.DOTALL)
    assert lines
    whole = made()
    whole["sealed"]["schools"][2]["weight"] = 4
    for number, file in enumerate((made(), made(schools=whole["sealed"]["schools"]), made(team=4, at_most=1))):
        path = tmp_path / f"{number}.json"
        path.write_text(json.dumps(file, ensure_ascii=False), encoding="utf-8")
        said = subprocess.run([sys.executable, "-c", lines[1], str(path)], capture_output=True, text=True, check=True).stdout
        assert said == "True\n"


@pytest.mark.django_db
def test_prepared_sealed_drawn(district: Any, person: Callable[..., Account]) -> None:
    officer = person("officer")
    school = Organisation.objects.filter(kind="school").order_by("code").first()
    assert school is not None
    visitor = Account.objects.create(username="visitor", role="inspector", organisation=officer.organisation)
    asked = DrawAsked("秋季抽查", 1, ("township",), team=1, recused=[("visitor", school.code, "配偶在该校任教")])
    draw = open_draw(asked, by=officer)
    assert "配偶" not in sealed_text(draw.sealed) and "配偶" in TrailLine.objects.latest("number").after
    with pytest.raises(Refused):
        draw_now(draw, ["1"], by=officer)
    with pytest.raises(Refused):
        seal(draw, [(LOTTERY, timezone.localdate())], by=officer)
    day = timezone.localdate() + timedelta(days=3)
    draw = seal(draw, [(LOTTERY, day)], by=officer)
    assert draw.digest == digest_of(sealed_text(draw.sealed)) and draw.sealed["sources"] == [{"name": LOTTERY, "day": day.isoformat()}]
    with pytest.raises(Refused):
        seal(draw, [("other", day)], by=officer)
    with pytest.raises(Refused):
        draw_now(draw, ["03 08 11"], by=officer)  # nobody knows the value yet
    with pytest.raises(Refused):
        draw_now(draw, [" "], by=officer, today=day)
    draw = draw_now(draw, [" 03  08 11 "], by=officer, today=day)
    with pytest.raises(Refused):
        draw_now(draw, ["04"], by=officer, today=day)
    assert check_file(json.loads(json.dumps(verification_file(draw)))) == [] and verify() == []
    assert visitor.username not in draw.result["teams"].get(school.code, [])


@pytest.mark.django_db
def test_a_list_changed_in_the_database_is_not_drawn_from(district: Any, person: Callable[..., Account]) -> None:
    officer = person("officer")
    draw = seal(open_draw(DrawAsked("抽查", 1), by=officer), [(LOTTERY, timezone.localdate() + timedelta(days=1))], by=officer)
    changed = {**draw.sealed, "schools": draw.sealed["schools"][:1]}
    Draw.objects.filter(pk=draw.pk).update(sealed=changed)
    with pytest.raises(Refused):
        draw_now(draw, ["1"], by=officer, today=timezone.localdate() + timedelta(days=2))
    assert void(draw, "名单被改动", by=officer).state == "void"


@pytest.mark.django_db
def test_schools_visited_within_the_term_are_left_out(district: Any, person: Callable[..., Account]) -> None:
    officer, school = person("officer"), Organisation.objects.get(code="1001")
    version = published_ledgers()["inspector_visits"].version
    LedgerRow.objects.create(version=version, ledger="inspector_visits", instance_id="v", organisation=school, opened_on=date(2026, 10, 8))
    assert list(visited_since(officer, date(2026, 9, 1))) == ["1001"] and visited_since(officer, date(2026, 10, 9)) == {}
    draw = open_draw(DrawAsked("抽查", 5, left_out=visited_since(officer, date(2026, 9, 1))), by=officer)
    assert [one["code"] for one in draw.sealed["schools"] if not one["left_out"]] == ["1002"]


@pytest.mark.django_db
@pytest.mark.parametrize(
    "asked",
    [
        DrawAsked("", 1), DrawAsked("x", 0), DrawAsked("x", 1, weights={"nowhere": 2}), DrawAsked("x", 1, recused=[("nobody", "1001", "")]),
        DrawAsked("x", 1, stages=("nothing",)),
    ],
)  # fmt: skip
def test_what_cannot_be_drawn_is_refused(asked: DrawAsked, district: Any, person: Callable[..., Account]) -> None:
    officer = person("officer")
    with pytest.raises(Refused):
        open_draw(asked, by=officer)
    clerk = Account.objects.create(username="draw-clerk", role="clerk", organisation=officer.organisation)
    with pytest.raises(Refused):
        open_draw(DrawAsked("x", 1), by=clerk)
