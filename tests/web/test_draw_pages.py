"""Draw pages: prepared, sealed, drawn by an officer; read by anybody from the sealing on, replayed with the file."""

import json
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from typer.testing import CliRunner

from jiaoheng.access.account import Account
from jiaoheng.cli.main import _application
from jiaoheng.ledgers.draw import Draw, draw_now
from jiaoheng.organisations.organisation import Organisation

pytestmark = pytest.mark.django_db


def test_a_draw_from_list_to_public_page(signed_in: Callable[..., Client], tree: Organisation, tmp_path: Path) -> None:
    officer, stranger = signed_in("officer"), Client()
    for name in ("li", "zhao"):
        Account.objects.create(username=name, role="inspector", organisation=tree, last_name=name)
    asked = {
        "title": "秋季随机抽查", "per_stratum": "1", "by": ["township", "stage"], "team": "1", "at_most": "0",
        "left_out": "1003 已由市级督导",
        "weights": "1001 3", "recused": "li 1001 配偶在该校任教",
    }  # fmt: skip
    assert "名单中没有" in officer.post("/draws/", asked | {"weights": "9999 2"}).content.decode()
    page = officer.post("/draws/", asked, follow=True).content.decode()
    assert "T1镇" in page and "已由市级督导" in page and "配偶" not in page
    draw = Draw.objects.get()
    assert stranger.get(f"/draw/{draw.public}/").status_code == 404  # nothing is public before it is sealed
    day = date.today() + timedelta(days=2)
    assert officer.post(f"/draws/{draw.pk}/", {"do": "seal", "source": ["开奖号码"], "day": ["someday"]}).status_code == 400
    officer.post(f"/draws/{draw.pk}/", {"do": "seal", "source": ["开奖号码", ""], "day": [day.isoformat(), ""]})
    draw.refresh_from_db()
    public = stranger.get(f"/draw/{draw.public}/").content.decode()
    assert draw.digest in public and "开奖号码" in public and "尚未产生" in public
    assert "尚未全部产生" in officer.post(f"/draws/{draw.pk}/", {"do": "draw", "value": ["1 2 3"]}).content.decode()
    drawn = draw_now(draw, ["1 2 3"], by=Account.objects.get(pk=officer.session["_auth_user_id"]), today=day)
    public = stranger.get(f"/draw/{draw.public}/").content.decode()
    assert all(f"晨光{code}小学" in public for codes in drawn.result["schools"].values() for code in codes) and "1 2 3" in public
    file = tmp_path / "draw.json"
    file.write_bytes(stranger.get(f"/draw/{draw.public}/draw.json").content)
    run = CliRunner().invoke(_application("draw"), ["draw", "verify", str(file)])
    assert run.exit_code == 0 and draw.digest in run.output
    changed: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    changed["sealed"]["schools"][0]["weight"] = 9
    file.write_text(json.dumps(changed), encoding="utf-8")
    assert CliRunner().invoke(_application("draw"), ["draw", "verify", str(file)]).exit_code == 1


def test_no_more_is_said_to_be_drawn_than_there_is(signed_in: Callable[..., Client], tree: Organisation) -> None:
    Organisation.objects.filter(code="1002").update(kind="training_institution", school_type="", stages="")
    asked = {"title": "抽查", "per_stratum": "50", "team": "0", "at_most": "0", "left_out": "1003 已督导"}
    assert "培训机构：1所中抽取1所" in signed_in("officer").post("/draws/", {**asked, "by": ["stage"]}, follow=True).content.decode()
    page = signed_in("officer").post("/draws/", asked, follow=True).content.decode()
    places = sum(one.is_school for one in tree.subtree)
    assert f"{places}所中抽取{places - 1}所" in page


def test_who_does_not_draw(signed_in: Callable[..., Client], tree: Organisation) -> None:
    assert signed_in("clerk", "1001").get("/draws/").status_code == 403
    leader = signed_in("leader")
    assert "生成名单" not in leader.get("/draws/").content.decode()
    assert leader.post("/draws/", {"title": "x", "per_stratum": "1", "team": "0", "at_most": "0"}).status_code == 400
