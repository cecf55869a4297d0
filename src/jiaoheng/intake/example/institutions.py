"""Institutions: licences, inclusive recognitions and annual inspections of kindergartens, and the groups that schools work in.

Changes when the example's licensed institutions or school groups change. In the last year 45 kindergartens have a sponsor (43 private, 2
collective), and 42 of them are recognised as inclusive, as in a published report of 2018.
"""

import random
from collections.abc import Iterator

import polars as pl

from jiaoheng.intake.example.district import COUNTY, Place, places

__all__ = ["INCLUSIVE", "group_rows", "inspection_rows", "licence_rows", "recognition_rows"]

INCLUSIVE = 42
_BUREAU, _BUREAU_NAME = f"{COUNTY}JY", "示例区教育局"
_INSPECTED = (2016, 2017, 2018)

# group, kind, since, lead school, members
_GROUPS: tuple[tuple[str, str, str, str, tuple[str, ...]], ...] = (
    ("晨曦教育集团", "group", "2016-09-01", "晨光小学", ("明德小学", "河湾镇中心小学", "柳溪小学")),
    ("育英教育集团", "group", "2017-03-01", "育英小学", ("博文小学", "石桥镇中心小学", "青禾小学", "梨园小学")),
    ("实验教育集团", "group", "2017-09-01", "示例区实验中学", ("河湾镇初级中学", "云岭学校")),
    ("晨曦联盟", "alliance", "2016-03-01", "春晖小学", ("启明小学", "白杨小学")),
    ("锦屏联盟", "alliance", "2016-03-01", "锦屏小学", ("知行小学", "青禾小学")),
    ("清源联盟", "alliance", "2016-03-01", "清源小学", ("向阳小学", "梨园小学")),
    ("星海联盟", "alliance", "2016-09-01", "星海小学", ("云岭镇中心小学", "松涛小学")),
    ("初中第一联盟", "alliance", "2016-09-01", "示例区第一初级中学", ("示例区第三初级中学", "清源学校")),
    ("初中第二联盟", "alliance", "2016-09-01", "示例区第二初级中学", ("河湾镇初级中学", "云岭学校")),
)
_ENDED = {("锦屏联盟", "青禾小学"): "2018-01-01", ("清源联盟", "梨园小学"): "2018-01-01"}
"""Members that have gone over to a group since."""


def licence_rows(seed: int, schools: frozenset[str] | None = None) -> pl.DataFrame:
    """Licences of the kindergartens with a sponsor; one that ran out was given anew."""
    rows = []
    for number, place in enumerate(_sponsored(seed), 1):
        if schools is not None and place.code not in schools:
            continue
        rng = random.Random(f"{seed}:{place.code}:licence")
        profit = place.ownership == "private" and rng.random() < 0.14
        opened = place.since.year if place.since else 2010
        last = max(opened, 2015 + number % 3)
        spans = [(opened, last)] if opened < last else []
        for since, until in [*spans, (last, None)]:
            rows.append(
                {
                    "organisation": place.code, "organisation_name": place.name_zh,
                    "number": f"教民{COUNTY}{6_0000000 + since % 100 * 1000 + number}号", "approved_by": _BUREAU_NAME,
                    "legal_form": "for_profit" if profit else "non_profit", "since": f"{since}-08-20",
                    "until": None if until is None else f"{until}-08-20",
                }
            )  # fmt: skip
    return pl.DataFrame(rows, schema_overrides={"until": pl.String}, infer_schema_length=None)


def recognition_rows(seed: int, schools: frozenset[str] | None = None) -> pl.DataFrame:
    """Recognitions as inclusive: most in 2017, some in 2018, one withdrawn."""
    sponsored = _sponsored(seed)
    rng = random.Random(f"{seed}:recognised")
    others = set(rng.sample([place.code for place in sponsored if place.ownership == "private"], len(sponsored) - INCLUSIVE))
    withdrawn = min(others)
    rows = []
    for place in sponsored:
        later = rng.random() < 0.18
        if (place.code in others and place.code != withdrawn) or (schools is not None and place.code not in schools):
            continue
        since = "2018-06-20" if later and place.code != withdrawn else "2017-06-15"
        document = f"示例区教〔{since[:4]}〕{27 if since < '2018' else 31}号"
        until = "2018-07-31" if place.code == withdrawn else None
        rows.append(
            {"organisation": place.code, "organisation_name": place.name_zh, "since": since, "until": until, "document": document}
        )  # fmt: skip
    return pl.DataFrame(rows, schema_overrides={"until": pl.String}, infer_schema_length=None)


def inspection_rows(seed: int, schools: frozenset[str] | None = None) -> pl.DataFrame:
    """The annual inspection's result of every kindergarten with a sponsor."""
    rows = []
    for place in _sponsored(seed):
        rng = random.Random(f"{seed}:{place.code}:inspection")
        for year in _INSPECTED:
            result = rng.choices(("passed", "basically_passed", "failed", "not_inspected"), weights=(88, 9, 2, 1))[0]
            if schools is None or place.code in schools:
                rows.append({"organisation": place.code, "organisation_name": place.name_zh, "year": year, "result": result})
    return pl.DataFrame(rows)


def group_rows(seed: int, schools: frozenset[str] | None = None) -> pl.DataFrame:
    """One row a membership: group, kind, school, role, dates."""
    return pl.DataFrame(list(_members(seed, schools)), schema_overrides={"until": pl.String}, infer_schema_length=None)


def _members(seed: int, schools: frozenset[str] | None) -> Iterator[dict[str, object]]:
    codes = {place.name_zh: place.code for place in places(seed) if place.kind == "school"}
    for group, kind, since, lead, members in _GROUPS:
        for school in (lead, *members):
            if schools is None or codes[school] in schools:
                yield {
                    "run_by": _BUREAU,
                    "group": group,
                    "kind": kind,
                    "organisation": codes[school],
                    "organisation_name": school,
                    "role": "lead" if school == lead else "member",
                    "since": since,
                    "until": _ENDED.get((group, school)),
                }


def _sponsored(seed: int) -> list[Place]:
    return [place for place in places(seed) if place.kind == "kindergarten" and place.ownership != "public"]
