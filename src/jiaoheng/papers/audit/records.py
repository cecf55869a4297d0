"""Records: what a text states and a measure of ours can answer, held against the snapshot.

Changes when statements are recognised in another way. Only a statement whose words, unit, stage and year fit one measure is compared:
silence is better than a false alarm. How reports write each measure is data (`rulebook/data/phrasings/`).
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from jiaoheng.measures.measure import Measure
from jiaoheng.measures.values import Value
from jiaoheng.papers.audit.auditing import SURE, Audit
from jiaoheng.papers.audit.relation import Part, Relation, number
from jiaoheng.papers.evidence import Evidence, NotThere
from jiaoheng.papers.number_style import SHARE_UNITS, hundredfold
from jiaoheng.rulebook.loader import Rule, load_rules
from jiaoheng.snapshots.snapshot import Snapshot
from jiaoheng.texts.punctuation import plain
from jiaoheng.texts.quantity import Quantity
from jiaoheng.texts.unit import dimension_of

__all__ = ["Phrasing", "held_against"]

_STAGES = {
    "学前教育": "preschool", "幼儿园": "preschool", "学前": "preschool", "小学": "primary", "初中": "junior", "普通高中": "senior",
    "高中": "senior", "义务教育": "", "中学": "", "中小学": "", "特殊教育": "", "职业": "", "中职": "", "职高": "",
}  # fmt: skip
"""Words of a stage; an empty one is a stage that no single column of the records answers."""
_STAGE = re.compile("|".join(sorted(_STAGES, key=len, reverse=True)))
_LEAD_IN = re.compile(r"(?:总数|总量|人数)?(?:分别|均|已|共有|共|现有|拥有|有|约|近|超过?|达到?了?|达|为|是|:|计|\s)*$")
_OTHER_YEAR = re.compile(r"去年|上年|上一年|往年|前年|到20[0-9]{2}年|计划|目标|力争|确保|不低于|不少于|以上标准|要求")
_CELL = re.compile(r"[\t|\u3000]\s*$|\s\s$")
"""A figure in a cell of a table: its words are elsewhere."""
_YEAR = re.compile(r"(20[0-9]{2})(?:[-—至~](?:20)?[0-9]{2})?(?:学年|年)")
_IDLE = re.compile(
    r"全[县市区省乡镇校]|我[县市区省乡镇校]|[县市区]内|[县市区]域|各级各类|各类|所有|学校|现有|共有|已有|目前|截至|截止|年[底末初]|秋季|学年|阶段|学段|教育|"
    r"(?:20)?[0-9]{2}(?:[-—至~](?:20)?[0-9]{2})?年?|[0-9]{1,2}月[0-9]{0,2}日?|的|有|共|、|\s"
)
"""What may stand before a measure's words in its clause and changes nothing about it."""
_CHANGED = frozenset(("百分点", "个百分点"))


class Phrasing(Rule):
    """How reports write one measure."""

    zh: tuple[str, ...]
    unit: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Statement:
    """A figure and the one measure, organisation, stage and school year that its words name."""

    quantity: Quantity
    measure: Measure
    organisation: str | None
    stage: str
    confidence: float


def held_against(
    audit: Audit, snapshot: Snapshot, *, area: str | None = None, period: str | None = None, overlay: Path | None = None
) -> Audit:
    """The audit with a relation of kind `record` for every statement that a measure answers.

    Raises: NotThere where the snapshot has no such area or school year.
    """
    evidence = Evidence(snapshot, language="zh-hans", area=area, period=period, overlay=overlay)
    reader = _Reader(audit, evidence, overlay)
    found = list(reader.statements())
    evidence.prepare(sorted({one.measure.id for one in found}))
    records = [relation for one in found if (relation := _compared(one, evidence))]
    relations = sorted([*audit.relations, *records], key=lambda r: (r.parts[0].start, r.parts[-1].start))
    return replace(audit, relations=tuple(relations))


class _Reader:
    """Finds the statements of one text."""

    def __init__(self, audit: Audit, evidence: Evidence, overlay: Path | None) -> None:
        self._audit, self._evidence = audit, evidence
        self._text = plain(audit.text) if len(plain(audit.text)) == len(audit.text) else audit.text
        self._phrases = _phrases(evidence, overlay)
        self._longest = max(map(len, self._phrases), default=0)

    @cached_property
    def _schools(self) -> dict[str, str]:
        """Names of schools that a text may speak of, and their codes; a name that two schools share is nobody's."""
        names: dict[str, str] = {}
        for one in self._evidence.within:
            if one.code in self._evidence.schools:
                names[one.name] = "" if one.name in names else one.code
        return {name: code for name, code in names.items() if len(name) >= 4}

    def statements(self) -> Iterator[_Statement]:
        for quantity in self._audit.figures:
            if quantity.dimension in _CHANGED or quantity.upper is not None:
                continue
            begin = max(self._text.rfind(mark, 0, quantity.start) for mark in "。!?\n;") + 1
            sentence = self._text[begin : quantity.start]
            if _CELL.search(sentence):
                continue
            clause = sentence[max(sentence.rfind(mark) for mark in ",:") + 1 :]
            named = self._measure_of(_LEAD_IN.sub("", clause), quantity)
            if named is None or _OTHER_YEAR.search(clause) or not self._this_year(sentence):
                continue
            measure, rest = named
            organisation = self._organisation(sentence)
            rest, sentence = self._nameless(rest), self._nameless(sentence)
            stage = self._stage(rest, sentence)
            if stage is None or organisation is None or self._more(rest):
                continue
            sure = 0.85 if len(measure.label.zh) >= 5 or measure.kind != "total" else 0.6
            yield _Statement(quantity, measure, organisation or None, stage, sure)

    def _measure_of(self, words: str, quantity: Quantity) -> tuple[Measure, str] | None:
        """The measure that the words end in, and what stands before it in the clause. The longest phrase is meant."""
        for length in range(min(self._longest, len(words)), 1, -1):
            for measure, units in self._phrases.get(words[-length:], ()):
                if _same_unit(measure, quantity, units):
                    return measure, words[:-length]
        return None

    def _this_year(self, sentence: str) -> bool:
        years = _YEAR.findall(sentence)
        return not years or years[-1] in (self._evidence.period[:4], self._evidence.period[-4:])

    def _stage(self, rest: str, sentence: str) -> str | None:
        """The stage meant; None where the words name several, or one that the records do not tell apart."""
        here = dict.fromkeys(_STAGE.findall(rest))
        if not here:
            nearest = _STAGE.findall(sentence)
            return "all" if not nearest else None
        if len(here) > 1:
            return None
        return _STAGES[next(iter(here))] or None

    def _nameless(self, words: str) -> str:
        """The words without the names of the area and its schools, which may hold words of a stage."""
        for name in (*(one for one in self._schools if one in words), self._evidence.area.name):
            words = words.replace(name, "")
        return words

    def _more(self, rest: str) -> bool:
        """Whether the clause says more of the figure than stage, place and time: it is then of something else."""
        return bool(_IDLE.sub("", _STAGE.sub("", rest)).strip("(“”"))

    def _organisation(self, sentence: str) -> str | None:
        """The school that the sentence names; "" for the whole area; None where it names several, or is unclear."""
        found = {code for name, code in self._schools.items() if name in sentence}
        if len(found) > 1 or "" in found:
            return None
        return next(iter(found), "")


def _phrases(evidence: Evidence, overlay: Path | None) -> dict[str, list[tuple[Measure, tuple[str, ...]]]]:
    """Every wording of every measure; what two measures share is told apart by the unit, or means neither."""
    phrasings = load_rules("phrasings", Phrasing, overlay)
    said: dict[str, list[tuple[Measure, tuple[str, ...]]]] = {}
    for measure in evidence.catalogue.values():
        written = phrasings.get(measure.id, Phrasing(zh=()))
        for words in dict.fromkeys([measure.label.zh, *written.zh]):
            said.setdefault(plain(words), []).append((measure, written.unit))
    return {words: meant for words, meant in said.items() if len(meant) == 1 or all(units for _, units in meant)}


def _same_unit(measure: Measure, quantity: Quantity, units: tuple[str, ...]) -> bool:
    if units:
        return quantity.unit in units
    if measure.unit.en in SHARE_UNITS:
        return quantity.unit == "%"
    if quantity.unit == "":
        return measure.kind != "total"
    ours = dimension_of(measure.unit.zh.split("/")[0])
    return quantity.dimension == ours or quantity.dimension.split("/")[0] == ours or {quantity.dimension, ours} <= {"个", "班"}


def _compared(one: _Statement, evidence: Evidence) -> Relation | None:
    try:
        value: Value | None = evidence.value(one.measure.id, one.organisation, one.stage)
    except NotThere:
        return None
    if value is None or value.value is None:
        return None
    quantity = one.quantity
    factor = hundredfold(one.measure.unit.en) / quantity.scale
    computed, stated, step = value.value * factor, quantity.number, quantity.step / quantity.scale
    holds = _agrees(computed, stated, step, quantity.leaning)
    exact = abs(computed - stated) <= 1e-9 * max(1.0, abs(stated))
    place = evidence.organisation(one.organisation).name if one.organisation else evidence.area.name
    which = f"{one.measure.label.zh}, {place}, {evidence.word('stage', one.stage)}, {evidence.period}"
    behind = number(value.numerator) if value.denominator is None else f"{number(value.numerator)} ÷ {number(value.denominator)}"
    shown = round(computed, 6)
    sign = "=" if exact else "≈" if holds else "≠"
    line = (
        f"{behind} = {number(shown)} {sign} {number(stated)}"
        if value.denominator is not None
        else f"{number(shown)} {sign} {number(stated)}"
    )
    severity = "none" if holds else "fault" if one.confidence >= SURE else "question"
    reason = f"the records give this: {which}" if holds else f"the records give {number(round(shown, 4))}: {which}"
    return Relation(
        "record", (Part(quantity.start, quantity.end, quantity.text),),
        f"{one.measure.id}({one.organisation or evidence.area.code}, {one.stage})", shown, stated, holds, one.confidence, severity,
        f"{line}\n{reason}",
    )  # fmt: skip


def _agrees(computed: float, stated: float, step: float, leaning: str) -> bool:
    """Whether the stated figure is the computed one at its own precision, rounded or cut off; 约, 余 and 以上 widen it."""
    noise = max(abs(stated), 1.0) * 1e-9
    low, high = stated - step / 2 - noise, stated + step - noise
    wide = max(step, abs(stated) * 0.05)
    if leaning == "about":
        low, high = stated - wide, stated + wide
    elif leaning in ("above", "at least"):
        low, high = stated - noise, stated + wide * (1 if leaning == "above" else 1e9)
    elif leaning in ("below", "at most"):
        low, high = stated - wide * (1 if leaning == "below" else 1e9), stated + noise
    return low <= computed <= high
