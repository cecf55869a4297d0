"""Organisation version: what the tree said of an organisation until it was altered, by whom and why.

Changes when what is kept of an organisation's alterations changes. A version is the state before an alteration; the present state is the
organisation itself, and an organisation that was never altered has no version. Who altered it is text: accounts stand a floor above.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from jiaoheng.organisations.organisation import Organisation

__all__ = ["Alteration", "OrganisationVersion", "as_known", "keep_versions", "states"]

_CHUNK = 500


class OrganisationVersion(models.Model):
    """`said`: the columns as they stood until `until`; related organisations by their code, days in ISO 8601."""

    organisation = models.ForeignKey(Organisation, models.CASCADE, related_name="versions", verbose_name=_("organisation"))
    until = models.DateTimeField(_("until"), default=timezone.now, db_index=True)
    by = models.CharField(_("who"), max_length=150, blank=True)
    reason = models.TextField(_("reason"), blank=True)
    said = models.JSONField(_("as it stood"))

    class Meta:
        ordering = ["-until", "-pk"]
        verbose_name = _("version of an organisation")
        verbose_name_plural = _("versions of organisations")

    def __str__(self) -> str:
        return f"{self.organisation} {self.until:%Y-%m-%d %H:%M}"


@dataclass(frozen=True)
class Alteration:
    """One organisation that was altered: the columns that differ, before and after."""

    key: int
    path: str
    before: Mapping[str, Any]
    after: Mapping[str, Any]


def states(codes: Iterable[str]) -> dict[int, dict[str, Any]]:
    """What the tree says now of organisations, by their key; codes that there are none of are left out."""
    wanted, found = list(codes), {}
    for start in range(0, len(wanted), _CHUNK):
        for row in Organisation.objects.filter(code__in=wanted[start : start + _CHUNK]).values(*_COLUMNS):
            found[int(row.pop("pk"))] = {_NAMES.get(name, name): _plain(value) for name, value in row.items()}
    return found


def keep_versions(before: Mapping[int, Mapping[str, Any]], *, by: str, reason: str) -> list[Alteration]:
    """Keep a version of every organisation that no longer is as it was, and give what differs. The caller holds the transaction."""
    after = states([state["code"] for state in before.values()])
    altered = {key: state for key, state in before.items() if key in after and after[key] != state}
    now = timezone.now()
    OrganisationVersion.objects.bulk_create(
        [OrganisationVersion(organisation_id=key, until=now, by=by, reason=reason, said=dict(state)) for key, state in altered.items()],
        batch_size=_CHUNK,
    )
    found = []
    for key, state in altered.items():
        names = [name for name in state if state[name] != after[key][name]]
        found.append(Alteration(key, after[key]["path"], {name: state[name] for name in names}, {name: after[key][name] for name in names}))
    return found


def as_known(organisation: Organisation, at: datetime) -> dict[str, Any]:
    """What the tree said of an organisation at a moment."""
    version = OrganisationVersion.objects.filter(organisation=organisation, until__gt=at).order_by("until", "pk").first()
    return dict(version.said) if version else states([organisation.code])[organisation.pk]


_NAMES = {"parent__code": "parent", "governed_by__code": "governed_by"}
_COLUMNS = (
    "pk", "code", "name_zh", "name_en", "kind", "parent__code", "governed_by__code", "path", "stages", "school_type", "ownership", "locale",
    "latitude", "longitude", "valid_from", "valid_to",
)  # fmt: skip


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value
