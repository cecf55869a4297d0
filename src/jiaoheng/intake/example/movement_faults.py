"""Movement faults: the ways in which lists of movements go wrong, one of each kind, and what is said of it.

Changes when a kind of fault is planted or taken out, or when a check gets another number. Each is a row of its own below the others, made
from a pupil who graduates that summer: the movements that did happen stay as they are.
"""

from collections.abc import Callable, Mapping
from typing import Any

from jiaoheng.intake.example.planted import Fault, Row
from jiaoheng.intake.example.pupil_faults import another_number, elsewhere

__all__ = ["MOVEMENT_FAULTS"]


def _graduates(row: Row) -> bool:
    known = row["student_number"] is not None and str(row["student_number"]).startswith("G")
    return known and row["event"] == "毕业" and row["grade"] in ("六年级", "九年级")


def _row(kind: str, field: str, code: str, spoil: Callable[[Row, Row], Mapping[str, Any]], **options: Any) -> Fault:
    return Fault(kind, field, (code,), spoil, where=_graduates, added=True, **options)


MOVEMENT_FAULTS = (
    _row("登记中没有该学生", "student_number", "46", lambda row, _: {"student_number": another_number(row), "identity_number": None}),
    _row("不认识的变动类别", "event", "04", lambda row, _: {"event": "跑了", "date": "2018-05-07"}),
    _row("缺变动类别", "event", "01", lambda row, _: {"event": None}),
    _row("缺变动日期", "date", "01", lambda row, _: {"date": None}),
    _row("变动日期不是日期", "date", "13", lambda row, _: {"date": "去年"}),
    _row("学校不在名录", "organisation", "05", lambda row, _: {"organisation": "2199000999", "date": "2018-05-08"}),
    _row(
        "学籍不在这所学校", "organisation", "47",
        lambda row, _: {"organisation": elsewhere(row), "organisation_name": None, "event": "休学", "date": "2018-05-09"},
    ),
    _row("同一变动两行", "student_number", "06", lambda row, _: {}, other_codes=("06",)),
    _row("晚于该学年", "date", "42", lambda row, _: {"event": "休学", "date": "2019-03-01"}),
    _row("早于该段学籍", "date", "51", lambda row, _: {"event": "休学", "date": "2017-03-05"}),
    _row("已有学籍而按新生录入", "event", "50", lambda row, _: {"event": "招生", "date": "2018-03-05"}),
    _row("转出而没有对方学校", "other_school", "54", lambda row, _: {"event": "转出", "date": "2018-04-10"}),
    _row("调班而没有班级", "class_name", "48", lambda row, _: {"event": "调班", "date": "2018-04-11", "class_name": None}),
    _row("没有该班级", "class_name", "34", lambda row, _: {"event": "调班", "date": "2018-04-12", "class_name": "88班"}),
)  # fmt: skip
