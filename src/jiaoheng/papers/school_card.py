"""School card: one school in a loop over all of them, with its words and its figures.

Changes when templates may say something new of each school.
"""

from jiaoheng.papers.draft import Draft
from jiaoheng.papers.figure import Figure

__all__ = ["SchoolCard"]


class SchoolCard:
    """A school of the paper's area. `stage` is the one asked for, else `all`."""

    def __init__(self, draft: Draft, code: str, stage: str) -> None:
        self._draft, self.code, self.stage = draft, code, stage
        one = draft.evidence.organisation(code)
        self.name, self.stage_name = one.name, draft.evidence.word("stage", stage)
        self.school_type = draft.evidence.word("school_type", one.school_type or "")
        self.stages = sorted(draft.evidence.schools[code], key=draft.evidence.stages.index)

    def has(self, measure: str) -> bool:
        return self._draft.evidence.value(measure, self.code, self.stage) is not None

    def figure(self, measure: str, scale: str = "") -> Figure:
        """Raises: NotThere where nothing was reported."""
        return self._draft.looked_up(measure, self.code, self.stage, None, scale)
