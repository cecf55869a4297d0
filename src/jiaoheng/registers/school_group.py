"""School group 集团·联盟·共同体: schools that work together, with members and dates.

Changes when the way schools are grouped changes. A group belongs to the organisation that runs it; a membership to its school.
"""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from jiaoheng.organisations.organisation import Organisation
from jiaoheng.registers.code_field import CodeField
from jiaoheng.registers.period import Dated

__all__ = ["GroupMembership", "SchoolGroup"]


class SchoolGroup(Dated):
    scope_path: ClassVar[str] = "organisation__path"

    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="school_groups", verbose_name=_("run by"))
    name = models.CharField(_("name"), max_length=200)
    kind = CodeField(_("kind of group"), table="group_kind")

    class Meta(Dated.Meta):
        ordering = ["organisation__path", "name"]
        verbose_name = _("school group")
        verbose_name_plural = _("school groups")
        constraints = [
            *Dated.Meta.constraints,
            models.UniqueConstraint(
                fields=["organisation", "name"],
                condition=models.Q(until__isnull=True),
                name="school_group_name_once",
                violation_error_message=_("A group of this name exists already. Choose another name."),
            ),
        ]

    def __str__(self) -> str:
        return self.name


class GroupMembership(Dated):
    scope_path: ClassVar[str] = "school__path"

    group = models.ForeignKey(SchoolGroup, models.PROTECT, related_name="memberships", verbose_name=_("group"))
    school = models.ForeignKey(Organisation, models.PROTECT, related_name="group_memberships", verbose_name=_("school"))
    role = CodeField(_("role"), table="group_role", default="member")

    class Meta(Dated.Meta):
        ordering = ["group", "-role", "school__path"]
        verbose_name = _("group membership")
        verbose_name_plural = _("group memberships")
        constraints = [
            *Dated.Meta.constraints,
            models.UniqueConstraint(
                fields=["group", "school"],
                condition=models.Q(until__isnull=True),
                name="group_member_once",
                violation_error_message=_("This school is a member already."),
            ),
            models.UniqueConstraint(
                fields=["group"],
                condition=models.Q(until__isnull=True, role="lead"),
                name="group_one_lead",
                violation_error_message=_("This group has a lead school already. End that membership first."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.group} {self.school}"
