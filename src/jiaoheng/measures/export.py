"""Export: values as a file for other programs, with a data dictionary beside it.

Changes when a format is added. Tidy CSV and Parquet have one row a value with all that it needs to be read alone; SDMX-CSV 2.0 is what
statistical offices exchange (header STRUCTURE, STRUCTURE_ID, ACTION, then dimensions, the observation and its attributes).
"""

import json
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from jiaoheng.measures.engine import Engine, write_csv
from jiaoheng.measures.measure import Measure, Scope
from jiaoheng.rulebook.loader import Label
from jiaoheng.snapshots.snapshot import Snapshot

__all__ = ["ExportRefused", "described", "export", "tidy"]

DATAFLOW = "JIAOHENG:VALUES(1.0)"

_MEANING: Mapping[str, Label] = {
    "measure": Label(en="name of the measure", zh="指标代码"),
    "level": Label(en="kind of the organisation", zh="机构层级"),
    "organisation": Label(en="code of the organisation", zh="机构代码"),
    "name": Label(en="name of the organisation", zh="机构名称"),
    "stage": Label(en="stage, or all", zh="学段（all 为全部）"),
    "period": Label(en="school year, calendar year or fiscal year", zh="学年、自然年度或财政年度"),
    "numerator": Label(en="numerator, unrounded; of a variation S", zh="分子（不四舍五入；差异系数为S）"),
    "denominator": Label(en="denominator, unrounded; of a variation the mean", zh="分母（不四舍五入；差异系数为均值）"),
    "value": Label(en="value, unrounded; empty where it cannot be computed or is hidden", zh="值（不四舍五入；无法计算或已隐藏时为空）"),
    "covered": Label(en="schools behind the value", zh="计入学校数"),
    "of": Label(en="schools asked about", zh="应计学校数"),
    "not_reported": Label(en="counties in or below it that did not report: not in the figures", zh="未报送的区县数（数值不含）"),
    "hidden": Label(en="figures are hidden, since persons could be told", zh="为保护个人信息已隐藏"),
    "unit": Label(en="unit", zh="单位"),
    "counted": Label(en="who is counted: household, resident or school_register", zh="统计口径（人口或学籍）"),
    "schools": Label(en="which schools: own, area or public", zh="学校范围"),
    "calendar": Label(en="1_september, school_year, calendar_year or fiscal_year", zh="统计时点或期间"),
    "definition_version": Label(en="version of the definition", zh="定义版本"),
    "snapshot": Label(en="hash of the snapshot", zh="快照指纹"),
}


class ExportRefused(ValueError):
    """The file cannot be written in the form that its name asks for. The message says which forms there are."""


def export(table: pa.Table, snapshot: Snapshot, catalogue: Mapping[str, Measure], file: Path) -> Path:
    """Write a table of values by the file's suffix, and `<name>.dictionary.json` beside it, whose path is returned.

    Raises: ExportRefused for another suffix, OSError.
    """
    name = file.name.lower()
    if name.endswith(".sdmx.csv"):
        write_csv(_sdmx(tidy(table, snapshot, catalogue), catalogue), file)
    elif name.endswith(".csv"):
        write_csv(tidy(table, snapshot, catalogue), file)
    elif name.endswith(".parquet"):
        file.open("ab").close()  # says in the system's words why a file cannot be written
        pq.write_table(tidy(table, snapshot, catalogue), file, compression="zstd")
    else:
        raise ExportRefused(f"«{file.name}» does not say in which form to write. Endings: .csv, .parquet, .sdmx.csv.")
    dictionary = file.with_name(f"{file.name}.dictionary.json")
    dictionary.write_text(json.dumps(_dictionary(table, snapshot, catalogue), ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    return dictionary


def tidy(table: pa.Table, snapshot: Snapshot, catalogue: Mapping[str, Measure]) -> pa.Table:
    """The values with unit, scope, calendar, version of the definition and snapshot: each row can be read alone."""
    used = _measures(table)
    said = [catalogue[name] for name in used]
    about = pa.table(
        {
            "unit": pa.array([one.unit.zh for one in said], pa.string()),
            "counted": pa.array([one.scope.counted for one in said], pa.string()),
            "schools": pa.array([one.scope.schools for one in said], pa.string()),
            "calendar": pa.array([one.calendar for one in said], pa.string()),
            "definition_version": pa.array([one.definition_version for one in said], pa.string()),
        }
    ).take(pc.index_in(table["measure"], value_set=pa.array(used, pa.string())))
    for name in about.column_names:
        table = table.append_column(name, about[name])
    if "missing" in snapshot.manifest:  # joined of several counties
        table = table.append_column("not_reported", _not_reported(table, snapshot))
    return table.append_column("snapshot", pa.repeat(snapshot.hash, table.num_rows))


def _not_reported(table: pa.Table, snapshot: Snapshot) -> "pa.ChunkedArray[Any]":
    """Of each row's organisation how many counties at or below it did not report."""
    tree = pq.read_table(snapshot.tables["organisations"], columns=["code", "path"])
    paths = dict(zip(tree["code"].to_pylist(), tree["path"].to_pylist(), strict=True))
    above = Counter(code for one in snapshot.missing for code in str(paths.get(one, one)).split("/"))
    codes = [str(code) for code in table["organisation"].unique().to_pylist()]
    counts = pa.chunked_array([pa.array([above[code] for code in codes], pa.int64())])
    return counts.take(pc.index_in(table["organisation"], value_set=pa.array(codes, pa.string())))


def _sdmx(table: pa.Table, catalogue: Mapping[str, Measure]) -> pa.Table:
    """SDMX-CSV 2.0. A school year is its first day with a year's duration; figures of 1 September have that day."""
    missing = '\n, not_reported AS "NOT_REPORTED"' if "not_reported" in table.column_names else ""
    hidden = "hidden" if "hidden" in table.column_names else "false"
    with Engine(tidied=table) as engine:
        return engine.run(f"""
SELECT 'dataflow' AS "STRUCTURE", '{DATAFLOW}' AS "STRUCTURE_ID", 'I' AS "ACTION",
       measure AS "INDICATOR", organisation AS "REF_AREA", "stage" AS "STAGE",
       CASE WHEN calendar IN ('calendar_year', 'fiscal_year') THEN period WHEN calendar = '1_september' THEN left(period, 4) || '-09-01'
            ELSE left(period, 4) || '-09-01/P1Y' END AS "TIME_PERIOD",
       value AS "OBS_VALUE", numerator AS "NUMERATOR", denominator AS "DENOMINATOR", unit AS "UNIT_MEASURE",
       CASE WHEN {hidden} THEN 'Q' WHEN value IS NULL THEN 'M' ELSE 'A' END AS "OBS_STATUS",
       CASE WHEN {hidden} THEN 'C' ELSE 'F' END AS "CONF_STATUS",
       covered AS "COVERED", "of" AS "OF", counted AS "COUNTED", schools AS "SCHOOLS", calendar AS "CALENDAR",
       definition_version AS "DEFINITION", snapshot AS "SNAPSHOT", name AS "REF_AREA_NAME", level AS "LEVEL"{missing}
FROM tidied""")


def _dictionary(table: pa.Table, snapshot: Snapshot, catalogue: Mapping[str, Measure]) -> dict[str, Any]:
    told = {"hidden": "hidden" in table.column_names, "not_reported": "missing" in snapshot.manifest}
    columns = [name for name in _MEANING if told.get(name, True)]
    return {
        "snapshot": {"hash": snapshot.hash, "date": snapshot.date.isoformat(), "not_reported": list(snapshot.missing)},
        "columns": [{"name": name, "en": _MEANING[name].en, "zh": _MEANING[name].zh} for name in columns],
        "sdmx": {
            "dataflow": DATAFLOW,
            "OBS_STATUS": {"A": "normal", "M": "missing", "Q": "hidden"},
            "CONF_STATUS": {"F": "free", "C": "hidden"},
        },
        "measures": [described(catalogue[name]) for name in _measures(table)],
    }


def described(measure: Measure) -> dict[str, Any]:
    """Every part of a definition, as JSON values."""
    return {
        "id": measure.id,
        "label": measure.label.model_dump(),
        "description": measure.description.model_dump() if measure.description else None,
        "register": measure.register,
        "kind": measure.kind,
        "of": measure.base.id if measure.base else None,
        "in": measure.change_in,
        "numerator": str(measure.numerator),
        "denominator": str(measure.denominator) if measure.denominator else None,
        "denominator_register": measure.other.register if measure.other else None,
        "denominator_where": str(measure.other.where) if measure.other and measure.other.where else None,
        "where": str(measure.where) if measure.where else None,
        "universe": str(measure.universe) if measure.universe else None,
        "stages": list(measure.stages),
        "unit": measure.unit.model_dump(),
        "decimals": measure.decimals,
        "better": measure.better,
        "source": measure.source.model_dump(),
        "scope": _scope(measure.scope),
        "calendar": measure.calendar,
        "denominator_scope": _scope(measure.other.scope) if measure.other else None,
        "denominator_calendar": measure.other.calendar if measure.other else None,
        "combines": measure.combines.model_dump() if measure.combines else None,
        "definition_version": measure.definition_version,
    }


def _measures(table: pa.Table) -> list[str]:
    """The names, in the order in which they first stand."""
    return [str(name) for name in table["measure"].unique().to_pylist()]


def _scope(scope: Scope) -> dict[str, str]:
    return {"counted": scope.counted, "schools": scope.schools, "en": scope.en, "zh": scope.zh}
