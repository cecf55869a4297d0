"""The example district as workbooks: a directory, one book of annual statistics a school year, a faulty one to try checks on, and the
registers' own.

Changes when the way the example's workbooks look changes. They look as a bureau's do: a title above, headings in the words of the
national forms, no codes of ours. The same seed writes the same bytes.
"""

import json
import random
from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime
from pathlib import Path

import xlsxwriter
from faker import Faker

from jiaoheng.intake.example.books import REGISTERS, books, write_books
from jiaoheng.intake.example.declared_wrongly import discrepant
from jiaoheng.intake.example.dirty import DIRTY, write_spoilt
from jiaoheng.intake.example.district import Place, places
from jiaoheng.intake.example.faults import FAULTY_YEAR, Faulty, faulty_rows
from jiaoheng.intake.example.figures import FIGURES, YEARS, Declared, declared
from jiaoheng.rulebook.registers import RegisterRule, load_registers

__all__ = [
    "DIRECTORY",
    "FAULTY",
    "FAULTY_NOTES",
    "HEADING_ROW",
    "PLANTED",
    "REGISTERS",
    "TAKEN_IN",
    "statistics_headings",
    "write_example",
    "yearly",
]

DIRECTORY = "机构名录.xlsx"
FAULTY = "有误的表.xlsx"
FAULTY_NOTES = "有误的表.说明.md"
TAKEN_IN = "taken-in"
"""The folder of the directory and the yearly statistics."""
PLANTED = "planted.json"
"""Where the yearly statistics say another number than the registers hold, on purpose."""
HEADING_ROW = 3
"""The headings' row as the spreadsheet numbers it: below the title and the line that says who filled the form in."""

_WRITTEN = datetime(2018, 10, 8, 9, 0)  # a fixed moment, so that the same seed gives the same bytes

_DIRECTORY_FIELDS = (
    "code", "name_zh", "name_en", "kind", "parent", "stages", "school_type", "ownership", "locale", "latitude", "longitude", "valid_from",
)  # fmt: skip
# The national forms' own words where they differ from the register's label; every one is an alias of the register.
_FORM_WORDS = {
    "organisation": "学校标识码",
    "pupils": "在校生数",
    "classes": "教学班数",
    "pe_arts_teachers": "体育、艺术专任教师数",
    "locale": "城乡分类",
}


def yearly(school_year: str) -> str:
    """The file name of a year's annual statistics."""
    return f"{school_year}学年学校年度基本情况.xlsx"


def write_example(
    output: Path,
    seed: int = 2018,
    *,
    registers: bool = True,
    schools: frozenset[str] | None = None,
    dirty: bool = False,
    told: Callable[[str], None] | None = None,
) -> list[Path]:
    """Write every workbook of the example district into a folder, which is made if need be; gives the files written.

    The directory and the yearly statistics stand in the folder `TAKEN_IN`, the registers' workbooks in `REGISTERS` (in the order of
    their names), the faulty one beside them. `registers`: false leaves the registers out. `schools`: codes of an edition whose registers
    hold only these. `dirty`: also write the last year's workbooks with planted faults, into `DIRTY`. `told` is called with each file's
    name before it is written.
    """
    tell = told or (lambda file: None)
    sound = output / TAKEN_IN
    sound.mkdir(parents=True, exist_ok=True)
    rules = load_registers()
    directory, statistics = rules["organisations"], rules["annual_statistics"]
    written = [sound / DIRECTORY]
    tell(DIRECTORY)
    headings = [_heading(directory, name) for name in _DIRECTORY_FIELDS]
    cells = [_directory_cells(directory, place) for place in places(seed)]
    filled_in = f"填报单位：示例区教育局　制表人：{_clerk(seed)}"
    _write(written[0], "机构名录", "示例区教育机构名录", filled_in, headings, cells)

    headings = statistics_headings(statistics)
    rows = declared(seed)
    for school_year in YEARS:
        file = sound / yearly(school_year)
        tell(file.name)
        cells = [_statistics_cells(statistics, row) for row in rows if row.school_year == school_year]
        _write(file, "年度基本情况", f"示例区{school_year}学年学校年度基本情况", filled_in, headings, cells)
        written.append(file)

    faulty = faulty_rows([row for row in rows if row.school_year == FAULTY_YEAR], lambda row: _statistics_cells(statistics, row))
    title = f"示例区{FAULTY_YEAR}学年学校年度基本情况（有误）"
    _write(output / FAULTY, "年度基本情况", title, "用于试用数据校验：表中的错误是有意放入的", headings, [row.cells for row in faulty])
    (output / FAULTY_NOTES).write_text("\n".join(_notes(faulty, headings)) + "\n", encoding="utf-8", newline="\n")
    written += [output / FAULTY, output / FAULTY_NOTES]
    if registers:
        every = list(books(seed, schools))
        written += write_books(output / REGISTERS, every, tell)
        planted = [one.as_dict() for one in discrepant(seed, schools)]
        (output / PLANTED).write_text(json.dumps(planted, ensure_ascii=False, indent=1) + "\n", encoding="utf-8", newline="\n")
        written.append(output / PLANTED)
        if dirty:
            written += write_spoilt(output / DIRTY, seed, every, tell)
    return written


def statistics_headings(register: RegisterRule) -> list[str]:
    """The headings of a year's workbook, in order."""
    return [_heading(register, name) for name in ("organisation", "organisation_name", "school_year", "stage", *FIGURES)]


def _heading(register: RegisterRule, field: str) -> str:
    return _FORM_WORDS.get(field, register.fields[field].label.zh)


def _word(register: RegisterRule, field: str, value: str) -> str:
    return register.fields[field].choices[value].zh if value else ""


def _directory_cells(register: RegisterRule, place: Place) -> list[object]:
    stages = {"preschool": "学前", "primary": "小学", "junior": "初中", "senior": "高中"}
    latitude, longitude = place.position or (None, None)
    return [
        place.code,
        place.name_zh,
        place.name_en,
        _word(register, "kind", place.kind),
        place.parent,
        "、".join(stages[teaching.stage] for teaching in place.teaches),
        _word(register, "school_type", place.school_type),
        _word(register, "ownership", place.ownership),
        _word(register, "locale", place.locale),
        latitude,
        longitude,
        place.since,
    ]


def _statistics_cells(register: RegisterRule, row: Declared) -> list[object]:
    stage = _word(register, "stage", row.stage)
    return [row.place.code, row.place.name_zh, row.school_year, stage, *(row.figures.get(name) for name in FIGURES)]


def _clerk(seed: int) -> str:
    people = Faker("zh_CN")
    people.seed_instance(random.Random(f"{seed}:clerk").randrange(2**32))
    return str(people.name())


def _write(file: Path, sheet_name: str, title: str, line: str, headings: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """One workbook of one sheet: title, a line under it, headings, rows. Codes and words are text; figures are numbers."""
    book = xlsxwriter.Workbook(str(file), {"default_date_format": "yyyy-mm-dd"})
    book.set_properties({"title": title, "author": "示例区教育局", "created": _WRITTEN})
    sheet = book.add_worksheet(sheet_name)
    top = book.add_format({"bold": True, "font_size": 14, "align": "center", "valign": "vcenter"})
    head = book.add_format({"bold": True, "text_wrap": True, "align": "center", "valign": "vcenter", "border": 1, "bg_color": "#EEF2F0"})
    day = book.add_format({"num_format": "yyyy-mm-dd"})
    sheet.merge_range(0, 0, 0, len(headings) - 1, title, top)
    sheet.merge_range(1, 0, 1, len(headings) - 1, line)
    sheet.set_row(0, 26)
    for column, heading in enumerate(headings):
        sheet.write_string(HEADING_ROW - 1, column, heading, head)
    for number, cells in enumerate(rows, HEADING_ROW):
        for column, value in enumerate(cells):
            if isinstance(value, date):
                sheet.write_datetime(number, column, datetime(value.year, value.month, value.day), day)
            elif isinstance(value, int | float):
                sheet.write_number(number, column, value)
            elif value not in (None, ""):
                sheet.write_string(number, column, str(value))
    sheet.set_column(0, 0, 13)
    sheet.set_column(1, 1, 24)
    sheet.set_column(2, len(headings) - 1, 11)
    sheet.freeze_panes(HEADING_ROW, 2)
    book.close()


def _notes(faulty: Sequence[Faulty], headings: Sequence[str]) -> Iterator[str]:
    """The page beside the faulty workbook: what was planted where, and what must come of it."""
    outcomes = {"added": "接受，补上该数", "understood": "能读懂，导入时说明", "returned": "退回"}
    filled = sum(any(cell is not None for cell in row.cells) for row in faulty)
    returned = sum(row.outcome == "returned" for row in faulty)
    yield f"# {FAULTY.removesuffix('.xlsx')}：放入了哪些错误"
    yield ""
    yield f"表中共有 {filled} 行数据，应退回 {returned} 行，其余应被接受。行号与表格软件显示的一致。"
    yield ""
    yield "| 行 | 列 | 学校 | 放入的错误 | 结果 |"
    yield "|---|---|---|---|---|"
    for number, row in enumerate(faulty, HEADING_ROW + 1):
        if row.outcome == "good":
            continue
        column = f"{chr(ord('A') + row.column)} {headings[row.column]}" if row.column is not None else "–"
        yield f"| {number} | {column} | {row.cells[1] or '–'} | {row.planted} | {outcomes[row.outcome]} |"
