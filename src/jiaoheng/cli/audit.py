"""`jiaoheng audit` and `jiaoheng plan read`: any document's figures checked, any work plan turned into draft goals.

Changes when these commands take another option. Reads files only; needs no site, database or settings.
"""

__all__ = ["main", "register"]

import sys
import time
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from jiaoheng.cli.terminal import chosen_language

if TYPE_CHECKING:
    from jiaoheng.papers.audit.auditing import AuditOfMany

HOLDS, DOES_NOT_HOLD, NOTHING_READ = 0, 1, 2
"""Exit statuses: everything holds (or is only a question); something does not hold; no file could be read."""


class Format(str, Enum):  # noqa: UP042 - typer shows the values of a str enum
    """How findings are given."""

    text = "text"
    json = "json"
    html = "html"
    docx = "docx"


class PlanFormat(str, Enum):  # noqa: UP042
    """How draft goals are given."""

    text = "text"
    json = "json"


def register(app: typer.Typer) -> None:
    """Add `audit` and `plan read` to the command."""
    app.command("audit", help="Check the arithmetic of any report: totals, shares, growth, averages.")(audit)
    plan = typer.Typer(help="Work plans.", no_args_is_help=True)
    plan.command("read", help="Turn a work plan into draft goals.")(read)
    app.add_typer(plan, name="plan")


def audit(
    files: Annotated[list[Path], typer.Argument(help="Reports to check: .txt, .md, .html, .docx or .pdf.")],
    format: Annotated[Format, typer.Option("--format", "-f", help="How to give the findings.")] = Format.text,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="Where to write them; the terminal if left out.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="Show the relations that hold, too.")] = False,
    language: Annotated[str, typer.Option("--language", help="zh or en; the deployment's when not given.")] = "",
    snapshot: Annotated[Path | None, typer.Option(help="Folder of a snapshot to compare statements with.")] = None,
    organisation: Annotated[str, typer.Option(help="With --snapshot: code of the area that the reports are about.")] = "",
    period: Annotated[str, typer.Option(help="With --snapshot: the school year they are about, such as 2018-2019.")] = "",
) -> None:
    """Check the arithmetic of reports. Exit status 1 if something does not hold, 2 if nothing could be read."""
    from jiaoheng.papers.audit.auditing import audit_texts
    from jiaoheng.texts.document import UnreadableDocument, read_document

    language = chosen_language(language)[:2]
    texts: dict[str, str] = {}
    sources: dict[str, Path] = {}
    for path in files:
        try:
            document = read_document(path)
        except UnreadableDocument as error:
            typer.echo(error.said(language), err=True)
            continue
        name = document.name if document.name not in texts else str(path)
        texts[name], sources[name] = document.text, path
    if not texts:
        raise typer.Exit(NOTHING_READ)
    if format is Format.docx and (output is None or len(texts) > 1):
        english = "A Word file with comments is written for one report at a time: name it with --output FILE.docx."
        typer.echo("带批注的Word文件一次只写一份报告：用--output 文件名.docx指明。" if language == "zh" else english, err=True)
        raise typer.Exit(NOTHING_READ)
    began = time.perf_counter()
    done = audit_texts(texts)
    if snapshot is not None:
        done = _with_records(done, snapshot, organisation or None, period or None)
    seconds = time.perf_counter() - began
    _give(done, sources, format, output, everything=everything, language=language, seconds=seconds)
    faults = any(a.faults for a in done.audits.values()) or any(c.confidence >= 0.5 for c in done.conflicts)
    raise typer.Exit(DOES_NOT_HOLD if faults else HOLDS)


def _with_records(done: "AuditOfMany", folder: Path, area: str | None, period: str | None) -> "AuditOfMany":
    from dataclasses import replace

    from jiaoheng import settings
    from jiaoheng.papers.audit.records import held_against
    from jiaoheng.papers.evidence import NotThere
    from jiaoheng.snapshots.snapshot import Snapshot, SnapshotRefused

    try:
        opened = Snapshot.open(folder)
        held = {
            name: held_against(found, opened, area=area, period=period, overlay=settings.RULEBOOK_OVERLAY)
            for name, found in done.audits.items()
        }
    except (SnapshotRefused, NotThere) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(NOTHING_READ) from None
    return replace(done, audits=held)


def _give(
    done: "AuditOfMany",
    sources: dict[str, Path],
    format: Format,
    output: Path | None,
    *,
    everything: bool,
    language: str,
    seconds: float,
) -> None:
    if format is Format.text:
        _on_screen(done, output, everything=everything, language=language)
    elif format is Format.docx:
        from jiaoheng.papers.audit.word import comment_docx, to_docx

        ((name, found),) = done.audits.items()
        assert output is not None
        if sources[name].suffix.lower() == ".docx":
            comment_docx(found, sources[name], output)
        else:
            to_docx(found, output, name=name)
    elif format is Format.html:
        from jiaoheng.papers.audit.rendering import to_html

        _write("\n".join(to_html(a, n, language=language, seconds=seconds) for n, a in done.audits.items()), output)
    else:
        import json

        if len(done.audits) == 1:
            document: object = next(iter(done.audits.values())).as_dict()
        else:
            document = {
                "documents": {n: a.as_dict() for n, a in done.audits.items()},
                "conflicts": [c.as_dict() for c in done.conflicts],
            }
        _write(json.dumps(document, ensure_ascii=False, indent=1) + "\n", output)


def _on_screen(done: "AuditOfMany", output: Path | None, *, everything: bool, language: str) -> None:
    from rich.console import Console

    from jiaoheng.papers.audit.rendering import to_terminal
    from jiaoheng.papers.audit.wording import explained

    handle = output.open("w", encoding="utf-8") if output else sys.stdout
    try:
        console = Console(file=handle, highlight=False)
        for name, found in done.audits.items():
            to_terminal(found, name, console, everything=everything, language=language)
        for conflict in done.conflicts:
            line, _, reason = conflict.explanation.partition("\n")
            colour = "red" if conflict.confidence >= 0.5 else "yellow"
            names = f"{conflict.first[0]} / {conflict.second[0]}"
            title = "同一数量，两份文件说法不一" if language == "zh" else "One quantity, two documents"
            console.print(f"\n[{colour} bold]{title}[/]  {names}")
            console.print(f"  [bold]{line}[/]  {explained(reason, language)}", soft_wrap=True)
    finally:
        if output:
            handle.close()


def _write(words: str, output: Path | None) -> None:
    if output is None:
        sys.stdout.write(words)
    else:
        output.write_text(words, encoding="utf-8")


def read(
    file: Annotated[Path, typer.Argument(help="The work plan: .txt, .md, .html, .docx or .pdf.")],
    format: Annotated[PlanFormat, typer.Option("--format", "-f", help="How to give the goals.")] = PlanFormat.text,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="Where to write them; the terminal if left out.")] = None,
) -> None:
    """Turn a work plan into draft goals. Exit status 2 if the file cannot be read."""
    from jiaoheng.plans.reading import read_plan
    from jiaoheng.texts.document import UnreadableDocument, read_document

    try:
        document = read_document(file)
    except UnreadableDocument as error:
        typer.echo(error.said(chosen_language("")), err=True)
        raise typer.Exit(NOTHING_READ) from error
    plan = read_plan(document.text)
    if format is PlanFormat.json:
        import json

        _write(json.dumps(plan.as_dict(), ensure_ascii=False, indent=1) + "\n", output)
        return
    measured = sum(goal.quantified for goal in plan.goals)
    counted = f"目标草稿 {len(plan.goals)} 条，其中 {measured} 条有指标值"
    if not chosen_language("").startswith("zh"):
        counted = f"{len(plan.goals)} draft goals, {measured} with a target"
    lines = [f"{plan.title}: {counted}"]
    for goal in plan.goals:
        target = f"  [{goal.target.op} {goal.target.value:g} {goal.target.unit}]" if goal.target else ""
        by = f"  ({goal.deadline})" if goal.deadline else ""
        lines.append(f"{goal.point:>3}  {goal.text.replace(chr(10), ' ')}{target}{by}  {goal.office}".rstrip())
    _write("\n".join(lines) + "\n", output)


def main() -> None:
    """`python -m jiaoheng.cli.audit FILE… [options]`; also `… plan read FILE`."""
    app = typer.Typer(add_completion=False, no_args_is_help=True)
    register(app)
    if len(sys.argv) > 1 and sys.argv[1] not in ("audit", "plan", "--help"):
        sys.argv.insert(1, "audit")
    app()


if __name__ == "__main__":
    main()
