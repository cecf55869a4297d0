"""Causes: every sentence that the intake says about a file, a row or a cell, by code, in both languages.

Changes when the words of a message change. A code's letters name where it comes from: FILE a file that cannot be read, READ something
normalised, and the register's own letters (STAT, ORG) before a rule of rows: `STAT-03` and `ORG-03` are the same rule.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Literal

from django.utils.translation import get_language

from jiaoheng.rulebook.loader import Label

__all__ = ["FILE_CAUSES", "READ_CAUSES", "ROW_CAUSES", "Cause", "CauseText", "Severity", "UnreadableWorkbook", "Words", "phrased"]

Severity = Literal["reject", "warn", "info"]
Words = str | int | float | Label


@dataclass(frozen=True)
class CauseText:
    """One catalogue entry: how grave it is, and the sentence with its places to fill."""

    severity: Severity
    en: str
    zh: str


FILE_CAUSES = {
    "FILE-01": CauseText(
        "reject",
        "{file} is protected by a password. Open it, remove the password, save it, and import it again.",
        "{file} 设有密码。请打开后取消密码、保存，再导入。",
    ),
    "FILE-02": CauseText(
        "reject",
        "{file} is damaged or cut off and cannot be read to its end. Ask for the file again, or open it and save it anew.",
        "{file} 已损坏或不完整，无法读完。请重新索取，或打开后另存一份。",
    ),
    "FILE-03": CauseText(
        "reject",
        "{file} would unpack to {size} MB, more than a workbook may ({limit} MB). It was not opened. Split it, or save it anew.",
        "{file} 解开后有 {size} MB，超过表格的上限（{limit} MB），没有打开。请拆分，或另存一份。",
    ),
    "FILE-04": CauseText(
        "reject",
        "{file} is {found}, not a workbook, whatever its name says. Send the .xlsx, .xls or .csv file.",
        "{file} 实为{found}，不是表格，与文件名不符。请改交 .xlsx、.xls 或 .csv 文件。",
    ),
    "FILE-05": CauseText(
        "reject",
        "{file} has no column that is known here. Expected headings such as {headings}. Use a template (jiaoheng template), or a mapping.",
        "{file} 中没有认识的列。应有的列名例如 {headings}。请使用模板（jiaoheng template），或提供对应表。",
    ),
    "FILE-06": CauseText(
        "reject",
        "{file}, sheet “{sheet}”: the column “{column}” is missing. Its headings are {headings}. Add the column, or correct the mapping.",
        "{file} 的工作表「{sheet}」缺少列「{column}」。现有列名：{headings}。请补上该列，或修改对应表。",
    ),
    "FILE-07": CauseText(
        "reject",
        "{file} has no sheet “{sheet}”. Its sheets are {sheets}. Rename the sheet, or correct the mapping.",
        "{file} 中没有工作表「{sheet}」。现有工作表：{sheets}。请改名，或修改对应表。",
    ),
    "FILE-08": CauseText(
        "reject",
        "{file} is not written in UTF-8 or GB18030. Save it as a workbook (.xlsx), or as CSV in UTF-8.",
        "{file} 的编码不是 UTF-8 或 GB18030。请另存为 .xlsx，或 UTF-8 编码的 CSV。",
    ),
    "FILE-09": CauseText("reject", "{file} is empty. Send the file with its rows.", "{file} 是空的。请交有内容的文件。"),
    "FILE-10": CauseText(
        "reject",
        "{file} is not named in the mapping {mapping}. Add it there, or import it without a mapping.",
        "对应表 {mapping} 中没有 {file}。请补上，或不用对应表导入。",
    ),
    "FILE-11": CauseText(
        "reject", "{file} cannot be opened: {reason}. Check its name and place.", "{file} 无法打开：{reason}。请核对文件名和位置。"
    ),
    "FILE-13": CauseText("reject", "{file} is not there. Check its name and place.", "找不到 {file}。请核对文件名和位置。"),
    "FILE-14": CauseText(
        "reject",
        "{file} is damaged, or has a cell far to the right or below that makes it too large to open. "
        "Copy the table into a new workbook and send that.",
        "{file} 已损坏，或在很远的行列有单元格，大到无法打开。请把表格复制到新的工作簿后再交。",
    ),
    "FILE-15": CauseText(
        "reject",
        "{file} looks like {found}, not like {asked}. Nothing of it was taken in. Hand it in as {found}, or send the right file.",
        "{file} 看起来是「{found}」表，不是「{asked}」表，没有导入任何内容。请按「{found}」导入，或换成正确的文件。",
    ),
    "FILE-12": CauseText(
        "reject",
        "{file} holds no .xlsx, .xls or .csv file to import. Check the folder.",
        "{file} 中没有可导入的 .xlsx、.xls 或 .csv 文件。请核对文件夹。",
    ),
}

READ_CAUSES = {
    "READ-01": CauseText(
        "info", "Numbers kept as text were read as numbers. Nothing to do.", "以文本形式保存的数字已按数字读取，无需处理。"
    ),
    "READ-02": CauseText(
        "info",
        "Full-width characters (such as {example}) were read as {read}. Nothing to do.",
        "全角字符（如 {example}）已按 {read} 读取，无需处理。",
    ),
    "READ-03": CauseText(
        "info", "Thousands commas ({example}) were taken out. Nothing to do.", "千分位逗号（{example}）已去掉，无需处理。"
    ),
    "READ-04": CauseText(
        "info",
        "Date serial numbers were read as dates ({example} is {read}). Nothing to do.",
        "日期序列号已按日期读取（{example} 即 {read}），无需处理。",
    ),
    "READ-05": CauseText(
        "info",
        "Invisible characters or blanks around the text were taken out. Nothing to do.",
        "文字中看不见的字符或首尾空格已去掉，无需处理。",
    ),
    "READ-06": CauseText(
        "info",
        "Dashes ({example}) were read as missing, not as zero. Write 0 where there are none.",
        "横线（{example}）按缺失读取，不作 0。确实为零请填 0。",
    ),
    "READ-07": CauseText(
        "info",
        "Amounts with more than two decimals ({example}) were rounded to two. Nothing to do.",
        "超过两位小数的数（{example}）已四舍五入到两位，无需处理。",
    ),
    "READ-08": CauseText("info", "Empty rows between the rows were passed over. Nothing to do.", "行间的空行已跳过，无需处理。"),
    "READ-09": CauseText(
        "info",
        "The headings stand in row {row}; what is above them was passed over. Nothing to do.",
        "列名在第 {row} 行，其上的内容已跳过，无需处理。",
    ),
    "READ-10": CauseText(
        "info",
        "{field} is left missing, since one of its parts is blank: a missing part is not zero. Write 0 where there are none.",
        "{field}的组成列有空白，合计按缺失处理：缺失不是 0。确实为零请填 0。",
    ),
    "READ-11": CauseText(
        "info",
        "Merged or two-row headings were read as one heading a column. Nothing to do.",
        "合并或两行的表头已按每列一个列名读取，无需处理。",
    ),
    "READ-12": CauseText(
        "info",
        "The columns were read as {who} confirmed on {day}: {columns}. Forget that confirmation where it is wrong.",
        "各列按 {who} 于 {day} 确认的对应读取：{columns}。如有不对，请删去该对应后重交。",
    ),
    "READ-13": CauseText(
        "info",
        "The columns were read as proposed and now confirmed: {columns}. The same headings will be read so next time.",
        "各列按建议并经确认的对应读取：{columns}。下次遇到同样的列名照此读取。",
    ),
    "READ-14": CauseText(
        "warn",
        "The marked copy of the returned rows could not be written ({reason}); the good rows are stored. Make room and import again.",
        "退回行的标注副本未能写出（{reason}）。正确的行已保存。请清理磁盘空间后重新导入，以取得副本。",
    ),
}

ROW_CAUSES = {
    "01": CauseText("reject", "{field} is missing. Fill in the cell.", "{field}为空。请填写。"),
    "02": CauseText(
        "reject",
        "{field} is not a number: {values}. Write digits only, without unit or words.",
        "{field}不是数字：{values}。请只填数字，不带单位和文字。",
    ),
    "03": CauseText(
        "reject",
        "{field} is outside {minimum} to {maximum}: {values}. Check the figure and its unit.",
        "{field}超出 {minimum} 至 {maximum} 的范围：{values}。请核对数字和单位。",
    ),
    "04": CauseText(
        "reject",
        "{field} is not one of the known values: {values}. Write one of: {choices}.",
        "{field}不是可选的值：{values}。可填：{choices}。",
    ),
    "05": CauseText(
        "reject",
        "No organisation has this code: {values}. Correct the code, or add the school to the organisations first.",
        "机构名录中没有这个代码：{values}。请更正代码，或先把学校加入机构名录。",
    ),
    "06": CauseText(
        "reject",
        "The same record ({key}) stands in more than one row: {values}. Keep one row and delete the others.",
        "同一记录（{key}）出现在多行：{values}。请只保留一行。",
    ),
    "07": CauseText(
        "reject",
        "{field} is more than {other}: {values}. It is part of it; correct one of the two.",
        "{field}大于{other}：{values}。前者应包含在后者之内，请更正其一。",
    ),
    "08": CauseText(
        "reject",
        "This organisation is not one of yours: {values}. Delete the row, or ask your bureau's administrator to widen your scope.",
        "该机构不在您的范围内：{values}。请删去该行，或请局里管理员扩大范围。",
    ),
    "09": CauseText(
        "warn",
        "The name differs from the one that this code has in the register: {values}. Stored by its code; check that the code is right.",
        "名称与该代码在名录中的名称不同：{values}。已按代码保存，请核对代码。",
    ),
    "10": CauseText("reject", "{field} is not a whole number: {values}. Write the count.", "{field}不是整数：{values}。请填整数。"),
    "11": CauseText(
        "reject",
        "The organisation does not teach exactly one stage, so the row's stage is not known: {values}. Add a column with the stage.",
        "该机构不止一个学段（或未登记学段），无法确定本行学段：{values}。请增加学段列。",
    ),
    "12": CauseText(
        "reject", "{field} is not a school year: {values}. Write it like 2018-2019.", "{field}不是学年：{values}。请写成 2018-2019。"
    ),
    "13": CauseText(
        "reject", "{field} is not a date: {values}. Write it like 2018-09-01.", "{field}不是日期：{values}。请写成 2018-09-01。"
    ),
    "14": CauseText(
        "reject", "{field} is longer than {maximum} characters: {values}. Shorten it.", "{field}超过 {maximum} 个字：{values}。请缩短。"
    ),
    "15": CauseText(
        "reject",
        "{field} holds a “/”, which a code may not: {values}. Write the code without it.",
        "{field}含有「/」：{values}。代码中不能有「/」，请去掉。",
    ),
    "16": CauseText(
        "reject",
        "The organisation above is not known, or lies below this one: {values}. Correct its code, or add it first.",
        "上级机构不存在，或反在本机构之下：{values}。请更正代码，或先加入上级机构。",
    ),
    "17": CauseText(
        "reject",
        "{field} has lost its last digits, because the workbook kept it as a number: {values}. Export again with this column as text.",
        "{field}被表格当作数字保存，末尾数字已丢失：{values}。请把该列设为「文本」后重新导出。",
    ),
    "19": CauseText(
        "warn",
        "The organisation is not known to teach this stage: {values}. Stored as sent; check the stage, or the organisation's stages.",
        "名录中该机构没有这个学段：{values}。已按所填保存，请核对学段或机构名录。",
    ),
    "18": CauseText(
        "reject", "{field} ends before it begins: {values}. Correct one of the two dates.", "{field}早于开始日期：{values}。请更正其一。"
    ),
}


@dataclass(frozen=True)
class Cause:
    """One line of a report: what is wrong, how to mend it, how often, and where, as the spreadsheet numbers rows and columns."""

    code: str
    severity: Severity
    count: int
    first_row: int | None
    last_row: int | None
    column: str
    en: str
    zh: str

    @property
    def message(self) -> str:
        """The sentence in the reader's language."""
        return self.zh if (get_language() or "zh").startswith("zh") else self.en

    def as_dict(self) -> dict[str, str | int | None]:
        """The cause as the report's JSON shows it."""
        kept = {key: value for key, value in asdict(self).items() if key not in ("en", "zh")}
        return {**kept, "message": self.message}

    def as_kept(self) -> dict[str, str | int | None]:
        """The cause as the import's record keeps it: with the sentence in both languages."""
        return {**self.as_dict(), "message_en": self.en, "message_zh": self.zh}


class UnreadableWorkbook(Exception):
    """A file from which nothing can be taken, with one clear sentence (`cause.message`) that says why and what to do."""

    def __init__(self, code: str, **words: Words) -> None:
        self.file = str(words.get("file", ""))
        self.cause = phrased(code, FILE_CAUSES[code], words, count=1)
        super().__init__(self.cause.message)

    def __str__(self) -> str:
        return self.cause.message


def phrased(
    code: str,
    text: CauseText,
    words: Mapping[str, Words],
    *,
    count: int,
    first_row: int | None = None,
    last_row: int | None = None,
    column: str = "",
) -> Cause:
    """The catalogue's sentence with its places filled, in both languages."""
    en = {key: word.en if isinstance(word, Label) else word for key, word in words.items()}
    zh = {key: word.zh if isinstance(word, Label) else word for key, word in words.items()}
    return Cause(code, text.severity, count, first_row, last_row, column, text.en.format(**en), text.zh.format(**zh))
