"""Measure uses: who uses a measure: standards, assessments, papers, goals, other measures, and the words by which reports name it.

Changes when something else can use a measure.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from jiaoheng.access.account import Account
from jiaoheng.papers.audit.records import Phrasing
from jiaoheng.plans.goal import Goal
from jiaoheng.rulebook.loader import load_rules, rulebook_file
from jiaoheng.rulebook.publication import suppression_rule
from jiaoheng.web.current_snapshot import assessments, catalogue, standards
from jiaoheng.web.paper_templates import template_titles, templates
from jiaoheng.web.words import in_language

__all__ = ["Use", "goals_among", "papers_naming", "phrasings_of", "uses_of"]


@dataclass(frozen=True)
class Use:
    """One thing that uses a measure. `address` is empty where it has no page, or none that this reader may open."""

    kind: str
    title: str
    address: str


def uses_of(measure: str, account: Account) -> list[Use]:
    """Everything that uses the measure, in the reader's words; goals of others are told of without their text."""
    named = re.compile(rf"(?<![\w]){re.escape(measure)}(?![\w])")
    bound = Goal.objects.filter(measure=measure, bound_to="measure", withdrawn_on=None)
    return [*_standards(measure), *papers_naming(named, account), *goals_among(bound, account), *_measures(measure)]


def papers_naming(words: re.Pattern[str], account: Account) -> Iterator[Use]:
    """The templates of papers in which the words stand."""
    titles = template_titles(account.organisation, "")
    for name in templates():
        files = (rulebook_file(f"papers/{name}{language}.md", settings.RULEBOOK_OVERLAY) for language in ("", ".zh", ".en"))
        if any(words.search(_text(file)) for file in files if file):
            address = reverse("paper", kwargs={"template_id": name}) if name in titles else ""
            yield Use(_("Written report"), titles.get(name, name), address)


def goals_among(bound: "QuerySet[Goal]", account: Account) -> Iterator[Use]:
    """Of goals those that the reader may see, by name, and how many others there are."""
    mine = {one.pk: one for one in Goal.objects.for_account(account).filter(pk__in=bound.order_by().values("pk"))}
    for one in mine.values():
        yield Use(_("Goal"), one.text[:60], reverse("goal", kwargs={"number": one.pk}))
    if others := bound.count() - len(mine):
        yield Use(_("Goal"), _("{n} of other places").format(n=others), "")


def phrasings_of(measure: str) -> list[str]:
    """The words by which reports name the measure, beside its own name; an audit of a document looks for them."""
    found = load_rules("phrasings", Phrasing, settings.RULEBOOK_OVERLAY).get(measure)
    return list(found.zh) if found else []


def _standards(measure: str) -> Iterator[Use]:
    named = set()
    for name, standard in standards().items():
        if measure in {*standard.measures, *(one.measure for one in standard.variations)}:
            named.add(name)
            yield Use(_("Standard"), in_language(standard.label), reverse("verdict", kwargs={"standard_id": name}))
    for name, assessment in assessments().items():
        if measure in assessment.measures and name not in named:
            yield Use(_("Assessment"), in_language(assessment.label), reverse("verdict", kwargs={"standard_id": name}))


def _measures(measure: str) -> Iterator[Use]:
    for one in catalogue().values():
        if one.base and one.base.id == measure:
            yield Use(_("Measure"), in_language(one.label), reverse("measure", kwargs={"measure_id": one.id}))
    if any(measure in parts for parts in suppression_rule(settings.RULEBOOK_OVERLAY).partitions):
        yield Use(_("Rule of publication"), _("small counts and what they add up to"), "")


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, ValueError):
        return ""
