"""Phrase: what a measure says, as a piece of a sentence: its name, value and unit, how it changed, and where a school stands.

Changes when papers put a value into words otherwise. What was not reported gives no words at all, so that a sentence tells what there is.
"""

from collections.abc import Sequence

from jiaoheng.measures.measure import Measure
from jiaoheng.papers.draft import Draft
from jiaoheng.papers.evidence import NotThere
from jiaoheng.papers.figure import Figure
from jiaoheng.papers.number_style import SHARE_UNITS, changed, written

__all__ = ["Phrases"]

_SCALED_FROM = 100_000
"""Yuan from which a total of money is written in 万元."""

_MILLIONS_FROM = 1_000_000
"""Currency units from which an English paper writes millions."""


class Phrases:
    """The functions that give phrases, bound to one draft."""

    def __init__(self, draft: Draft) -> None:
        self._draft, self._evidence = draft, draft.evidence

    def change(self, measure: str, stage: str = "all", organisation: str | None = None, noun: str = "", show: str = "both") -> Figure:
        """The change against the school year before, as a phrase. Raises: NotThere where either year has no value."""
        definition, before = self._evidence.measure(measure), self._evidence.earlier_of(measure)
        if before not in {one.period for one in self._evidence.periods(measure, organisation or self._evidence.area.code, stage)}:
            raise NotThere(f"The snapshot has no value of «{measure}» in {before}, so there is no change to tell.")
        now = self._draft.looked_up(measure, organisation, stage, None)
        then = self._draft.looked_up(measure, organisation, stage, before)
        if now.value is None or then.value is None:
            raise NotThere(f"There is no value of «{measure}» in {before}.")
        text = changed(
            now.value, then.value, definition.unit.en, definition.decimals,
            counted=definition.kind == "total", show=show, noun=noun, language=self._evidence.language,
        )  # fmt: skip
        which = self._draft.which(
            organisation, stage, f"{now.filter.period} {'比' if self._draft.chinese else 'vs'} {before}", f"{show}{noun}"
        )
        label = definition.label.in_language(self._evidence.language)
        label = f"{label}比上年" if self._draft.chinese else f"{label}, change"
        return self._draft.figures.note(measure, label, which, now.value - then.value, text, numerator=now.value, denominator=then.value)

    def told(self, measure: str, stage: str = "all", words: str | None = None, organisation: str | None = None, change: bool = True) -> str:
        """«专任教师学历合格率98.73%，比上年提高0.30个百分点»; no words where nothing was reported. `words`: another name."""
        value = self._evidence.value(measure, organisation, stage)
        if value is None:
            return ""
        definition = self._evidence.measure(measure)
        scale, unit = self._scale(definition, value.value)
        figure = self._draft.looked_up(measure, organisation, stage, None, scale)
        name = definition.label.in_language(self._evidence.language) if words is None else words
        if self._draft.chinese and name.endswith("比"):
            unit = ""  # 生师比17.98: the words have said what is divided by what
        if not self._draft.chinese:
            name, unit = _in_sentence(name, words is None), _not_said_twice(name, unit)
        before = [
            one for one in self._evidence.periods(measure, value.organisation, stage) if one.period == self._evidence.earlier_of(measure)
        ]
        chinese = self._draft.chinese
        said = f"{name}{figure}{unit}" if chinese else f"{name} {figure}{f' {unit}' if unit else ''}"
        if not change or not before or definition.kind == "change":
            return said
        moved = self.change(measure, stage, organisation, unit if chinese and not scale else "", show="rate" if scale else "both")
        if moved.value == 0 or moved.text in ("持平", "unchanged"):
            return f"{said}，与上年{moved}" if chinese else f"{said}, {moved}"
        return f"{said}，比上年{moved}" if chinese else f"{said}, {moved} on the year before"

    def sentence(
        self,
        items: Sequence[str | Sequence[str]],
        stage: str = "all",
        lead: str = "",
        organisation: str | None = None,
        change: bool = True,
        zeros: bool = True,
    ) -> str:
        """What several measures say, as one sentence; each is an id, or an id with the words for it. Empty where none was reported.

        `zeros` false: what is counted and did not happen is left out.
        """
        pairs = [(one, None) if isinstance(one, str) else (one[0], one[1]) for one in items]
        told = [pair for pair in pairs if zeros or not self._nothing(pair[0], stage, organisation)]
        said = [self.told(measure, stage, words, organisation, change) for measure, words in told]
        found = [one for one in said if one]
        if not found:
            return ""
        if self._draft.chinese:
            return f"{lead}{'；'.join(found)}。"
        whole = f"{lead}{'; '.join(found)}."
        return whole[0].upper() + whole[1:]

    def parts(self, measure: str, noun: str = "") -> str:
        """«，其中小学18,430名、初中8,138名», after a total; no words where a single stage makes it up."""
        definition, found = self._evidence.measure(measure), []
        for stage in self._evidence.stages:
            value = self._evidence.value(measure, None, stage)
            if value is not None and value.value:
                which = self._draft.which(None, stage, value.period)
                figure, name = self._draft.figure(value, definition, which), self._evidence.word("stage", stage)
                found.append(f"{name}{figure}{noun}" if self._draft.chinese else f"{figure} in {name.lower()}")
        if len(found) < 2:
            return ""
        return f"，其中{'、'.join(found)}" if self._draft.chinese else f", of which {', '.join(found)}"

    def improved(self, measure: str, stage: str = "all") -> bool:
        """Whether the printed value moved to the better against the year before. False where either is missing."""
        return self._moved(measure, stage) > 0

    def worsened(self, measure: str, stage: str = "all") -> bool:
        """Whether the printed value moved to the worse."""
        return self._moved(measure, stage) < 0

    def rank(self, measure: str, stage: str) -> Figure:
        """The place of the paper's school among those of the stage around it, best first, as a phrase: 第3位. Raises: NotThere."""
        definition = self._evidence.measure(measure)
        codes = self._evidence.schools_like(stage)
        values = self._evidence.column(measure, codes, stage)
        code = self._evidence.area.code
        if code not in values or definition.better not in ("more", "less"):
            raise NotThere(f"«{self._evidence.area.name}» has no place by «{measure}»: no value, or neither more nor less of it is better.")
        sign = 1 if definition.better == "more" else -1
        place = 1 + sum(sign * (other - values[code]) > 1e-12 for other in values.values())
        label = definition.label.in_language(self._evidence.language)
        chinese = self._draft.chinese
        label = f"{label}位次" if chinese else f"{label}, place"
        text = f"第{written(place)}位（{written(len(values))}所）" if chinese else f"place {written(place)} of {written(len(values))}"
        return self._draft.figures.note(
            measure, label, self._draft.which(None, stage), place, text, numerator=place, denominator=len(values)
        )  # fmt: skip

    def _nothing(self, measure: str, stage: str, organisation: str | None) -> bool:
        value = self._evidence.value(measure, organisation, stage)
        return value is not None and not value.value and self._evidence.measure(measure).kind == "total"

    def _moved(self, measure: str, stage: str) -> float:
        definition = self._evidence.measure(measure)
        found = {one.period: one.value for one in self._evidence.periods(measure, self._evidence.area.code, stage)}
        now, then = found.get(self._evidence.period_of(measure)), found.get(self._evidence.earlier_of(measure))
        if now is None or then is None or definition.better not in ("more", "less"):
            return 0.0
        difference = round(now, definition.decimals) - round(then, definition.decimals)
        return difference if definition.better == "more" else -difference

    def _scale(self, measure: Measure, value: float | None) -> tuple[str, str]:
        """The scale in which a value is written and the word for its unit after the number."""
        unit = self._draft.unit_words(measure)
        if measure.unit.en in SHARE_UNITS or measure.unit.en.startswith("coefficient") or "ratio" in measure.unit.en:
            return "", ""
        if self._draft.chinese and unit == "元" and measure.kind == "total" and abs(value or 0) >= _SCALED_FROM:
            return "万元", "万元"
        if not self._draft.chinese and unit == self._evidence.currency and measure.kind == "total" and abs(value or 0) >= _MILLIONS_FROM:
            return "million", f"million {unit}".strip()
        return "", unit


def _in_sentence(name: str, label: bool) -> str:
    """A measure's label within an English sentence: «Dropout rate» becomes «dropout rate», «PE teachers» stays."""
    return name[:1].lower() + name[1:] if label and name[1:2].islower() else name


def _not_said_twice(name: str, unit: str) -> str:
    """The unit after an English number, without what the words before it have said: «classes 926», «books per pupil 25.39»."""
    first, per, base = unit.partition(" per ")
    if first.split(" ")[0].lower() in name.lower():
        return ""
    return first if per and f"per {base}".lower() in name.lower() else unit
