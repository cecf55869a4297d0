"""Handing in: a returned workbook is read, checked by the intake's own checks without being stored, shown, and handed in by who says yes.

Changes when handing in takes other steps. Nothing of a return is in the registers before the bureau has accepted it (`acceptance`).
"""

import hashlib
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from jiaoheng.access.account import Account, Refused, check_may_enter
from jiaoheng.access.scope import ScopedQuerySet, check_covers
from jiaoheng.access.sealed_file import clear_copies, write_sealed
from jiaoheng.intake.cells import raw_column
from jiaoheng.intake.normalising import normalised
from jiaoheng.intake.rounds.asked import Answers, plain
from jiaoheng.intake.rounds.clean_copy import take_copies, write_clean_copies
from jiaoheng.intake.rounds.outlier import Outlier, OutlierReason, outlier_words, outliers_of, reasons_of
from jiaoheng.intake.rounds.reading import Reading, answered, read_return
from jiaoheng.intake.rounds.rosters import asks_roster, kept_hidden, sheet_fields
from jiaoheng.intake.rounds.round import RoundPart, take_step
from jiaoheng.rulebook.registers import load_registers

__all__ = [
    "RoundReturn", "check_return", "correctable", "flagged", "hand_in", "kept_file", "may_return", "newest_return", "read_kept",
    "unexplained", "values_of",
]  # fmt: skip


_MASK = "******"


class RoundReturn(models.Model):
    """One workbook that came back: what it says, what was altered, what the checks found. `handed_in_at`: its sender said yes.

    `values`: register → line → field → value as the register would hold it. `differences`: locked cells that were changed; they are taken
    only where `correction_reason` says why.
    """

    scope_path = "part__school__path"
    objects = models.Manager.from_queryset(ScopedQuerySet)()

    part = models.ForeignKey(RoundPart, models.CASCADE, related_name="returns")
    file_name = models.CharField(max_length=255)
    sha256 = models.CharField(max_length=64)
    account = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)
    handed_in_at = models.DateTimeField(null=True, blank=True)
    values = models.JSONField(default=dict)
    alterations = models.JSONField(default=list)
    causes = models.JSONField(default=list)
    outliers = models.JSONField(default=list)
    differences = models.JSONField(default=list)
    correction_reason = models.TextField(blank=True)
    unanswered = models.IntegerField(default=0)
    faulty = models.BooleanField(default=False)

    class Meta:
        ordering = ["-at", "-id"]

    def __str__(self) -> str:
        return f"{self.file_name} {self.at:%Y-%m-%d %H:%M}"


def check_return(part: RoundPart, path: Path, account: Account) -> RoundReturn:
    """Read and check a returned workbook; nothing is stored in the registers. The bytes are kept, whatever they are found to be.

    Raises: Refused where the account may not return for this school, or the part takes no return now.
    """
    part = RoundPart.objects.select_related("round", "school").get(pk=part.pk)
    _check_may_return(part, account)
    name = f"{path.stem[-100:].lstrip('.') or 'workbook'}{path.suffix[:8]}"
    try:
        made = RoundReturn(part=part, file_name=name, sha256=_keep(part, path, name), account=account)
    except OSError as error:
        raise Refused(_("{file} cannot be read: {reason}.").format(file=path.name, reason=error.strerror or error)) from None
    part.returns.filter(handed_in_at__isnull=True, account=account).delete()
    reading = read_kept(made)
    made.alterations = [cause.as_kept() for cause in reading.alterations]
    made.unanswered, made.faulty = reading.unanswered, reading.refused
    if not reading.refused:
        made.differences = [{**asdict(one), "written": one.shown} for one in reading.differences]
        causes, rejected = _dry_run(part, reading, account)
        made.causes, made.faulty = causes, rejected
        made.values = values_of(reading)
        made.outliers = [asdict(one) for one in outliers_of(part, made.values)]
    made.save()
    return made


def hand_in(returned: RoundReturn, account: Account, reasons: Mapping[str, str] | None = None, correction_reason: str = "") -> RoundPart:
    """The sender says yes: the return waits for the school's head. `reasons`: figure's key → why the flagged figure is right.

    Raises: Refused where the return is faulty, a flagged figure has no reason, or another return was made meanwhile.
    """
    part = returned.part
    _check_may_return(part, account)
    if returned.faulty:
        raise Refused(_("This workbook cannot be handed in as it is. Mend what is marked, and return it again."))
    answers = any(_cells(returned.values)) or (correctable(returned) and correction_reason.strip())
    if not answers and not asks_roster(part.round.asks):
        raise Refused(_("This workbook answers nothing. Fill in the open cells, and return it again."))
    given = {key: text.strip() for key, text in (reasons or {}).items() if text.strip()}
    missing = [one for one in flagged(returned) if one.key not in given]
    if missing:
        figures = ", ".join(one.key for one in missing)
        raise Refused(_("Say why these figures are right; each needs a reason: {figures}.").format(figures=figures))
    with transaction.atomic():
        part = take_step("return", part, account, returned.file_name)
        returned.handed_in_at, returned.correction_reason = timezone.now(), correction_reason.strip()
        returned.save(update_fields=["handed_in_at", "correction_reason"])
        for one in flagged(returned):
            OutlierReason.objects.create(
                part=part, school=part.school, school_year=part.round.school_year, register=one.register, line=one.line, field=one.field,
                value=str(one.value), said=outlier_words(one), reason=given[one.key], account=account,
            )  # fmt: skip
    return part


def newest_return(part: RoundPart) -> RoundReturn | None:
    """The return that was handed in last."""
    return part.returns.filter(handed_in_at__isnull=False).order_by("-handed_in_at", "-id").first()


def flagged(returned: RoundReturn) -> list[Outlier]:
    """The outliers of a return."""
    return [Outlier(**one) for one in returned.outliers]


def correctable(returned: RoundReturn) -> list[dict[str, Any]]:
    """The changed locked cells that a correction may be asked for: figures of the round, never what says which line it is."""
    return [one for one in returned.differences if one["field"] in returned.part.round.asks[one["register"]]]


def unexplained(returned: RoundReturn) -> list[Outlier]:
    """The outliers that have no reason."""
    written = reasons_of(returned.part)
    return [one for one in flagged(returned) if one.key not in written]


def read_kept(returned: RoundReturn) -> Reading:
    """What the kept workbook of a return says."""
    place = kept_file(returned)
    with clear_copies([place]) as folder:
        return read_return(returned.part, folder / place.name)


def kept_file(returned: RoundReturn) -> Path:
    """Where the bytes of a return are kept, sealed."""
    return _place(returned.part, returned.sha256, returned.file_name)


def may_return(part: RoundPart, account: Account) -> bool:
    """Whether the account may return a workbook now, asked quietly."""
    try:
        _check_may_return(part, account)
    except Refused:
        return False
    return True


def values_of(reading: Reading) -> Answers:
    """The answers as the register would hold them: numbers as numbers. What is not understood is left out; the checks speak of it."""
    registers = load_registers(settings.RULEBOOK_OVERLAY)
    fields = {sheet.register: sheet_fields(sheet.register, registers) for sheet in reading.sheets}
    values: Answers = {}
    cells: dict[tuple[str, str], list[tuple[str, Any]]] = {}
    for register, line, name, written in answered(reading):
        cells.setdefault((register, name), []).append((line, written))
    for (register, name), lines in cells.items():
        rule = fields[register][name]
        understood = normalised(raw_column([written for _line, written in lines]), rule).values
        for (line, _written), value in zip(lines, understood, strict=True):
            if value is None:
                continue
            value = int(value) if isinstance(value, float) and value.is_integer() else plain(value)
            value = _MASK if kept_hidden(name, rule) else value
            values.setdefault(register, {}).setdefault(line, {})[name] = value
    return values


def _check_may_return(part: RoundPart, account: Account) -> None:
    check_may_enter(account)
    check_covers(part.school.path, account)
    if not part.round.is_open:
        raise Refused(_("“{round}” is locked. Ask the bureau to reopen it, with a reason.").format(round=part.round))
    if part.state in ("approved", "accepted"):
        raise Refused(
            _("{school} has been approved in this round. Ask for it to be sent back before returning another workbook.").format(
                school=part.school
            )
        )


def _dry_run(part: RoundPart, reading: Reading, account: Account) -> tuple[list[dict[str, Any]], bool]:
    """What the intake's own checks say, and whether they would send anything back."""
    with tempfile.TemporaryDirectory() as folder:
        copies = write_clean_copies(part, reading, Path(folder), corrections=False)
        reports = take_copies(copies, account, dry_run=True)
    files = [file for report in reports for file in report.files]
    # The title above the headings is ours, and so are rows that say nothing: that they were passed over needs no words.
    causes = [cause.as_kept() for file in files for cause in file.causes if cause.code not in ("READ-08", "READ-09")]
    return causes, any(file.rejected or file.refused for file in files)


def _cells(values: Answers) -> Iterator[bool]:
    yield from (True for lines in values.values() for cells in lines.values() for _value in cells)


def _keep(part: RoundPart, path: Path, name: str) -> str:
    """Keep the bytes as they came, sealed; they are known by their hash."""
    content = path.read_bytes()
    sha256 = hashlib.sha256(content).hexdigest()
    write_sealed(_place(part, sha256, name), [content])
    return sha256


def _place(part: RoundPart, sha256: str, name: str) -> Path:
    return Path(settings.DATA) / "rounds" / str(part.round_id) / sha256 / name
