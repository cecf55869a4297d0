"""Commands of the ledgers: list them, show a row, add one, import a workbook, export, write the empty workbook.

Changes when what is done with ledgers at the terminal changes. Every command acts as an account and sees what that account sees.
"""

import csv
import json
import sys
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Table

from jiaoheng.cli.deployment import opened_database
from jiaoheng.cli.snapshot import refuse
from jiaoheng.cli.terminal import chosen_language, terminal

if TYPE_CHECKING:
    from jiaoheng.access.account import Account
    from jiaoheng.ledgers.published_ledger import PublishedLedger

__all__ = ["register"]

_As = Annotated[str, typer.Option("--as", help="User name of the account that does it.")]
_Language = Annotated[str, typer.Option("--language", help="zh-hans or en; the deployment's when not given.")]


def register(app: typer.Typer) -> None:
    """Add this room's commands."""
    ledger = typer.Typer(no_args_is_help=True, help="Ledgers: what happens, row by row.")
    app.add_typer(ledger, name="ledger")

    @ledger.command("list")
    def list_(as_: _As, language: _Language = "") -> None:
        """List the ledgers with their rows: how many, open, late."""
        account = _account(as_)
        _list(account, chosen_language(language))

    @ledger.command()
    def show(number: Annotated[int, typer.Argument(help="Number of the row.")], as_: _As, language: _Language = "") -> None:
        """Show a row: its answers, its clocks and what happened, as JSON."""
        account = _account(as_)
        _show(account, number, chosen_language(language))

    @ledger.command()
    def add(
        name: Annotated[str, typer.Argument(help="Name of the ledger.")],
        answers: Annotated[Path, typer.Argument(help="Answers as JSON, by question; «-» reads standard input.")],
        as_: _As,
        language: _Language = "",
    ) -> None:
        """Add a row. Exit status 1 where an answer does not hold, with every fault on standard error."""
        account = _account(as_)
        _add(account, name, answers, chosen_language(language))

    @ledger.command("import")
    def import_(
        name: Annotated[str, typer.Argument(help="Name of the ledger.")],
        workbook: Annotated[Path, typer.Argument(help="The filled workbook (.xlsx .xls .csv).")],
        as_: _As,
        dry_run: Annotated[bool, typer.Option("--dry-run", help="Check everything and store nothing.")] = False,
        marked: Annotated[Path | None, typer.Option(help="Where the wrong rows go, marked (.xlsx).")] = None,
        language: _Language = "",
    ) -> None:
        """Take the rows of a workbook in. Exit status: 0 all good, 1 some rows wrong, 2 nothing could be read."""
        account = _account(as_)
        _import(account, name, workbook, dry_run, marked, chosen_language(language))

    @ledger.command()
    def export(
        name: Annotated[str, typer.Argument(help="Name of the ledger.")],
        output: Annotated[Path, typer.Option("--output", "-o", help="File to write: .csv or .parquet.")],
        as_: _As,
    ) -> None:
        """Write a ledger's rows with typed columns; a repeat goes to a file of its own beside it."""
        account = _account(as_)
        _export(account, name, output)

    @ledger.command()
    def template(
        name: Annotated[str, typer.Argument(help="Name of the ledger.")],
        output: Annotated[Path, typer.Option("--output", "-o", help="The workbook to write (.xlsx).")],
        language: _Language = "",
    ) -> None:
        """Write the empty workbook of a ledger: a heading a question, drop-downs for choices."""
        opened_database()
        from jiaoheng.intake.ledger_workbook import blank_workbook

        output.write_bytes(blank_workbook(_ledger(name).form, chosen_language(language)))
        terminal().print(f"[green]✓[/] {output}")

    @app.command("example-ledgers")
    def example_ledgers(
        until: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Last day of the year; today when not given.")] = None,
    ) -> None:
        """Fill the example district's ledgers with a year of rows, some of them late; a ledger that has rows of that year is left alone."""
        opened_database()
        from django.utils import timezone
        from django.utils.translation import ngettext

        from jiaoheng.access.account import Refused
        from jiaoheng.ledgers.example_year import make_example_year

        try:
            made = make_example_year(until.date() if until else timezone.localdate())
        except Refused as no:
            refuse(str(no))
        terminal().print("[green]✓[/] " + ngettext("{number} row", "{number} rows", made).format(number=f"{made:,}"))


def _account(name: str) -> "Account":
    opened_database()
    from django.utils.translation import gettext as _

    from jiaoheng.access.account import Account

    found = Account.objects.filter(username=name, is_active=True).select_related("organisation").first()
    if found is None:
        refuse(_("There is no active account «{name}». Make one with: jiaoheng account.").format(name=name))
    assert found is not None
    return found


def _ledger(name: str) -> "PublishedLedger":
    from django.utils.translation import gettext as _

    from jiaoheng.ledgers.published_ledger import published_ledgers

    ledgers = published_ledgers()
    if name not in ledgers:
        refuse(_("There is no ledger «{name}». There are: {names}.").format(name=name, names=", ".join(ledgers)))
    return ledgers[name]


def _list(account: "Account", language: str) -> None:
    from django.utils import timezone
    from django.utils.translation import gettext as _
    from django.utils.translation import override

    from jiaoheng.ledgers.published_ledger import published_ledgers
    from jiaoheng.ledgers.row_list import Asked, rows_of_ledger

    with override(language):
        table = Table(_("Ledger"), _("Ledger's title"), _("Version"), _("Rows"), _("Open rows"), _("Late"))
    today = timezone.localdate()
    for name, one in published_ledgers().items():
        rows, running, late = (
            rows_of_ledger(account, name, asked, today=today).order_by().count()
            for asked in (Asked(), Asked(open_only=True), Asked(late=True))
        )
        standing = (f"{running:,}", f"[red]{late:,}[/]" if late else "0") if one.processes else ("–", "–")
        table.add_row(name, one.title.in_language(language), one.version.version, f"{rows:,}", *standing)
    terminal().print(table)


def _show(account: "Account", number: int, language: str) -> None:
    from django.utils import timezone
    from django.utils.translation import gettext as _

    from jiaoheng.ledgers.likeness import like_rows
    from jiaoheng.ledgers.row_answers import as_answers
    from jiaoheng.ledgers.row_list import rows_in_scope
    from jiaoheng.ledgers.standing import case_of, clocks_of

    row = rows_in_scope(account).filter(pk=number).select_related("version", "organisation").first()
    if row is None:
        refuse(_("There is no row {number} in this account's scope.").format(number=number))
    assert row is not None
    case = case_of(row)
    clocks = clocks_of(case, timezone.localdate()) if case else {}
    said: dict[str, Any] = {
        "number": row.pk,
        "ledger": row.ledger,
        "organisation": row.organisation.code,
        "state": row.state,
        "opened_on": str(row.opened_on),
        "due_on": str(row.due_on) if row.due_on else None,
        "answers": as_answers(row.version.form, row.answers),
        "like": [other.pk for other in like_rows(row, account)],
        "clocks": [
            {"clock": name, "due": str(one.due), "on_time": one.on_time, "counted": one.explain(language)} for name, one in clocks.items()
        ],
        "events": [
            {
                "number": event.number,
                "kind": event.kind,
                "on": str(event.on),
                "by": event.by,
                "from": event.origin,
                "to": event.to,
                "note": event.as_event.note,
            }
            for event in row.happened.order_by("number")
        ],
    }
    typer.echo(json.dumps(said, ensure_ascii=False, indent=2))


def _add(account: "Account", name: str, file: Path, language: str) -> None:
    import uuid

    from django.utils import timezone
    from django.utils.translation import gettext as _

    from jiaoheng.access.account import Refused
    from jiaoheng.ledgers.form_submission import check_answers
    from jiaoheng.ledgers.ledger_row import Source
    from jiaoheng.ledgers.likeness import like_rows
    from jiaoheng.ledgers.row_entry import add_row

    ledger = _ledger(name)
    try:
        answers = json.loads(sys.stdin.read() if str(file) == "-" else file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        refuse(_("The answers cannot be read as JSON: {reason}").format(reason=error))
    answers = {"meta": {"instanceID": f"uuid:{uuid.uuid4()}"}} | answers
    checked = check_answers(ledger.form, answers, now=timezone.localtime().replace(tzinfo=None), language=language)
    for fault in checked.faults:
        typer.echo(f"{fault.column}: {fault.label.in_language(language)} [{fault.code}]", err=True)
    if checked.faults:
        raise typer.Exit(1)
    process = next(iter(ledger.processes), "")
    try:
        row, _made = add_row(ledger.version, checked, by=account, at=timezone.now(), process=process, source=Source.COMMAND)
    except Refused as no:
        refuse(str(no))
    typer.echo(row.pk)
    for other in like_rows(row, account):
        said = _("Like row {number}, opened on {day}: {row}").format(number=other.pk, day=other.opened_on, row=other)
        typer.echo(said, err=True)


def _import(account: "Account", name: str, file: Path, dry_run: bool, marked: Path | None, language: str) -> None:
    from django.utils.translation import gettext as _
    from django.utils.translation import override

    from jiaoheng.access.account import Refused
    from jiaoheng.intake.causes import UnreadableWorkbook
    from jiaoheng.intake.ledger_workbook import check_workbook, marked_workbook, store_workbook

    ledger, console = _ledger(name), terminal()
    try:
        intake = check_workbook(ledger.form, file, language=language)
    except UnreadableWorkbook as no:
        refuse(str(no))
    stored = 0
    if not dry_run:
        try:
            stored = store_workbook(intake, ledger.version, by=account, process=next(iter(ledger.processes), ""), reason=file.name)
        except Refused as no:
            refuse(str(no))
    for fault in [*intake.faults, *(fault for row in intake.wrong for fault in row.faults)]:
        console.print(f"{fault.sheet}!{fault.column}{fault.row}: {fault.label.in_language(language)} [dim]{fault.code}[/]", highlight=False)
    numbers = {"read": intake.read, "good": len(intake.good), "wrong": len(intake.wrong), "stored": stored}
    with override(language):
        said = _("read {read} = good {good} + wrong {wrong}; stored {stored}")
    console.print(said.format(**{name: f"{number:,}" for name, number in numbers.items()}))
    if intake.wrong and marked is not None:
        marked.write_bytes(marked_workbook(intake, language))
    raise typer.Exit(1 if intake.wrong else 0)


def _export(account: "Account", name: str, output: Path) -> None:
    import pyarrow.parquet as pq
    from django.utils.translation import gettext as _
    from django.utils.translation import ngettext

    from jiaoheng.ledgers.kept_rows import kept_rows
    from jiaoheng.ledgers.row_list import rows_in_scope
    from jiaoheng.ledgers.tables import ledger_tables

    ledger = _ledger(name)
    if output.suffix not in (".csv", ".parquet"):
        refuse(_("The file's name ends in .csv or .parquet."))
    tables = ledger_tables(ledger.form, kept_rows(rows_in_scope(account).filter(ledger=name)))
    for table_name, table in tables.items():
        file = output if not table_name else output.with_name(f"{output.stem}-{table_name}{output.suffix}")
        if output.suffix == ".parquet":
            pq.write_table(table, file)
        else:
            with file.open("w", encoding="utf-8-sig", newline="") as opened:
                writer = csv.writer(opened)
                writer.writerow(table.column_names)
                writer.writerows(row.values() for row in table.to_pylist())
        rows = ngettext("{number} row", "{number} rows", table.num_rows).format(number=f"{table.num_rows:,}")
        terminal().print(f"[green]✓[/] {file}: {rows}")
