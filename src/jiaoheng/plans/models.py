"""The database tables of the plans floor."""

from jiaoheng.plans.goal import Goal
from jiaoheng.plans.milestone import Milestone
from jiaoheng.plans.progress import Progress
from jiaoheng.plans.reading_of_measure import Reading
from jiaoheng.plans.work_plan import WorkPlan

__all__ = ["Goal", "Milestone", "Progress", "Reading", "WorkPlan"]
