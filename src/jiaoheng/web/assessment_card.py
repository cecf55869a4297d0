"""Assessment card: what an assessment finds of the area in view, laid out for a page and for a file.

Changes when the card shows something else. It judges nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.http import HttpResponse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from jiaoheng.standards.assessed import Assessed
from jiaoheng.standards.assessment import Assessment
from jiaoheng.standards.assessment_lines import STATE_WORDS, Line, lines
from jiaoheng.standards.standard import NotInForce, Standard
from jiaoheng.standards.verdict import NothingToJudge, Verdict
from jiaoheng.web.current_snapshot import CurrentSnapshot, assessments
from jiaoheng.web.export import Cell, exported
from jiaoheng.web.words import in_language, word

__all__ = ["AssessmentCard", "assessment_card", "assessment_exported", "assessment_only", "on_trial"]

_COLOUR = {"met": "good", "missed": "bad", "open": "warn", "not_told": "mute"}


@dataclass(frozen=True)
class AssessmentCard:
    """The whole of an assessment for a template: lines with their colours, the outcome, and how many items are in each state."""

    assessed: Assessed
    lines: list[tuple[Line, str]]
    outcome: str
    colour: str
    counts: list[tuple[str, str, int]]

    @property
    def scored(self) -> bool:
        return self.assessed.assessment.scored


def assessment_only(standards: Sequence[Standard]) -> list[Assessment]:
    """The assessments that have no standard over schools of the same id."""
    known = {standard.id for standard in standards}
    return [one for name, one in assessments().items() if name not in known]


def assessment_card(
    current: CurrentSnapshot, name: str, area: str, year: str, rules_of: date | None = None
) -> AssessmentCard | NothingToJudge | NotInForce | None:
    """What is found of an area, or why nothing is; None where there is no such assessment."""
    assessment = assessments().get(name)
    if assessment is None:
        return None
    try:
        assessed = current.assessed(assessment, area, year, rules_of)
    except (NothingToJudge, NotInForce) as why:
        return why
    language = get_language() or "en"
    zh = language.startswith("zh")
    told = lines(assessed, language, lambda stage: word("stage", stage))
    states = [line.state for line in told if not line.heading]
    outcome = {True: "met", False: "missed", None: "open"}[assessed.passes]
    counts = [(STATE_WORDS[state][zh], _COLOUR[state], states.count(state)) for state in STATE_WORDS if state in states]
    return AssessmentCard(assessed, [(line, _COLOUR[line.state]) for line in told], STATE_WORDS[outcome][zh], _COLOUR[outcome], counts)


def assessment_exported(card: AssessmentCard, form: str) -> HttpResponse:
    """Every part and item, a row each."""
    headings = [
        _("Number"),
        _("Item"),
        _("Value"),
        _("Requirement"),
        _("Verdict"),
        _("Lacking"),
        _("Judgement"),
        _("Evidence asked for"),
        _("Note"),
    ]
    if card.scored:
        headings += [_("Full marks"), _("Self-score"), _("Reviewer's score")]
    rows: list[list[Cell]] = []
    for line, _colour in card.lines:
        row: list[Cell] = [
            line.id,
            line.label,
            line.value,
            line.asked,
            line.state_word,
            line.lacking,
            line.judged,
            line.evidence,
            line.note,
        ]
        if card.scored:
            score = line.score
            row += [_cell(score.points), _cell(score.self_score), _cell(score.reviewer_score)] if score else [None, None, None]
        rows.append(row)
    return exported(f"{in_language(card.assessed.assessment.label)} {card.assessed.period}{on_trial(card.assessed)}", form, headings, rows)


def on_trial(found: Assessed | Verdict) -> str:
    """What a file's name says of a trial; empty for a finding."""
    return " " + _("on trial by the rules of {day}").format(day=found.on) if found.trial else ""


def _cell(score: Decimal | None) -> float | None:
    return None if score is None else float(score)
