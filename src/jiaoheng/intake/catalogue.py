"""Catalogue: the causes of rows of every register, by number.

Changes when another room of causes is added; numbers are given once and never used again for something else.
"""

from jiaoheng.intake.causes import ROW_CAUSES, CauseText
from jiaoheng.intake.person_causes import PERSON_CAUSES
from jiaoheng.intake.school_causes import SCHOOL_CAUSES

__all__ = ["CATALOGUE"]

CATALOGUE: dict[str, CauseText] = {**ROW_CAUSES, **PERSON_CAUSES, **SCHOOL_CAUSES}
"""01 to 19 any register, 20 to 59 pupils, classes and movements (60 to 79 staff, 80 to 99 money and institutions)."""
