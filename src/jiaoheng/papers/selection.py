"""Selection: which organisations a table or chart shows, in which order, and what it is called.

Changes when tables and charts choose what they show otherwise.
"""

from collections.abc import Sequence

from jiaoheng.measures.measure import Measure
from jiaoheng.papers.draft import Draft
from jiaoheng.papers.evidence import Organisation

__all__ = ["Selection"]


class Selection:
    """What tables and charts share, bound to one draft."""

    def __init__(self, draft: Draft) -> None:
        self._draft, self._evidence = draft, draft.evidence

    def level_name(self, level: str) -> str:
        return self._evidence.word("kind", level)

    def by_word(self, by: str) -> str:
        words = {"stage": ("学段", "Stage"), "period": ("学年", "School year")}.get(by)
        return self.level_name(by) if words is None else words[0] if self._draft.chinese else words[1]

    def chosen(self, by: str, order: str, stage: str, top: int | None, bottom: int | None, most: int) -> list[Organisation]:
        """The organisations to show: all in order of codes where they are few, else the first and last by a measure."""
        every = [one for one in self._evidence.at(by) if stage == "all" or by != "school" or stage in self._evidence.schools[one.code]]
        if top is None and bottom is None and len(every) <= most and order == "":
            return every
        values = self._evidence.column(order, [one.code for one in every], stage)
        ranked = sorted((one for one in every if one.code in values), key=lambda one: (-values[one.code], one.code))
        unranked = [one for one in every if one.code not in values]
        if top is None and bottom is None:
            top = bottom = most // 2
            if len(ranked) <= most:
                return ranked + unranked[: most - len(ranked)]
        first, last = ranked[: top or 0], ranked[len(ranked) - (bottom or 0) :]
        return first + [one for one in last if one not in first]

    def heading(self, measure: Measure) -> str:
        return f"{measure.label.in_language(self._evidence.language)}{self._draft.unit_of(measure)}"

    def title(self, measures: Sequence[Measure], by: str, stage: str) -> str:
        labels = [one.label.in_language(self._evidence.language) for one in measures]
        of_stage = "" if stage == "all" else self._evidence.word("stage", stage)
        by_word = self.by_word(by)
        if self._draft.chinese:
            return f"{self._evidence.area.name}各{by_word}{of_stage}{'、'.join(labels)}"
        return f"{', '.join(labels)} by {by_word.lower()}{f' ({of_stage.lower()})' if of_stage else ''}, {self._evidence.area.name}"
