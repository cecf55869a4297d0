"""School causes: what is said of rows that speak of staff, posts, money and institutions; numbers 60 to 99.

Changes when the words of such a message change. Identity numbers, names and cards are never quoted.
"""

from jiaoheng.intake.causes import CauseText

__all__ = ["SCHOOL_CAUSES"]

SCHOOL_CAUSES = {
    "60": CauseText(
        "reject",
        "The period overlaps another one of the same kind: {values}. Correct the dates, or give the earlier one its end.",
        "时段与同类的另一时段重叠：{values}。请更正日期，或先填前一时段的结束日期。",
    ),
    "61": CauseText(
        "reject",
        "The same person stands in this file under more than one staff number: {values}. Keep one row.",
        "同一人在本表中有不止一个工号：{values}。请只保留一行。",
    ),
    "62": CauseText(
        "reject",
        "The register has this person under another staff number. Use that one, or compare both documents.",
        "登记中此人已有另一工号。请使用原工号，或核对两人的证件。",
    ),
    "63": CauseText(
        "warn",
        "The same bank card stands for more than one member of staff: {values}. Stored as sent; check it before money is paid.",
        "同一银行卡号用于多名教职工：{values}。已按所填保存，发放前请核对。",
    ),
    "64": CauseText(
        "reject",
        "No member of staff has this number: {values}. Correct it, or hand in the staff first.",
        "教职工中没有这个工号：{values}。请更正，或先导入教职工表。",
    ),
    "65": CauseText(
        "reject",
        "{field} is not the one that this staff number has in the register. Correct the number or the name.",
        "{field}与该工号在登记中的姓名不一致。请更正工号或姓名。",
    ),
    "66": CauseText(
        "reject",
        "This person belongs to a school outside your part of the tree: {values}. Ask the bureau to enter the move.",
        "此人所在学校不在您的范围内：{values}。请由教育局办理调动。",
    ),
    "67": CauseText(
        "reject",
        "A registration date is given without a certificate. Fill in the certificate, or clear the date.",
        "填了资格注册到期日期而没有教师资格证。请填写教师资格证种类，或清空日期。",
    ),
    "68": CauseText(
        "warn",
        "A full-time teacher without a teaching certificate. Stored as sent; check it.",
        "专任教师没有教师资格证。已按所填保存，请核对。",
    ),
    "69": CauseText(
        "warn",
        "A full-time teacher without a stage: counted with the first stage that the school teaches. Fill in the stage taught.",
        "专任教师没有任教学段：按学校的第一个学段统计。请填写任教学段。",
    ),
    "70": CauseText(
        "reject",
        "The identity number differs from the one that the register has for this staff number. "
        "Correct it on the person's page, with a reason.",
        "身份证号与该工号在登记中的不一致。请在该人的页面上更正并写明原因。",
    ),
    "80": CauseText(
        "warn",
        "More was spent than received: {values}. Stored as sent; check both, or say where the rest came from.",
        "支出大于到位：{values}。已按所填保存，请核对，或说明差额来源。",
    ),
    "81": CauseText(
        "reject",
        "Only a kindergarten is recognised as inclusive: {values}. Correct the code.",
        "只有幼儿园才有普惠性认定：{values}。请更正代码。",
    ),
    "82": CauseText(
        "reject",
        "The group would have more than one lead school: {values}. Keep one, or end the other first.",
        "一个集团（联盟、共同体）有不止一所牵头学校：{values}。请只保留一所，或先结束原来的。",
    ),
    "83": CauseText(
        "reject",
        "The organisation that is to run the group is not known, or not one of yours: {values}. Correct its code.",
        "牵头单位不存在或不在您的范围内：{values}。请更正代码。",
    ),
}
