"""Staff faults: the ways in which lists of staff and of appointments go wrong, one of each kind, and what is said of it.

Changes when a kind of fault is planted or taken out, or when a check gets another number.
"""

from jiaoheng.intake.example.planted import Fault, Row
from jiaoheng.intake.example.pupil_faults import day_before, full_width, other_identity, wrong_last

__all__ = ["APPOINTMENT_FAULTS", "STAFF_FAULTS"]

_ZERO_WIDTH = "\u200b"


def _present(row: Row) -> bool:
    return row["left_on"] is None


def _alone(row: Row) -> bool:
    return _present(row) and row["bank_card"] is not None


def _teaches(row: Row) -> bool:
    return _present(row) and row["post"] == "专任教师" and row["certificate"] != "无教师资格"


STAFF_FAULTS = (
    Fault("校验码不符", "identity_number", ("22",), lambda row, _: {"identity_number": wrong_last(row["identity_number"])}),
    Fault("出生日期与身份证号不一致", "birth_date", ("30",), lambda row, _: {"birth_date": day_before(row["birth_date"])}),
    Fault("性别与身份证号不一致", "sex", ("31",), lambda row, _: {"sex": "女性" if row["sex"] == "男性" else "男性"}),
    Fault(
        "同一人两个工号", "identity_number", ("61",), lambda row, _: {"staff_number": "9902" + row["staff_number"][4:], "bank_card": None},
        where=_alone, added=True, other_codes=("61",),
    ),
    Fault(
        "同一工号两行", "staff_number", ("06",), lambda row, _: {"identity_number": None, "bank_card": None}, where=_alone, added=True,
        other_codes=("06",),
    ),
    Fault(
        "同一银行卡号用于两人", "bank_card", ("63",), lambda _, other: {"bank_card": other["bank_card"]}, where=_alone, partner=_alone,
        other_codes=("63",),
    ),
    Fault("参加工作早于出生", "employed_on", ("41",), lambda row, _: {"employed_on": "1931-08-01"}, where=_present),
    Fault("离职早于参加工作", "left_on", ("41",), lambda row, _: {"left_on": "1951-07-31"}, where=_present),
    Fault("不认识的职称", "title", ("04",), lambda row, _: {"title": "特聘大师"}),
    Fault("不认识的岗位", "post", ("04",), lambda row, _: {"post": "顶梁柱"}),
    Fault("不认识的学段", "stages", ("04", "69"), lambda row, _: {"stages": "大学"}, where=_teaches),
    Fault("全角字符", "identity_number", ("READ-02",), lambda row, _: {"identity_number": full_width(row["identity_number"])}),
    Fault("看不见的字符", "name", ("READ-05",), lambda row, _: {"name": f"{row['name'][:1]}{_ZERO_WIDTH}{row['name'][1:]}"}),
    Fault("身份证号变为科学计数（文本）", "identity_number", ("20",), lambda row, _: {"identity_number": "9.90101E+17"}),
    Fault("身份证号变为数字", "identity_number", ("20",), lambda row, _: {"identity_number": float(row["identity_number"][:17] + "0")}),
    Fault("身份证号少一位", "identity_number", ("21",), lambda row, _: {"identity_number": row["identity_number"][:17]}),
    Fault(
        "身份证号中没有这一天", "identity_number", ("23",),
        lambda row, _: {"identity_number": other_identity(row, row["identity_number"][6:10] + "1345")},
    ),
    Fault("缺姓名", "name", ("01",), lambda row, _: {"name": None}),
    Fault("缺工号", "staff_number", ("01",), lambda row, _: {"staff_number": None}),
    Fault("缺岗位类别", "post", ("01",), lambda row, _: {"post": None}),
    Fault("学校不在名录", "organisation", ("05",), lambda row, _: {"organisation": "2199000999"}),
    Fault("学校名称与代码不符", "organisation_name", ("09",), lambda row, _: {"organisation_name": "不存在的学校"}),
    Fault("出生日期不是日期", "birth_date", ("13",), lambda row, _: {"birth_date": "七十年代"}),
    Fault("电话不是电话", "phone", ("27",), lambda row, _: {"phone": "未留"}),
    Fault("卡号不是卡号", "bank_card", ("28",), lambda row, _: {"bank_card": "工资卡"}),
    Fault("卡号校验位不符", "bank_card", ("29",), lambda row, _: {"bank_card": wrong_last(row["bank_card"])}, where=_alone),
    Fault("无资格证而有注册日期", "registration_due", ("67", "68"), lambda row, _: {"certificate": "无教师资格"}, where=_teaches),
    Fault(
        "专任教师没有资格证", "certificate", ("68",), lambda row, _: {"certificate": "无教师资格", "registration_due": None}, where=_teaches
    ),
    Fault("原有：幼儿园教师没有资格证", "certificate", ("68",), lambda _row, _other: {}, already=True,
          where=lambda row: row["post"] == "专任教师" and row["certificate"] == "无教师资格"),
    Fault("培训学时不是数字", "training_hours", ("02",), lambda row, _: {"training_hours": "很多"}, where=_teaches),
)  # fmt: skip

APPOINTMENT_FAULTS = (
    Fault("没有这个工号", "staff_number", ("64",), lambda row, _: {"staff_number": "9901999999"}),
    Fault("姓名与工号不符", "name", ("65",), lambda row, _: {"name": "查无此人"}),
    Fault("结束早于开始", "until", ("41",), lambda row, _: {"until": "1951-07-31"}),
    Fault("不认识的任职类型", "kind", ("04",), lambda row, _: {"kind": "挂名"}),
    Fault("缺开始日期", "since", ("01",), lambda row, _: {"since": None, "until": None}),
    Fault("学校不在名录", "organisation", ("05",), lambda row, _: {"organisation": "2199000999"}),
    Fault("同一记录两行", "staff_number", ("06", "60"), lambda row, _: {}, added=True, other_codes=("06", "60")),
)
