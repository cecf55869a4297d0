"""Outlier: a figure so unlike last year's, or so unlike other schools', that it needs a written reason; reasons are kept and offered again.

Changes when figures are compared in another way. The limits are the rulebook's (`outliers`). Like schools teach the same stage, below the
area that runs the round. The modified z-score 0.6745 × (x - median) / MAD is taken of the logarithm of the figure (per pupil or per class,
as the rulebook says), so that twice and half are equally far. Source: Iglewicz and Hoaglin 1993.
"""

import math
import statistics
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from jiaoheng.access.scope import ScopedQuerySet
from jiaoheng.intake.rounds.asked import Answers, held_figures, previous_year
from jiaoheng.intake.rounds.round import RoundPart
from jiaoheng.organisations.organisation import SCHOOL_KINDS, Organisation
from jiaoheng.rulebook.outliers import OutlierRule, load_outliers
from jiaoheng.rulebook.registers import load_registers

__all__ = ["Outlier", "OutlierReason", "modified_z", "outlier_key", "outlier_words", "outliers_of", "reason_before", "reasons_of"]


class OutlierReason(models.Model):
    """Why a flagged figure is right, in the school's words; offered when the same figure is flagged in a later year."""

    scope_path = "school__path"
    objects = models.Manager.from_queryset(ScopedQuerySet)()

    part = models.ForeignKey(RoundPart, models.CASCADE, related_name="reasons")
    school = models.ForeignKey(Organisation, models.PROTECT, related_name="+")
    school_year = models.CharField(max_length=9)
    register = models.CharField(max_length=40)
    line = models.CharField(max_length=40, blank=True)
    field = models.CharField(max_length=60)
    value = models.CharField(max_length=60)
    said = models.TextField()
    reason = models.TextField()
    account = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-at", "-id"]
        indexes = [models.Index(fields=["school", "register", "line", "field"], name="outlier_reason_figure")]

    def __str__(self) -> str:
        return f"{self.school} {self.school_year} {self.field}"


@dataclass(frozen=True)
class Outlier:
    """One flagged figure. `last_year`: what it was, where the change is what flags it; `middle`, `score`: where like schools
    do; then `own` is this school's figure, per another one where `per` names it."""

    register: str
    line: str
    field: str
    value: float
    last_year: float | None = None
    change: float | None = None
    middle: float | None = None
    score: float | None = None
    schools: int = 0
    per: str = ""
    own: float | None = None

    @property
    def key(self) -> str:
        return outlier_key(self.register, self.line, self.field)


def outlier_key(register: str, line: str, field: str) -> str:
    """The figure's name in forms and on the command line: `annual_statistics.primary.pupils`."""
    return ".".join((register, line, field))


def outliers_of(part: RoundPart, values: Answers) -> list[Outlier]:
    """The flagged figures among the values (numbers) of a part."""
    found: list[Outlier] = []
    for register, rule in load_outliers(settings.RULEBOOK_OVERLAY).items():
        lines = values.get(register)
        if lines:
            found += _of_register(part, register, rule, lines)
    return found


def modified_z(value: float, others: Sequence[float]) -> tuple[float, float] | None:
    """The middle of the others and the modified z-score of the value; None where the others do not spread at all."""
    middle = statistics.median(others)
    spread = statistics.median(abs(one - middle) for one in others)
    return None if spread == 0 else (middle, 0.6745 * (value - middle) / spread)


def reason_before(part: RoundPart, outlier: Outlier) -> OutlierReason | None:
    """What the school wrote of this figure in an earlier year, the latest first."""
    same = OutlierReason.objects.filter(school=part.school_id, register=outlier.register, line=outlier.line, field=outlier.field)
    return same.filter(school_year__lt=part.round.school_year).order_by("-school_year", "-at").first()


def reasons_of(part: RoundPart) -> dict[str, OutlierReason]:
    """The reasons of a part by the figure's key, the newest of each."""
    return {outlier_key(one.register, one.line, one.field): one for one in part.reasons.order_by("at", "id")}


def _of_register(part: RoundPart, register: str, rule: OutlierRule, lines: Mapping[str, Mapping[str, Any]]) -> Iterator[Outlier]:
    day: date = timezone.localtime(part.round.due).date()
    fields = [*rule.fields]
    year, before = part.round.school_year, previous_year(part.round.school_year)
    own = held_figures(register, fields, before, [part.school]).get(part.school_id, {})
    now = held_figures(register, fields, year, [part.school]).get(part.school_id, {})
    like = _LikeSchools(part, register, fields, (year, before), rule.like_schools_on(day))
    for line, given in lines.items():
        row = {**now.get(line, {}), **given}
        for name, value in given.items():
            if name not in rule.fields or not isinstance(value, int | float):
                continue
            changed = _changed(value, own.get(line, {}).get(name), rule, day)
            unlike = like.unlike(line, name, row, rule.fields[name].per)
            if changed or unlike:
                last, change = changed or (own.get(line, {}).get(name), None)
                middle, score, schools = unlike or (None, None, 0)
                per = rule.fields[name].per or ""
                yield Outlier(register, line, name, value, last, change, middle, score, schools, per, _quotient(row, name, per))


def _changed(value: float, last: float | None, rule: OutlierRule, day: date) -> tuple[float, float] | None:
    """Last year's figure and the relative change, where it is beyond the limit. From nothing to something has no relative change."""
    limit = rule.last_year_on(day)
    if limit is None or last is None or not last or abs(value - last) < limit.at_least:
        return None
    change = (value - last) / abs(last)
    return (last, change) if abs(change) > limit.limit else None


class _LikeSchools:
    """The figures of other schools of the area, this year's where enough have handed in, else last year's."""

    def __init__(self, part: RoundPart, register: str, fields: Sequence[str], years: tuple[str, str], limit: Any) -> None:
        self._limit, self._years = limit, years
        self._held: dict[str, dict[str, list[Mapping[str, Any]]]] = {}
        if limit is None:
            return
        schools = part.round.organisation.subtree.filter(kind__in=SCHOOL_KINDS).exclude(pk=part.school_id)
        for year in years:
            by_stage = self._held.setdefault(year, {})
            for lines in held_figures(register, fields, year, list(schools)).values():
                for line, row in lines.items():
                    by_stage.setdefault(line, []).append(row)

    def unlike(self, line: str, name: str, row: Mapping[str, Any], per: str | None) -> tuple[float, float, int] | None:
        """The middle, the score and the number of schools, where the score is beyond the limit."""
        own = _quotient(row, name, per)
        if self._limit is None or own is None:
            return None
        for year in self._years:
            others = list(_quotients(self._held[year].get(line, ()), name, per))
            if len(others) >= self._limit.fewest:
                scored = modified_z(math.log(own), [math.log(one) for one in others])
                if scored is None or abs(scored[1]) <= self._limit.limit:
                    return None
                return math.exp(scored[0]), scored[1], len(others)
        return None


def _quotients(rows: Iterable[Mapping[str, Any]], name: str, per: str | None) -> Iterator[float]:
    yield from (quotient for row in rows if (quotient := _quotient(row, name, per)) is not None)


def _quotient(row: Mapping[str, Any], name: str, per: str | None) -> float | None:
    """The figure, or the figure per the other; None where one is missing or nothing, of which there is no logarithm."""
    value, of = row.get(name), row.get(per) if per else 1
    return float(value) / float(of) if value and of and value > 0 and of > 0 else None


def outlier_words(outlier: Outlier) -> str:
    """Why the figure is flagged, in a sentence."""
    said = []
    if outlier.change is not None and outlier.last_year is not None:
        said.append(
            _("{now} after {before} last year: {change:+.0%}.").format(
                now=_figure(outlier.value), before=_figure(outlier.last_year), change=outlier.change
            )
        )
    if outlier.score is not None and outlier.middle is not None and outlier.own is not None:
        times = 100 if outlier.per and max(outlier.own, outlier.middle) < 1 else 1
        words = (
            _("{per}: {own} here, {middle} in the middle of {n} like schools (modified z-score {score:+.1f}).")
            if outlier.per
            else _("{own} here, {middle} in the middle of {n} like schools (modified z-score {score:+.1f}).")
        )
        said.append(
            words.format(
                per=_per_words(outlier, times),
                own=_figure(times * outlier.own),
                middle=_figure(times * outlier.middle),
                n=outlier.schools,
                score=outlier.score,
            )
        )
    return " ".join(said)


def _per_words(outlier: Outlier, times: int) -> str:
    fields = load_registers(settings.RULEBOOK_OVERLAY)[outlier.register].fields
    figure, of = (fields[name].label.in_language(get_language() or "zh") for name in (outlier.field, outlier.per or outlier.field))
    return _("{figure} / {of} × 100").format(figure=figure, of=of) if times == 100 else _("{figure} / {of}").format(figure=figure, of=of)


def _figure(value: float) -> str:
    if float(value).is_integer() and abs(value) >= 1:
        return f"{value:,.0f}"
    return f"{value:,.2f}" if abs(value) >= 1 else f"{value:.4g}"
