"""Parts: a long table is checked and stored part by part, in the command's one transaction, and its report is that of one sheet.

Changes when what a long table needs beyond a sheet's own checks changes. What stands twice in the file is found over all its parts, by the
hashes of the numbers that the store names; of the rows no more than one part is held.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import polars as pl

from jiaoheng.access.account import Account
from jiaoheng.intake.altered_cells import MOST, altered_cells
from jiaoheng.intake.causes import Cause
from jiaoheng.intake.checks import checked, identified
from jiaoheng.intake.columns import Feed
from jiaoheng.intake.directory import Directory
from jiaoheng.intake.long_table import LongRows
from jiaoheng.intake.marking import MarkedCopy
from jiaoheng.intake.provenance import Import
from jiaoheng.intake.report import FileReport
from jiaoheng.intake.store import CHANGED, NEW, Store
from jiaoheng.intake.storing import keep_source_rows, source_of
from jiaoheng.intake.workbook import Sheet, Workbook

__all__ = ["ROWS_AT_ONCE", "LongJob", "is_taken_in_parts", "take_parts"]

ROWS_AT_ONCE = 20_000


@dataclass(frozen=True)
class LongJob:
    """A long table that feeds a register. `marked`: where the rejected rows go, None where nobody asks for them."""

    workbook: Workbook
    feed: Feed
    store: Store
    directory: Directory
    account: Account | None
    mapping_name: str
    said: tuple[Cause, ...]
    marked: Path | None


def is_taken_in_parts(feed: Feed, store: Store) -> bool:
    return store.in_parts and isinstance(feed.sheet.rows, LongRows)


def take_parts(job: LongJob, tell: Callable[[float], None], *, keep: bool) -> FileReport:
    """Check and store every part; `keep`: also the file itself."""
    rows, store = job.feed.sheet.rows, job.store
    assert isinstance(rows, LongRows)
    store.begin_parts(_repeated(job, rows))
    imported = Import.objects.create(
        source_file=source_of(job.workbook, keep=keep), register=job.feed.register, mapping=job.mapping_name[:100], account=job.account
    )
    file = FileReport(job.workbook.name, job.feed.register, job.feed.sheet.name, of_persons=store.of_persons, sha256=job.workbook.sha256)
    causes: list[Cause] = []
    marked: MarkedCopy | None = None
    for before, part in rows.parts(ROWS_AT_ONCE):
        tell(before / len(rows))
        result = checked(_feed_of(job.feed, part, before), job.directory, job.account, store)
        difference = store.compared(result)
        if difference.changed.any() or difference.asked:
            store.write(difference)
            keep_source_rows(imported, result, difference, store)
        accepted, rejected = int(difference.changed.sum() or 0), int(result.rejected.sum() or 0)
        file.read += len(result.frame)
        file.accepted += accepted
        file.unchanged += len(difference.rows) - accepted
        file.rejected += rejected
        file.new += difference.number(NEW)
        file.changed += difference.number(CHANGED)
        file.asked += difference.asked
        file.fields = {name: file.fields.get(name, 0) + difference.counts.get(name, 0) for name in {**file.fields, **difference.counts}}
        file.altered = [*file.altered, *altered_cells(difference, job.feed.rule)][:MOST]
        causes += result.causes
        if rejected and job.marked is not None:
            marked = marked or MarkedCopy(job.marked, job.feed, whole=False)
            marked.add(result)
    if marked is not None:
        file.returned = marked.close()
    file.left_out = store.left_out_of_file().to_dicts()
    file.causes = [*_together(causes), *job.said]
    imported.rows_read, imported.rows_accepted = file.read, file.accepted
    imported.rows_unchanged, imported.rows_rejected = file.unchanged, file.rejected
    imported.causes = [cause.as_kept() for cause in file.causes]
    imported.save()
    return file


def _feed_of(feed: Feed, part: list[list[str]], before: int) -> Feed:
    """The feed of one part; the headings are the first one's."""
    sheet = Sheet(feed.sheet.name, part, typed=False, before=before)
    if before:
        return replace(feed, sheet=sheet, heading_row=0, first_row=0)
    return replace(feed, sheet=sheet)


def _repeated(job: LongJob, rows: LongRows) -> Mapping[str, pl.DataFrame]:
    """Of each number that must stand once: the hashes of those that stand several times, in how many rows and at how many organisations."""
    names = [name for name in job.store.counted if name in job.feed.fields]
    found: list[pl.DataFrame] = []
    for before, part in rows.parts(ROWS_AT_ONCE):
        values = identified(_feed_of(job.feed, part, before), job.directory, job.account, names)
        hashes = [pl.when(pl.col(name).is_not_null()).then(pl.col(name).hash()).alias(name) for name in names]
        found.append(values.select("organisation_id", *hashes))
    frame = pl.concat(found)
    return {
        name: frame.filter(pl.col(name).is_not_null())
        .group_by(pl.col(name).alias("hash"))
        .agg(rows=pl.len(), organisations=pl.col("organisation_id").n_unique())
        .filter(pl.col("rows") > 1)
        for name in names
    }


def _together(causes: list[Cause]) -> list[Cause]:
    """One cause where several parts say the same of the same column; the values quoted are the first part's."""
    found: dict[tuple[str, str], Cause] = {}
    for cause in causes:
        key = (cause.code, cause.column)
        known = found.get(key)
        if known is None:
            found[key] = cause
        else:
            found[key] = replace(known, count=known.count + cause.count, last_row=cause.last_row)
    rank = {"reject": 0, "warn": 1, "info": 2}
    return sorted(found.values(), key=lambda cause: (rank[cause.severity], -cause.count, cause.code))
