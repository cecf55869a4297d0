"""The tiny district with its organisations in the database, accounts of every kind, and a short template of three parts."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from jiaoheng.access.account import Account
from jiaoheng.organisations.organisation import Organisation
from jiaoheng.papers.joint.joint_paper import JointPaper
from jiaoheng.papers.joint.opening import open_paper
from jiaoheng.papers.joint.paper_part import accept
from jiaoheng.snapshots.snapshot import Snapshot

TEMPLATE = """---
title: "{{ area.name }}合写报告"
subtitle: "{{ period }}学年"
numbered: true
---
{% set ratio = "pupils_per_teacher" %}
# 基本情况

全区有在校学生{{ figure("pupils") }}名，比上年{{ change("pupils", noun="名") }}。

{{ table(["pupils", "teachers"], by="school", title="各校基本情况") }}

# 教师队伍

每名教师负担学生{{ figure(ratio, stage="primary") }}名。

{% if has("pupils") %}
# 下一步工作

继续努力。
{% endif %}
"""


@pytest.fixture
def overlay(tmp_path: Path, settings: Any) -> Path:
    """A rulebook of the bureau's own with one template."""
    folder = tmp_path / "own-rulebook"
    (folder / "papers").mkdir(parents=True)
    (folder / "papers" / "joint_example.md").write_text(TEMPLATE, encoding="utf-8")
    settings.RULEBOOK_OVERLAY = folder
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    return folder


@pytest.fixture
def account(db: None) -> Callable[..., Account]:
    """`account("officer", "D/B1")`: made with the organisations of its path."""

    def made(role: str, path: str = "D", name: str = "") -> Account:
        above = None
        for step in path.split("/"):
            kind = "county" if above is None else "office" if step.startswith("B") else "school"
            own = f"{above.path}/{step}" if above else step
            above = Organisation.objects.get_or_create(
                code=step, defaults={"name_zh": f"机构{step}" if above else "示例区", "kind": kind, "parent": above, "path": own}
            )[0]
        return Account.objects.get_or_create(
            username=name or f"{role}-{path.replace('/', '-')}", defaults={"role": role, "organisation": above}
        )[0]

    return made


@pytest.fixture
def paper(overlay: Path, district: Snapshot, account: Callable[..., Account]) -> JointPaper:
    """A joint paper about the district, led by the officer of it."""
    officer = account("officer")
    return open_paper(
        "joint_example", officer.organisation, district, title="合写报告", period="2018-2019", language="zh-hans", by=officer,  # type: ignore[arg-type]
        overlay=overlay,
    )  # fmt: skip


def accept_all(paper: JointPaper) -> None:
    for part in paper.parts.all():
        accept(part, by=paper.owner)
