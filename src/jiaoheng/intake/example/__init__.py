"""An invented district, written as the workbooks that a bureau would receive, to try the whole road on.

Changes when the example district changes. It writes files only; they come in through the same intake as anybody's.
"""

from jiaoheng.intake.example.district import CLERK_SCHOOL
from jiaoheng.intake.example.workbooks import write_example

__all__ = ["CLERK_SCHOOL", "write_example"]
