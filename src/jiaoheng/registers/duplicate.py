"""Duplicate persons 重复人员: two rows that are one child are merged, the old row kept, and the merge can be undone.

Changes when the rule of what makes two rows one child changes.
"""

from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from jiaoheng.access.account import Account, Refused
from jiaoheng.access.change import Change, Recorded, altering
from jiaoheng.access.scope import limited
from jiaoheng.registers.enrolment import Enrolment, active
from jiaoheng.registers.pupil import Pupil
from jiaoheng.registers.pupil_condition import PupilCondition

__all__ = ["Merge", "likely_duplicates", "merge", "undo"]

_MOVED: tuple[type[Enrolment] | type[PupilCondition], ...] = (Enrolment, PupilCondition)
"""Registers whose rows go with the child."""


class Merge(Recorded):
    """One merge: which row stands for which, what moved, and whether it was undone."""

    scope_path: ClassVar[str] = "kept__keeper__path"
    of_persons: ClassVar[bool] = True

    kept = models.ForeignKey(Pupil, models.PROTECT, related_name="merges", verbose_name=_("kept"))
    duplicate = models.ForeignKey(Pupil, models.PROTECT, related_name="merged_by", verbose_name=_("duplicate"))
    moved = models.JSONField(_("moved rows"), default=dict, blank=True)
    merged_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("merged by"))
    merged_at = models.DateTimeField(_("merged at"), default=timezone.now)
    undone_at = models.DateTimeField(_("undone at"), null=True, blank=True)

    class Meta:
        ordering = ["-merged_at", "-pk"]
        verbose_name = _("merge of duplicates")
        verbose_name_plural = _("merges of duplicates")
        constraints = [
            models.UniqueConstraint(
                fields=["duplicate"],
                condition=models.Q(undone_at__isnull=True),
                name="merge_once",
                violation_error_message=_("This row was merged already."),
            )
        ]

    def __str__(self) -> str:
        return f"{self.duplicate} → {self.kept}"


def likely_duplicates(account: Account) -> list[list[Pupil]]:
    """Groups of the account's pupils with one name, birth date and sex, and not two different identity numbers; oldest row first."""
    pupils: Any = limited(Pupil.objects.filter(merged_into__isnull=True), account)
    twice = pupils.order_by().values("name", "birth_date", "sex").annotate(rows=models.Count("pk")).filter(rows__gt=1)
    groups = []
    for same in twice:
        rows = list(pupils.filter(name=same["name"], birth_date=same["birth_date"], sex=same["sex"]).order_by("pk"))
        if len({row.identity_index for row in rows if row.identity_index}) < len(rows):
            groups.append(rows)
    return groups


def merge(kept: Pupil, duplicate: Pupil, *, change: Change) -> Merge:
    """Let `duplicate` stand for `kept`: its enrolments and conditions move, the row itself stays. All or nothing.

    Raises: Refused where both are on some school's books (withdraw one first), one is merged already, or a row is outside the scope.
    """
    with altering(change):
        kept, duplicate = _fresh(kept), _fresh(duplicate)
        if kept.pk == duplicate.pk:
            raise Refused(_("These are the same row."))
        if kept.merged_into_id or duplicate.merged_into_id:
            raise Refused(_("One of the two was merged already. Undo that first, or choose the row that was kept."))
        if active(kept) and active(duplicate):
            raise Refused(_("Both are on the books of a school. Withdraw the wrong enrolment first, then merge."))
        numbers = {row.identity_number for row in (kept, duplicate) if row.identity_number}
        if len(numbers) > 1:
            raise Refused(_("The two have different identity numbers. Correct the wrong one first, then merge."))
        moved: dict[str, list[int]] = {}
        duplicate.merged_into = kept
        duplicate.store(change=change)
        for model in _MOVED:
            rows: Any = model._base_manager.filter(pupil=duplicate)
            for row in rows:
                row.pupil = kept
                row.store(change=change)
                moved.setdefault(model._meta.label, []).append(row.pk)
        return Merge(kept=kept, duplicate=duplicate, moved=moved, merged_by=change.by).store(change=change)


def undo(merged: Merge, *, change: Change) -> Merge:
    """Put everything back as it was before the merge. Raises: Refused where a later merge or removal stands in the way."""
    with altering(change):
        merged = Merge._base_manager.select_related("kept", "duplicate").get(pk=merged.pk)
        if merged.undone_at is not None:
            raise Refused(_("This merge was undone already."))
        duplicate = _fresh(merged.duplicate)
        for model in _MOVED:
            for key in merged.moved.get(model._meta.label, []):
                row: Any = model._base_manager.filter(pk=key, pupil=merged.kept).first()
                if row is None:
                    raise Refused(_("A moved row was moved on or removed since. Undo the later merge first."))
                row.pupil = duplicate
                row.store(change=change)
        duplicate.merged_into = None
        duplicate.store(change=change)
        merged.undone_at = timezone.now()
        return merged.store(change=change)


def _fresh(pupil: Pupil) -> Pupil:
    found: Pupil = Pupil._base_manager.select_related("keeper").get(pk=pupil.pk)
    return found
