"""Commands of the work plans: example-plan.

Changes when what can be done with a plan at the terminal changes. Plans are written and followed on the site.
"""

import typer

from jiaoheng.cli.deployment import opened_database
from jiaoheng.cli.snapshot import refuse
from jiaoheng.cli.terminal import terminal

__all__ = ["register"]


def register(app: typer.Typer) -> None:
    """Add this room's command."""

    @app.command("example-plan")
    def example_plan() -> None:
        """Write the example district's work plans: of the snapshot's year, and of this year with reports and milestones."""
        opened_database()
        from django.utils import timezone

        from jiaoheng.access.account import Refused
        from jiaoheng.plans.example_plan import make_example_plans

        try:
            made = make_example_plans(timezone.localdate())
        except Refused as no:
            refuse(str(no))
        for plan in made:
            terminal().print(f"[green]✓[/] {plan.pk}  {plan.title}", highlight=False)
