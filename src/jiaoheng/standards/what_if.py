"""What if: a standard judged once more on figures that somebody supposes: three teachers more, 120 pupils fewer. Nothing is stored.

Changes when other figures can be supposed. The judge is the same; the changed snapshot lies in a folder that is gone afterwards.
"""

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow.parquet as pq

from jiaoheng.measures.catalogue import Catalogue
from jiaoheng.snapshots.snapshot import Snapshot
from jiaoheng.standards.changed_snapshot import changed_snapshot
from jiaoheng.standards.remedy import REGISTER
from jiaoheng.standards.standard import Standard
from jiaoheng.standards.verdict import Verdict, judge

__all__ = ["CannotSuppose", "Place", "Supposed", "changeable", "reported", "supposed"]

Place = tuple[str, str]
"""An organisation's code and a stage."""

Figures = Mapping[Place, Mapping[str, float | None]]


@dataclass(frozen=True)
class Supposed:
    """The verdict after the changes."""

    after: Verdict
    changes: Mapping[Place, Mapping[str, int]]


class CannotSuppose(ValueError):
    """A change cannot be made; `faults` names place, field and the figure reported (None where there is none)."""

    def __init__(self, faults: Sequence[tuple[Place, str, float | None]]) -> None:
        super().__init__("; ".join(f"{code} {stage} {field}: {value}" for (code, stage), field, value in faults))
        self.faults = tuple(faults)


def changeable(standard: Standard, catalogue: Catalogue) -> list[str]:
    """The figures of the annual statistics that the standard's items read, in the order of the items; pupils first."""
    found: dict[str, None] = {}
    for item in standard.items:
        measure = catalogue[item.measure]
        if measure.register == REGISTER:
            parts = [part for part in (measure.numerator, None if measure.other else measure.denominator) if part]
            found |= dict.fromkeys(column for part in parts for column in part.columns if measure.types[column] in ("count", "amount"))
    return sorted(found, key=lambda name: name != "pupils")


def reported(snapshot: Snapshot, period: str, fields: Sequence[str]) -> dict[Place, dict[str, float | None]]:
    """The figures as reported: by place, of one school year."""
    columns = ["organisation", "stage", "school_year", *fields]
    rows = pq.read_table(snapshot.tables[REGISTER], columns=columns).to_pylist()
    return {
        (str(row["organisation"]), str(row["stage"])): {name: row[name] for name in fields} for row in rows if row["school_year"] == period
    }


def supposed(
    standard: Standard,
    snapshot: Snapshot,
    changes: Mapping[Place, Mapping[str, int]],
    *,
    area: str | None,
    period: str,
    catalogue: Catalogue,
) -> Supposed:
    """The verdict with `changes` added to the figures. Raises: CannotSuppose; NothingToJudge; NotInForce.

    A figure that was not reported cannot be raised or lowered, and none can fall below zero.
    """
    fields = sorted({field for change in changes.values() for field in change})
    known = reported(snapshot, period, fields)
    faults: list[tuple[Place, str, float | None]] = []
    for place, change in changes.items():
        for field, by in change.items():
            value = known.get(place, {}).get(field)
            if value is None or value + by < 0:
                faults.append((place, field, value))
    if faults:
        raise CannotSuppose(faults)
    with tempfile.TemporaryDirectory(prefix="jiaoheng-what-if-") as folder:
        changed = changed_snapshot(snapshot, period, changes, Path(folder))
        return Supposed(judge(standard, changed, area=area, period=period, catalogue=catalogue), changes)
