"""The command `plan-to-pass`: the cheapest way for an area to pass a standard, as a list for the eye or JSON for programs.

Changes when what the command prints changes.
"""

import json
import math
from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape
from rich.table import Table

from jiaoheng.cli.measure import loaded_catalogue
from jiaoheng.cli.snapshot import SnapshotOption, opened_snapshot, refuse
from jiaoheng.cli.terminal import terminal

if TYPE_CHECKING:
    from jiaoheng.measures.catalogue import Catalogue
    from jiaoheng.standards.plan_to_pass import Plan

__all__ = ["register"]


def register(app: typer.Typer) -> None:
    """Add this room's command."""

    @app.command(name="plan-to-pass")
    def plan(
        standard: Annotated[str, typer.Argument(help="Id of the standard, such as high_quality_balance_2017")],
        budget: Annotated[str, typer.Option(help="Money there is, in the currency of the remedies' prices; any sum where not given")] = "",
        snapshot: SnapshotOption = None,
        organisation: Annotated[str, typer.Option(help="Code of the area to plan for; everything where not given")] = "",
        period: Annotated[str, typer.Option(help="School year, such as 2018-2019; the snapshot's where not given")] = "",
        language: Annotated[str, typer.Option(help="en or zh-hans; the deployment's where not given")] = "",
        format: Annotated[str, typer.Option(help="text or json")] = "text",
        seconds: Annotated[float, typer.Option(help="After so many seconds the best plan found is given as it is", min=1.0)] = 60.0,
    ) -> None:
        """Choose purchases and moves of teachers by which every school passes a standard at the least cost."""
        from jiaoheng import settings
        from jiaoheng.rulebook.loader import RulebookFaulty
        from jiaoheng.standards.plan_to_pass import NoPlan, NotPlannable, plan_to_pass
        from jiaoheng.standards.standard import NotInForce, load_standards
        from jiaoheng.standards.verdict import NothingToJudge

        if format not in {"text", "json"}:
            refuse(f"«{format}» is not a format. Formats: text, json.")
        money = _money(budget) if budget else None
        catalogue = loaded_catalogue()
        try:
            standards = load_standards(settings.RULEBOOK_OVERLAY, measures=catalogue)
            if standard not in standards:
                refuse(f"«{standard}» is not a standard of the rulebook. Standards: {', '.join(sorted(standards))}.")
            found = plan_to_pass(
                standards[standard], opened_snapshot(snapshot), area=organisation or None, budget=money, period=period or None,
                catalogue=catalogue, overlay=settings.RULEBOOK_OVERLAY, seconds=seconds,
            )  # fmt: skip
        except (RulebookFaulty, NotInForce, NothingToJudge, NoPlan, NotPlannable) as error:
            refuse(str(error))
        if format == "json":
            typer.echo(json.dumps(found.as_dict(), ensure_ascii=False, indent=1))
        else:
            _show(found, catalogue, language or settings.LANGUAGE_CODE)


def _money(written: str) -> Decimal:
    try:
        money = Decimal(written.replace(",", "").replace("_", ""))
    except InvalidOperation:
        money = Decimal(-1)
    if not money.is_finite() or money < 0:
        refuse(f"«{written}» is not a sum of money. Write it like 5000000.")
    return money


def _show(plan: "Plan", catalogue: "Catalogue", language: str) -> None:
    console = terminal()
    zh = language.lower().startswith("zh")
    before = plan.verdict_before
    console.print(f"[bold]{escape(plan.standard.label.in_language(language))}[/]  {before.period}", highlight=False)
    for line in _lacking(plan, catalogue, language, zh):
        console.print(line, highlight=False)
    if plan.steps:
        console.print(_steps(plan, language, zh))
    for line in _outcome(plan, language, zh):
        console.print(line, highlight=False)


def _lacking(plan: "Plan", catalogue: "Catalogue", language: str, zh: bool) -> Iterator[str]:
    """What is lacking today: the totals of each stage, and what each school lacks."""
    before = plan.verdict_before
    passed = sum(school.passes is True for school in before.schools)
    yield f"{'现状：达标' if zh else 'Today: passing'} {passed} / {len(before.schools)}"
    for total in plan.totals:
        schools = f"，{total.schools}所学校：" if zh else f", {total.schools} school{'s' if total.schools > 1 else ''}: "
        yield f"  {escape(_stage(total.stage, language) + schools + total.text(language))}"
    for variation in before.variations:
        if variation.meets is False and variation.value is not None:
            named = f"{_stage(variation.stage, language)}{'：' if zh else ': '}{catalogue[variation.measure].label.in_language(language)}"
            yield f"  {escape(named)} {variation.value:.3f} > {variation.limit}"
    for school in before.schools:
        told = school.shortfalls(language)
        if told:
            mark = {True: "[green]✓[/]", False: "[red]✗[/]", None: "[yellow]?[/]"}[school.passes]
            yield f"  {mark} {escape(school.name)}{'：' if zh else ': '}{escape(('；' if zh else '; ').join(told))}"


def _steps(plan: "Plan", language: str, zh: bool) -> Table:
    table = Table(header_style="bold", title_justify="left", title=f"{'措施' if zh else 'Steps'}: {len(plan.steps)}")
    table.add_column("", justify="right")
    table.add_column("学段" if zh else "Stage", no_wrap=True)
    table.add_column("措施" if zh else "Step", overflow="fold")
    table.add_column(f"{'费用' if zh else 'Cost'} ({_currency(plan, zh)})", justify="right", no_wrap=True)
    for number, step in enumerate(plan.steps, start=1):
        yearly = ("（每年）" if zh else " a year") if step.remedy.every_year else ""
        table.add_row(str(number), escape(_stage(step.stage, language)), escape(step.text(language)), f"{step.cost:,}{yearly}")
    table.add_section()
    table.add_row("", "", "合计" if zh else "Together", f"{plan.total_cost:,}")
    return table


def _outcome(plan: "Plan", language: str, zh: bool) -> Iterator[str]:
    after = plan.verdict_after
    passed = sum(school.passes is True for school in after.schools)
    yield f"{'实施后：达标' if zh else 'After the plan: passing'} {passed} / {len(after.schools)}"
    yield _sentence(plan, zh)
    if plan.obstacles:
        yield "仍缺：" if zh else "Still lacking:"
        for obstacle in plan.obstacles:
            yield f"  {escape(_stage(obstacle.stage, language))}{'，' if zh else ', '}{escape(obstacle.text(language))}"
    if plan.every_year:
        yearly = f"{plan.every_year:,} {_currency(plan, zh)}"
        yield f"其中每年支出：{yearly}" if zh else f"Of the cost, {yearly} is paid again each year."
    if not plan.proven:
        share = "" if plan.gap is None else _share(plan.gap)
        gap = "" if not share else f"（与最优解相差不超过{share}）" if zh else f" (at most {share} above the best)"
        yield f"[yellow]已到时限，以下为所得最好方案{gap}[/]" if zh else f"[yellow]Time was up: this is the best plan found{gap}.[/]"
    for note in sorted({step.remedy.source.note.in_language(language) for step in plan.steps if step.remedy.source.note}):
        yield f"[dim]{escape(note)}[/]"


def _share(gap: float) -> str:
    """Rounded up: the gap is never told smaller than it is."""
    return f"{math.ceil(gap * 100_000) / 1_000:g}%"


def _currency(plan: "Plan", zh: bool) -> str:
    return plan.currency if plan.currency not in ("CNY", "") else "元" if zh else "yuan"


def _sentence(plan: "Plan", zh: bool) -> str:
    money = _currency(plan, zh)
    cost = f"{plan.total_cost:,} {money}"
    least = plan.passing_costs_at_least
    sure = least is None or least == plan.cost_to_pass
    if plan.outcome == "nothing_to_do":
        if plan.verdict_after.passes:
            return "[green]已达标，无需措施。[/]" if zh else "[green]It passes already: nothing needs to be done.[/]"
        return "[yellow]没有未达标项，但有数据未填报。[/]" if zh else "[yellow]Nothing fails, but figures were not reported.[/]"
    if plan.outcome == "passes":
        if plan.verdict_after.passes:
            cheapest = "最低" if plan.proven else ""
            return f"[green]达标，{cheapest}费用 {cost}。[/]" if zh else f"[green]It passes, for {cost}.[/]"
        if zh:
            return f"[yellow]无不达标项，费用 {cost}；有数据未填报。[/]"
        return f"[yellow]Nothing fails any more, for {cost}; figures were not reported.[/]"
    if plan.outcome == "over_budget":
        if zh:
            bound = "" if sure else f"（所得最好方案；任何达标方案不少于 {least:,}）"
            return f"[red]预算 {plan.budget:,} 不足：全部达标需 {plan.cost_to_pass:,} {money}{bound}，还差 {plan.needed:,}。[/]"
        bound = "" if sure else f" (the best plan found; none that passes costs less than {least:,})"
        costs = f"to pass costs {plan.cost_to_pass:,} {money}{bound}, {plan.needed:,} more"
        return f"[red]The budget of {plan.budget:,} is too small: {costs}.[/]"
    return "[red]在措施上限内无法全部达标。[/]" if zh else "[red]Within the limits of the remedies the standard cannot be passed.[/]"


def _stage(stage: str, language: str) -> str:
    from jiaoheng import settings
    from jiaoheng.rulebook.registers import load_registers

    choice = load_registers(settings.RULEBOOK_OVERLAY)["annual_statistics"].fields["stage"].choices.get(stage)
    return stage if choice is None else choice.zh if language.lower().startswith("zh") else choice.en
