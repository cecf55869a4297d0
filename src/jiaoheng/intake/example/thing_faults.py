"""Faults of everything but persons: posts, money, licences, recognitions, inspections, population; one of each kind.

Changes when a kind of fault is planted or taken out, or when a check gets another number.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from jiaoheng.intake.example.planted import Fault, Row

__all__ = ["THING_FAULTS"]


def _to(**cells: Any) -> Any:
    """A spoiling that writes the same cells into every row."""
    return lambda _row, _other: cells


def _again(row: Row, _other: Row) -> Mapping[str, Any]:
    return {}


_UNKNOWN = Fault("单位不在名录", "organisation", ("05",), _to(organisation="2199000999"))
_NAMELESS = Fault("名称与代码不符", "organisation_name", ("09",), _to(organisation_name="不存在的单位"))
_TWICE = Fault("同一记录两行", "organisation", ("06",), _again, added=True, other_codes=("06",))
_TWICE_AND_OVERLAPPING = Fault("同一记录两行", "organisation", ("06", "60"), _again, added=True, other_codes=("06", "60"))
_BACKWARDS = Fault("结束早于开始", "until", ("41",), _to(until="1999-01-01"))
_NO_DAY = Fault("开始日期不是日期", "since", ("13",), _to(since="2018年2月30日", until=None))
_NO_SINCE = Fault("缺开始日期", "since", ("01",), _to(since=None))

THING_FAULTS: Mapping[str, Sequence[Fault]] = {
    "establishment": (
        _UNKNOWN, _NAMELESS, _TWICE_AND_OVERLAPPING, _NO_DAY, _NO_SINCE,
        Fault("缺编制数", "approved_posts", ("01",), _to(approved_posts=None)),
        Fault("编制数为负", "approved_posts", ("03",), _to(approved_posts=-3)),
    ),
    "funds": (
        _UNKNOWN, _NAMELESS, _TWICE,
        Fault("不认识的来源", "source", ("04",), _to(source="化缘")),
        Fault("不认识的用途", "purpose", ("04",), _to(purpose="人情往来")),
        Fault("金额为负", "spent_yuan", ("03",), lambda row, _: {"spent_yuan": -1.0 - row["spent_yuan"]}),
        Fault(
            "支出大于到位", "spent_yuan", ("80",), lambda row, _: {"spent_yuan": row["received_yuan"] + 1000.0},
        ),
        Fault("金额不是数字", "received_yuan", ("02",), _to(received_yuan="约八百万元", spent_yuan=None)),
        Fault("缺年度", "fiscal_year", ("01",), _to(fiscal_year=None)),
        Fault("年度超出范围", "fiscal_year", ("03",), _to(fiscal_year=218)),
    ),
    "licences": (
        _UNKNOWN, _NAMELESS, _TWICE, _BACKWARDS, _NO_SINCE,
        Fault("缺许可证号", "number", ("01",), _to(number=None)),
        Fault("不认识的法人属性", "legal_form", ("04",), _to(legal_form="半营利")),
    ),
    "recognitions": (
        _UNKNOWN, _NAMELESS, _TWICE_AND_OVERLAPPING, _BACKWARDS, _NO_SINCE,
        Fault("不是幼儿园", "organisation", ("81",), _to(organisation="2199000001", organisation_name=None)),
    ),
    "inspections": (
        _UNKNOWN, _NAMELESS, _TWICE,
        Fault("不认识的结果", "result", ("04",), _to(result="还行")),
        Fault("缺结果", "result", ("01",), _to(result=None)),
        Fault("年度超出范围", "year", ("03",), _to(year=20)),
    ),
    "school_groups": (
        _UNKNOWN, _NAMELESS, _BACKWARDS, _NO_SINCE,
        Fault("不认识的角色", "role", ("04",), _to(role="带头大哥")),
        Fault("主管单位不存在", "run_by", ("83",), _to(run_by="990199JY")),
    ),
    "population": (
        _UNKNOWN, _TWICE,
        Fault("不认识的口径", "base", ("04",), _to(base="常驻户口")),
        Fault("年龄超出范围", "age", ("03",), _to(age=180)),
        Fault("人数为负", "persons", ("03",), _to(persons=-5)),
        Fault("缺人数", "persons", ("01",), _to(persons=None)),
    ),
}  # fmt: skip
