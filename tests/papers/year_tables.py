"""Rows of ledgers and goals of a plan for the tiny district, in the columns that a snapshot holds."""

from datetime import date
from typing import Any

import pyarrow as pa

from jiaoheng.plans.frozen_course import as_text
from jiaoheng.plans.standing import Course, Point
from jiaoheng.rulebook.tables import load_tables

KINDS: dict[str, Any] = {"count": pa.int64(), "amount": pa.float64(), "flag": pa.bool_(), "date": pa.date32()}
FIRST = {"organisation": "A", "school_year": "2018-2019", "stage": ""}


def table(name: str, rows: list[dict[str, Any]]) -> pa.Table:
    columns = {column: KINDS.get(rule.type, pa.string()) for column, rule in load_tables()[name].columns.items()}
    return pa.Table.from_pylist(rows, pa.schema([*((one, pa.string()) for one in FIRST), *columns.items()]))


def ledger_row(ledger: str = "hazards", opened_on: date = date(2018, 9, 10), ended: str = "closed", **given: Any) -> dict[str, Any]:
    return {
        **FIRST, "ledger": ledger, "row": "1", "process": "", "state": "", "opened_on": opened_on, "due_on": None, "closed_on": None,
        "ended": ended, "clocked": True, "overdue": False, "judged": ended == "closed", "on_time": ended == "closed", **given,
    }  # fmt: skip


def goal_row(number: int, text: str, known: Course, **given: Any) -> dict[str, Any]:
    return {
        **FIRST, "organisation": "D", "goal": str(number), "plan": "1", "plan_title": "2018年工作要点", "plan_of": "D",
        "begins_on": known.begins_on, "ends_on": date(2018, 12, 31), "place": number, "text": text, "helps": "",
        "heading": "一、扩大学位/1. 建设",
        "kind": "number" if known.target is not None else "evidence", "operator": known.operator, "target": known.target, "unit": "所",
        "due": known.due, "bound_to": "reported", "measure": "", "measured_stage": "all", "value": None, "value_on": None,
        "done_on": known.done_on, "steps": 0, "steps_done": 0, "status": "", "way": 0.0, "weight": 1.0,
        "course": as_text(known, date(2018, 10, 1)), **given,
    }  # fmt: skip


def course(begins_on: date = date(2018, 1, 1), due: date = date(2018, 12, 31), **given: Any) -> Course:
    return Course(begins_on, due, **given)


def year_tables() -> dict[str, pa.Table]:
    reported = [Point(date(2018, 6, 30), 8.0), Point(date(2018, 11, 1), 12.0)]
    june, reform = date(2018, 6, 30), "二、改革/2. 方案"
    measured = {"unit": "人", "operator": "<=", "bound_to": "measure", "measure": "pupils_per_teacher"}
    past = {"begins_on": date(2017, 1, 1), "ends_on": date(2017, 12, 31)}
    return {
        "ledger_rows": table("ledger_rows", [
            ledger_row(), ledger_row(on_time=False), ledger_row(ended="", overdue=True), ledger_row(ended="withdrawn"),
            ledger_row(organisation="B"), ledger_row(opened_on=date(2017, 10, 1), school_year="2017-2018"),
            ledger_row("drills", judged=False, on_time=False), ledger_row("nobodys", organisation="elsewhere"),
        ]),
        "goals": table("goals", [
            goal_row(1, "新建幼儿园12所", course(target=12.0, points=reported)),
            goal_row(2, "每名教师负担学生不超过17人", course(operator="<=", target=17.0), **measured),
            goal_row(3, "制定方案", course(due=june, done_on=date(2018, 6, 1)), heading=reform),
            goal_row(4, "接入报警装置", course(due=june, done_on=date(2018, 7, 2)), heading=reform),
            goal_row(5, "旧目标", course(date(2017, 1, 1), date(2017, 12, 31), target=1.0), **past),
        ]),
    }  # fmt: skip
