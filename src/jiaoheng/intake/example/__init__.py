"""An invented district, written as the workbooks that a bureau would receive, to try the whole road on.

Changes when the example district changes. It writes files only; they come in through the same intake as anybody's.
"""

from jiaoheng.intake.example.benchmark import write_benchmark
from jiaoheng.intake.example.district import CLERK_SCHOOL
from jiaoheng.intake.example.workbooks import REGISTERS, TAKEN_IN, write_example

__all__ = ["CLERK_SCHOOL", "REGISTERS", "SMALL_EDITION", "TAKEN_IN", "write_benchmark", "write_example"]

SMALL_EDITION = frozenset({"2199000001", "2199000013", "3199000101"})
"""A large and a small primary school and a junior school: enough to try everything quickly."""
