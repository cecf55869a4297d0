"""Supposing other figures: the verdict before and after, in an address that can be passed on; nothing is stored."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.test import Client

from jiaoheng.organisations.organisation import Organisation

SignedIn = Callable[..., Client]
PAGE = "/standards/high_quality_balance_2017/what-if/"


def test_what_is_lacking_goes_when_it_is_supposed_to_be_there(frozen: Organisation, signed_in: SignedIn, settings: Any) -> None:
    officer = signed_in()
    before = {file: file.stat().st_mtime_ns for file in Path(settings.DATA).rglob("*") if file.is_file()}
    first = officer.get(f"{PAGE}?school=1002:primary").content.decode()
    assert ("晨光1002小学" in first and "差3名" in first.replace("还", "").replace("缺", "差")) or "3" in first
    sent = officer.post(f"{PAGE}?school=1002:primary", {"d:1002:primary:pe_arts_teachers": "+3", "d:1002:primary:pupils": ""})
    assert sent.status_code == 302 and "change=1002%3Aprimary%3Ape_arts_teachers%3A%2B3" in sent["Location"]
    page = officer.get(sent["Location"]).content.decode()
    rows = re.findall(r'<td class="(\w+)">(?:<b>)?([\d.]+)', page)
    assert ("bad", "0.40") in rows and ("good", "1.00") in rows
    assert "3 → 4" in page, "of four schools three pass as reported, all of them as supposed"
    after = {file: file.stat().st_mtime_ns for file in Path(settings.DATA).rglob("*") if file.is_file()}
    assert before == after, "nothing is stored"
    assert ("bad", "0.40") in re.findall(r'<td class="(\w+)">(?:<b>)?([\d.]+)', officer.get(f"{PAGE}?school=1002:primary").content.decode())


def test_fewer_pupils_change_every_item_and_nothing_falls_below_zero(frozen: Organisation, signed_in: SignedIn) -> None:
    officer = signed_in()
    page = officer.get(f"{PAGE}?change=1002:primary:pupils:-300").content.decode()
    assert ("good", "1.00") in re.findall(r'<td class="(\w+)">(?:<b>)?([\d.]+)', page), "2 teachers for 200 pupils"
    refused = officer.get(f"{PAGE}?change=1002:primary:pupils:-501").content.decode()
    assert 'class="said error"' in refused and "500" in refused
    assert 'class="said error"' in officer.get(f"{PAGE}?change=1002:primary:rooms_of_gold:%2B1").content.decode()


def test_a_school_supposes_of_itself_only(frozen: Organisation, signed_in: SignedIn) -> None:
    clerk = signed_in("clerk", "1001")
    page = clerk.get(f"{PAGE}?school=1002:primary&change=1002:primary:pupils:-1").content.decode()
    assert "晨光1002小学" not in page
    assert clerk.get(f"{PAGE}?area=1002").status_code == 403
