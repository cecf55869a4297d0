"""Taking in: the one way data gets in. Workbooks are read, checked and stored in one transaction; what is wrong comes back.

Changes when the steps of the intake change. The command and the pages call `take_in` and show its report; they hold no rule of their own.
"""

import gc
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from jiaoheng.access.account import Account, Refused, Role, check_may_enter
from jiaoheng.access.change import Change, check_approved
from jiaoheng.intake.altered_cells import altered_cells
from jiaoheng.intake.causes import READ_CAUSES, Cause, UnreadableWorkbook, phrased
from jiaoheng.intake.checks import Checked, checked
from jiaoheng.intake.columns import Feed, mapped_feed, matched_feed
from jiaoheng.intake.directory import Directory
from jiaoheng.intake.interrupted import in_clear_words
from jiaoheng.intake.mapping import FileMapping, load_mapping
from jiaoheng.intake.marking import write_marked
from jiaoheng.intake.parts import LongJob, is_taken_in_parts, take_parts
from jiaoheng.intake.proposal import Proposal, proposed
from jiaoheng.intake.provenance import Import
from jiaoheng.intake.remembered_mapping import recalled, remember
from jiaoheng.intake.report import FileReport, IntakeReport
from jiaoheng.intake.store import CHANGED, NEW, Difference, Occasion, Store
from jiaoheng.intake.stores import STORES
from jiaoheng.intake.storing import hold_writers, keep_source_rows, source_of
from jiaoheng.intake.total import check_reconciled
from jiaoheng.intake.workbook import Workbook, open_workbook
from jiaoheng.organisations.organisation import Organisation
from jiaoheng.registers.annual_statistics import AnnualStatistics
from jiaoheng.rulebook.loader import Label
from jiaoheng.rulebook.registers import RegisterRule, load_registers

__all__ = ["UNKNOWN_HEADINGS", "Progress", "take_in"]

Progress = Callable[[float, str], None]
"""Called with the share done (0 to 1) and the name of the file in hand."""

_SUFFIXES = {".xlsx", ".xls", ".csv"}
UNKNOWN_HEADINGS = ("FILE-05", "FILE-06")
"""Causes after which the columns can be told by their likeness."""


@dataclass
class _Job:
    """One sheet that is to be taken in."""

    workbook: Workbook
    feed: Feed
    several: bool
    said: tuple[Cause, ...] = ()
    confirmed: Proposal | None = None

    @property
    def is_empty(self) -> bool:
        """Whether nothing stands below the headings."""
        return not any(any(cell != "" for cell in row) for row in islice(self.feed.sheet.rows, self.feed.first_row, None))


@dataclass
class _Done:
    """A sheet that was checked and whose good rows were stored."""

    job: _Job
    store: Store
    result: Checked
    difference: Difference
    file: FileReport = field(default_factory=lambda: FileReport(""))


@contextmanager
def _without_collecting() -> Iterator[None]:
    """Millions of cells and rows hold no cycles, and each pass of the collector would look at all of them again."""
    collected = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collected:
            gc.enable()


@in_clear_words()
@_without_collecting()
def take_in(
    paths: Iterable[Path],
    mapping: Path | FileMapping | None = None,
    *,
    account: Account | None = None,
    approved_by: Account | None = None,
    reason: str = "",
    dry_run: bool = False,
    register: str | None = None,
    progress: Progress | None = None,
    returned: Path | None = None,
    accept_proposals: bool = False,
) -> IntakeReport:
    """Take workbooks (or folders of them) into the registers: all good rows of all files in one transaction, or none.

    `mapping`: says what feeds what; without one, headings are matched by name. `account`: only rows of its organisations are taken;
    none means the deployment's own command, which stores no registers of persons. `approved_by`: another account that has approved what
    needs approval; without one it is asked for instead. `reason`: why, for history and trail. `register`: only this register is looked
    for. `dry_run`: everything is done and undone. `returned`: folder for the marked copies (default: <data>/returned; a dry run writes
    them only where a folder is given). `accept_proposals`: sheets whose headings are not known are read as proposed, and that is remembered
    for the account's organisation.
    Raises: Refused where the account's role enters nothing, or where persons are to be stored and nobody says who stores them;
    RulebookFaulty where mapping or rulebook are faulty; Interrupted where database or disk fail, and then nothing is stored.
    Files that cannot be read are in the report, each with its one cause.
    """
    started = time.monotonic()
    if account is not None:
        check_may_enter(account)
        if approved_by is not None:
            check_approved(Change(account, reason or "-", approved_by))
            if approved_by.role != Role.OFFICER:
                raise Refused(_("A bureau officer approves this. Your role does not."))
    registers = load_registers(settings.RULEBOOK_OVERLAY)
    mapping_name = mapping.name if isinstance(mapping, Path) else ""
    rules = load_mapping(mapping, registers) if isinstance(mapping, Path) else mapping
    wanted = {name: rule for name, rule in registers.items() if register in (None, name) and name in STORES}
    report = IntakeReport(dry_run=dry_run)
    tell = progress or (lambda share, file: None)

    jobs: list[_Job] = []
    files = list(_files(paths, rules, report))
    with ThreadPoolExecutor(max_workers=2) as pool:  # a workbook's trial runs in another process: this one reads meanwhile
        opened = [(path, pool.submit(open_workbook, path)) for path in files]
        for number, (path, workbook) in enumerate(opened):
            tell(0.4 * number / len(files), path.name)
            try:
                found = _jobs(path, workbook, rules, mapping_name, wanted, account)
                if register is not None and rules is None:
                    _check_is_what_was_asked(found, registers, register, account)
                jobs += found
            except UnreadableWorkbook as error:
                if register is not None and rules is None and error.cause.code in UNKNOWN_HEADINGS:
                    error = _other_register(workbook.result(), registers, register, account) or error
                proposals = (
                    proposed(workbook.result(), wanted, Directory.load()) if error.cause.code in UNKNOWN_HEADINGS and rules is None else []
                )
                if accept_proposals and proposals and not any(proposal.lacking for proposal in proposals):
                    jobs += _accepted(workbook.result(), proposals, wanted)
                    continue
                report.files.append(FileReport(path.name, causes=[error.cause], read=0, refused=True, proposals=proposals))
    jobs.sort(key=lambda job: registers[job.feed.register].order)
    if account is None and any(STORES[job.feed.register].of_persons and not job.is_empty for job in jobs):
        raise Refused(_("These rows are of persons: who enters them is kept. Say as whom: --as ACCOUNT (jiaoheng account makes one)."))
    if jobs:
        _store_all(jobs, report, registers, mapping_name, account, approved_by, reason, returned, tell)
    tell(1.0, "")
    report.seconds = time.monotonic() - started
    return report


def _store_all(
    jobs: list[_Job],
    report: IntakeReport,
    registers: Mapping[str, RegisterRule],
    mapping_name: str,
    account: Account | None,
    approved_by: Account | None,
    reason: str,
    returned: Path | None,
    tell: Progress,
) -> None:
    done: list[_Done] = []
    in_parts: list[tuple[_Job, FileReport]] = []
    change = None if account is None else Change(account, reason or _reason(jobs), approved_by)
    names = {job.feed.register for job in jobs}
    of_persons = any(STORES[name].of_persons for name in names)
    with transaction.atomic():
        tables = {model for name in names for model in STORES[name].tables} | {Organisation, AnnualStatistics}
        hold_writers(sorted(tables, key=lambda model: model._meta.db_table), of_persons=of_persons)
        occasion = Occasion(registers, Directory.load(), timezone.localdate(), account, change)
        stores = {name: STORES[name](registers[name], occasion) for name in registers if name in names}
        for number, job in enumerate(jobs):
            tell(0.4 + 0.5 * number / len(jobs), job.workbook.name)
            store = stores[job.feed.register]
            if is_taken_in_parts(job.feed, store):
                marked = None if report.dry_run and returned is None else _place_of_marked(job, returned)
                long = LongJob(job.workbook, job.feed, store, occasion.directory, account, mapping_name, job.said, marked)
                share, name = 0.4 + 0.5 * number / len(jobs), job.workbook.name
                file = take_parts(long, lambda part: tell(share + 0.5 * part / len(jobs), name), keep=not report.dry_run)  # noqa: B023
                in_parts.append((job, file))
                continue
            result = checked(job.feed, occasion.directory, account, store)
            difference = store.compared(result)
            if difference.changed.any() or difference.asked:
                store.write(difference)
            done.append(_Done(job, store, result, difference))
        for store in stores.values():
            store.finish()
        tell(0.9, "")
        for job in [each.job for each in done] + [job for job, _file in in_parts]:
            if job.confirmed is not None:
                remember(job.confirmed.headings, job.confirmed.source(), account)
        report.files += [file for _job, file in in_parts]
        for each in done:
            each.file = _recorded(each, mapping_name, account, keep=not report.dry_run)
            report.files.append(each.file)
        if report.dry_run:
            transaction.set_rollback(True)
    if report.dry_run and returned is None:
        return
    for each in done:
        if each.file.rejected:
            try:
                each.file.returned = write_marked(_place_of_marked(each.job, returned), each.result)
            except OSError as error:  # what is stored is stored: the report says so
                reason = error.strerror or str(error)
                each.file.causes.append(phrased("READ-14", READ_CAUSES["READ-14"], {"reason": reason}, count=each.file.rejected))


def _place_of_marked(job: _Job, returned: Path | None) -> Path:
    sheet = f"-{job.feed.sheet.name}" if job.several else ""
    name = f"{Path(job.workbook.name).stem}{sheet}-{job.workbook.sha256[:8]}-returned.xlsx".replace("/", "-")
    return (returned or Path(settings.DATA) / "returned") / name


def _reason(jobs: list[_Job]) -> str:
    """Why the registers change, where nobody said it: the files."""
    names = list(dict.fromkeys(job.workbook.name for job in jobs))
    return _("Import of {files}").format(files=", ".join(names[:3]) + (" …" if len(names) > 3 else ""))


def _recorded(done: _Done, mapping_name: str, account: Account | None, *, keep: bool) -> FileReport:
    """Reconcile what was stored, and keep the file, the import and the origin of every row."""
    feed, workbook, result, difference = done.job.feed, done.job.workbook, done.result, done.difference
    accepted = int(difference.changed.sum() or 0)
    totals = done.store.totals(difference)
    check_reconciled(totals)
    file = FileReport(
        workbook.name,
        feed.register,
        feed.sheet.name,
        read=len(result.frame),
        accepted=accepted,
        unchanged=len(difference.rows) - accepted,
        rejected=int(result.rejected.sum() or 0),
        new=difference.number(NEW),
        changed=difference.number(CHANGED),
        fields=dict(difference.counts),
        altered=altered_cells(difference, feed.rule),
        left_out=difference.left_out.to_dicts(),
        asked=difference.asked,
        of_persons=done.store.of_persons,
        causes=[*result.causes, *done.job.said],
        totals=totals,
        sha256=workbook.sha256,
    )
    source = source_of(workbook, keep=keep)
    imported = Import.objects.create(
        source_file=source,
        register=feed.register,
        mapping=mapping_name[:100],
        account=account,
        rows_read=file.read,
        rows_accepted=file.accepted,
        rows_unchanged=file.unchanged,
        rows_rejected=file.rejected,
        causes=[cause.as_kept() for cause in file.causes],
        totals=[total.as_dict() for total in file.totals],
    )
    if accepted:
        keep_source_rows(imported, result, difference, done.store)
    return file


def _files(paths: Iterable[Path], rules: FileMapping | None, report: IntakeReport) -> Iterable[Path]:
    """Every file to open. In a folder, files that a mapping does not name are passed over."""
    for path in paths:
        if not path.is_dir():
            yield path
            continue
        found = [
            file
            for file in sorted(path.rglob("*"))
            if file.is_file() and not file.name.startswith(("~$", "."))
            if (any(source.takes(file.name) for source in rules.sources.values()) if rules else file.suffix.lower() in _SUFFIXES)
        ]
        if not found:
            cause = UnreadableWorkbook("FILE-12", file=path.name or str(path)).cause
            report.files.append(FileReport(path.name or str(path), causes=[cause], refused=True))
        yield from found


def _jobs(
    path: Path,
    opened: "Future[Workbook]",
    rules: FileMapping | None,
    mapping_name: str,
    registers: Mapping[str, RegisterRule],
    account: Account | None,
) -> list[_Job]:
    """The sheets of a file that feed registers. Raises: UnreadableWorkbook where there is none."""
    if rules is not None:
        sources = [source for source in rules.sources.values() if source.takes(path.name) and source.feeds in registers]
        if not sources:
            raise UnreadableWorkbook("FILE-10", file=path.name, mapping=mapping_name)
        workbook = opened.result()
        feeds = [
            mapped_feed(path.name, workbook.sheet(source.sheet or workbook.sheet_names[0]), source, registers[source.feeds])
            for source in sources
        ]
        return [_Job(workbook, feed, len(feeds) > 1) for feed in feeds]
    return _matched(opened.result(), registers, account)


def _check_is_what_was_asked(jobs: Sequence[_Job], registers: Mapping[str, RegisterRule], asked: str, account: Account | None) -> None:
    """A pupils' workbook holds the few columns of a class too. Raises: UnreadableWorkbook where another register knows far more of it."""
    for job in jobs:
        other = _other_register(job.workbook, registers, asked, account, more_than=2 * len(job.feed.fields))
        if other is not None:
            raise other


def _other_register(
    workbook: Workbook, registers: Mapping[str, RegisterRule], asked: str, account: Account | None, *, more_than: int = 0
) -> UnreadableWorkbook | None:
    """What the workbook looks like where it is not what was asked for; `more_than`: so many columns must be known there."""
    try:
        jobs = _matched(workbook, {name: rule for name, rule in registers.items() if name in STORES}, account)
    except UnreadableWorkbook:
        return None
    others = [job.feed for job in jobs if job.feed.register != asked and len(job.feed.fields) > more_than]
    if not others:
        return None
    return UnreadableWorkbook("FILE-15", file=workbook.name, found=others[0].rule.label, asked=registers[asked].label)


def _accepted(workbook: Workbook, proposals: Sequence[Proposal], registers: Mapping[str, RegisterRule]) -> list[_Job]:
    """The sheets read as proposed."""
    jobs: list[_Job] = []
    for proposal in proposals:
        feed = mapped_feed(workbook.name, workbook.sheet(proposal.sheet), proposal.source(), registers[proposal.register])
        jobs.append(_Job(workbook, feed, len(proposals) > 1, (_said("READ-13", feed),), proposal))
    return jobs


def _said(code: str, feed: Feed, **words: str) -> Cause:
    """How the columns were read, with the words of who confirmed it."""
    pairs = [(field, feed.headings[index]) for field, one in feed.fields.items() for index in one.columns]
    labels = {field: feed.rule.fields[field].label for field, _heading in pairs}
    columns = Label(
        en=", ".join(f"{heading} → {labels[field].en}" for field, heading in pairs),
        zh="、".join(f"{heading} → {labels[field].zh}" for field, heading in pairs),
    )
    row = feed.heading_row + 1
    return phrased(code, READ_CAUSES[code], {**words, "columns": columns}, count=1, first_row=row, last_row=row)


def _matched(workbook: Workbook, registers: Mapping[str, RegisterRule], account: Account | None) -> list[_Job]:
    """Every sheet whose headings are known or were confirmed. One that lacks a needed column refuses the file only where none is whole."""
    jobs: list[_Job] = []
    lacking: UnreadableWorkbook | None = None
    for name in workbook.sheet_names:
        sheet = workbook.sheet(name)
        known = recalled(sheet, registers, account)
        if known is not None:
            mapping, source = known
            feed = mapped_feed(workbook.name, sheet, source, registers[source.feeds])
            who = str(mapping.account or "jiaoheng import")
            jobs.append(_Job(workbook, feed, False, (_said("READ-12", feed, who=who, day=f"{localtime(mapping.at):%Y-%m-%d}"),)))
            continue
        try:
            matched = matched_feed(workbook.name, sheet, registers)
        except UnreadableWorkbook as error:
            lacking = lacking or error
            continue
        if matched is not None:
            jobs.append(_Job(workbook, matched, False))
    if not jobs:
        labels = [
            rule.label.zh + "/" + rule.label.en for register in registers.values() for rule in register.fields.values() if rule.required
        ]
        raise lacking or UnreadableWorkbook("FILE-05", file=workbook.name, headings=", ".join(labels[:5]))
    for job in jobs:
        job.several = len(jobs) > 1
    return jobs
