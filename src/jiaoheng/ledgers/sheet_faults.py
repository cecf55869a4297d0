"""Sheet faults: what is wrong in a form's sheets and what is only worth a look, each by sheet, row and column.

Changes when another mistake of authors is told before pyxform reads the form, or pyxform says otherwise where something stands.
"""

import difflib
import re
from collections.abc import Iterator

from pyxform.aliases import survey_header

from jiaoheng.ledgers.form import FormFault, Place
from jiaoheng.ledgers.form_sheets import FormSheets
from jiaoheng.ledgers.form_words import pyxform_words
from jiaoheng.rulebook.loader import Label

__all__ = ["column_place", "pyxform_faults", "sheet_faults", "sheet_warnings"]

_WORDED = "label|caption|hint|guidance_hint|required_message|constraint_message"
_COLUMNS = {
    "type", "name", "label", "hint", "guidance_hint", "constraint_message", "default", "parameters", "choice_filter", "trigger",
    "repeat_count", "save_to", "disabled", "intent", "personal", "list_name", "calculation", "accuracythreshold", "query", *survey_header,
}  # fmt: skip
"""Headings that pyxform or we read; with `::` also body, bind, instance, media."""


def column_place(sheets: FormSheets, row: int, column: str) -> Place:
    """A cell of the survey sheet, its column as the spreadsheet shows it (letter, heading); the row alone where there is no such column."""
    named = next((name for name in sheets.heading if column and column in (name, _plain(name).split(":")[0])), "")
    return Place("survey", row, f'{_letter(sheets.heading.index(named))} "{named}"' if named else "")


def _heading_place(sheets: FormSheets, heading: str) -> Place:
    return Place("survey", 1, f'{_letter(sheets.heading.index(heading))} "{heading}"')


def sheet_faults(sheets: FormSheets, *, kept: bool = False) -> Iterator[FormFault]:
    """What pyxform would stop at without saying where; unless it is kept already, also what it would pass over, or what would do harm."""
    for heading in sheets.heading:
        if heading.count("::") > 1 and re.match(rf"({_WORDED})::", heading):
            one = "::".join(heading.split("::")[:2])
            said = Label(
                en=f"a heading in one language, such as «{one}»; «{heading}» names two. Make it two columns.",
                zh=f"一列只能写一种语言，如“{one}”；“{heading}”写了两种，请分成两列。",
            )
            yield FormFault("FORM-HEADING", said, _heading_place(sheets, heading))
        elif found := not kept and re.fullmatch(rf"({_WORDED})\s*[-_ ]?\s*[(（\[]\s*(.+?)\s*[)）\]]", heading.strip(), re.I):
            right = f"{found[1].lower()}::{found[2]}"
            said = Label(en=f"the language of a column is written «{right}»", zh=f"列标题的语言应写成“{right}”。")
            yield FormFault("FORM-HEADING", said, _heading_place(sheets, heading))
    heading, _key = sheets.setting("public_key")
    if heading and not kept:
        said = Label(
            en="a form without a key: what a phone has encrypted can be read by nobody here. Take the column out; the connection itself is"
            " encrypted.",
            zh="手机用该公钥加密后的答案，本系统无法读取。请删去此列；上传途中的加密由网络连接保证。",
        )
        yield FormFault("FORM-ENCRYPTED", said, Place("settings", 2, f'"{heading}"'))


def sheet_warnings(sheets: FormSheets, said: list[str]) -> Iterator[FormFault]:
    """What is worth a look and stops nothing; `said`: pyxform's warnings."""
    unread = []
    for heading in sheets.heading:
        name = _plain(heading).split("::")[0].split(":")[0].strip("_ ")
        if not name or name in _COLUMNS or "::" in heading or name in ("media", "bind", "body", "control", "instance", "kobo--", "label"):
            continue
        near = difflib.get_close_matches(name, _COLUMNS, 1, 0.75)
        if near and near[0] not in {_plain(other) for other in sheets.heading}:
            label = Label(en=f"this column is not read; perhaps «{near[0]}»?", zh=f"未读取此列。是否为“{near[0]}”？")
            yield FormFault("FORM-COLUMN", label, _heading_place(sheets, heading))
        elif not heading.startswith(("kobo--", "$", "_", "#")):
            unread.append(heading)
    if unread:
        yield FormFault("FORM-COLUMN", Label(en=f"columns not read: {', '.join(unread)}", zh=f"未读取的列：{'、'.join(unread)}。"))
    if sheets.setting("submission_url")[0]:
        label = Label(en="submission_url is left out: phones send to this server", zh="未采用submission_url：手机一律报送到本系统。")
        yield FormFault("FORM-SETTING", label, Place("settings", 2))
    if sheets.given.get("entities"):
        label = Label(
            en="phones build the entities; this server keeps the rows, and no list of entities",
            zh="实体（entities）由手机自行维护；本系统只保存填报的行，不保存实体清单。",
        )
        yield FormFault("FORM-ENTITIES", label, Place("entities", 2))
    for warning in said:
        yield from pyxform_faults(warning.partition("\n{")[0], sheets, code="FORM-WARNING")


def pyxform_faults(said: str, sheets: FormSheets, *, code: str = "FORM-PYXFORM") -> Iterator[FormFault]:
    """pyxform's sentences in our words, with the author's row and column."""
    for line in re.split(r"\n(?=\[row|Language ')", said.partition("\n{")[0]):
        found = re.search(r"\[row : (\d+)\]\s*", line) or re.search(r"\brow (\d+)\b", line)
        sheet = re.search(r"'(survey|choices|settings|external_choices|entities)' sheet|for sheet: '(\w+)'", line)
        where = next(filter(None, sheet.groups()), "survey") if sheet else "survey"
        label = pyxform_words(line)
        if found is None:
            yield FormFault(code, label, _guessed(line, sheets) if where == "survey" else None)
            continue
        row = int(found[1])
        named = _column_meant(line)
        if where != "survey":
            yield FormFault(code, label, Place(where, row, f'"{named}"' if named else ""))
        elif 0 <= row - 2 < len(sheets.rows):
            yield FormFault(code, label, column_place(sheets, sheets.rows[row - 2][0], named))
        else:
            yield FormFault(code, label, Place("survey", row, ""))


def _column_meant(said: str) -> str:
    """The column that a sentence names, or means."""
    if named := re.search(r"the '(\w+)(?: \([^)]*\))?' (?:value|column)", said):
        return named[1]
    meant = {"name": r"no name", "type": r"name not in|[Uu]nmatched|File name"}
    return next((column for column, words in meant.items() if re.search(words, said)), "")


def _guessed(said: str, sheets: FormSheets) -> Place | None:
    """The row that a sentence without a row is about: the first one that fits."""
    for pattern, column, fits in _ABOUT:
        for found in re.finditer(pattern, said):
            named = next(filter(None, found.groups()), "")
            for row, cells in sheets.rows:
                written = next((str(value) for heading, value in cells.items() if _plain(heading) == column and value), "")
                if re.search(fits.format(re.escape(named)), written):
                    return column_place(sheets, row, column)
    return None


_ABOUT = (
    (r"Unknown question type '(.+)'\.", "type", r"^\s*{0}\s*$"),
    (r"element named '([^']+)' has no label", "name", r"^\s*{0}\s*$"),
    (r"external_choices sheet in this", "type", r"^\s*select_one_external"),
    (r"There should be a choices sheet", "type", r"^\s*(select|rank)"),
    (r"in \[([^\]]*)\]$", "type", r"^\s*select_multiple {0}\b"),
    (r"(randomize|seed|max-pixels|rows|quality|track-changes|identify-user|location)", "parameters", r"{0}"),
    (r"[Ii]nstance name: '([^']+)'|The name '([^']+)' was found", "type", r"{0}\b"),
    (r"The name '([^']+)' was found", "name", r"^\s*{0}\s*$"),
)
"""What a sentence says, which column shows the row that it is about, and what stands there."""


def _plain(heading: str) -> str:
    return re.sub(r"[\s_-]+", "_", heading.strip().lower())


def _letter(index: int) -> str:
    letters = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        letters = chr(65 + rest) + letters
    return letters
