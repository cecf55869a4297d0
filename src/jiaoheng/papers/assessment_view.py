"""Assessment view: what people judged of an area, as a template speaks of it; every score a figure that leads to its evidence.

Changes when papers tell an assessment in another way. Scores are added up on the floor of standards.
"""

from collections.abc import Sequence
from decimal import Decimal
from typing import Literal

from jiaoheng.papers.draft import Block, Draft
from jiaoheng.papers.evidence import NotThere
from jiaoheng.papers.figure import Figure, Filter, plain
from jiaoheng.papers.number_style import written
from jiaoheng.standards.assessed import ItemAssessed, Score, total
from jiaoheng.standards.assessment_lines import STATE_WORDS

__all__ = ["AssessmentView", "Assessments"]

_Side = Literal["points", "self_score", "reviewer_score"]
_SIDES: dict[_Side, tuple[str, str]] = {
    "points": ("分值", "points"), "self_score": ("自评得分", "self-score"), "reviewer_score": ("复核得分", "reviewer's score"),
}  # fmt: skip


class AssessmentView:
    """An assessment of the paper's area. Scores are those of every item that has points; None where that side scored nothing."""

    def __init__(self, draft: Draft, name: str) -> None:
        self._draft, self._assessed = draft, draft.evidence.assessed(name)
        language, assessment = draft.evidence.language, self._assessed.assessment
        self.label, self.source = plain(assessment.label.in_language(language)), plain(assessment.source.document)
        note = assessment.source.note
        self.note = plain(note.in_language(language)) if note else ""
        self._items = list(self._assessed.every_item())
        self._by_people = [one for one in self._items if one.judgement is not None]

    @property
    def points(self) -> Figure | None:
        return self._score(self.label, "", self._assessed.score, "points")

    @property
    def self_score(self) -> Figure | None:
        return self._score(self.label, "", self._assessed.score, "self_score")

    @property
    def reviewer_score(self) -> Figure | None:
        """The reviewers' sum, over the items that they scored."""
        return self._score(self.label, "", total(self._reviewed), "reviewer_score")

    @property
    def reviewed_points(self) -> Figure | None:
        """What the items scored by reviewers are worth together."""
        label = f"{self.label}（已复核项目）" if self._draft.chinese else f"{self.label} (items reviewed)"
        return self._score(label, "", total(self._reviewed), "points")

    @property
    def judged(self) -> Figure:
        """How many items people judged or scored."""
        return self._count("由人评定的项目" if self._draft.chinese else "items judged by people", self._by_people)

    @property
    def reviewed(self) -> Figure:
        return self._count("已复核评分的项目" if self._draft.chinese else "items scored by reviewers", self._reviewed)

    @property
    def unscored(self) -> Figure | None:
        """Items with points that the area has no score for yet; None where there are none."""
        found = [one for one in self._items if one.score is not None and one.score.self_score is None]
        return self._count("尚未评分的项目" if self._draft.chinese else "items not scored yet", found) if found else None

    def table(self, title: str | None = None) -> Block:
        """The parts with their points, the area's own score and the reviewers'; the sum last."""
        zh = self._draft.chinese
        scored = [(one.part.label.in_language(self._draft.evidence.language), one.score) for one in self._assessed.parts if one.score]
        rows = [[plain(words), *self._cells(words, "", score)] for words, score in scored]
        if not rows:
            raise NotThere(f"No item of «{self._assessed.assessment.id}» has points, so there is no table of scores.")
        rows.append([f"**{'合计' if zh else 'Sum'}**", *self._cells(self.label, "", self._assessed.score)])
        headings = ["指标" if zh else "Part", *(one[0] if zh else one[1].capitalize() for one in _SIDES.values())]
        caption = title or (f"{self.label}得分" if zh else f"{self.label}: scores")
        return self._draft.add_table(headings, rows, right=(1, 2, 3), title=caption, widths=(46, 14, 18, 18))

    def items_table(self, title: str | None = None, limit: int = 60) -> Block:
        """The items that people judged: what was decided, the scores, and on what evidence."""
        if not self._by_people:
            raise NotThere(f"Nobody has judged an item of «{self._assessed.assessment.id}» here in {self._assessed.period} yet.")
        zh = self._draft.chinese
        rows = [self._item_row(one) for one in self._by_people[:limit]]
        headings = ["评定项目" if zh else "Item", "结论" if zh else "Decision"]
        headings += [one[0] if zh else one[1].capitalize() for one in _SIDES.values()] + ["佐证材料" if zh else "Evidence"]
        caption = title or ("由人评定的项目" if zh else "Items judged by people")
        return self._draft.add_table(headings, rows, right=(2, 3, 4), title=caption, widths=(32, 12, 10, 14, 14, 34))

    @property
    def _reviewed(self) -> list[ItemAssessed]:
        return [one for one in self._items if one.score is not None and one.score.reviewer_score is not None]

    def _item_row(self, one: ItemAssessed) -> list[str]:
        assert one.judgement is not None
        words = one.item.label.in_language(self._draft.evidence.language)
        evidence = "；".join(part for part in (one.judgement.evidence, *(file.name for file in one.judgement.files)) if part)
        decided = STATE_WORDS[one.state][self._draft.chinese]
        return [plain(words), decided, *self._cells(words, one.item.id, one.score), plain(evidence) or "–"]

    def _cells(self, label: str, item: str, score: Score | None) -> list[str]:
        found = [self._score(label, item, score, side) for side in _SIDES]
        return ["–" if one is None else str(one) for one in found]

    def _score(self, label: str, item: str, score: Score | None, side: _Side) -> Figure | None:
        value: Decimal | None = None if score is None else getattr(score, side)
        if score is None or value is None:
            return None
        said = _SIDES[side][not self._draft.chinese]
        label = f"{label}：{said}" if self._draft.chinese else f"{label}: {said}"
        of = None if side == "points" else float(score.points)
        return self._draft.figures.note(
            self._about(item), label, self._which(), float(value), f"{value.normalize():f}", numerator=float(value), denominator=of
        )

    def _count(self, words: str, found: Sequence[ItemAssessed]) -> Figure:
        label = f"{self.label}：{words}" if self._draft.chinese else f"{self.label}: {words}"
        return self._draft.figures.note(self._about(""), label, self._which(), len(found), written(len(found)), numerator=len(found))

    def _about(self, item: str) -> str:
        return f"assessed:{self._assessed.assessment.id}{f':{item}' if item else ''}"

    def _which(self) -> Filter:
        return self._draft.which(self._assessed.area, "all", self._assessed.period)


class Assessments:
    """The functions over assessments, bound to one draft. A public paper has none: evidence may name persons."""

    def __init__(self, draft: Draft) -> None:
        self._draft = draft

    def assessed(self, assessment: str) -> AssessmentView:
        """What was found of the area by an assessment. Raises: NotThere."""
        if self._draft.evidence.public:
            raise NotThere("A paper for the public tells no scores of assessments.")
        return AssessmentView(self._draft, assessment)

    def has_assessed(self, assessment: str) -> bool:
        """Whether people have judged or scored an item of the area in the paper's school year."""
        evidence = self._draft.evidence
        if evidence.public or not evidence.assesses(assessment):
            return False
        return any(one.judgement is not None for one in evidence.assessed(assessment).every_item())
