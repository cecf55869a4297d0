"""Succession 学校沿革: schools merge, split, take another over and change their names; what was is kept, and can be followed.

Changes when the ways in which schools follow each other change; the kinds are a code table. Figures of earlier years stay with the school
that had them: a merged school keeps its rows, and its successor names it.
"""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import ClassVar

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

from jiaoheng.access.account import Refused
from jiaoheng.access.change import Change, Recorded, altering
from jiaoheng.access.organisation_change import check_may_alter_tree, store_organisation
from jiaoheng.organisations.organisation import Organisation
from jiaoheng.registers.code_field import CodeField
from jiaoheng.registers.enrolment import Enrolment
from jiaoheng.registers.period import Dated, holding

__all__ = ["FormerName", "Succession", "follow_on", "name_on", "predecessors", "rename", "successors"]


class FormerName(Dated):
    """What an organisation was called from a day to a day. Its present name stands in the organisation itself."""

    scope_path: ClassVar[str] = "organisation__path"

    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="former_names", verbose_name=_("organisation"))
    name_zh = models.CharField(_("Chinese name"), max_length=200, blank=True)
    name_en = models.CharField(_("English name"), max_length=200, blank=True)
    document = models.CharField(_("document"), max_length=200, blank=True)

    class Meta(Dated.Meta):
        ordering = ["organisation__path", "since"]
        verbose_name = _("former name")
        verbose_name_plural = _("former names")
        constraints = [
            *Dated.Meta.constraints,
            models.CheckConstraint(
                condition=models.Q(until__isnull=False),
                name="former_name_has_ended",
                violation_error_message=_("A former name has a day from which it holds no longer."),
            ),
        ]

    def __str__(self) -> str:
        return self.name_zh or self.name_en


class Succession(Recorded):
    """`successor` goes on from `predecessor` from a day on."""

    scope_path: ClassVar[str] = "successor__path"

    predecessor = models.ForeignKey(Organisation, models.PROTECT, related_name="followed_by", verbose_name=_("predecessor"))
    successor = models.ForeignKey(Organisation, models.PROTECT, related_name="goes_on_from", verbose_name=_("successor"))
    kind = CodeField(_("kind of succession"), table="succession_kind")
    on = models.DateField(_("from the day"))
    document = models.CharField(_("document"), max_length=200, blank=True)

    class Meta:
        ordering = ["on", "predecessor__path"]
        verbose_name = _("succession of schools")
        verbose_name_plural = _("successions of schools")
        constraints = [
            models.UniqueConstraint(
                fields=["predecessor", "successor", "on"],
                name="succession_once",
                violation_error_message=_("This succession is entered already."),
            ),
            models.CheckConstraint(
                condition=~models.Q(predecessor=models.F("successor")),
                name="succession_of_two",
                violation_error_message=_("A school does not follow itself. For another name, enter a change of name."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.predecessor} → {self.successor}"

    def clean(self) -> None:
        super().clean()
        if self.predecessor_id in {one.pk for one in successors(self.successor)}:
            raise ValidationError(_("The predecessor follows the successor already: that would be a ring."))


def rename(organisation: Organisation, *, name_zh: str, name_en: str = "", on: date, document: str = "", change: Change) -> Organisation:
    """Another name from a day on; the old one is kept with its days.

    Raises: Refused for a name that is no other, and for a day before the last change of name.
    """
    if (name_zh, name_en or organisation.name_en) == (organisation.name_zh, organisation.name_en):
        raise Refused(_("This is the present name already."))
    last = FormerName.objects.filter(organisation=organisation).order_by("-until").first()
    since = last.until if last else organisation.valid_from
    if since is not None and on <= since:
        raise Refused(_("The present name holds since {day}; a later one begins after that.").format(day=since))
    with altering(change):
        FormerName(
            organisation=organisation, name_zh=organisation.name_zh, name_en=organisation.name_en, since=since or date.min, until=on,
            document=document,
        ).store(change=change)  # fmt: skip
        organisation.name_zh, organisation.name_en = name_zh, name_en or organisation.name_en
        return store_organisation(organisation, change=change)


def name_on(organisation: Organisation, day: date) -> str:
    """What an organisation was called on a day, in the reader's language as far as there is one."""
    former = FormerName.objects.filter(holding(day), organisation=organisation).first()
    if former is None:
        return organisation.name
    return Organisation(code=organisation.code, name_zh=former.name_zh, name_en=former.name_en).name


def follow_on(
    before: Sequence[Organisation],
    after: Sequence[Organisation],
    *,
    kind: str,
    on: date,
    document: str = "",
    change: Change,
) -> list[Succession]:
    """Schools are followed by others from a day on; those before that are not among those after close on the day before.

    A merger has several before and one after; a split one before and several after, itself among them where it goes on.
    Raises: Refused where pupils are still on the books of a school that closes, one is closed already, or none or the same are named.
    """
    pairs = [(old, new) for old in before for new in after if old.pk != new.pk]
    if not pairs:
        raise Refused(_("Name at least one school before and another one after."))
    going_on = {one.pk for one in after}
    with altering(change):
        for school in [*before, *after]:
            check_may_alter_tree(change.by, school)
        for old in before:
            if old.pk not in going_on:
                _closed(old, on, change)
        return [Succession(predecessor=old, successor=new, kind=kind, on=on, document=document).store(change=change) for old, new in pairs]


def predecessors(organisation: Organisation) -> list[Organisation]:
    """Every organisation that this one goes on from, and from which those did, nearest first."""
    return _line(organisation, "successor", "predecessor")


def successors(organisation: Organisation) -> list[Organisation]:
    """Every organisation that goes on from this one, and from those, nearest first."""
    return _line(organisation, "predecessor", "successor")


def _closed(school: Organisation, on: date, change: Change) -> None:
    if school.valid_to is not None:
        raise Refused(_("{school} is closed since {day} already.").format(school=school, day=school.valid_to))
    left = Enrolment.objects.filter(school=school).filter(models.Q(left_on__isnull=True) | models.Q(left_on__gt=on)).count()
    if left:
        raise Refused(
            _("{n} pupils are still on the books of {school} on {day}. Ask for their transfer and have it approved first.").format(
                n=left, school=school, day=on
            )
        )
    school.valid_to = on - timedelta(days=1)
    store_organisation(school, change=change)


def _line(organisation: Organisation, here: str, there: str) -> list[Organisation]:
    found: dict[int, Organisation] = {}
    level = [organisation.pk]
    while level:
        rows = Succession.objects.filter(**{f"{here}__in": level}).select_related(there)
        level = [getattr(row, there).pk for row in rows if getattr(row, there).pk not in found]
        found |= {getattr(row, there).pk: getattr(row, there) for row in rows}
    return list(found.values())
