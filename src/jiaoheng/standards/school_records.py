"""School records: the schools of an area as a standard sees them, one record for each stage taught, and who of them is left out.

Changes when who is judged is told in another way.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from jiaoheng.snapshots.snapshot import Snapshot
from jiaoheng.standards.standard import Exclusion

__all__ = ["NothingToJudge", "SchoolRecord", "day_of", "in_scope", "school_records"]


class NothingToJudge(Exception):
    """No school of the area has a record that this standard judges."""


@dataclass(frozen=True, slots=True)
class SchoolRecord:
    """One school, or one stage of a school that teaches several. `locale`: urban, town or rural, where it is told."""

    organisation: str
    stage: str
    pupils: int | None
    name: str
    kind: str
    school_type: str | None
    ownership: str | None
    locale: str | None


def day_of(snapshot: Snapshot, period: str) -> date:
    """The day whose thresholds hold: the snapshot's, or the last of an earlier school year."""
    frozen = snapshot.date if isinstance(snapshot.date, date) else date.fromisoformat(str(snapshot.date))
    return min(frozen, date(int(period[:4]) + 1, 8, 31))


def school_records(snapshot: Snapshot, period: str, area: str | None) -> list[SchoolRecord]:
    """The records of one year below (or of) the area. Raises: NothingToJudge where the area is unknown."""
    told = ("kind", "school_type", "ownership", "locale")
    tree = pq.ParquetFile(snapshot.tables["organisations"]).read(columns=["code", "name_zh", "name_en", "path", *told])
    columns = tree.to_pydict()
    names = {code: zh or en or code for code, zh, en in zip(columns["code"], columns["name_zh"], columns["name_en"], strict=True)}
    facts = dict(zip(columns["code"], zip(*(columns[name] for name in told), strict=True), strict=True))
    inside = _below(area, dict(zip(columns["code"], columns["path"], strict=True))) if area else None
    if inside == set():
        raise NothingToJudge(f"No organisation of the snapshot has the code «{area}».")
    table = pq.ParquetFile(snapshot.tables["annual_statistics"]).read(columns=["organisation", "school_year", "stage", "pupils"])
    rows = table.filter(pc.equal(table["school_year"], pa.scalar(period))).to_pydict()
    records = []
    for code, stage, pupils in zip(rows["organisation"], rows["stage"], rows["pupils"], strict=True):
        if inside is None or code in inside:
            kind, school_type, ownership, locale = facts.get(code, ("school", None, None, None))
            records.append(SchoolRecord(code, stage, pupils, names.get(code, code), kind, school_type, ownership, locale))
    return records


def in_scope(
    exclude: Sequence[Exclusion], stages: Sequence[str], records: Iterable[SchoolRecord]
) -> tuple[list[SchoolRecord], list[tuple[SchoolRecord, Exclusion | None]]]:
    """Who is judged, and who is left out by which rule (None: no pupils reported). Other stages are in neither."""
    judged, left_out = [], []
    for record in records:
        if record.stage not in stages:
            continue
        exclusion = next((rule for rule in exclude if _leaves_out(rule, record)), None)
        if exclusion is not None or not record.pupils:
            left_out.append((record, exclusion))
        else:
            judged.append(record)
    return judged, left_out


def _below(area: str, paths: Mapping[str, str]) -> set[str]:
    """The area's code and every code under it; empty where the area is unknown."""
    if area not in paths:
        return set()
    start = f"{paths[area]}/"
    return {area} | {code for code, path in paths.items() if path.startswith(start)}


def _leaves_out(rule: Exclusion, record: SchoolRecord) -> bool:
    named = (
        record.kind in rule.kinds
        or record.school_type in rule.school_types
        or record.ownership in rule.ownerships
        or record.organisation in rule.organisations
    )
    return named and (rule.pupils_below is None or (record.pupils is not None and record.pupils < rule.pupils_below))
