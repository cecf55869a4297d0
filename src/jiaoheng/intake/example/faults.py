"""The faulty workbook's rows: real rows of the example, some of them spoilt on purpose, each with what was done to it.

Changes when a fault is planted or taken out. Clerks' workbooks have these faults; the checks must find exactly them.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from jiaoheng.intake.example.figures import FIGURES, Declared

__all__ = ["FAULTY_YEAR", "Faulty", "faulty_rows"]

FAULTY_YEAR = "2018-2019"

Outcome = Literal["good", "added", "understood", "returned"]
"""good: nothing was done. added: a figure that the year's own workbook left empty. understood: written oddly, read rightly, and said
so. returned: the row must come back to the clerk."""

_COLUMNS = ("organisation", "organisation_name", "school_year", "stage", *FIGURES)
_FULL_WIDTH = str.maketrans("0123456789-", "０１２３４５６７８９－")


@dataclass(frozen=True)
class Faulty:
    """One row of the faulty workbook: its cells, the field that was spoilt, what was done to it and what must come of it."""

    cells: list[object]
    outcome: Outcome = "good"
    field: str = ""
    planted: str = ""

    @property
    def column(self) -> int | None:
        """Where the spoilt cell stands, counted from zero; None for a good row or one spoilt as a whole."""
        return _COLUMNS.index(self.field) if self.field else None


@dataclass(frozen=True)
class _Plant:
    """What to do to the row of one school: `spoil` gives the new cell from the old one."""

    outcome: Outcome
    field: str
    planted: str
    spoil: Callable[[object], object]


# By school code (primary schools 2199…01 to 19). Each row has at most one fault, so that each fault is told apart.
_PLANTS: dict[str, _Plant] = {
    "2199000002": _Plant("understood", "pupils", "数字为全角字符", lambda old: str(old).translate(_FULL_WIDTH)),
    "2199000003": _Plant("understood", "equipment_value", "数字存为文本，带千分位逗号和尾部空格", lambda old: f"{old:,} "),
    "2199000004": _Plant("understood", "stage", "学段前后有空格", lambda old: f" {old}　"),
    "2199000005": _Plant("returned", "sports_area_m2", "面积为负数", lambda old: -int(str(old))),
    "2199000006": _Plant("returned", "organisation", "学校标识码不在名录中", lambda _: "2199000999"),
    "2199000008": _Plant("returned", "backbone_teachers", "骨干教师多于专任教师", lambda _: 999),
    "2199000009": _Plant("returned", "stage", "学段不是可用的选项", lambda _: "大学"),
    "2199000010": _Plant("returned", "classes", "班级数不是数字", lambda old: f"约{old}个班"),
    "2199000011": _Plant("added", "computers", "补报：年度表中该校未填计算机数", lambda _: 118),
    "2199000012": _Plant("returned", "pupils", "学生数带小数", lambda old: int(str(old)) + 0.5),
    "2199000013": _Plant("returned", "school_year", "学年为空", lambda _: None),
    "2199000014": _Plant("returned", "pupils", "学生数超出可能的范围", lambda old: int(str(old)) * 1000),
    "2199000015": _Plant("understood", "school_year", "学年为全角字符并带“学年”二字", lambda old: f"{str(old).translate(_FULL_WIDTH)}学年"),
}
_TWICE = "2199000016"
_EMPTY_AFTER = ("2199000007", "2199000015")


def faulty_rows(rows: Sequence[Declared], cells_of: Callable[[Declared], list[object]]) -> list[Faulty]:
    """The faulty workbook's rows in order: primary and junior schools of one year, thirteen rows touched, one twice, two rows empty."""
    faulty: list[Faulty] = []
    for row in rows:
        code = row.place.code
        if row.stage not in ("primary", "junior") or len(row.place.teaches) > 1:
            continue
        cells = cells_of(row)
        plant = _PLANTS.get(code) if row.stage == "primary" else None
        if plant:
            column = _COLUMNS.index(plant.field)
            cells[column] = plant.spoil(cells[column])
            faulty.append(Faulty(cells, plant.outcome, plant.field, plant.planted))
        elif code == _TWICE:
            again = list(cells)
            again[_COLUMNS.index("pupils")] = int(str(cells[_COLUMNS.index("pupils")])) + 8
            # Nobody but the clerk knows which of the two is true, so both come back.
            faulty.append(Faulty(cells, "returned", "organisation", "同一学校、学年、学段填报了两次（本行为真实数据）"))
            faulty.append(Faulty(again, "returned", "organisation", "同一学校、学年、学段填报了两次（学生数不同）"))
        else:
            faulty.append(Faulty(cells))
        if code in _EMPTY_AFTER:
            faulty.append(Faulty([None] * len(_COLUMNS), "understood", "", "空行"))
    return faulty
