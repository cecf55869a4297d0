"""Ledger questions: what a ledger's form asks, as far as a snapshot may hold it: the columns of the ledger's table, and what is left out.

Changes when it is decided otherwise which answers are frozen. Only the sheets are read here, not the form's rules. Personal data never
enters: every question may carry a mark in the column `personal` of the survey sheet (other readers of XLSForms pass over it):

    yes       names, identifies or describes a person: never frozen, sealed where the ledger is kept
    subject   the same, and every row is about this one person: counting rows counts persons, small numbers are hidden in publications
    work      who acts in office, and what the work itself is about: never frozen, not sealed
    count     a number of persons that is hidden in publications where it is small
    no        harmless, frozen although it is a text or looks personal

Without a mark numbers, dates and choices are frozen unless they look personal; texts, places, files and what a phone adds are not.
"""

import csv
import io
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import Field

from jiaoheng.rulebook.loader import Label, shipped_rulebook
from jiaoheng.rulebook.tables import NODE_COLUMNS, ColumnRule, ScopeRule, TableRule, load_tables

__all__ = [
    "CLOCK_LISTS", "FORM_ENDINGS", "SEALED_MARKS", "LedgerTables", "PlacedQuestion", "ProcessField", "Published", "TableQuestion",
    "form_sheets", "ledger_forms", "ledger_processes", "ledger_table_names", "ledger_tables", "looks_personal", "questions_of",
    "sheet_label", "title_in_both", "title_of",
]  # fmt: skip

FORM_ENDINGS = (".md", ".xlsx", ".xls", ".csv")
Published = Callable[[], Mapping[str, Sequence[bytes]]]
"""Gives the forms that were published in the browser, by ledger, the oldest first. Asked only where the rulebook's files will not do."""

SEALED_MARKS = frozenset({"yes", "subject"})
CLOCK_LISTS = ("reached", "kept", "missed")
_Type = Literal["text", "list", "count", "amount", "date"]
_FROZEN: Mapping[str, _Type] = {
    "integer": "count", "int": "count", "decimal": "amount", "range": "amount", "date": "date", "select_one": "text", "select": "text",
    "select_multiple": "list", "rank": "list",
}  # fmt: skip
_BOUND: Mapping[str, _Type] = {"int": "count", "integer": "count", "decimal": "amount", "date": "date", "select": "list"}
_WORDS_OF_PERSONS = re.compile(
    r"姓名|电话|手机|身份证|证件号|学籍号|学号|住址|家庭地址|银行卡|出生|监护人|联系人|联系方式|户名|账号|"
    r"\b(names? of|phone|telephone|mobile|identity|id number|birth|bank card|guardian|home address)\b",
    re.IGNORECASE,
)
_NAMES_OF_PERSONS = re.compile(
    r"^(.*_)?(name|phone|telephone|mobile|identity_number|id_number|id_card|pupil_number|student_number|staff_number|birth(day|_date|_on)?|"
    r"address|bank_card|guardian|contact)$"
)
_TEXTS_OF_PERSONS = re.compile(
    r"人$|人员$|教师$|学生$|儿童$|督学$|干部$|作者$|主持$|专家$|司机$|驾驶员$|负责|教师编号|申请人|举报|诉求|反映|信访|来信|病情|患|"
    r"\b(who|person|pupil|child|teacher|inspector|expert|author|driver|applicant|proposer|donor)\b",
    re.IGNORECASE,
)


class ProcessField(Label):
    """A field that a move asks for. One with another type than text is a column of the ledger's table."""

    type: Literal["text", "choice", "count", "amount", "date"] = "text"
    choices: dict[str, Label] = Field(default_factory=dict)


@dataclass(frozen=True)
class PlacedQuestion:
    """One row of a survey sheet that asks something. `column` as the ledger's own table calls it; `repeat`: the innermost around it."""

    column: str
    kind: str
    label: Label
    personal: str = ""
    bound: str = ""
    repeat: str = ""

    @property
    def frozen_as(self) -> _Type | None:
        """The type of its column in a snapshot; None where it is left out."""
        kind = _BOUND.get(self.bound) if self.kind in ("calculate", "hidden") else _FROZEN.get(self.kind)
        if self.personal in ("", "count"):
            return None if kind is None or looks_personal(self) else kind
        if self.personal != "no":
            return None
        return kind or ("text" if self.kind in ("text", "string", "calculate", "hidden", "barcode") else None)


@dataclass(frozen=True)
class TableQuestion:
    """A column of a ledger's table and the question or field of a move that fills it."""

    column: str
    question: str


@dataclass(frozen=True)
class LedgerTables:
    """The tables of one ledger by name, its own first, and from which question each column comes. `repeats`: the repeat of each table."""

    tables: Mapping[str, TableRule]
    questions: Mapping[str, tuple[TableQuestion, ...]]
    repeats: Mapping[str, str]


def looks_personal(question: PlacedQuestion) -> bool:
    """Whether name or label say that the answer names or identifies a person. Of texts more is suspected than of numbers and choices."""
    if question.kind in ("note", "acknowledge"):
        return False
    words = f"{question.label.zh}\n{question.label.en}"
    if _NAMES_OF_PERSONS.search(question.column) or _WORDS_OF_PERSONS.search(words):
        return True
    text = question.kind in ("text", "string", "calculate", "barcode") and question.bound not in _BOUND
    return text and any(_TEXTS_OF_PERSONS.search(part) for part in words.split("\n"))


def title_in_both(title: str, otherwise: str) -> Label:
    """A form's title in both languages; «校园安全隐患台账 School safety hazards» is taken apart."""
    words = title.split()
    last = max((number for number, word in enumerate(words, 1) if any("\u4e00" <= sign <= "\u9fff" for sign in word)), default=0)
    chinese, english = " ".join(words[:last]), " ".join(words[last:])
    return Label(en=english or chinese or otherwise, zh=chinese or english or otherwise)


def title_of(source: bytes, otherwise: str) -> Label:
    """What a form calls itself in both languages."""
    return title_in_both(_survey(source)[1].get("form_title", ""), otherwise)


def ledger_table_names(overlay: Path | None = None, published: Iterable[str] = ()) -> dict[str, str]:
    """The ledgers by the names of their tables (`ledger_hazards`: `hazards`); repeats have tables of their own beside."""
    return {_table_name(name): name for name in [*ledger_forms(overlay), *published]}


def ledger_tables(name: str, overlay: Path | None = None, published: Mapping[str, Sequence[bytes]] | None = None) -> LedgerTables | None:
    """The tables of a ledger; None where there is no form of this name.

    They have the columns of every form in use: the rulebook's, the bureau's own in its place, and those published in the browser, so that
    a measure written over one does not fall when another takes its place. Where two ask the same for another type, the first holds.
    """
    written = [(path.name, path.read_bytes()) for path in ledger_forms(overlay).get(name, ())]
    written += [("published", source) for source in (published or {}).get(name, ())]
    if not written:
        return None
    processes = tuple(ledger_processes(name, overlay))
    return _tables(name, tuple(written), processes)


@lru_cache(maxsize=512)
def _tables(name: str, written: tuple[tuple[str, bytes], ...], processes: tuple[str, ...]) -> LedgerTables:
    sheets = [_survey(source) for _file, source in written]
    title = title_in_both(next((settings.get("form_title", "") for _rows, settings in reversed(sheets)), ""), name)
    asked: dict[str, dict[str, PlacedQuestion]] = {"": {}}
    called = {repeat: label for rows, _settings in sheets for repeat, label in _repeats(rows)}
    for rows, _settings in sheets:
        for question in _placed(rows):
            known = asked.setdefault(question.repeat, {}).setdefault(question.column, question)
            if known.frozen_as is None or {known.frozen_as, question.frozen_as} == {"count", "amount"}:
                asked[question.repeat][question.column] = question
    fields = {key: field for text in processes for key, field in _fields(text).items()}
    persons = any(question.personal == "subject" for question in asked[""].values())
    tables: dict[str, TableRule] = {}
    filled: dict[str, tuple[TableQuestion, ...]] = {}
    repeats: dict[str, str] = {}
    for repeat, questions in asked.items():
        entries = {other: called.get(other, Label(en=other, zh=other)) for other in asked if other}
        rule, columns = _rule(title, repeat, list(questions.values()), {} if repeat else fields, entries, persons)
        table = _table_name(name) + (f"__{repeat}" if repeat else "")
        tables[table], filled[table], repeats[table] = rule, columns, repeat
    return LedgerTables(tables, filled, repeats)


def _rule(
    title: Label,
    repeat: str,
    asked: Sequence[PlacedQuestion],
    fields: Mapping[str, ProcessField],
    entries: Mapping[str, Label],
    persons: bool,
) -> tuple[TableRule, tuple[TableQuestion, ...]]:
    """One table. `repeat`: the one whose entries are its rows; `entries`: what each repeat of the form is called."""
    columns = {**_standing(), **(_ENTRY if repeat else {})}
    if not repeat:
        columns |= {
            f"{other}_entries": _column("count", Label(en=f"entries of {word.en}", zh=f"{word.zh}条数")) for other, word in entries.items()
        }
    found: list[TableQuestion] = []
    person_counts: list[str] = []
    own = {question.column for question in asked}
    more = [PlacedQuestion(key, "choice", field, "no", field.type) for key, field in fields.items() if key not in own]
    for question in [*asked, *more]:
        kind = ({"choice": "text"}.get(question.bound, question.bound) if question.kind == "choice" else question.frozen_as) or "text"
        if (question.kind == "choice" and question.bound == "text") or (question.kind != "choice" and question.frozen_as is None):
            continue
        column = f"{question.column}_" if question.column in columns or question.column in _TAKEN else question.column
        columns[column] = _column(kind, question.label)
        found.append(TableQuestion(column, question.column))
        if question.personal == "count":
            person_counts.append(column)
    label, row = title, Label(en="one row of the ledger", zh="台账的一条记录")
    if repeat:
        word = entries[repeat]
        label = Label(en=f"{title.en}: {word.en}", zh=f"{title.zh}：{word.zh}")
        row = Label(en=f"one entry of {word.en}", zh=f"一条{word.zh}")
    rule = TableRule(
        label=label, source="The ledger's form and the events of its rows", row=row, period="school_year",
        scope=ScopeRule(counted="school_register", schools="area"), calendar="school_year", persons=persons and not repeat,
        key=("row", "entry") if repeat else ("row",), person_counts=tuple(person_counts), columns=columns,
    )  # fmt: skip
    return rule, tuple(found)


def _column(kind: str, label: Label) -> ColumnRule:
    return ColumnRule.model_validate({"type": kind, "en": label.en, "zh": label.zh, "may_lack": kind in ("count", "amount", "date")})


@lru_cache(maxsize=1)
def _standing() -> Mapping[str, ColumnRule]:
    """Where the row stands, as in `ledger_rows`, and what its clocks came to."""
    rows = {name: rule for name, rule in load_tables()["ledger_rows"].columns.items() if name != "ledger"}
    return rows | {
        "month": _column("text", Label(en="month from which it holds: 2026-03", zh="登记月份")),
        "days": _column("count", Label(en="days from the beginning to the end; empty while it runs", zh="办理天数")),
        "latest": _column("flag", Label(en="the organisation's newest row of the school year", zh="本学年本单位最新一条")),
        "reached": _column("list", Label(en="states it has been in", zh="经过的状态")),
        "kept": _column("list", Label(en="clocks that were kept", zh="按期的时限")),
        "missed": _column("list", Label(en="clocks that were not kept", zh="超期的时限")),
    }


_TAKEN = {"organisation", "school_year", "stage", *NODE_COLUMNS}
"""Columns of every table, and those of its organisation that measures may choose rows by: `kind` is the organisation's."""

_ENTRY: Mapping[str, ColumnRule] = {"entry": _column("text", Label(en="number of the entry, 1.2 for one within another", zh="序号"))}


def _table_name(ledger: str) -> str:
    """`ledger_rows` is taken by the rows of all ledgers."""
    return "ledger_rows_" if ledger == "rows" else f"ledger_{ledger}"


def ledger_forms(overlay: Path | None) -> dict[str, list[Path]]:
    """The files of each ledger's form, ours before the bureau's."""
    found: dict[str, list[Path]] = {}
    for layer in [shipped_rulebook(), *([overlay] if overlay else [])]:
        for file in sorted((layer / "ledgers").glob("*")):
            if file.suffix in FORM_ENDINGS and not file.name.startswith(("~", ".")):
                found.setdefault(file.stem, []).append(file)
    return found


def ledger_processes(ledger: str, overlay: Path | None) -> Iterator[str]:
    """The texts of the files with processes of the ledger."""
    named = re.compile(rf"^\s+ledger:\s*['\"]?{re.escape(ledger)}['\"]?\s*$", re.MULTILINE)
    for layer in [shipped_rulebook(), *([overlay] if overlay else [])]:
        for file in sorted((layer / "processes").glob("*.yaml")):
            if named.search(text := file.read_text(encoding="utf-8")):
                yield f"{ledger}\n{text}"


@lru_cache(maxsize=512)
def _fields(text: str) -> Mapping[str, ProcessField]:
    """What the moves of a ledger's processes ask for. A file that cannot be read is the processes' own to tell."""
    ledger, _line, written = text.partition("\n")
    found: dict[str, ProcessField] = {}
    try:
        content = yaml.load(written, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
        for process in content.values() if isinstance(content, dict) else ():
            if isinstance(process, dict) and process.get("ledger") == ledger:
                found |= {key: ProcessField.model_validate(field) for key, field in (process.get("fields") or {}).items()}
    except (yaml.YAMLError, ValueError):
        return found
    return found


# --- sheets


def questions_of(source: bytes, file: str = "") -> list[PlacedQuestion]:
    """Every row of the survey sheet that asks something, marked or not."""
    return list(_placed(_survey(source)[0]))


_Rows = Sequence[Mapping[str, str]]


def _survey(source: bytes) -> tuple[_Rows, Mapping[str, str]]:
    """The rows of the survey sheet, and the settings."""
    sheets = form_sheets(source)
    return sheets.get("survey", []), dict((sheets.get("settings") or [{}])[0])


def form_sheets(source: bytes) -> dict[str, list[dict[str, str]]]:
    """The sheets of a form, row by row. A form that is none has no rows: whoever publishes it is told there."""
    try:
        text = source.decode("utf-8-sig") if not source.startswith((b"PK", b"\xd0\xcf")) else ""
    except UnicodeDecodeError:
        text = ""
    if text and re.search(r"^\|\s*survey\s*\|", text, re.MULTILINE):
        return _sheets(_cells(line) for line in text.splitlines() if line.startswith("|"))
    return _sheets(csv.reader(io.StringIO(text))) if text else _workbook(source)


def _cells(line: str) -> list[str]:
    return [cell.strip().replace("\\|", "|") for cell in re.split(r"(?<!\\)\|", line.strip())[1:-1]]


def _sheets(lines: Iterable[Sequence[str]]) -> dict[str, list[dict[str, str]]]:
    """Sheets below one another: a name in the first cell begins one, the next line is its heading."""
    sheets: dict[str, list[dict[str, str]]] = {}
    sheet, heading = "", []  # type: tuple[str, list[str]]
    for cells in lines:
        if cells and cells[0].strip():
            sheet, heading = cells[0].strip().lower(), []
            sheets[sheet] = []
            if not any(cell.strip() for cell in cells[1:]):
                continue
        if not any(cell.strip() for cell in cells[1:]) or not sheet:
            continue
        if not heading:
            heading = [cell.strip() for cell in cells[1:]]
        else:
            sheets[sheet].append(dict(zip(heading, (cell.strip() for cell in cells[1:]), strict=False)))
    return sheets


def _workbook(source: bytes) -> dict[str, list[dict[str, str]]]:
    from python_calamine import CalamineWorkbook

    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(source))
        grids = {name.strip().lower(): book.get_sheet_by_name(name).to_python() for name in book.sheet_names}
    except Exception:  # whatever a reader of workbooks raises
        return {}
    found: dict[str, list[dict[str, str]]] = {}
    for name, grid in grids.items():
        heading = [str(cell).strip() for cell in grid[0]] if grid else []
        found[name] = [{key: _written(cell) for key, cell in zip(heading, line, strict=False)} for line in grid[1:]]
    return found


def _written(cell: Any) -> str:
    return str(int(cell)) if isinstance(cell, float) and cell == int(cell) else str(cell).strip()


def _placed(rows: _Rows) -> Iterator[PlacedQuestion]:
    """The questions with the columns that the ledger's own table gives them: two of one name have their groups before it."""
    steps: list[tuple[str, str]] = []
    asked: list[tuple[tuple[str, ...], str, str, Mapping[str, str]]] = []
    for row in rows:
        kind, _space, rest = " ".join(row.get("type", "").split()).partition(" ")
        name = row.get("name", "").strip()
        whole = f"{kind} {rest}".lower().replace("_", " ")
        if not kind or row.get("disabled", "").lower() in ("yes", "true"):
            continue
        if whole.startswith(("begin group", "begin repeat")):
            steps.append(("repeat" if "repeat" in whole else "group", name))
        elif whole.startswith(("end group", "end repeat")):
            steps = steps[:-1]
        elif name:
            repeat = next((step for what, step in reversed(steps) if what == "repeat"), "")
            asked.append((tuple(step for _what, step in steps), _kind(whole, kind), repeat, row))
    names = Counter(row.get("name", "").strip() for _steps, _kind_, _repeat, row in asked)
    for around, kind, repeat, row in asked:
        name = row.get("name", "").strip()
        yield PlacedQuestion(
            name if names[name] < 2 else "_".join([*around, name]), kind,
            Label(en=sheet_label(row, "en") or name, zh=sheet_label(row, "zh") or name),
            row.get("personal", "").strip().lower(), row.get("bind::type", row.get("bind:type", "")).strip().lower(), repeat,
        )  # fmt: skip


def _repeats(rows: _Rows) -> Iterator[tuple[str, Label]]:
    """What each repeat is called, without the answers and marks in its label; its name where it has none."""
    for row in rows:
        if re.match(r"begin[ _]repeat", " ".join(row.get("type", "").split()).lower()) and (name := row.get("name", "").strip()):
            plain = {code: re.sub(r"\$\{[^}]*\}|[*#_]+", "", sheet_label(row, code)).strip(" :：-–") for code in ("en", "zh")}
            yield name, Label(en=plain["en"] or name, zh=plain["zh"] or name)


def _kind(whole: str, kind: str) -> str:
    if whole.startswith(("select one", "select1")):
        return "select_one"
    if whole.startswith(("select multiple", "select all")):
        return "select_multiple"
    return kind.lower()


def sheet_label(row: Mapping[str, str], language: str) -> str:
    """The label in a language («label::中文 (zh)»), else the only one there is."""
    marks = {"zh": ("(zh", "中文", "chinese"), "en": ("(en", "english")}[language]
    labels = {key.lower(): text for key, text in row.items() if key.lower().partition(":")[0] == "label" and text}
    return next((text for key, text in labels.items() if any(mark in key for mark in marks)), next(iter(labels.values()), ""))
