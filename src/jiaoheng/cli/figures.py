"""Command `figures`: for every figure that a report quotes, the measure that gives its kind of figure here, with the value, or why none
does.

Changes when what the command prints changes. What a figure means is the rulebook's to say (`figure_kinds`).
"""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table

from jiaoheng.cli.measure import loaded_catalogue
from jiaoheng.cli.snapshot import SnapshotOption, opened_snapshot, refuse
from jiaoheng.cli.terminal import chosen_language, terminal

if TYPE_CHECKING:
    from jiaoheng.measures.figure_kinds import Answered, Quoted

__all__ = ["register"]


def register(app: typer.Typer) -> None:
    """Add this room's command."""

    @app.command()
    def figures(
        files: Annotated[
            list[Path], typer.Argument(help="Files of quoted figures: one JSON object a line with id, what, kind, quote, value.")
        ],
        snapshot: SnapshotOption = None,
        without: Annotated[bool, typer.Option("--without", help="Only those that no measure gives.")] = False,
        language: Annotated[str, typer.Option(help="en or zh-hans; the deployment's where not given")] = "",
        format: Annotated[str, typer.Option(help="text or json")] = "text",
    ) -> None:
        """Say of every quoted figure which measure gives this kind of figure on the present data, and the value."""
        from jiaoheng import settings
        from jiaoheng.measures.figure_kinds import answer, load_figure_kinds, shares
        from jiaoheng.rulebook.loader import RulebookFaulty

        if format not in {"text", "json"}:
            refuse(f"«{format}» is not a format. Formats: text, json.")
        zh = chosen_language(language).startswith("zh")
        catalogue = loaded_catalogue()
        try:
            kinds = load_figure_kinds(catalogue, settings.RULEBOOK_OVERLAY)
        except RulebookFaulty as error:
            refuse(error)
        answered = answer([one for file in files for one in _quoted(file)], kinds, catalogue, opened_snapshot(snapshot))
        shown = [one for one in answered if one.measure is None] if without else answered
        whole, results, mapped, valued = shares(answered)
        if format == "json":
            summary = {"quantities": whole, "results": results, "with_measure": mapped, "with_value": valued}
            typer.echo(json.dumps({"summary": summary, "figures": [_as_dict(one, zh) for one in shown]}, ensure_ascii=False, indent=1))
            return
        terminal().print(_table(shown, zh))
        share = f"{100 * mapped / results:.1f} %" if results else "–"
        if zh:
            said = f"共{whole}个数，其中结果数{results}个；{mapped}个有同义指标（{share}），{valued}个在本快照中有值；"
            said += f"{whole - results}个不是结果数。"
        else:
            said = (
                f"{whole} quantities, {results} of them results; {mapped} have a measure of the same meaning ({share}), {valued} a "
                f"value in this snapshot; {whole - results} are no results."
            )
        terminal().print(said)


def _quoted(file: Path) -> "list[Quoted]":
    """The figures of a file. Ends the command at a line that is none."""
    from jiaoheng.measures.figure_kinds import Quoted

    found = []
    try:
        lines = file.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        refuse(f"{file} cannot be read: {error}")
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            said: Any = json.loads(line)
            value = said.get("value")
            found.append(
                Quoted(
                    str(said.get("id") or number), str(said.get("what") or ""), str(said["kind"]), str(said.get("quote") or ""),
                    float(value) if isinstance(value, int | float) else None, str(said.get("unit") or ""),
                )
            )  # fmt: skip
        except (ValueError, KeyError, AttributeError, TypeError):
            refuse(f"{file}, line {number}: a JSON object with «kind» and «what» (or «quote») is expected.")
    return found


def _why(one: "Answered", zh: bool) -> str:
    if one.kind is None:
        return "无对应指标" if zh else "no measure is known to give this"
    if one.kind.none is None:
        return ""
    said = one.kind.none.zh if zh else one.kind.none.en
    return said if one.is_result else f"{'非结果数：' if zh else 'no result: '}{said}"


def _number(one: "Answered") -> str:
    if one.measure is None:
        return ""
    return "–" if one.value is None else f"{one.value:,.{one.measure.decimals}f}"


def _table(answered: "list[Answered]", zh: bool) -> Table:
    heads = ("编号", "所引数字", "指标", "本处数值", "单位") if zh else ("id", "quoted", "measure", "value here", "unit")
    table = Table(show_edge=False)
    for place, head in enumerate(heads):
        table.add_column(head, justify="right" if place == 3 else "left", overflow="fold")
    for one in answered:
        quoted = escape(one.quoted.quote or one.quoted.what)
        if one.measure is None:
            table.add_row(one.quoted.id, quoted, f"[dim]{escape(_why(one, zh))}[/]", "", "")
            continue
        label = one.measure.label.zh if zh else one.measure.label.en
        narrowed = f" [dim]{escape(one.kind.where)}[/]" if one.kind and one.kind.where else ""
        unit = one.measure.unit.zh if zh else one.measure.unit.en
        table.add_row(
            one.quoted.id, quoted, f"{escape(label)} [cyan]{one.kind.measure if one.kind else ''}[/]{narrowed}", _number(one), unit
        )
    return table


def _as_dict(one: "Answered", zh: bool) -> dict[str, Any]:
    quoted = {
        "id": one.quoted.id,
        "quote": one.quoted.quote,
        "what": one.quoted.what,
        "kind": one.quoted.kind,
        "quoted_value": one.quoted.value,
    }
    if one.kind is None or one.measure is None:
        return {**quoted, "measure": None, "result": one.is_result, "why": _why(one, zh)}
    return {
        **quoted, "measure": one.kind.measure, "rule": one.name, "where": one.kind.where, "stage": one.kind.stage,
        "label": one.measure.label.zh if zh else one.measure.label.en, "unit": one.measure.unit.zh if zh else one.measure.unit.en,
        "period": one.period or None, "value": one.value, "result": True,
    }  # fmt: skip
