"""Assessment lines: what was found of an area told line by line, for tables and files, in Chinese or English, and as plain values.

Changes when what is told of an item changes. It judges nothing.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from jiaoheng.measures.values import ALL_STAGES
from jiaoheng.rulebook.ledger_questions import ledger_table_names, ledger_tables
from jiaoheng.rulebook.registers import load_registers
from jiaoheng.rulebook.tables import load_tables
from jiaoheng.standards.assessed import Assessed, ItemAssessed, PartAssessed, Score
from jiaoheng.standards.checked import Found
from jiaoheng.standards.judgement import Judgement, Review

__all__ = ["STATE_WORDS", "Line", "as_dict", "lines"]

STATE_WORDS: Mapping[str, tuple[str, str]] = {
    "met": ("met", "达标"),
    "missed": ("not met", "未达标"),
    "open": ("to be judged", "待评定"),
    "not_told": ("no figures", "缺数据"),
}

_NAMED = 5
"""Schools named in a line; the rest are counted."""


@dataclass(frozen=True, slots=True)
class Line:
    """A part (`depth` from 0, `heading`) or an item. Texts are in one language; empty where there is nothing to tell."""

    id: str
    depth: int
    heading: bool
    label: str
    state: str
    state_word: str
    value: str = ""
    asked: str = ""
    lacking: str = ""
    evidence: str = ""
    judged: str = ""
    note: str = ""
    score: Score | None = None


def lines(assessed: Assessed, language: str, stage_word: Callable[[str], str] = str) -> list[Line]:
    """Every part and item in the order of the tree. `stage_word` says a stage in the language."""
    zh = language.lower().startswith("zh")
    return [line for part in assessed.parts for line in _part_lines(part, 0, zh, stage_word)]


def _part_lines(part: PartAssessed, depth: int, zh: bool, stage_word: Callable[[str], str]) -> Iterator[Line]:
    state = {True: "met", False: "missed", None: "open"}[part.meets]
    label = part.part.label.zh if zh else part.part.label.en
    value = ""
    if part.verdict:
        passed = sum(one.passes is True for one in part.verdict.schools)
        over = sum(one.meets is False for one in part.verdict.variations)
        words = "{of}所（学段）中{passed}所达标，{over}项差异系数超限"
        words = words if zh else "{passed} of {of} school stages meet it, {over} variations too large"
        value = words.format(of=len(part.verdict.schools), passed=passed, over=over)
    elif part.part.standard:
        state = "not_told"
    yield Line(part.part.id, depth, True, label, state, STATE_WORDS[state][zh], value, score=part.score)
    for item in part.items:
        yield _item_line(item, depth + 1, zh, stage_word)
    for below in part.parts:
        yield from _part_lines(below, depth + 1, zh, stage_word)


def _item_line(one: ItemAssessed, depth: int, zh: bool, stage_word: Callable[[str], str]) -> Line:
    item, join = one.item, "\n"
    judgement = one.judgement
    judged = ""
    if judgement and judgement.decision != "open":
        judged = f"{STATE_WORDS[judgement.decision][zh]}{'：' if zh else ': '}{judgement.evidence}{_signed(judgement, zh)}"
    if judgement and judgement.review and judgement.review.decision != "open":
        review = judgement.review
        words = f"{'：' if zh else ': '}{review.words}" if review.words else ""
        said = f"{STATE_WORDS[review.decision][zh]}{words}{_signed(review, zh)}"
        judged = f"{judged}{join if judged else ''}{'复核' if zh else 'Review: '}{said}"
    if not judged and item.judged:
        judged = item.judged.zh if zh else item.judged.en
    note = (item.note.zh if zh else item.note.en) if item.note else ""
    if one.contradicted:
        note = f"{'评定与数据不一致，以数据为准。' if zh else 'The judgement says otherwise than the figures; the figures decide. '}{note}"
    evidence = (item.evidence.zh if zh else item.evidence.en) if item.evidence else ""
    asked = join.join(filter(None, (_asked(found, zh, stage_word) for found in one.found)))
    return Line(
        item.id, depth, False, item.label.zh if zh else item.label.en, one.state, STATE_WORDS[one.state][zh],
        join.join(_value(found, zh, stage_word) for found in one.found), asked,
        join.join(filter(None, (_lacking(found, zh) for found in one.found))), evidence, judged, note, one.score,
    )  # fmt: skip


def _value(found: Found, zh: bool, stage_word: Callable[[str], str]) -> str:
    label, stage = found.label.zh if zh else found.label.en, stage_word(found.stage)
    where = "" if found.stage == ALL_STAGES or stage.casefold() in label.casefold() else f"{stage} · "
    if found.value is None:
        said = f"{where}{label}：缺数据" if zh else f"{where}{label}: no figures"
        lacks = ("、" if zh else ", ").join(one.zh if zh else one.en for one in found.lacks)
        told = lacks or _register_word(found.register or "", zh)
        return f"{said}{_bracketed(told, zh)}" if told else said
    if found.schools and not found.of:
        return f"{label}：没有此类学校" if zh else f"{label}: there is no such school"
    if found.schools:
        words = "{}：{}所中{:g}所达标" if zh else "{0}: {2:g} of {1} schools meet it"
        said = words.format(f"{where}{label}", found.of, found.value)
        untold = (f"，{found.untold}所无数据" if zh else f", {found.untold} without figures") if found.untold else ""
        return said + untold
    return f"{where}{label}{'：' if zh else ': '}{_number(found.value)}{_percent(found)}"


def _register_word(name: str, zh: bool) -> str:
    """A register or a table of snapshots in words."""
    rules: Mapping[str, Any] = {**load_tables(), **load_registers()}
    label = rules[name].label if name in rules else None
    if label is None and (tables := ledger_tables(ledger_table_names().get(name, ""))):
        label = tables.tables[name].label
    return (label.zh if zh else label.en) if label else name


def _asked(found: Found, zh: bool, stage_word: Callable[[str], str]) -> str:
    if found.bound is None:
        return "不少于应有数" if zh else "at least what is due"
    where = "" if found.stage == ALL_STAGES else f"{stage_word(found.stage)} "
    return f"{where}{'≥' if found.better == 'more' else '≤'} {_number(found.bound)}{_percent(found)}"


def _percent(found: Found) -> str:
    return "%" if found.unit.en == "%" else ""


def _signed(said: Judgement | Review, zh: bool) -> str:
    return _bracketed(f"{said.by}{'，' if zh else ', '}{said.day}", zh)


def _bracketed(said: str, zh: bool) -> str:
    return f"（{said}）" if zh else f" ({said})"


def _lacking(found: Found, zh: bool) -> str:
    if found.meets is not False:
        return ""
    if not found.schools:
        if found.short is None:
            return ""
        word = ("差" if found.better == "more" else "超") if zh else ("short by " if found.better == "more" else "over by ")
        return f"{word}{_number(float(found.short))}{_distance_unit(found, zh)}"
    named = ("、" if zh else ", ").join(_school(one, found, zh) for one in found.failing[:_NAMED])
    if found.bound is None and not zh:
        named = f"{found.unit.en} lacking: {named}"
    more = len(found.failing) - _NAMED
    rest = (f"等{len(found.failing)}所" if zh else f" and {more} more") if more > 0 else ""
    return f"{named}{rest}"


def _distance_unit(found: Found, zh: bool) -> str:
    """The unit of what lies between a value and its bound: between two percentages are percentage points."""
    if _percent(found):
        return "个百分点" if zh else " percentage points"
    return "" if found.unit.en == "coefficient" else found.unit.zh if zh else f" {found.unit.en}"


def _school(one: Any, found: Found, zh: bool) -> str:
    if found.bound is None:  # an entitlement: what is lacking is in its unit
        return f"{one.name}缺{one.lacking:,}{found.unit.zh}" if zh else f"{one.name} {one.lacking:,}"
    return f"{one.name}{'' if one.value is None else _bracketed(_number(one.value) + _percent(found), zh)}"


def _number(value: float | Decimal) -> str:
    """Up to three decimals, without empty ones; a large number grouped."""
    text = f"{value:,.3f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def as_dict(assessed: Assessed) -> dict[str, Any]:
    """The whole as plain values for JSON, scores and bounds as numbers."""
    return {
        "assessment": assessed.assessment.id,
        "label": _both(assessed.assessment.label),
        "source": assessed.assessment.source.document,
        "area": assessed.area,
        "period": assessed.period,
        "on": assessed.on.isoformat(),
        "trial": assessed.trial,
        "snapshot": assessed.snapshot,
        "passes": assessed.passes,
        "score": _score(assessed.score),
        "unscored": assessed.unscored,
        "parts": [_part_dict(part) for part in assessed.parts],
        "excluded": [
            {"organisation": one.organisation, "name": one.name, "stage": one.stage,
             "reason": _both(rule.reason) if rule else {"en": "no pupils reported", "zh": "未填报学生数"}}
            for one, rule in assessed.left_out
        ],
    }  # fmt: skip


def _part_dict(part: PartAssessed) -> dict[str, Any]:
    return {
        "id": part.part.id,
        "label": _both(part.part.label),
        "meets": part.meets,
        "standard": part.part.standard,
        "score": _score(part.score),
        "items": [_item_dict(item) for item in part.items],
        "parts": [_part_dict(below) for below in part.parts],
    }


def _item_dict(one: ItemAssessed) -> dict[str, Any]:
    item = one.item
    return {
        "id": item.id,
        "label": _both(item.label),
        "meets": one.meets,
        "state": one.state,
        "veto": item.veto,
        "judged": _both(item.judged) if item.judged else None,
        "evidence": _both(item.evidence) if item.evidence else None,
        "judgement": one.judgement.model_dump(mode="json") if one.judgement else None,
        "contradicted": one.contradicted,
        "score": _score(one.score),
        "computed_score": None if one.computed_score is None else float(one.computed_score),
        "checks": [_found_dict(found) for found in one.found],
    }


def _found_dict(found: Found) -> dict[str, Any]:
    return {
        "measure": found.measure,
        "register": found.register,
        "label": _both(found.label),
        "stage": found.stage,
        "better": found.better,
        "threshold": None if found.bound is None else float(found.bound),
        "value": found.value,
        "meets": found.meets,
        "informs": found.informs,
        "short": None if found.short is None else float(found.short),
        "schools": found.of if found.schools else None,
        "without_figures": found.untold,
        "failing": [
            {"organisation": f.organisation, "name": f.name, "value": f.value, "threshold": f.bound, "lacking": f.lacking}
            for f in found.failing
        ],
        "singles": dict(found.singles),
    }


def _score(score: Score | None) -> dict[str, float | None] | None:
    if score is None:
        return None
    own, theirs = score.self_score, score.reviewer_score
    return {
        "points": float(score.points),
        "self": None if own is None else float(own),
        "reviewer": None if theirs is None else float(theirs),
    }


def _both(label: Any) -> dict[str, str]:
    return {"en": label.en, "zh": label.zh}
