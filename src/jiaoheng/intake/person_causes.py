"""Person causes: what is said of rows that speak of pupils, classes and movements; numbers 20 to 59.

Changes when the words of such a message change. Values of sensitive cells are never quoted: the row and column say where they stand.
"""

from jiaoheng.intake.causes import CauseText

__all__ = ["PERSON_CAUSES"]

PERSON_CAUSES = {
    "20": CauseText(
        "reject",
        "The digits of {field} are gone: a spreadsheet has turned the number into scientific notation or rounded it. "
        "Format the column as text, and type the numbers again from the documents.",
        "{field}的数字已经丢失：表格软件把它变成了科学计数或四舍五入的数。请把该列设为「文本」，对照证件重新填写。",
    ),
    "21": CauseText(
        "reject",
        "{field} is not 18 characters of digits (the last may be X). Compare it with the document; "
        "for another document, fill in the kind of document.",
        "{field}不是 18 位数字（末位可为 X）。请与证件核对；其他证件请填写证件类型。",
    ),
    "22": CauseText(
        "reject",
        "The check digit of {field} does not fit: a digit was mistyped or two changed places. Compare it with the document.",
        "{field}的校验码不符：有一位填错或两位颠倒。请与证件核对。",
    ),
    "23": CauseText(
        "reject",
        "The eight digits of the birth date in {field} are not a possible day. Compare it with the document.",
        "{field}中的出生日期不是可能的日子。请与证件核对。",
    ),
    "25": CauseText(
        "reject",
        "{field} is not a national student number: a G, L or J and 18 characters with a check digit. Take it from the national register.",
        "{field}不是全国学籍号：应为 G、L 或 J 加 18 位，且校验码相符。请从全国学籍系统中查取。",
    ),
    "26": CauseText(
        "reject",
        "{field} is an identity number. A student number is never made from it: take the number beginning with G, L or J.",
        "{field}填的是身份证号。学籍号不由身份证号推出：请填以 G、L 或 J 开头的学籍号。",
    ),
    "27": CauseText(
        "warn",
        "{field} is not a phone number and was left out. Write a mobile number of 11 digits, or a landline with its area code.",
        "{field}不是电话号码，未保存。请填 11 位手机号，或带区号的固定电话。",
    ),
    "28": CauseText(
        "reject",
        "{field} is not a card number: digits only, 12 to 30 of them. Copy it from the card.",
        "{field}不是卡号：应为 12 至 30 位数字。请照卡填写。",
    ),
    "29": CauseText(
        "warn",
        "The check digit of {field} does not fit. Stored as sent; compare it with the card before money is paid.",
        "{field}的校验位不符。已按所填保存，发放前请与卡核对。",
    ),
    "30": CauseText(
        "reject",
        "{field} differs from the one in the identity number. Correct one of the two.",
        "{field}与身份证号中的不一致。请更正其一。",
    ),
    "31": CauseText(
        "reject",
        "{field} differs from the one in the identity number. Correct one of the two.",
        "{field}与身份证号中的不一致。请更正其一。",
    ),
    "32": CauseText(
        "warn",
        "The age on 31 August is unusual for the grade (grade: age, usual ages): {values}. Stored as sent; check birth date and grade.",
        "8 月 31 日的年龄与年级不太相符（年级：年龄，通常年龄）：{values}。已按所填保存，请核对出生日期和年级。",
    ),
    "33": CauseText(
        "reject",
        "The school does not teach this grade: {values}. Correct the grade, or the school's stages in the directory.",
        "该校没有这个年级：{values}。请更正年级，或更正机构名录中的学段。",
    ),
    "34": CauseText(
        "reject",
        "The school has no such class: {values}. Correct the class, or hand in the classes first.",
        "该校没有这个班级：{values}。请更正班级，或先导入班级表。",
    ),
    "35": CauseText(
        "reject",
        "The same child stands in this file for two schools. Keep the row of the school where the child is.",
        "同一学生在本表中出现在两所学校。请只保留实际就读学校的一行。",
    ),
    "36": CauseText(
        "reject",
        "The child is on the books of another school: {values}. "
        "Ask for a transfer (a movement 转入), and hand the row in once it is approved.",
        "该生学籍在另一所学校：{values}。请先提出转学（变动类别「转入」），批准后再导入本行。",
    ),
    "37": CauseText(
        "reject",
        "The same person stands in more than one row. Keep one row and delete the others.",
        "同一人出现在多行。请只保留一行。",
    ),
    "38": CauseText(
        "warn",
        "The identity number differs from the one that the register has for this child. It is not changed: a correction is asked for "
        "and waits for approval; the other columns are stored.",
        "身份证号与学籍登记的不一致。不直接修改：已提出更正申请，待审批；其余各列照常保存。",
    ),
    "39": CauseText(
        "reject",
        "This identity number stands in the register for another child. Compare both documents; do not enter the child a second time.",
        "该身份证号在登记中属于另一名学生。请核对两人的证件，不要重复录入。",
    ),
    "40": CauseText(
        "warn",
        "The same bank card stands for more than one child: {values}. "
        "Stored as sent; check that it is right, for brothers and sisters perhaps.",
        "同一银行卡号用于多名学生：{values}。已按所填保存，请核对（可能是兄弟姐妹）。",
    ),
    "41": CauseText(
        "reject", "{field} comes before {other}: {values}. Correct one of the two dates.", "{field}早于{other}：{values}。请更正其一。"
    ),
    "42": CauseText(
        "reject",
        "{field} lies after the school year of the row: {values}. Correct the date or the school year.",
        "{field}晚于本行的学年：{values}。请更正日期或学年。",
    ),
    "43": CauseText(
        "reject",
        "The register already holds a later school year of this child: {values}. Leave older years out.",
        "登记中已有该生更晚学年的学籍：{values}。较早学年的行请勿再导入。",
    ),
    "44": CauseText(
        "reject",
        "A placement is said of a child with a disability only. Fill in the kind of disability, or clear the placement.",
        "只有残疾学生才填安置方式。请填写残疾类型，或清空安置方式。",
    ),
    "45": CauseText(
        "warn",
        "No member of staff has this number: {values}. The class is stored without its head teacher; hand in the staff first.",
        "教职工中没有这个工号：{values}。班级已保存，未登记班主任；请先导入教职工表。",
    ),
    "46": CauseText(
        "reject",
        "The register has no child with this number: {values}. Correct the number, or hand in the pupil first.",
        "登记中没有这个号码的学生：{values}。请更正号码，或先导入该学生。",
    ),
    "47": CauseText(
        "reject",
        "The child is not on the books of this school: {values}. Correct the school or the number.",
        "该生学籍不在这所学校：{values}。请更正学校或号码。",
    ),
    "48": CauseText(
        "reject",
        "This movement needs {field}. Fill in the cell.",
        "这类变动需要填写{field}。请填写。",
    ),
    "49": CauseText(
        "info",
        "This movement is asked for and waits for another account's approval.",
        "该变动已提出申请，待另一账号审批。",
    ),
    "50": CauseText(
        "reject",
        "The child is on the books of a school already: {values}. Ask for a transfer (转入) instead of a new entry.",
        "该生已有学籍：{values}。请提出「转入」，不要按新生录入。",
    ),
    "51": CauseText(
        "reject",
        "The day lies before the child's present stay began: {values}. Correct the date.",
        "该日期早于该生现有学籍的开始日期：{values}。请更正日期。",
    ),
    "52": CauseText(
        "reject",
        "The name does not tell which organisation is meant: {values}. Fill in its code.",
        "按名称无法确定是哪个机构：{values}。请填写机构代码。",
    ),
    "53": CauseText(
        "warn",
        "The same is asked for this child already and waits for approval. It was not asked for again.",
        "该生的同一申请已在等待审批，未重复提出。",
    ),
    "54": CauseText(
        "reject",
        "Which school the child goes to is not known or not one of yours: {values}. The receiving school asks for the transfer (转入); "
        "for a school outside the district write 转往外地.",
        "转往的学校不明确，或不在您的范围内：{values}。区内转学由转入学校提出「转入」；转到区外请填「转往外地」。",
    ),
    "55": CauseText(
        "reject",
        "The child is at this school already, or on no school's books: {values}. For a child from outside write 外地转入.",
        "该生已在本校，或目前没有学籍：{values}。从区外转来的请填「外地转入」。",
    ),
}
