"""Pupil condition 学生情况: what holds of a pupil for a time: boarding, migrant, left-behind, orphan, disability, poverty.

Changes when the conditions that rules ask for change in kind; the kinds and their details are code tables. Everything but the dates is
sealed, and the index that keeps a kind from standing twice is made per pupil, so that nobody can count the disabled or the poor without
the key.
"""

from datetime import date
from typing import ClassVar

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

from jiaoheng.access.account import Refused
from jiaoheng.access.change import Change, altering
from jiaoheng.access.cipher import hidden
from jiaoheng.access.sealed_field import BlindIndex, EncryptedText
from jiaoheng.registers.period import Dated
from jiaoheng.registers.pupil import Pupil
from jiaoheng.rulebook.codes import CodeTable, code_table

__all__ = ["PupilCondition", "conditions_on", "note_condition"]


def _shown(kind: str) -> str:
    """The mask of a kind: boarding or migrating may be read, disability or poverty not."""
    table = _table("condition")
    return kind if kind in table and not table.codes[kind].sensitive else hidden(kind)


class PupilCondition(Dated):
    """One condition of one pupil. `kind`, `detail` and `placement` are codes of `condition`, of the kind's own table, and of
    `disability_placement`."""

    scope_path: ClassVar[str] = "pupil__keeper__path"
    of_persons: ClassVar[bool] = True

    pupil = models.ForeignKey(Pupil, models.PROTECT, related_name="conditions", verbose_name=_("pupil"))
    kind = EncryptedText(_("kind"), mask=_shown, null=False, blank=False)
    kind_index = BlindIndex(of="kind", purpose="pupil condition", within=("pupil_id",))
    detail = EncryptedText(_("detail"))
    placement = EncryptedText(_("placement"))

    class Meta(Dated.Meta):
        ordering = ["pupil", "since"]
        verbose_name = _("condition of a pupil")
        verbose_name_plural = _("conditions of pupils")
        constraints = [
            *Dated.Meta.constraints,
            models.UniqueConstraint(
                fields=["kind_index"],
                condition=models.Q(until__isnull=True),
                name="pupil_condition_open_once",
                violation_error_message=_("This condition is noted already and has not ended. End it first, or correct it."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.pupil} {self.since}"

    def clean(self) -> None:
        super().clean()
        kinds = _table("condition")
        kind = self.kind.clear if self.kind else ""
        if kind not in kinds:
            raise ValidationError({"kind": _("This is not a condition that the rulebook knows.")})
        details = kinds.codes[kind].group
        if self.detail and (details is None or self.detail.clear not in _table(details)):
            raise ValidationError({"detail": _("This detail does not belong to the condition.")})
        if self.placement and (kind != "disability" or self.placement.clear not in _table("disability_placement")):
            raise ValidationError({"placement": _("A placement is said of a child with a disability only.")})


def note_condition(
    pupil: Pupil, kind: str, *, since: date, until: date | None = None, detail: str = "", placement: str = "", change: Change
) -> PupilCondition:
    """Note that a condition holds. Raises: Refused where the same kind is already noted for some of these days."""
    row = PupilCondition(pupil=pupil, kind=kind, detail=detail, placement=placement, since=since, until=until)
    with altering(change):
        for other in PupilCondition.objects.filter(pupil=pupil):
            apart = (until is not None and until <= other.since) or (other.until is not None and other.until <= since)
            if other.kind == row.kind and not apart:
                raise Refused(
                    _("This condition is already noted from {since} to {until}. End or correct that one first.").format(
                        since=other.since, until=other.until or "…"
                    )
                )
        return row.store(change=change)


def conditions_on(pupils: "models.QuerySet[Pupil]", day: date) -> dict[int, dict[str, PupilCondition]]:
    """For pupils by their key: their conditions of a day by kind. Opens the kinds for rules; it shows nothing."""
    found: dict[int, dict[str, PupilCondition]] = {}
    for row in PupilCondition.objects.filter(pupil__in=pupils).on(day):
        assert row.kind is not None  # the column is never empty
        found.setdefault(row.pupil_id, {})[row.kind.clear] = row
    return found


def _table(name: str) -> CodeTable:
    return code_table(name, settings.RULEBOOK_OVERLAY)
