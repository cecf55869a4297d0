"""Alterations: everything that can be wrong with a returned workbook as a workbook, by code, in both languages.

Changes when the words of such a message change. A workbook that is refused (`reject`) is not taken at all; of one with warnings only the
open cells are taken.
"""

from jiaoheng.intake.causes import Cause, CauseText, Words, phrased

__all__ = ["ALTERATIONS", "alteration"]

ALTERATIONS = {
    "ROUND-01": CauseText(
        "reject",
        "{file} is not a workbook of a collection round: it has no stamp. Fetch the school's workbook from this page and fill it in.",
        "{file} 不是采集任务的表格：没有印记。请在本页下载学校的表格填写。",
    ),
    "ROUND-02": CauseText(
        "reject",
        "The stamp of {file} was altered, or made elsewhere. Fetch the school's workbook from this page again and fill that in.",
        "{file} 的印记被改动，或不是本系统所发。请在本页重新下载学校的表格填写。",
    ),
    "ROUND-03": CauseText(
        "reject",
        "{file} belongs to another round (no. {other}), not to this one. Return it there.",
        "{file} 属于另一个采集任务（第 {other} 号），不是本任务的表格。请到那个任务交回。",
    ),
    "ROUND-04": CauseText(
        "reject",
        "{file} was made for the school with the code {other}, not for {school}. Return the workbook that was made for {school}.",
        "{file} 是为代码 {other} 的学校制作的，不是{school}的表格。请交回为{school}制作的表格。",
    ),
    "ROUND-05": CauseText(
        "warn",
        "This is version {version}; the newest is {newest}. What is asked has changed since; only cells that are still asked are taken.",
        "这是第 {version} 版，最新的是第 {newest} 版，其间所问内容有变化；只采用仍在询问的单元格。",
    ),
    "ROUND-06": CauseText(
        "reject",
        "The sheet “{sheet}” is missing. Fetch the workbook again; do not rename or delete sheets.",
        "缺少工作表「{sheet}」。请重新下载；不要改名或删除工作表。",
    ),
    "ROUND-07": CauseText(
        "reject",
        "The column “{heading}” was removed, so it is not known which line is which. Fetch the workbook again.",
        "列「{heading}」被删除，无法辨认各行。请重新下载表格。",
    ),
    "ROUND-08": CauseText(
        "warn", "The column “{heading}” was removed: its cells count as empty.", "列「{heading}」被删除：该列的单元格按空白处理。"
    ),
    "ROUND-09": CauseText(
        "info",
        "The column “{heading}” was moved from {was} to {now}. It was read by its heading.",
        "列「{heading}」从 {was} 移到了 {now}，已按列名读取。",
    ),
    "ROUND-10": CauseText(
        "warn", "The column “{heading}” was added. It is not asked, and not taken.", "列「{heading}」是新增的，不在询问范围，不采用。"
    ),
    "ROUND-11": CauseText(
        "warn",
        "Locked cells were changed: {cells}. What is held stands, unless you ask for these corrections with a reason.",
        "已锁定的单元格被改动：{cells}。仍以已有数据为准；如确需更正，请写明理由一并提出。",
    ),
    "ROUND-12": CauseText(
        "warn", "Row {row} was added ({line}). It is not asked, and not taken.", "第 {row} 行（{line}）是新增的，不在询问范围，不采用。"
    ),
    "ROUND-13": CauseText(
        "warn",
        "The line “{line}” was removed, or its locked cells were overwritten: its cells count as empty.",
        "「{line}」一行被删除，或其锁定的单元格被改写：该行按空白处理。",
    ),
    "ROUND-14": CauseText(
        "reject", "The line “{line}” stands more than once (rows {rows}). Keep one.", "「{line}」出现在多行（第 {rows} 行）。请只保留一行。"
    ),
    "ROUND-15": CauseText(
        "warn",
        "Cells that have been filled in another way meanwhile are no longer asked: {cells}. What is held stands.",
        "以下单元格期间已由其他途径填入，不再询问：{cells}。以已有数据为准。",
    ),
    "ROUND-16": CauseText("info", "{count} of {of} asked cells are empty.", "所问 {of} 格中有 {count} 格为空。"),
    "ROUND-17": CauseText(
        "reject", "The column “{heading}” stands more than once. Keep one.", "列「{heading}」出现了不止一次。请只保留一列。"
    ),
    "ROUND-18": CauseText(
        "reject",
        "{file} holds no answer: every asked cell is empty. Fill in the white cells.",
        "{file} 中没有填写任何内容：所问的单元格都是空的。请填写白色单元格。",
    ),
    "ROUND-20": CauseText(
        "info",
        "Nothing was asked of the rows, and none was added or has left: the roster is confirmed as it is held.",
        "没有要填的单元格，也没有新增或离开的：名册按现有数据确认。",
    ),
    "ROUND-21": CauseText(
        "warn",
        "{count} rows were removed: {lines}. Removing a row changes nothing; say in the row itself what became of whom.",
        "有 {count} 行被删除：{lines}。删除行不会改变任何数据；人员离开请在其本行注明。",
    ),
    "ROUND-19": CauseText(
        "warn",
        "Last year's figures were changed: {cells}. They stand for comparison only, and nothing is read from them.",
        "上学年的数据被改动：{cells}。这些只供对照，不读取。",
    ),
}


def alteration(code: str, *, count: int = 1, row: int | None = None, column: str = "", **words: Words) -> Cause:
    """One line of what is said of a returned workbook. `row` as the spreadsheet numbers it."""
    places: dict[str, Words] = {**words, "count": count, "row": row or ""}
    return phrased(code, ALTERATIONS[code], places, count=count, first_row=row, last_row=row, column=column)
