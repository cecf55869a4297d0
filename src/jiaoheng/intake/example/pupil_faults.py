"""Pupil faults: the ways in which clerks' rolls, movements and lists of classes go wrong, one of each kind, and what is said of it.

Changes when a kind of fault is planted or taken out, or when a check gets another number.
"""

from collections.abc import Mapping
from typing import Any

from jiaoheng.intake.example.planted import Fault, Row
from jiaoheng.registers.identity_number import check_digit

__all__ = [
    "CLASS_FAULTS",
    "PUPIL_FAULTS",
    "another_number",
    "day_before",
    "elsewhere",
    "full_width",
    "other_identity",
    "wrong_last",
]

_FULL_WIDTH = str.maketrans("0123456789X", "０１２３４５６７８９Ｘ")
_FREE_AREA = "990199"
_ZERO_WIDTH, _IDEOGRAPHIC_SPACE = "\u200b", "\u3000"


def other_identity(row: Row, born: str) -> str:
    """The row's identity number with another birth date, of an area that nobody else's is of, and the check digit that follows."""
    number = str(row["identity_number"])
    body = _FREE_AREA + born + number[14:17]
    return body + check_digit(body)


def wrong_last(number: str) -> str:
    """The number with a check digit that does not fit."""
    return number[:-1] + ("5" if number[-1] != "5" else "6")


def full_width(number: str) -> str:
    return number.translate(_FULL_WIDTH)


def day_before(day: str) -> str:
    """Another day of the same month."""
    start, last = day[:-2], int(day[-2:])
    return f"{start}{last - 1 if last > 1 else last + 1:02}"


def another_number(row: Row) -> str:
    """A right student number that nobody has: of another area than all others."""
    body = _FREE_AREA + str(row["student_number"])[7:18]
    return "G" + body + check_digit(body)


def _shifted(row: Row, years: int) -> Mapping[str, Any]:
    """Birth date and identity number of somebody so many years older, agreeing with each other."""
    year, rest = str(row["birth_date"]).split("-", 1)
    rest = "02-28" if rest == "02-29" else rest
    born = f"{int(year) - years}-{rest}"
    return {"birth_date": born, "identity_number": other_identity(row, born.replace("-", ""))}


def _numbered(row: Row) -> bool:
    return row["student_number"] is not None and str(row["student_number"]).startswith("G")


def _alone(row: Row) -> bool:
    """A row whose only numbers that must not stand twice are the child's own."""
    return _numbered(row) and row["bank_card"] is None


def _primary(row: Row) -> bool:
    return str(row["organisation"]).startswith("21")


def _last_primary_grade(row: Row) -> bool:
    return _primary(row) and row["grade"] == "六年级"


def elsewhere(row: Row) -> str:
    """The code of another school that teaches the grade."""
    primary = row["grade"] in ("一年级", "二年级", "三年级", "四年级", "五年级", "六年级")
    first, second = ("2199000001", "2199000013") if primary else ("3199000101", "3199000102")
    return second if row["organisation"] == first else first


PUPIL_FAULTS = (
    Fault("校验码不符", "identity_number", ("22",), lambda row, _: {"identity_number": wrong_last(row["identity_number"])}),
    Fault("出生日期与身份证号不一致", "birth_date", ("30",), lambda row, _: {"birth_date": day_before(row["birth_date"])}),
    Fault("性别与身份证号不一致", "sex", ("31",), lambda row, _: {"sex": "女性" if row["sex"] == "男性" else "男性"}),
    Fault("年龄与年级不符", "birth_date", ("32",), lambda row, _: _shifted(row, 5), where=_numbered),
    Fault(
        "学校没有该年级", "grade", ("33",), lambda row, _: {**_shifted(row, 1), "grade": "七年级", "class_name": None},
        where=_last_primary_grade,
    ),
    Fault("没有该班级", "class_name", ("34",), lambda row, _: {"class_name": "88班"}),
    Fault(
        "同一学生在两所学校", "organisation", ("35",),
        lambda row, _: {"organisation": elsewhere(row), "organisation_name": None, "class_name": "1班"}, where=_alone, added=True,
        other_codes=("35",),
    ),
    Fault(
        "同一人两行", "identity_number", ("37",), lambda row, _: {"student_number": another_number(row)}, where=_alone, added=True,
        other_codes=("37",),
    ),
    Fault("整行重复", "student_number", ("37",), lambda row, _: {}, where=_alone, added=True, other_codes=("37",)),
    Fault(
        "同一银行卡号用于两人", "bank_card", ("40",), lambda row, other: {"bank_card": other["bank_card"]},
        where=lambda row: row["bank_card"] is None, partner=lambda row: row["bank_card"] is not None, other_codes=("40",),
    ),
    Fault("入学早于出生", "entered_on", ("41",), lambda row, _: {"entered_on": "1998-09-01"}),
    Fault("入学晚于学年", "entered_on", ("42",), lambda row, _: {"entered_on": "2019-10-08"}),
    Fault("不认识的民族", "ethnicity", ("04",), lambda row, _: {"ethnicity": "炎黄族"}),
    Fault("不认识的户口性质", "household_kind", ("04",), lambda row, _: {"household_kind": "集体"}),
    Fault(
        "全角字符", "identity_number", ("READ-02",), lambda row, _: {"identity_number": full_width(row["identity_number"])}
    ),
    Fault("看不见的字符", "name", ("READ-05",), lambda row, _: {"name": f"{row['name'][:1]}{_ZERO_WIDTH}{row['name'][1:]}"}),
    Fault("首尾空格", "organisation", ("READ-05",), lambda row, _: {"organisation": f"{row['organisation']}{_IDEOGRAPHIC_SPACE}"}),
    Fault("身份证号变为科学计数（文本）", "identity_number", ("20",), lambda row, _: {"identity_number": "9.90101E+17"}),
    Fault("身份证号变为数字", "identity_number", ("20",), lambda row, _: {"identity_number": float(row["identity_number"][:17] + "0")}),
    Fault("身份证号少一位", "identity_number", ("21",), lambda row, _: {"identity_number": row["identity_number"][:17]}),
    Fault(
        "身份证号中没有这一天", "identity_number", ("23",),
        lambda row, _: {"identity_number": other_identity(row, row["identity_number"][6:10] + "1345")},
    ),
    Fault("身份证号填在学籍号列", "student_number", ("26",), lambda row, _: {"student_number": row["identity_number"]}),
    Fault(
        "学籍号校验码不符", "student_number", ("25",), lambda row, _: {"student_number": wrong_last(row["student_number"])},
        where=_numbered,
    ),
    Fault("缺姓名", "name", ("01",), lambda row, _: {"name": None}),
    Fault("缺学籍号和身份证号", "student_number", ("01",), lambda row, _: {"student_number": None, "identity_number": None}),
    Fault("缺年级", "grade", ("01",), lambda row, _: {"grade": None, "class_name": None}),
    Fault("学校不在名录", "organisation", ("05",), lambda row, _: {"organisation": "2199000999"}),
    Fault("学校名称与代码不符", "organisation_name", ("09",), lambda row, _: {"organisation_name": "不存在的小学"}),
    Fault("出生日期不是日期", "birth_date", ("13",), lambda row, _: {"birth_date": "2012年13月40日"}),
    Fault("学年写错", "school_year", ("12",), lambda row, _: {"school_year": "2018-2020"}),
    Fault("电话不是电话", "guardian_phone", ("27",), lambda row, _: {"guardian_phone": "未留"}),
    Fault("卡号不是卡号", "bank_card", ("28",), lambda row, _: {"bank_card": "信用社"}),
    Fault(
        "卡号校验位不符", "bank_card", ("29",), lambda row, _: {"bank_card": wrong_last(row["bank_card"])},
        where=lambda row: row["bank_card"] is not None,
    ),
    Fault(
        "非残疾学生填了安置方式", "placement", ("44",), lambda row, _: {"placement": "随班就读"},
        where=lambda row: row["disability"] == "无",
    ),
)  # fmt: skip

CLASS_FAULTS = (
    Fault("学校没有该年级", "grade", ("33",), lambda row, _: {"grade": "高三", "head_teacher": None}, where=_primary),
    Fault("没有这个工号", "head_teacher", ("45",), lambda row, _: {"head_teacher": "9901999999"}),
    Fault("班级重复", "class_name", ("06",), lambda row, _: {}, added=True, other_codes=("06",)),
    Fault("学校不在名录", "organisation", ("05",), lambda row, _: {"organisation": "2199000999"}),
    Fault("缺班级名称", "class_name", ("01",), lambda row, _: {"class_name": None}),
    Fault("不认识的班级类型", "class_kind", ("04",), lambda row, _: {"class_kind": "尖子班"}),
)
