"""The command `judge`: a standard's verdict over a snapshot, as a table for the eye or JSON for programs.

Changes when what the command prints changes.
"""

import json
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table

from jiaoheng.cli.assessment_table import show_assessment
from jiaoheng.cli.measure import loaded_catalogue
from jiaoheng.cli.snapshot import SnapshotOption, opened_snapshot, refuse
from jiaoheng.cli.terminal import chosen_language, terminal
from jiaoheng.snapshots.snapshot import Snapshot
from jiaoheng.standards.assessed import Assessed
from jiaoheng.standards.verdict import ItemVerdict, SchoolVerdict, VariationVerdict, Verdict

__all__ = ["register"]

_COLOUR = {"met": "green", "near": "yellow", "short": "red", "not_reported": "dim"}
_MARK = {True: "[green]✓[/]", False: "[red]✗[/]", None: "[yellow]?[/]"}
_TRIAL = ("On trial, by the rules of {}: not a finding on these figures.", "试评：按{}的规定，不是对这些数据当时的评判。")
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
        judgements: Annotated[Path | None, typer.Option(help="YAML or CSV file of decisions and scores")] = None,
        rules_of: Annotated[
            datetime | None, typer.Option(formats=["%Y-%m-%d"], help="On trial, by the rules of this day in place of the figures' own")
        ] = None,
        language: Annotated[str, typer.Option(help="en or zh-hans; the deployment's where not given")] = "",
        format: Annotated[str, typer.Option(help="text or json")] = "text",
    ) -> None:
        """Judge schools and areas of a snapshot by a standard, and say in numbers what is lacking."""
        from jiaoheng.rulebook.loader import RulebookFaulty
        from jiaoheng.standards.standard import NotInForce
        from jiaoheng.standards.verdict import NothingToJudge

        if format not in {"text", "json"}:
            refuse(f"«{format}» is not a format. Formats: text, json.")
        spoken = chosen_language(language)
        try:
            day = rules_of.date() if rules_of else None
            verdict, assessed = _judged(standard, opened_snapshot(snapshot), organisation or None, period or None, judgements, day)
        except NotInForce as error:
            refuse(f"{error} To try it on these figures: --rules-of {error.begins}" if error.begins else str(error))
        except (RulebookFaulty, NothingToJudge) as error:
            refuse(str(error))
        if format == "json":
            typer.echo(json.dumps(_as_dict(verdict, assessed), ensure_ascii=False, indent=1))
            return
        for found in (verdict, assessed):
            if found is not None and found.trial:
                terminal().print(f"[yellow]{_TRIAL[_chinese(spoken)].format(found.on)}[/]")
                break
        if verdict is not None:
            _show(verdict, spoken)
        if assessed is not None:
            show_assessment(assessed, spoken, lambda stage: _stage_word(stage, spoken))


def _judged(
    name: str, snapshot: Snapshot, area: str | None, period: str | None, judgements: Path | None, day: date | None
) -> tuple[Verdict | None, Assessed | None]:
    """The verdict school by school, where the standard has one, and the assessment of the area, where it has that.

    A school on its own has the first only. Raises: RulebookFaulty, NotInForce, NothingToJudge.
    """
    from jiaoheng import settings
    from jiaoheng.standards.assessed import assess
    from jiaoheng.standards.assessment import load_assessments
    from jiaoheng.standards.judgement import judgement_files, load_judgements
    from jiaoheng.standards.standard import NotInForce, load_standards
    from jiaoheng.standards.verdict import NothingToJudge
    from jiaoheng.standards.verdict import judge as judged

    overlay, catalogue = settings.RULEBOOK_OVERLAY, loaded_catalogue()
    standards, assessments = load_standards(overlay, measures=catalogue), load_assessments(overlay, measures=catalogue)
    if name not in standards and name not in assessments:
        refuse(f"«{name}» is not a standard of the rulebook. Standards: {', '.join(sorted({*standards, *assessments}))}.")
    told = load_judgements([*judgement_files(overlay), *([judgements] if judgements else [])], assessments)
    verdict = None
    if name in standards:
        verdict = judged(standards[name], snapshot, area=area, period=period, catalogue=catalogue, rules_of=day)
    if name not in assessments:
        return verdict, None
    verdicts = {name: verdict} if verdict else {}
    try:
        return verdict, assess(
            assessments[name], snapshot, area=area, period=period, judgements=told, verdicts=verdicts, catalogue=catalogue, rules_of=day
        )
    except (NothingToJudge, NotInForce):
        if verdict is None:
            raise
        return verdict, None


def _as_dict(verdict: Verdict | None, assessed: Assessed | None) -> dict[str, Any]:
    """One object: the verdict on schools with the assessment in it, `passes` being that of the whole."""
    from jiaoheng.standards.assessment_lines import as_dict

    if assessed is None:
        return verdict.as_dict() if verdict else {}
    whole = as_dict(assessed)
    if verdict is None:
        return {"standard": whole["assessment"], **whole}
    return {**verdict.as_dict(), "passes": assessed.passes, "schools_pass": verdict.passes, "assessment": whole}


def _show(verdict: Verdict, language: str) -> None:
    console = terminal()
    zh = _chinese(language)
    console.print(
        f"[bold]{escape(verdict.standard.label.in_language(language))}[/]  {verdict.period}  {escape(verdict.standard.source.document)}"
    )
    if verdict.standard.source.note:
        console.print(f"[dim]{escape(verdict.standard.source.note.in_language(language))}[/]")
    for stage in verdict.stages:
        schools = _shown(verdict.of_stage(stage))
        console.print(_stage_table(verdict, stage, schools, language))
        for line in _lacking_lines(schools, language):
            console.print(line)
    if verdict.excluded:
        console.print(f"{'不纳入评判' if zh else 'Not judged'}: {len(verdict.excluded)}")
    words = (
        {True: "[green]达标[/]", False: "[red]未达标[/]", None: "[yellow]有数据未填报[/]"}
        if zh
        else {
            True: "[green]meets the standard[/]",
            False: "[red]does not meet the standard[/]",
            None: "[yellow]open: figures were not reported[/]",
        }
    )
    passed = sum(school.passes is True for school in verdict.schools)
    console.print(f"{passed} / {len(verdict.schools)}  {words[verdict.passes]}")


def _stage_table(verdict: Verdict, stage: str, schools: Sequence[SchoolVerdict], language: str) -> Table:
    zh = _chinese(language)
    judged = verdict.of_stage(stage)
    counted = (len(judged), sum(school.passes is True for school in judged), len(schools))
    words = "{}所，达标{}所；列出{}所" if zh else "{} judged, {} pass; {} shown"
    table = Table(title_justify="left", title=f"{_stage_word(stage, language)}  {words.format(*counted)}", header_style="bold")
    table.add_column("学校" if zh else "School", overflow="fold")
    table.add_column("学生" if zh else "Pupils", justify="right")
    for item in verdict.standard.items:
        limit = verdict.standard.threshold(item.measure, stage, verdict.on)
        sign = "≥" if item.better == "more" else "≤"
        table.add_column(f"{item.short.in_language(language)}\n{sign} {limit}", justify="right", overflow="fold")
    table.add_column("判定" if zh else "Verdict", justify="center")
    for school in schools:
        table.add_row(escape(school.name), f"{school.pupils:,}", *map(_cell, school.items), _MARK[school.passes])
    variations = {one.measure: one for one in verdict.variations if one.stage == stage}
    by_item = {rule.of: variations[rule.measure] for rule in verdict.standard.variations if rule.measure in variations}
    if by_item:
        table.add_section()
        cells = [_variation_cell(by_item.get(item.measure)) for item in verdict.standard.items]
        table.add_row("差异系数" if zh else "Variation", "", *cells, "")
    return table


def _lacking_lines(schools: Sequence[SchoolVerdict], language: str) -> Iterator[str]:
    """One line a school that lacks something or has not reported it."""
    zh = _chinese(language)
    for school in schools:
        told = school.shortfalls(language)
        if school.missing_count:
            told.append(f"{school.missing_count}项未填报" if zh else f"{school.missing_count} not reported")
        if told:
            mark = _MARK[school.passes]
            yield f"  {mark} {escape(school.name)}{'：' if zh else ': '}{escape(('；' if zh else '; ').join(told))}"


def _variation_cell(variation: VariationVerdict | None) -> str:
    if variation is None or variation.value is None:
        return "–"
    return f"[{'green' if variation.meets else 'red'}]{variation.value:.3f}\n≤ {variation.limit}[/]"


def _cell(item: ItemVerdict) -> str:
    if item.meets is None:
        return "[dim]–[/]"
    value = "∞" if item.value is None else f"{item.value:,.2f}"
    return f"[{_COLOUR[item.grade]}]{value}[/]"


def _shown(schools: Sequence[SchoolVerdict]) -> list[SchoolVerdict]:
    if len(schools) <= _SHOWN:
        return list(schools)
    return sorted(schools, key=lambda school: (school.passes is not False, -school.pupils))[:_SHOWN]


def _chinese(language: str) -> bool:
    return language.lower().startswith("zh")


def _stage_word(stage: str, language: str) -> str:
    from jiaoheng import settings
    from jiaoheng.rulebook.registers import load_registers

    choice = load_registers(settings.RULEBOOK_OVERLAY)["annual_statistics"].fields["stage"].choices.get(stage)
    return stage if choice is None else choice.zh if _chinese(language) else choice.en
