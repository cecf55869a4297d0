"""Published ledger: what the bureau keeps now: each ledger's form in use, and the processes that its rows may follow.

Changes when it is decided otherwise which form of a ledger is in use. The rulebook's forms are published by themselves; one that a bureau
officer published in the browser goes before them until it is withdrawn.
"""

import hashlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from jiaoheng.access import trail
from jiaoheng.access.account import Account, Refused, Role
from jiaoheng.ledgers.attachment import keep_content
from jiaoheng.ledgers.form import Form
from jiaoheng.ledgers.form_change import FormChange, compare_forms
from jiaoheng.ledgers.form_datasets import for_phones
from jiaoheng.ledgers.form_reader import read_form
from jiaoheng.ledgers.ledger import ledger_files
from jiaoheng.ledgers.ledger_row import MARKS, LedgerRow
from jiaoheng.ledgers.ledger_version import FormFile, LedgerVersion, VersionState, digest_of, form_of
from jiaoheng.ledgers.process import Process, load_processes
from jiaoheng.ledgers.row_answers import columns_of, marked_questions, titles_of
from jiaoheng.ledgers.sealing import seal_kept_rows
from jiaoheng.ledgers.working_days import Calendar, load_calendars
from jiaoheng.rulebook.loader import Label

__all__ = [
    "PublishedLedger",
    "check_may_publish",
    "form_after",
    "ledger_processes",
    "past_ledgers",
    "process_calendar",
    "process_marks",
    "publish",
    "published_ledger",
    "published_ledgers",
    "put_back",
    "rulebook_held",
    "withdraw",
]

_FILES_AT_MOST = 50
_SEALED_AT_ONCE = 5_000
"""So many rows are sealed while somebody waits for the publishing; the others by the next tick."""


@dataclass(frozen=True)
class PublishedLedger:
    """One ledger as it is kept now."""

    name: str
    version: LedgerVersion
    processes: Mapping[str, Process]

    @property
    def form(self) -> Form:
        return self.version.form

    @property
    def title(self) -> Label:
        return self.version.title

    @property
    def in_use(self) -> bool:
        """Whether rows may be added. Of a ledger whose form was withdrawn the rows stay, with all that may be done with them."""
        return self.version.state == VersionState.CURRENT


def published_ledgers() -> dict[str, PublishedLedger]:
    """Every ledger by name. A form that came with the rulebook and is not stored yet is stored now."""
    current = {version.ledger: version for version in LedgerVersion.objects.filter(state=VersionState.CURRENT).defer("source")}
    shipped = _shipped(settings.RULEBOOK_OVERLAY, _stamp(settings.RULEBOOK_OVERLAY))
    unseen = {name: found for name, found in shipped.items() if name not in current}
    if len(unseen) > 1:
        current |= _first_published(unseen)
    for name, (digest, file) in shipped.items():
        known = current.get(name)
        if known is None or (known.published_by_id is None and known.digest != digest):
            version = _published_by_the_rulebook(name, digest, file)
            if version is not None:
                current[name] = version
    processes = ledger_processes()
    return {
        name: PublishedLedger(name, version, {key: one for key, one in processes.items() if one.ledger == name})
        for name, version in sorted(current.items())
    }


def published_ledger(name: str) -> PublishedLedger | None:
    """One ledger, or None where there is none of this name (or it was withdrawn)."""
    return published_ledgers().get(name)


def past_ledgers() -> dict[str, PublishedLedger]:
    """The ledgers whose form was withdrawn, by name, each with the newest form it had."""
    kept = LedgerVersion.objects.filter(ledger=OuterRef("ledger"), state=VersionState.CURRENT)
    old = LedgerVersion.objects.exclude(Exists(kept)).order_by("ledger", "pk").defer("source")
    processes = ledger_processes()
    return {
        version.ledger: PublishedLedger(
            version.ledger, version, {key: one for key, one in processes.items() if one.ledger == version.ledger}
        )
        for version in old
    }


def ledger_processes() -> dict[str, Process]:
    """Every process of the rulebook, read once."""
    return _processes(settings.RULEBOOK_OVERLAY, _stamp(settings.RULEBOOK_OVERLAY))


def process_calendar(process: Process) -> Calendar:
    """The calendar that a process counts by."""
    calendars = _calendars(settings.RULEBOOK_OVERLAY, _stamp(settings.RULEBOOK_OVERLAY))
    return calendars.get(process.calendar) or calendars["national"]


def process_marks() -> Mapping[str, str]:
    """Of every process a short name of what its days are counted by: two with the same mark count alike."""
    return _marks(settings.RULEBOOK_OVERLAY, _stamp(settings.RULEBOOK_OVERLAY))


def check_may_publish(account: Account) -> None:
    """Refuse unless the account decides over the bureau's ledgers: an officer or the administrator, not of a school."""
    bureau = account.organisation is not None and not account.organisation.is_school
    if not bureau or account.role not in (Role.OFFICER, Role.ADMINISTRATOR):
        raise Refused(_("Forms are published by bureau officers. Ask one to publish this one."))


def publish(
    name: str, source: bytes, source_name: str, *, by: Account, files: Mapping[str, bytes] | None = None, reason: str = ""
) -> tuple[LedgerVersion, list[FormChange]]:
    """The form in use from now on; the one before is kept. Raises: FormFaulty, Refused."""
    check_may_publish(by)
    form = read_form(source, name=name)
    before = published_ledgers().get(name)
    changes = compare_forms(before.form, form) if before else []
    if refusing := [change for change in changes if change.refuses]:
        raise Refused(" ".join(change.label.in_language(get_language() or "zh-hans") for change in refusing))
    with transaction.atomic():
        version = _stored(name, source, source_name, form, by)
        beside = {**({"itemsets.csv": form.itemsets.encode()} if form.itemsets else {}), **(files or {})}
        for file_name, content in list(beside.items())[:_FILES_AT_MOST]:
            _store_file(version, file_name, content)
        where = by.organisation.path if by.organisation else ""
        said = trail.Entry(
            trail.Action.ADDED, LedgerVersion._meta.label, str(version.pk), where, {}, {"ledger": name, "version": form.version}
        )
        trail.record([said], by=by, reason=reason or "published")
    _mark_again(version)
    seal_kept_rows(name, at_most=_SEALED_AT_ONCE)
    return version, changes


def withdraw(version: LedgerVersion, *, by: Account, reason: str) -> None:
    """Nothing may be sent in this version any more; its rows stay."""
    _restated(version, VersionState.WITHDRAWN, by=by, reason=reason)


def put_back(version: LedgerVersion, *, by: Account, reason: str) -> None:
    """A withdrawn form is in use again. Raises: Refused where the ledger has another one in use: that is published over, not put back."""
    if LedgerVersion.objects.filter(ledger=version.ledger, state=VersionState.CURRENT).exists():
        raise Refused(_("Another version is in use. Publish the form again with a new version to use it instead."))
    _restated(version, VersionState.CURRENT, by=by, reason=reason)


def _restated(version: LedgerVersion, state: VersionState, *, by: Account, reason: str) -> None:
    check_may_publish(by)
    with transaction.atomic():
        before, version.state = version.state, state
        version.save(update_fields=["state"])
        where = by.organisation.path if by.organisation else ""
        said = trail.Entry(
            trail.Action.CHANGED, LedgerVersion._meta.label, str(version.pk), where, {"state": before}, {"state": version.state}
        )
        trail.record([said], by=by, reason=reason)


def form_after(version: LedgerVersion) -> Form | None:
    """The form in use once the version is withdrawn: the rulebook's where the bureau's own goes; None where the ledger is kept no more."""
    current = LedgerVersion.objects.filter(ledger=version.ledger, state=VersionState.CURRENT).exclude(pk=version.pk).first()
    if current is not None:
        return current.form
    digest, file = _shipped(settings.RULEBOOK_OVERLAY, _stamp(settings.RULEBOOK_OVERLAY)).get(version.ledger, ("", None))
    gone = LedgerVersion.objects.filter(ledger=version.ledger, digest=digest, state=VersionState.WITHDRAWN).exists()
    return None if file is None or digest == version.digest or gone else form_of(file.read_bytes(), version.ledger)


def _published_by_the_rulebook(name: str, digest: str, file: Path) -> LedgerVersion | None:
    known = LedgerVersion.objects.filter(ledger=name, digest=digest).first()
    if known is not None and known.state == VersionState.WITHDRAWN:
        return None
    source = file.read_bytes()
    version = _stored(name, source, file.name, form_of(source, name), None)
    _mark_again(version)
    return version


def _first_published(unseen: Mapping[str, tuple[str, Path]]) -> dict[str, LedgerVersion]:
    """The forms of ledgers that the database has never seen, stored with few statements: a new deployment has all of them."""
    known = set(LedgerVersion.objects.filter(ledger__in=unseen).values_list("ledger", flat=True))
    made = []
    for name, (digest, file) in unseen.items():
        if name not in known:
            source = file.read_bytes()
            form = form_of(source, name)
            title = titles_of(form)
            made.append(
                LedgerVersion(
                    ledger=name, digest=digest, form_id=form.form_id, version=form.version, title_zh=title.zh[:200],
                    title_en=title.en[:200], source=source, source_name=file.name[-200:], state=VersionState.CURRENT,
                    sealed_by=digest,
                )
            )  # fmt: skip
    try:
        with transaction.atomic():
            return {version.ledger: version for version in LedgerVersion.objects.bulk_create(made)}
    except IntegrityError:  # another process published them at the same moment
        return {version.ledger: version for version in LedgerVersion.objects.filter(state=VersionState.CURRENT, ledger__in=unseen)}


def _stored(name: str, source: bytes, source_name: str, form: Form, by: Account | None) -> LedgerVersion:
    title = titles_of(form)
    try:
        with transaction.atomic():
            LedgerVersion.objects.filter(ledger=name, state=VersionState.CURRENT).update(state=VersionState.KEPT)
            said: dict[str, Any] = {
                "form_id": form.form_id, "version": form.version, "title_zh": title.zh[:200], "title_en": title.en[:200],
                "source": source, "source_name": source_name[-200:], "state": VersionState.CURRENT, "published_by": by,
            }  # fmt: skip
            digest = digest_of(source)
            version, _made = LedgerVersion.objects.update_or_create(
                ledger=name, digest=digest, defaults=said, create_defaults=said | {"sealed_by": digest}
            )
    except IntegrityError:  # another process published the same at the same moment
        version = LedgerVersion.objects.get(ledger=name, state=VersionState.CURRENT)
    return version


def _store_file(version: LedgerVersion, name: str, content: bytes) -> None:
    content = for_phones(name, content)
    FormFile.objects.update_or_create(
        version=version,
        name=name[-200:],
        defaults={"sha256": keep_content(content), "md5": hashlib.md5(content, usedforsecurity=False).hexdigest(), "size": len(content)},
    )


def _mark_again(version: LedgerVersion) -> None:
    """Rows written in older versions are filtered by the questions of this one."""
    questions = [question.column for question in marked_questions(version.form)]
    older = LedgerRow.objects.filter(ledger=version.ledger).exclude(version=version).select_related("version")
    last = older.order_by("-pk").first()
    if last is None or [question.column for question in marked_questions(last.version.form)] == questions:
        return
    batch: list[LedgerRow] = []
    for row in older.iterator(chunk_size=2000):
        columns = columns_of(row.version.form, row.answers)
        for mark, column in zip(MARKS, [*questions, "", "", ""], strict=False):
            setattr(row, mark, columns.get(column, "")[:100])
        batch.append(row)
        if len(batch) == 1000:
            LedgerRow.objects.bulk_update(batch, MARKS)
            batch = []
    LedgerRow.objects.bulk_update(batch, MARKS)


_held: ContextVar[dict[Path, float] | None] = ContextVar("_held", default=None)


@contextmanager
def rulebook_held() -> Iterator[None]:
    """Within it the overlay's files are looked at once: for what goes over very many rows."""
    token = _held.set({})
    try:
        yield
    finally:
        _held.reset(token)


def _stamp(overlay: Path | None) -> float:
    """When the overlay's forms and processes were last written: an edited rulebook is read again without a restart."""
    if overlay is None:
        return 0.0
    held = _held.get()
    if held is None:
        return _last_written(overlay)
    if overlay not in held:
        held[overlay] = _last_written(overlay)
    return held[overlay]


def _last_written(overlay: Path) -> float:
    files = [*(overlay / "ledgers").glob("*"), *(overlay / "processes").glob("*"), *(overlay / "calendars").glob("*")]
    return max((file.stat().st_mtime for file in files), default=0.0)


@lru_cache(maxsize=4)
def _shipped(overlay: Path | None, stamp: float) -> dict[str, tuple[str, Path]]:
    return {name: (digest_of(file.read_bytes()), file) for name, file in ledger_files(overlay).items()}


@lru_cache(maxsize=4)
def _processes(overlay: Path | None, stamp: float) -> dict[str, Process]:
    return load_processes(overlay)


@lru_cache(maxsize=4)
def _calendars(overlay: Path | None, stamp: float) -> dict[str, Calendar]:
    return load_calendars(overlay)


@lru_cache(maxsize=4)
def _marks(overlay: Path | None, stamp: float) -> dict[str, str]:
    """Over the calendar's days, what clocks and pauses say, and what is kept beside a row of the count."""
    found = {}
    for name, process in ledger_processes().items():
        counts = process.model_dump_json(include={"clocks", "pauses"})
        found[name] = hashlib.sha256(f"{process_calendar(process).digest}|{counts}|also_due".encode()).hexdigest()[:16]
    return found
