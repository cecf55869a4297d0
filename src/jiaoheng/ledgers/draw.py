"""Draw: schools and inspectors drawn at random 抽取, so that nobody can have chosen them: opened, sealed, drawn; each step on the trail.

Changes when a draw goes through other steps. Sealing publishes the digest of list and rules and names the public values to come; only
when their days are past can it be drawn. How is `draw_rule.py`'s.
"""

import re
import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, ClassVar

from django.conf import settings
from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from jiaoheng.access import trail
from jiaoheng.access.account import Account, Refused, Role
from jiaoheng.access.scope import ScopedQuerySet
from jiaoheng.ledgers.draw_rule import METHOD, check_file, digest_of, drawn, sealed_text, seed_of
from jiaoheng.ledgers.ledger_row import LedgerRow
from jiaoheng.organisations.organisation import SCHOOL_KINDS, Organisation

__all__ = [
    "Draw",
    "DrawAsked",
    "DrawState",
    "check_may_draw",
    "draw_now",
    "open_draw",
    "seal",
    "verification_file",
    "visited_since",
    "void",
]

_VISITS = ("inspector_visits", "inspections", "theme_inspections")


class DrawState(models.TextChoices):
    OPEN = "open", gettext_lazy("being prepared")
    SEALED = "sealed", gettext_lazy("sealed, waiting for the public values")
    DRAWN = "drawn", gettext_lazy("drawn")
    VOID = "void", gettext_lazy("given up")


class Draw(models.Model):
    """One draw. `sealed` is the list with its rules, `digest` the SHA-256 of its text; `sources` are the public values (name, day, value).

    `public` names the page that anybody may read once it is sealed.
    """

    scope_path: ClassVar[str] = "organisation__path"

    public = models.CharField(max_length=32, unique=True)
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+")
    title = models.CharField(gettext_lazy("title"), max_length=200)
    state = models.CharField(gettext_lazy("state"), max_length=10, choices=DrawState.choices, default=DrawState.OPEN)
    sealed: "models.JSONField[Any, Any]" = models.JSONField(default=dict)
    digest = models.CharField(max_length=64, blank=True)
    sources: "models.JSONField[Any, Any]" = models.JSONField(default=list)
    result: "models.JSONField[Any, Any]" = models.JSONField(default=dict)
    reason = models.CharField(gettext_lazy("why it was given up"), max_length=300, blank=True)
    opened_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    opened_at = models.DateTimeField(auto_now_add=True)
    sealed_at = models.DateTimeField(null=True)
    drawn_at = models.DateTimeField(null=True)

    objects = models.Manager.from_queryset(ScopedQuerySet)()

    class Meta:
        ordering = ["-pk"]
        verbose_name = gettext_lazy("draw")

    def __str__(self) -> str:
        return self.title


@dataclass(frozen=True)
class DrawAsked:
    """What is to be drawn. `per_stratum` schools of each stratum; strata by `stage`, `township` and both; none: one stratum of all.

    `left_out` and `weights` by school code, `recused`: pairs of an inspector's user name and a school's code, with why (relatives and the
    like; the reasons stay in the trail and are not published). `team` inspectors a school; 0: schools only.
    """

    title: str
    per_stratum: int
    by: tuple[str, ...] = ()
    stages: tuple[str, ...] = ()
    left_out: Mapping[str, str] = field(default_factory=dict)
    weights: Mapping[str, int] = field(default_factory=dict)
    team: int = 0
    at_most: int = 0
    inspectors: tuple[str, ...] = ()
    recused: Sequence[tuple[str, str, str]] = ()


def check_may_draw(account: Account) -> None:
    """Refuse unless the account prepares draws: an officer of the bureau."""
    if account.role != Role.OFFICER or account.organisation is None or account.organisation.is_school or not account.is_active:
        raise Refused(_("Draws are prepared by bureau officers. Ask one to prepare it."))


def visited_since(account: Account, day: date) -> dict[str, str]:
    """Schools of the account's scope that inspectors visited from a day on, by code, with the day of the last visit in words."""
    rows = LedgerRow.objects.filter(ledger__in=_VISITS, opened_on__gte=day, organisation__in=account.scope, merged_into=None)
    found: dict[str, str] = {}
    for code, on in rows.order_by("opened_on").values_list("organisation__code", "opened_on"):
        found[code] = _("visited on {day}").format(day=on.isoformat())
    return found


def open_draw(asked: DrawAsked, *, by: Account) -> Draw:
    """The list and rules as they would be sealed. Raises: Refused."""
    check_may_draw(by)
    assert by.organisation is not None
    draw = Draw(public=secrets.token_hex(8), organisation=by.organisation, title=asked.title.strip()[:200], opened_by=by)
    draw.sealed = _list_of(asked, by)
    with transaction.atomic():
        trail.hold()
        draw.save()
        why = {f"{inspector} {school}": reason for inspector, school, reason in asked.recused}
        _told(draw, by, trail.Action.ADDED, _("draw prepared"), {"title": draw.title, "recused": why})
    return draw


def seal(draw: Draw, sources: Iterable[tuple[str, date]], *, by: Account) -> Draw:
    """Fix list, rules and the public values to come; from now on the digest stands. Raises: Refused."""
    check_may_draw(by)
    named = [{"name": " ".join(name.split()), "day": day.isoformat()} for name, day in sources if name.strip()]
    today = timezone.localdate()
    if not named or any(source["day"] <= today.isoformat() for source in named):
        raise Refused(_("Name at least one public value, each of a day after today: nobody may know it yet."))
    if any("=" in source["name"] for source in named) or len({source["name"] for source in named}) < len(named):
        raise Refused(_("Every public value has a name of its own, without “=”."))
    with transaction.atomic():
        trail.hold()
        draw = _locked(draw, DrawState.OPEN)
        sealed_at = timezone.now()
        draw.sealed = {
            **draw.sealed,
            "title": draw.title,
            "sources": named,
            "sealed_at": timezone.localtime(sealed_at).isoformat("T", "seconds"),
        }
        draw.digest, draw.sources = digest_of(sealed_text(draw.sealed)), [{**source, "value": ""} for source in named]
        draw.state, draw.sealed_at = DrawState.SEALED, sealed_at
        draw.save()
        _told(draw, by, trail.Action.CHANGED, _("draw sealed"), {"digest": draw.digest, "sources": named})
    return draw


def draw_now(draw: Draw, values: Sequence[str], *, by: Account, today: date | None = None) -> Draw:
    """Draw with the public values, in the order of their sources. `today`: the office's day. Raises: Refused."""
    check_may_draw(by)
    with transaction.atomic():
        trail.hold()
        draw = _locked(draw, DrawState.SEALED)
        now_on = (today or timezone.localdate()).isoformat()
        if any(source["day"] > now_on for source in draw.sources):
            raise Refused(
                _("The public values are not all known yet: the last is of {day}.").format(day=max(s["day"] for s in draw.sources))
            )
        if len(values) != len(draw.sources) or not all(value.strip() for value in values):
            raise Refused(_("Write the value of every source, exactly as it was published."))
        draw.sources = [{**source, "value": " ".join(value.split())} for source, value in zip(draw.sources, values, strict=True)]
        if digest_of(sealed_text(draw.sealed)) != draw.digest:
            raise Refused(_("The list is not the one that was sealed: it was changed in the database. This draw cannot go on."))
        draw.result = drawn(draw.sealed, seed_of(draw.digest, draw.sources))
        draw.state, draw.drawn_at = DrawState.DRAWN, timezone.now()
        draw.save()
        _told(draw, by, trail.Action.CHANGED, _("drawn"), {"sources": draw.sources, "schools": draw.result["schools"]})
    return draw


def void(draw: Draw, reason: str, *, by: Account) -> Draw:
    """Give a draw up, with the reason; it stays to be read. Raises: Refused."""
    check_may_draw(by)
    if not reason.strip():
        raise Refused(_("Say why: a change without a reason is not kept."))
    with transaction.atomic():
        trail.hold()
        draw = _locked(draw, DrawState.OPEN, DrawState.SEALED)
        draw.state, draw.reason = DrawState.VOID, reason.strip()[:300]
        draw.save()
        _told(draw, by, trail.Action.CHANGED, draw.reason, {"state": draw.state})
    return draw


def verification_file(draw: Draw) -> dict[str, Any]:
    """What a stranger needs to replay the draw; `faults` are left to `draw_rule.check_file`."""
    file = {"sealed": draw.sealed, "digest": draw.digest, "sources": draw.sources, "result": draw.result}
    if draw.state == DrawState.DRAWN and (faults := check_file(file)):
        raise Refused(" ".join(faults))
    return file


def _list_of(asked: DrawAsked, by: Account) -> dict[str, Any]:
    if not asked.title.strip() or asked.per_stratum < 1 or asked.team < 0 or asked.at_most < 0:
        raise Refused(_("A draw has a title and draws at least one school."))
    schools = list(by.scope.filter(kind__in=SCHOOL_KINDS, valid_to=None).select_related("parent").order_by("code"))
    schools = [one for one in schools if not asked.stages or set(asked.stages) & set(one.teaches)]
    known = {one.code for one in schools}
    people = {one.username: one for one in Account.objects.filter(role=Role.INSPECTOR, is_active=True, organisation__in=by.scope)}
    people = {name: one for name, one in people.items() if not asked.inspectors or name in asked.inspectors}
    unknown = {*asked.weights, *asked.left_out} - known | {school for _who, school, _why in asked.recused} - known
    unknown |= {who for who, _school, _why in asked.recused} - set(people) | set(asked.inspectors) - set(people)
    if unknown:
        raise Refused(
            _("Not on the list: {names}. Write codes of schools and user names of inspectors.").format(names="、".join(sorted(unknown)))
        )
    if any(not 1 <= weight <= 1000 for weight in asked.weights.values()):
        raise Refused(_("A weight is a whole number from 1 to 1000."))
    rows = [
        {
            "code": one.code, "name": one.name_zh or one.name_en, "stratum": _stratum(one, asked.by),
            "weight": asked.weights.get(one.code, 1), "left_out": asked.left_out.get(one.code, ""),
        }
        for one in schools
    ]  # fmt: skip
    strata = {row["stratum"]: asked.per_stratum for row in rows if not row["left_out"]}
    if not strata:
        raise Refused(_("No school is left to draw from."))
    return {
        "method": METHOD, "schools": rows, "strata": strata, "team": asked.team, "at_most": asked.at_most,
        "inspectors": [{"code": name, "name": one.get_full_name() or name} for name, one in sorted(people.items())] if asked.team else [],
        "recused": sorted([who, school] for who, school, _why in asked.recused),
    }  # fmt: skip


def _stratum(school: Organisation, by: tuple[str, ...]) -> str:
    parts = []
    if "stage" in by:
        parts.append(",".join(school.teaches) or school.school_type or school.kind)
    if "township" in by:
        parts.append(re.sub(r"\s+", " ", school.parent.name_zh or school.parent.name_en) if school.parent else "")
    return " · ".join(parts) or "*"


def _locked(draw: Draw, *states: str) -> Draw:
    found = Draw.objects.select_for_update().select_related("organisation").get(pk=draw.pk)
    if found.state not in states:
        raise Refused(_("This draw is already further: {state}.").format(state=found.get_state_display()))
    return found


def _told(draw: Draw, by: Account, action: "trail.Action", reason: str, said: dict[str, Any]) -> None:
    trail.record([trail.Entry(action, draw._meta.label, str(draw.pk), draw.organisation.path, {}, said)], by=by, reason=reason)
