"""Commands of the intake: import workbooks, write a template to fill in.

Changes when what an import shows at the terminal changes.
"""

import json
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from jiaoheng.cli.deployment import opened_database
from jiaoheng.cli.snapshot import refuse
from jiaoheng.cli.terminal import terminal

if TYPE_CHECKING:
    from rich.console import Console

    from jiaoheng.access.account import Account
    from jiaoheng.intake.report import FileReport, IntakeReport

__all__ = ["register"]


class Format(StrEnum):
    text = "text"
    json = "json"


def register(app: typer.Typer) -> None:
    """Add this room's commands."""

    @app.command("import")
    def import_(
        paths: Annotated[list[Path], typer.Argument(help="Workbooks (.xlsx .xls .csv), or folders of them.")],
        mapping: Annotated[Path | None, typer.Option("--map", help="Mapping (YAML): which columns feed which fields.")] = None,
        dry_run: Annotated[bool, typer.Option("--dry-run", help="Check everything and store nothing.")] = False,
        format_: Annotated[Format, typer.Option("--format", help="What is printed on standard output.")] = Format.text,
        returned: Annotated[
            Path | None, typer.Option(help="Folder for the marked copies of workbooks with rejected rows. [default: <data>/returned]")
        ] = None,
        only: Annotated[str | None, typer.Option("--register", help="Look for this register only.")] = None,
        as_: Annotated[str | None, typer.Option("--as", metavar="ACCOUNT", help="Who enters: needed for rows of persons.")] = None,
        approved_by: Annotated[
            str | None, typer.Option(metavar="ACCOUNT", help="Another account that has approved exits and transfers in these files.")
        ] = None,
        reason: Annotated[str, typer.Option(help="Why; kept in history and trail. [default: the files' names]")] = "",
        accept_mapping: Annotated[
            bool, typer.Option("--accept-mapping", help="Read columns that nobody knows as proposed, and remember it for next time.")
        ] = False,
        write_mapping: Annotated[
            Path | None,
            typer.Option("--write-mapping", help="Write what is proposed as a mapping (YAML), to be corrected and given to --map."),
        ] = None,
        left_out: Annotated[
            Path | None,
            typer.Option("--left-out", help="Write the children whom a roll leaves out as a workbook of movements to fill in (.xlsx)."),
        ] = None,
    ) -> None:
        """Take workbooks into the registers. Exit status: 0 all accepted, 1 some rows rejected, 2 nothing could be read."""
        opened_database()
        if accept_mapping and (mapping or write_mapping):
            raise typer.BadParameter("choose one of --accept-mapping, --write-mapping and --map.", param_hint="--accept-mapping")
        _import(paths, mapping, dry_run, format_, returned, only, accept_mapping, write_mapping, left_out, _Who(as_, approved_by, reason))

    @app.command()
    def template(
        register: Annotated[str, typer.Argument(help="Name of the register: organisations, classes, pupils, annual_statistics …")],
        output: Annotated[Path, typer.Option("--output", "-o", help="The workbook to write (.xlsx).")],
    ) -> None:
        """Write an empty workbook for a register: its headings, drop-downs, notes, and an example."""
        _template(register, output)


@dataclass(frozen=True)
class _Who:
    """Whose names the import bears."""

    enters: str | None
    approves: str | None
    reason: str


def _write_left_out(path: Path, report: "IntakeReport", who: _Who) -> None:
    from jiaoheng.access.account import Refused
    from jiaoheng.intake.left_out_movements import movements_of_left_out, pupils_left_out

    account = _account(who.enters)
    pupils = [pupil for file in report.files for pupil in pupils_left_out(file.left_out)]
    if account is None or not pupils:
        return
    try:
        path.write_bytes(movements_of_left_out(pupils, account))
    except Refused as error:
        refuse(str(error))
    except OSError as error:
        refuse(f"{path} cannot be written: {error.strerror or error}.")


def _import(
    paths: list[Path],
    mapping: Path | None,
    dry_run: bool,
    format_: Format,
    returned: Path | None,
    only: str | None,
    accept_mapping: bool,
    write_mapping: Path | None,
    left_out: Path | None,
    who: _Who,
) -> None:
    from jiaoheng.access.account import Refused
    from jiaoheng.intake.interrupted import Interrupted
    from jiaoheng.intake.taking_in import take_in
    from jiaoheng.rulebook.loader import RulebookFaulty

    if only is not None:
        _check_register(only)
    errors = terminal(stderr=True)
    with _Bar(errors) as bar:
        try:
            report = take_in(
                paths,
                mapping,
                account=_account(who.enters),
                approved_by=_account(who.approves),
                reason=who.reason,
                dry_run=dry_run,
                register=only,
                progress=bar.tell,
                returned=returned,
                accept_proposals=accept_mapping,
            )
        except (Refused, Interrupted) as error:
            refuse(str(error))
        except RulebookFaulty as error:
            fault = error
            report = None
    if report is None:
        for line in fault.faults:
            typer.echo(str(line), err=True)
        raise typer.Exit(2)
    if format_ is Format.json:
        typer.echo(json.dumps(report.as_dict(), ensure_ascii=False, indent=1))
    else:
        _show(terminal(), report)
    for file in report.files:
        if file.refused:
            errors.print(Text(file.causes[0].message, style="red"), soft_wrap=True)
            if file.proposals and format_ is Format.text:
                _show_proposals(errors, file)
    if write_mapping is not None:
        _write_mapping(write_mapping, report)
    if left_out is not None:
        _write_left_out(left_out, report, who)
    if report.exit_status:
        raise typer.Exit(report.exit_status)


def _account(username: str | None) -> "Account | None":
    if username is None:
        return None
    from jiaoheng.access.account import Account

    found = Account.objects.filter(username=username, is_active=True).first()
    if found is None:
        refuse(f"There is no account «{username}». Make it with: jiaoheng account {username} --role clerk --organisation CODE")
    return found


def _show_proposals(console: "Console", file: "FileReport") -> None:
    """What the columns seem to mean, and how to say yes or to correct it."""
    from django.conf import settings
    from django.utils.translation import gettext as _

    from jiaoheng.rulebook.registers import load_registers

    registers, language = load_registers(settings.RULEBOOK_OVERLAY), "zh" if _is_chinese() else "en"
    for proposal in file.proposals:
        rule = registers[proposal.register]
        label = getattr(rule.label, language)
        table = Table(
            _("column"), _("seems to be"), _("likeness"),
            title=_("{sheet} seems to hold: {register}").format(sheet=proposal.sheet, register=label), title_justify="left",
        )  # fmt: skip
        for guess in proposal.guesses:
            table.add_row(guess.heading, getattr(rule.fields[guess.field].label, language), f"{guess.score} %")
        console.print(table)
        if proposal.lacking:
            lacking = ", ".join(getattr(rule.fields[name].label, language) for name in proposal.lacking)
            console.print(_("No column seems to hold: {fields}. Every row needs it.").format(fields=lacking))
    if any(proposal.lacking for proposal in file.proposals):
        console.print(_("Write it as a mapping with --write-mapping FILE, fill in what is missing, and import with --map FILE."))
    else:
        console.print(
            _("Right? Import again with --accept-mapping. Otherwise write it with --write-mapping FILE, correct it, and use --map FILE.")
        )


def _write_mapping(path: Path, report: "IntakeReport") -> None:
    from django.conf import settings

    from jiaoheng.intake.proposal import mapping_file
    from jiaoheng.rulebook.registers import load_registers

    proposals = [proposal for file in report.files for proposal in file.proposals]
    if not proposals:
        refuse("There is nothing to propose: the headings are known, or none of them is like a field. No mapping was written.")
    try:
        path.write_text(mapping_file(proposals, load_registers(settings.RULEBOOK_OVERLAY)), encoding="utf-8")
    except OSError as error:
        refuse(f"{path} cannot be written: {error.strerror or error}.")
    terminal(stderr=True).print(f"[green]✓[/] {path}", soft_wrap=True)


def _check_register(name: str) -> None:
    from django.conf import settings

    from jiaoheng.rulebook.registers import load_registers

    registers = load_registers(settings.RULEBOOK_OVERLAY)
    if name not in registers:
        raise typer.BadParameter(f"«{name}» is not a register. Registers: {', '.join(registers)}.")


class _Bar:
    """A progress bar on standard error that shows itself only once a second has passed, and only at a terminal."""

    def __init__(self, console: "Console") -> None:
        from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

        columns = (BarColumn(bar_width=32), TextColumn("{task.percentage:>3.0f} %"), TimeElapsedColumn(), TextColumn("{task.description}"))
        self._progress = Progress(*columns, console=console, transient=True, disable=not console.is_terminal)
        self._task = self._progress.add_task("", total=1.0)
        self._shown = False
        self._began = 0.0

    def __enter__(self) -> "_Bar":
        import time

        self._began = time.monotonic()
        return self

    def __exit__(self, *_: object) -> None:
        if self._shown:
            self._progress.stop()

    def tell(self, share: float, file: str) -> None:
        """Show how far the import is."""
        import time

        if not self._shown and time.monotonic() - self._began > 1 and share < 1:
            self._progress.start()
            self._shown = True
        self._progress.update(self._task, completed=share, description=file)


_LOOKS = {"reject": ("✗", "red"), "warn": ("!", "yellow"), "info": ("·", "dim")}


def _show(console: "Console", report: "IntakeReport") -> None:
    for file in report.files:
        if not file.refused:
            _show_file(console, file)
    taken = [file for file in report.files if not file.refused]
    if not taken:
        return
    from django.utils.translation import gettext as _

    console.print()
    if report.dry_run:
        console.print(_("Nothing was stored: this was a dry run."))
    elif report.changed_nothing and not any(file.rejected for file in taken):
        console.print(_("Nothing changed: every row is in the registers already."))
    else:
        rows = {name: sum(getattr(file, name) for file in taken) for name in ("read", "accepted", "unchanged", "rejected")}
        words = _("{read} rows read: {accepted} stored, {unchanged} unchanged, {rejected} returned; {seconds} s.")
        console.print(
            words.format(**{name: f"{count:,}" for name, count in rows.items()}, seconds=f"{report.seconds:.1f}"), highlight=False
        )


def _show_file(console: "Console", file: "FileReport") -> None:
    from django.utils.translation import gettext as _

    console.print()
    console.print(Text.assemble((file.file, "bold"), f"  {file.sheet} → {file.register}" if file.sheet else f"  {file.register}"))
    counts = Text("  ").join(
        Text(f"{count:,} {word}", style=style if count else "dim")
        for count, word, style in (
            (file.read, _("read"), ""),
            (file.accepted, _("stored"), "green"),
            (file.unchanged, _("unchanged"), ""),
            (file.rejected, _("returned"), "red"),
        )
    )
    console.print(Padding(counts, (0, 0, 0, 2)))
    if file.of_persons and (file.accepted or file.left_out or file.asked):
        console.print(Padding(Text(_differs(file), style="dim"), (0, 0, 0, 2)))
    if file.causes:
        table = Table(box=None, show_header=False, padding=(0, 1, 0, 0), pad_edge=False, expand=True)
        table.add_column(width=1)
        table.add_column(justify="right", no_wrap=True)
        table.add_column(ratio=1)
        table.add_column(no_wrap=True, style="dim")
        for cause in file.causes:
            mark, style = _LOOKS[cause.severity]
            rows = f"{cause.first_row}" if cause.first_row == cause.last_row else f"{cause.first_row}–{cause.last_row}"
            where = _("row {rows}").format(rows=rows) if cause.first_row else ""
            words = Text(f"{cause.column}: " if cause.column else "", style="dim" if cause.severity == "info" else "bold")
            words.append(cause.message, style="dim" if cause.severity == "info" else "not bold")
            table.add_row(Text(mark, style=style), Text(f"{cause.count:,}", style=style), words, f"{where}  {cause.code}")
        console.print(Padding(table, (0, 0, 0, 2)))
    if file.totals:
        language = "zh" if _is_chinese() else "en"
        shown = "; ".join(
            f"{getattr(total.label, language)} {_sum(total.file_total)} {'=' if total.equal else '≠'} {_sum(total.register_total)}"
            for total in file.totals
        )
        console.print(Padding(Text(_("file = register: {totals}").format(totals=shown), style="dim"), (0, 0, 0, 2)))
    if file.returned:
        console.print(Padding(Text(_("marked copy: {path}").format(path=file.returned)), (0, 0, 0, 2)), soft_wrap=True)


def _differs(file: "FileReport") -> str:
    """How the sheet differs from the register: new, changed field by field, left out."""
    from django.conf import settings
    from django.utils.translation import gettext as _

    from jiaoheng.rulebook.registers import load_registers

    fields, language = load_registers(settings.RULEBOOK_OVERLAY)[file.register].fields, "zh" if _is_chinese() else "en"
    labels = {name: fields.get(name) or fields.get(name.removesuffix("_id")) for name in file.fields}
    changed = ", ".join(f"{getattr(rule.label, language) if rule else name} {file.fields[name]:,}" for name, rule in labels.items())
    words = _("differs from the register: {new} new, {changed} changed{fields}, {left} held and not in the sheet").format(
        new=f"{file.new:,}", changed=f"{file.changed:,}", fields=f" ({changed})" if changed else "", left=f"{len(file.left_out):,}"
    )
    return words + (_("; {asked} asked for, waiting for approval").format(asked=f"{file.asked:,}") if file.asked else "")


def _sum(total: float) -> str:
    return f"{total:,.0f}" if total == int(total) else f"{total:,.2f}"


def _is_chinese() -> bool:
    from django.utils.translation import get_language

    return (get_language() or "zh").startswith("zh")


def _template(register: str, output: Path) -> None:
    import django

    django.setup()
    from django.conf import settings

    from jiaoheng.intake.blank_form import write_blank_form
    from jiaoheng.rulebook.registers import load_registers

    _check_register(register)
    if output.suffix.lower() != ".xlsx":
        raise typer.BadParameter("the template is a workbook: give a name that ends in .xlsx.", param_hint="--output")
    try:
        write_blank_form(output, load_registers(settings.RULEBOOK_OVERLAY)[register])
    except OSError as error:
        refuse(f"{output} cannot be written: {error.strerror or error}.")
    terminal().print(f"[green]✓[/] {output}", soft_wrap=True)
