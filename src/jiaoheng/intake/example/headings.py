"""Headings: what the columns of the registers' workbooks are called, and in which words their codes are written.

Changes when the national systems' exports call a column otherwise. The headings are those of the exports and of bureaus' forms, not ours;
the intake must know every one of them.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from jiaoheng.rulebook.codes import code_table

__all__ = ["COLUMNS", "Column", "cells"]


@dataclass(frozen=True)
class Column:
    """One column. `table`: the code table whose words are written; `none`: what is written where there is no value.

    A true or false field is written 是 or 否.
    """

    field: str
    heading: str
    table: str = ""
    none: str = ""


_SCHOOL = (Column("organisation", "学校标识码"), Column("organisation_name", "学校名称"))

COLUMNS: Mapping[str, tuple[Column, ...]] = {
    "pupils": (
        Column("student_number", "全国学籍号"),
        Column("name", "学生姓名"),
        Column("identity_kind", "身份证件类型", "identity_kind"),
        Column("identity_number", "身份证件号"),
        Column("sex", "性别", "sex"),
        Column("birth_date", "出生日期"),
        Column("ethnicity", "民族", "ethnicity"),
        Column("household_area", "户口所在地行政区划码"),
        Column("household_kind", "户口性质", "household_kind"),
        *_SCHOOL,
        Column("school_year", "学年"),
        Column("grade", "年级", "grade"),
        Column("class_name", "班级名称"),
        Column("entered_on", "入学日期"),
        Column("entry_kind", "入学方式", "entry_kind"),
        Column("guardian", "成员1姓名"),
        Column("guardian_relation", "成员1关系", "guardian_relation"),
        Column("guardian_phone", "成员1联系电话"),
        Column("boarder", "是否住校"),
        Column("migrant_child", "是否进城务工人员随迁子女"),
        Column("left_behind", "是否留守儿童", "left_behind", "非留守儿童"),
        Column("orphan", "是否孤儿", "orphan", "否"),
        Column("disability", "残疾类型", "disability", "无"),
        Column("placement", "安置方式", "disability_placement"),
        Column("poverty", "困难类型", "poverty", "否"),
        Column("bank_card", "银行卡号"),
    ),
    "enrolments": (
        Column("student_number", "全国学籍号"),
        Column("name", "学生姓名"),
        Column("identity_number", "身份证件号"),
        *_SCHOOL,
        Column("school_year", "学年"),
        Column("grade", "年级", "grade"),
        Column("class_name", "班级名称"),
        Column("event", "异动类型"),
        Column("date", "异动日期"),
        Column("other_school", "对方学校"),
    ),
    "classes": (
        *_SCHOOL,
        Column("school_year", "学年"),
        Column("grade", "年级", "grade"),
        Column("class_name", "班级名称"),
        Column("class_kind", "班级类型", "class_kind"),
        Column("head_teacher", "班主任工号"),
    ),
    "staff": (
        Column("staff_number", "教师编号"),
        Column("name", "姓名"),
        Column("identity_number", "身份证件号"),
        Column("sex", "性别", "sex"),
        Column("birth_date", "出生日期"),
        *_SCHOOL,
        Column("post", "岗位类别", "post"),
        Column("on_establishment", "是否在编"),
        Column("education", "最高学历", "education"),
        Column("degree", "最高学位", "degree"),
        Column("title", "职称", "title"),
        Column("promoted_on", "现职称取得日期"),
        Column("certificate", "教师资格证种类", "certificate"),
        Column("registration_due", "资格注册到期日期"),
        Column("stages", "任教学段"),
        Column("subjects", "任教学科"),
        Column("backbone", "骨干教师级别", "backbone", "无"),
        Column("training_hours", "五年内培训学时"),
        Column("employed_on", "参加工作日期"),
        Column("left_on", "离职日期"),
        Column("phone", "手机号码"),
        Column("bank_card", "银行卡号"),
    ),
    "appointments": (
        Column("staff_number", "教师编号"),
        Column("name", "姓名"),
        *_SCHOOL,
        Column("kind", "任职类型", "appointment_kind"),
        Column("since", "开始日期"),
        Column("until", "结束日期"),
    ),
    "establishment": (
        *_SCHOOL,
        Column("approved_posts", "核定编制数"),
        Column("since", "开始日期"),
        Column("until", "结束日期"),
        Column("document", "批准文号"),
    ),
    "funds": (
        Column("fiscal_year", "财政年度"),
        Column("organisation", "单位代码"),
        Column("organisation_name", "单位名称"),
        Column("source", "经费来源", "fund_source"),
        Column("purpose", "经费用途", "fund_purpose"),
        Column("budgeted_yuan", "预算数（元）"),
        Column("received_yuan", "到位数（元）"),
        Column("spent_yuan", "支出数（元）"),
    ),
    "licences": (
        Column("organisation", "机构代码"),
        Column("organisation_name", "机构名称"),
        Column("number", "办学许可证号"),
        Column("approved_by", "审批机关"),
        Column("legal_form", "法人属性", "legal_form"),
        Column("since", "开始日期"),
        Column("until", "结束日期"),
    ),
    "recognitions": (
        Column("organisation", "机构代码"),
        Column("organisation_name", "机构名称"),
        Column("since", "认定日期"),
        Column("until", "认定终止日期"),
        Column("document", "认定文号"),
    ),
    "inspections": (
        Column("organisation", "机构代码"),
        Column("organisation_name", "机构名称"),
        Column("year", "年检年度"),
        Column("result", "年检结果", "inspection_result"),
    ),
    "school_groups": (
        Column("group", "共同体名称"),
        Column("kind", "共同体类型", "group_kind"),
        Column("run_by", "主管单位代码"),
        *_SCHOOL,
        Column("role", "成员角色", "group_role"),
        Column("since", "开始日期"),
        Column("until", "结束日期"),
    ),
    "population": (
        Column("organisation", "行政区划代码"),
        Column("organisation_name", "行政区划名称"),
        Column("year", "年份"),
        Column("age", "年龄"),
        Column("sex", "性别", "sex"),
        Column("base", "人口口径", "population_base"),
        Column("persons", "人数"),
    ),
}
_FIXED: Mapping[str, str] = {"identity_kind": "resident"}
"""Fields that have one code in every row."""
_EVENT_TABLES = ("exit_kind", "entry_kind")


def cells(register: str, rows: pl.DataFrame) -> pl.DataFrame:
    """Rows of a register as its workbook shows them: one column a heading, codes in words, nothing where there is no value."""
    shown = []
    for column in COLUMNS[register]:
        fixed = _FIXED.get(column.field)
        values = pl.lit(fixed) if fixed else pl.col(column.field)
        words = _words(column)
        if words:
            values = values.replace_strict(list(words), list(words.values()), default=None, return_dtype=pl.String)
        elif column.field in rows.columns and rows.schema[column.field] == pl.Boolean:
            values = pl.when(values).then(pl.lit("是")).otherwise(pl.lit("否"))
        if column.none:
            values = values.fill_null(column.none)
        shown.append(values.alias(column.heading))
    return rows.select(shown)


def _words(column: Column) -> dict[str, str]:
    tables = _EVENT_TABLES if column.field == "event" else (column.table,) if column.table else ()
    return {code: value.zh for table in tables for code, value in code_table(table).codes.items()}
