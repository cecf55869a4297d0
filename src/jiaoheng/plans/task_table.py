"""Task tables: plans laid out as a table: indicators with a value for each year, or tasks with the office that answers
for each and the time it is due.

Changes when such tables are laid out in another way.
"""

__all__ = ["TaskRow", "task_rows"]

import itertools
import re
from dataclasses import dataclass

_YEAR = re.compile(r"(?:到|至)?(20[0-9]{2})年?(?:目标值?|末|底)?")
_OFFICE = re.compile(r"责任|牵头|主办|负责|承办")
_TIME = re.compile(r"时限|时间|期限|进度")
_TASK = re.compile(r"任务|内容|措施|指标|目标|事项|项目|工作")
_NUMBER = re.compile(r"(?:序号|编号|^号$)")
_TITLE = re.compile(r"[^。;；]{2,40}表|表\s?[0-9一二三四五六七八九十]+[^。;；]{0,40}|附[表件][^。;；]{0,40}")
_RULE = re.compile(r"[\s|:-]+")


@dataclass(frozen=True, slots=True)
class TaskRow:
    """One row of a table of tasks or indicators; places are characters of the text.

    start, end              the cell that says the task; `name` is its words
    value_start, value_end  the cell of the value aimed at, for indicators; else the same
    line_start, line_end    the row, the first one with the head above it
    office, deadline        what its cells say of them, or ""
    """

    start: int
    end: int
    value_start: int
    value_end: int
    name: str
    line_start: int
    line_end: int
    office: str
    deadline: str


def task_rows(text: str) -> list[TaskRow]:
    """The rows of every table of tasks or indicators; none where a table's head names neither years nor tasks."""
    if "\t" not in text and "|" not in text:
        return []
    found: list[TaskRow] = []
    head: dict[str, int] = {}
    at = title_start = 0
    head_start = -1
    above = ""
    for line in text.split("\n"):
        start, at = at, at + len(line) + 1
        mark = "\t" if "\t" in line else "|" if line.count("|") >= 2 else ""
        if not mark:
            head = {} if line.strip() else head
            if line.strip():
                above, title_start = line.strip(), start
            continue
        if _RULE.fullmatch(line):
            continue
        cells = _cells(line, start, mark)
        columns = _head([words for _, _, words in cells])
        if columns:
            head, head_start = columns, title_start if _TITLE.fullmatch(above) else start
        elif head and (row := _row(cells, head, start if head_start < 0 else head_start, start + len(line))) is not None:
            found.append(row)  # the first row takes the head, and the table's title, with it
            head_start = -1
    return found


def _cells(line: str, start: int, mark: str) -> list[tuple[int, int, str]]:
    begin, stop = 0, len(line)
    if mark == "|":
        stripped = line.strip()
        begin = line.index(stripped) + stripped.startswith("|")
        stop = line.index(stripped) + len(stripped) - stripped.endswith("|")
    edges = [begin, *(n + 1 for n in range(begin, stop) if line[n] == mark), stop + 1]
    cells = []
    for low, high in itertools.pairwise(edges):
        piece = line[low : high - 1]
        words = piece.strip()
        first = start + low + (piece.index(words) if words else 0)
        cells.append((first, first + len(words), words))
    return cells


def _head(words: list[str]) -> dict[str, int]:
    """Which column is the task, the office, the time and (for indicators) the last year; {} for a line that is no
    head."""
    if any(len(word) > 16 for word in words):
        return {}
    years = {int(match.group(1)): n for n, word in enumerate(words) if (match := _YEAR.fullmatch(word.strip()))}
    columns: dict[str, int] = {}
    for n, word in enumerate(words):
        if _NUMBER.search(word) or n in years.values():
            continue
        for name, pattern in (("office", _OFFICE), ("time", _TIME), ("task", _TASK)):
            if pattern.search(word):
                columns[name] = n
                break
    if len(years) >= 2:
        columns["value"] = years[max(years)]
        columns.setdefault("task", 0)
        return columns
    return columns if "task" in columns and len(columns) >= 2 else {}


def _row(cells: list[tuple[int, int, str]], head: dict[str, int], line_start: int, line_end: int) -> TaskRow | None:
    def cell(name: str) -> tuple[int, int, str]:
        n = head.get(name, -1)
        return cells[n] if 0 <= n < len(cells) else (0, 0, "")

    start, end, words = cell("task")
    if len(words) < 2:
        return None
    value_start, value_end, value = cell("value") if "value" in head else (start, end, words)
    if not value:
        return None
    return TaskRow(start, end, value_start, value_end, words, line_start, line_end, cell("office")[2], cell("time")[2])
