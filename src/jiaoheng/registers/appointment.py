"""Appointment 任职: who works at which school, as what, between which days: post, rotation, support teaching, shadowing.

Changes when the ways of working at a school change in kind; the kinds are a code table. A person has one open post, and may be away at
another school at the same time without losing it.
"""

from datetime import date
from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from jiaoheng.access.account import Refused
from jiaoheng.access.change import Change, altering
from jiaoheng.organisations.organisation import Organisation
from jiaoheng.registers.code_field import CodeField
from jiaoheng.registers.period import Dated
from jiaoheng.registers.staff import Staff
from jiaoheng.rulebook.codes import code_table

__all__ = ["Appointment", "appoint"]


class Appointment(Dated):
    scope_path: ClassVar[str] = "school__path"
    of_persons: ClassVar[bool] = True

    staff = models.ForeignKey(Staff, models.PROTECT, related_name="appointments", verbose_name=_("member of staff"))
    school = models.ForeignKey(Organisation, models.PROTECT, related_name="school_appointments", verbose_name=_("school"))
    kind = CodeField(_("kind of appointment"), table="appointment_kind")

    class Meta(Dated.Meta):
        ordering = ["staff", "since"]
        verbose_name = _("appointment")
        verbose_name_plural = _("appointments")
        constraints = [
            *Dated.Meta.constraints,
            models.UniqueConstraint(
                fields=["staff"],
                condition=models.Q(until__isnull=True, kind="post"),
                name="appointment_one_open_post",
                violation_error_message=_("This person has a post already. End it first, or enter a rotation."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.staff} {self.school} {self.since}"


def appoint(staff: Staff, school: Organisation, kind: str, *, since: date, until: date | None = None, change: Change) -> Appointment:
    """Enter an appointment. Raises: Refused where it overlaps another of its sort: two posts, or away at two schools at once."""
    table = code_table("appointment_kind")
    group = table.codes[kind].group if kind in table else None
    with altering(change):
        for other in Appointment.objects.filter(staff=staff, kind__in=table.of_group(group or "")):
            apart = (until is not None and until <= other.since) or (other.until is not None and other.until <= since)
            if not apart:
                raise Refused(
                    _("{staff} already has an appointment at {school} from {since} to {until}. End or correct that one first.").format(
                        staff=staff, school=other.school, since=other.since, until=other.until or "…"
                    )
                )
        return Appointment(staff=staff, school=school, kind=kind, since=since, until=until).store(change=change)
