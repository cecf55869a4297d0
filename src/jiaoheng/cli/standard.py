"""The command `judge`: a standard's verdict over a snapshot, as a table for the eye or JSON for programs.

Changes when what the command prints changes.
"""

import json
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from jiaoheng.cli.measure import loaded_catalogue
from jiaoheng.cli.snapshot import SnapshotOption, opened_snapshot, refuse

from jiaoheng.standards.verdict import ItemVerdict, Verdict

__all__ = ["register"]

_COLOUR = {"met": "green", "near": "yellow", "short": "red", "not_reported": "dim"}
_SHOWN = 60
"""Schools of a stage shown in a table; beyond, those that fail come first and the rest are counted."""


def register(app: typer.Typer) -> None:
    """Add this room's command."""

    @app.command()
    def judge(
        standard: Annotated[str, typer.Argument(help="Id of the standard, such as high_quality_balance_2017")],
        snapshot: SnapshotOption = None,
        organisation: Annotated[str, typer.Option(help="Code of the area to judge; everything where not given")] = "",
        period: Annotated[str, typer.Option(help="School year, such as 2018-2019; the snapshot's where not given")] = "",
        language: Annotated[str, typer.Option(help="en or zh-hans")] = "en",
        format: Annotated[str, typer.Option(help="text or json")] = "text",
    ) -> None:
        """Judge every school of a snapshot by a standard, and say in numbers what is lacking."""
        from jiaoheng import settings
        from jiaoheng.rulebook.loader import RulebookFaulty
        from jiaoheng.standards.standard import NotInForce, load_standards
        from jiaoheng.standards.verdict import NothingToJudge
        from jiaoheng.standards.verdict import judge as judged

        if format not in {"text", "json"}:
            refuse(f"«{format}» is not a format. Formats: text, json.")
        catalogue = loaded_catalogue()
        try:
            standards = load_standards(settings.RULEBOOK_OVERLAY, measures=catalogue)
            if standard not in standards:
                refuse(f"«{standard}» is not a standard of the rulebook. Standards: {', '.join(sorted(standards))}.")
            verdict = judged(
                standards[standard], opened_snapshot(snapshot), area=organisation or None, period=period or None, catalogue=catalogue
            )
        except (RulebookFaulty, NotInForce, NothingToJudge) as error:
            refuse(str(error))
        if format == "json":
            typer.echo(json.dumps(verdict.as_dict(), ensure_ascii=False, indent=1))
        else:
            _show(verdict, language)


def _show(verdict: Verdict, language: str) -> None:
    console = Console()
    zh = language.lower().startswith("zh")
    console.print(f"[bold]{escape(verdict.standard.label.in_language(language))}[/]  {verdict.period}  {escape(verdict.standard.source.document)}")
    if verdict.standard.source.note:
        console.print(f"[dim]{escape(verdict.standard.source.note.in_language(language))}[/]")
    for stage in verdict.stages:
        console.print(_stage_table(verdict, stage, language))
    if verdict.excluded:
        console.print(f"{'不纳入评判' if zh else 'Not judged'}: {len(verdict.excluded)}")
    words = {True: "[green]达标[/]", False: "[red]未达标[/]", None: "[yellow]有数据未填报[/]"} if zh else {
        True: "[green]meets the standard[/]", False: "[red]does not meet the standard[/]", None: "[yellow]open: figures were not reported[/]"
    }
    passed = sum(school.passes is True for school in verdict.schools)
    console.print(f"{passed} / {len(verdict.schools)}  {words[verdict.passes]}")


def _stage_table(verdict: Verdict, stage: str, language: str) -> Table:
    zh = language.lower().startswith("zh")
    schools = verdict.of_stage(stage)
    shown = schools if len(schools) <= _SHOWN else sorted(schools, key=lambda school: (school.passes is not False, -school.pupils))[:_SHOWN]
    table = Table(title=f"{stage}  {len(shown)} / {len(schools)}", title_justify="left", header_style="bold")
    table.add_column("学校" if zh else "School", min_width=12)
    table.add_column("学生" if zh else "Pupils", justify="right")
    for item in verdict.standard.items:
        limit = verdict.standard.threshold(item.measure, stage, verdict.on)
        table.add_column(f"{item.short.in_language(language)}\n{'≥' if item.better == 'more' else '≤'} {limit}", justify="right")
    table.add_column("判定" if zh else "Verdict")
    table.add_column("缺口" if zh else "Lacking", ratio=1)
    marks = {True: "[green]✓[/]", False: "[red]✗[/]", None: "[yellow]?[/]"}
    for school in shown:
        cells = [_cell(item) for item in school.items]
        lacking = "；".join(school.shortfalls(language)) if zh else "; ".join(school.shortfalls(language))
        table.add_row(escape(school.name), f"{school.pupils:,}", *cells, marks[school.passes], escape(lacking))
    variations = {v.measure: v for v in verdict.variations if v.stage == stage}
    if variations:
        table.add_section()
        by_item = {rule.of: variations[rule.measure] for rule in verdict.standard.variations if rule.measure in variations}
        cells = []
        for item in verdict.standard.items:
            variation = by_item.get(item.measure)
            if variation is None or variation.value is None:
                cells.append("–")
            else:
                cells.append(f"[{'green' if variation.meets else 'red'}]{variation.value:.3f} (≤ {variation.limit})[/]")
        table.add_row("差异系数" if zh else "Variation", "", *cells, "", "")
    return table


def _cell(item: ItemVerdict) -> str:
    if item.meets is None:
        return "[dim]–[/]"
    value = "∞" if item.value is None else f"{item.value:,.2f}"
    return f"[{_COLOUR[item.grade]}]{value}[/]"
