"""The Django app of the plans."""

from datetime import date
from typing import TYPE_CHECKING

from django.apps import AppConfig

from jiaoheng.snapshots.contribution import contribute

if TYPE_CHECKING:
    import pyarrow as pa


class PlansConfig(AppConfig):
    name = "jiaoheng.plans"
    label = "plans"

    def ready(self) -> None:
        contribute("goals", _goals)


def _goals(day: date) -> "pa.Table":
    from jiaoheng.plans.goal_table import goal_table  # brings pyarrow, which a start of the site has no use for

    return goal_table(day)
