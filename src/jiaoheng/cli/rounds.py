"""Commands of the collection rounds: round new, list, show, workbook, return, approve, accept, send-back, lock, reopen, remind.

Changes when what can be done with a round at the terminal changes. `--as` names the account that acts; its role and scope hold here too.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from jiaoheng.cli.deployment import opened_database
from jiaoheng.cli.snapshot import refuse
from jiaoheng.cli.terminal import terminal

if TYPE_CHECKING:
    from jiaoheng.access.account import Account
    from jiaoheng.intake.rounds.handing_in import RoundReturn
    from jiaoheng.intake.rounds.making import Preview
    from jiaoheng.intake.rounds.round import Round, RoundPart

__all__ = ["register"]

Number = Annotated[int, typer.Argument(help="Number of the round (round list)")]
School = Annotated[str, typer.Argument(help="Code of the school")]
As = Annotated[str, typer.Option("--as", help="User name of the account that acts")]
Reason = Annotated[str, typer.Option(help="Why: kept, and shown to the school")]


def register(app: typer.Typer) -> None:
    """Add this room's commands."""
    rounds = typer.Typer(no_args_is_help=True, help="Collection rounds: figures asked of schools by a date.")
    app.add_typer(rounds, name="round")
    _register_officer(rounds)
    _register_school(rounds)

    @app.command("example-round")
    def example_round() -> None:
        """Open a round in the example district, with schools that have returned, been approved, accepted, sent back."""
        opened_database()
        from jiaoheng.intake.rounds.example_round import make_example_round

        with _in_words():
            made = make_example_round()
            terminal().print(f"[green]✓[/] {made.pk}  {made.title}", highlight=False)


def _register_officer(rounds: typer.Typer) -> None:
    @rounds.command()
    def new(
        title: str,
        ask: Annotated[list[str], typer.Option(help="register.field, or a register for all its fields; several times")],
        due: Annotated[datetime, typer.Option(formats=["%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M"], help='"2026-12-01 17:30"')],
        school_year: Annotated[str, typer.Option(help="2026-2027")],
        as_: As,
        note: Annotated[str, typer.Option(help="Note to the schools")] = "",
        area: Annotated[str, typer.Option(help="Code of an area: its schools only")] = "",
        stage: Annotated[list[str] | None, typer.Option(help="Schools of this stage; several times")] = None,
        kind: Annotated[list[str] | None, typer.Option(help="Schools of this kind; several times")] = None,
        school: Annotated[list[str] | None, typer.Option(help="Exactly these schools, by code; several times")] = None,
        dry_run: Annotated[bool, typer.Option("--dry-run", help="Count the cells and ask nobody")] = False,
    ) -> None:
        """Make a round: first the cells are counted, then every school is asked."""
        opened_database()
        from django.utils import timezone

        from jiaoheng.intake.rounds.making import Choice, Wanted, open_round, preview

        with _in_words():
            account = _account(as_)
            choice = Choice(area, tuple(stage or ()), tuple(kind or ()), tuple(school or ()))
            wanted = Wanted(title, _asks(ask), school_year, timezone.make_aware(due), note, choice)
            _show_preview(preview(wanted, account))
            if not dry_run:
                made = open_round(wanted, account)
                terminal().print(f"[green]✓[/] {made.pk}  {made.title}", highlight=False)

    @rounds.command("list")
    def list_() -> None:
        """Every round, with how far it is."""
        opened_database()
        from django.utils.translation import gettext as _

        from jiaoheng.intake.rounds.progress import progress_of
        from jiaoheng.intake.rounds.round import Round, moment_shown

        console = terminal()
        for one in Round.objects.all():
            found = progress_of(one.parts.select_related("round"))
            words = f"{one.pk:>4}  {moment_shown(one.due)}  {one.get_state_display()}  {found.by_state['accepted']}/{found.of}  {one.title}"
            late = _("{n} late").format(n=found.late) if found.late else ""
            console.print(f"{words}  [red]{late}[/]" if late else words, highlight=False)
        if not Round.objects.exists():
            console.print(_("There is no round yet. Make one: jiaoheng round new --help"))

    @rounds.command()
    def show(
        number: Number,
        late: Annotated[bool, typer.Option("--late", help="Only the schools that owe past the due moment")] = False,
    ) -> None:
        """One round, school by school."""
        opened_database()
        from django.utils.translation import gettext as _

        from jiaoheng.intake.rounds.round import moment_shown

        with _in_words():
            one = _round(number)
            console = terminal()
            due = _("due {moment}").format(moment=moment_shown(one.due))
            console.print(f"{one.title}  {one.school_year}  {due}  {one.get_state_display()}", highlight=False)
            for part in one.parts.select_related("school", "round"):
                is_late = part.owes and part.is_late
                if is_late or not late:
                    state = f"[red]{_('late')}[/] {part.get_state_display()}" if is_late else part.get_state_display()
                    console.print(f"  {part.school.code:<14} {part.asked_cells:>5}  {part.school}  {state}", highlight=False)

    @rounds.command()
    def remind(number: Number, as_: Annotated[str, typer.Option("--as", help="Account; none: the deployment")] = "") -> None:
        """Mail the schools that still owe, each at most once a day. For a daily timer."""
        opened_database()
        from django.utils.translation import gettext as _

        from jiaoheng.intake.rounds.reminding import remind as mail

        with _in_words():
            done = mail(_round(number), _account(as_) if as_ else None)
            words = _("{mailed} reminded by mail, {without} without an address, {already} reminded today already")
            terminal().print(words.format(mailed=done.mailed, without=done.without_address, already=done.today_already))

    @rounds.command()
    def lock(number: Number, as_: As) -> None:
        """Lock a round that is past due, or all of whose parts are accepted."""
        opened_database()
        from jiaoheng.intake.rounds.making import lock as lock_round

        with _in_words():
            _done(lock_round(_round(number), _account(as_)).title)

    @rounds.command()
    def reopen(
        number: Number,
        reason: Reason,
        as_: As,
        school: Annotated[str, typer.Option(help="Only the part of this school")] = "",
        due: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M"], help="A new due moment")] = None,
    ) -> None:
        """Open a locked round, or a school's accepted part, again."""
        opened_database()
        from django.utils import timezone

        from jiaoheng.intake.rounds.acceptance import reopen_part
        from jiaoheng.intake.rounds.making import reopen as reopen_round

        with _in_words():
            if school:
                reopen_part(_part(number, school), _account(as_), reason)
            else:
                reopen_round(_round(number), _account(as_), reason, timezone.make_aware(due) if due else None)
            _done(school or str(number))


def _register_school(rounds: typer.Typer) -> None:
    @rounds.command()
    def workbook(
        number: Number, school: School, as_: As, output: Annotated[Path, typer.Option("--output", "-o", help="Workbook (.xlsx)")]
    ) -> None:
        """Write a school's prefilled workbook."""
        opened_database()
        from jiaoheng.intake.rounds.prefilled import issue

        with _in_words():
            content = issue(_part(number, school), _account(as_))
            try:
                output.write_bytes(content)
            except OSError as error:
                refuse(f"{output} cannot be written: {error.strerror or error}.")
            _done(str(output))

    @rounds.command("return")
    def return_(
        file: Annotated[Path, typer.Argument(help="The filled-in workbook; it knows its round and school")],
        as_: As,
        dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would change, and hand nothing in")] = False,
        reason: Annotated[list[str] | None, typer.Option(help="register.line.field=why, for an unusual figure; several times")] = None,
        correct: Annotated[str, typer.Option(help="Why changed locked cells are to be taken")] = "",
    ) -> None:
        """Return a workbook: it is read and checked, then handed in. Exit status 1 where it cannot be."""
        opened_database()
        with _in_words():
            if not _return(file, _account(as_), dry_run, _reasons(reason or []), correct):
                raise typer.Exit(1)

    @rounds.command()
    def approve(number: Number, school: School, as_: As) -> None:
        """The school's head says that the figures are right."""
        opened_database()
        from jiaoheng.intake.rounds.acceptance import approve as approve_part

        with _in_words():
            _done(str(approve_part(_part(number, school), _account(as_))))

    @rounds.command()
    def accept(number: Number, school: School, as_: As) -> None:
        """The bureau accepts: the figures are stored, and the school's part is locked."""
        opened_database()
        from jiaoheng.intake.rounds.acceptance import accept as accept_part

        with _in_words():
            _done(str(accept_part(_part(number, school), _account(as_))))

    @rounds.command("send-back")
    def send_back(number: Number, school: School, reason: Reason, as_: As) -> None:
        """Send a return back, with a reason."""
        opened_database()
        from jiaoheng.intake.rounds.acceptance import send_back as back

        with _in_words():
            _done(str(back(_part(number, school), _account(as_), reason)))


def _return(file: Path, account: "Account", dry_run: bool, reasons: dict[str, str], correct: str) -> bool:
    from jiaoheng.intake.causes import UnreadableWorkbook
    from jiaoheng.intake.rounds.alterations import alteration
    from jiaoheng.intake.rounds.handing_in import check_return, hand_in
    from jiaoheng.intake.rounds.reading import stamp_of
    from jiaoheng.intake.workbook import open_workbook

    try:
        stamp = stamp_of(open_workbook(file))
    except UnreadableWorkbook as error:
        refuse(str(error))
    if stamp is None:
        refuse(alteration("ROUND-01", file=file.name).message)
    returned = check_return(_part(stamp.round, stamp.school), file, account)
    _show_return(returned)
    if returned.faulty or dry_run:
        return not returned.faulty
    hand_in(returned, account, reasons, correct)
    _done(str(returned.part))
    return True


def _show_return(returned: "RoundReturn") -> None:
    from django.utils.translation import get_language

    from jiaoheng.intake.rounds.handing_in import flagged
    from jiaoheng.intake.rounds.outlier import outlier_words, reason_before

    console, message = terminal(), "message_zh" if (get_language() or "zh").startswith("zh") else "message_en"
    for kept in [*returned.alterations, *returned.causes]:
        colour = {"reject": "red", "warn": "yellow"}.get(kept["severity"], "dim")
        console.print(f"[{colour}]{kept['code']}[/] {kept[message]}", highlight=False, soft_wrap=True)
    for register, lines in returned.values.items():
        for line, cells in lines.items():
            for field, value in cells.items():
                console.print(f"  + {register}.{line}.{field} = {value}", highlight=False)
    for one in flagged(returned):
        console.print(f"[yellow]?[/] {one.key}: {outlier_words(one)}", highlight=False, soft_wrap=True)
        before = reason_before(returned.part, one)
        if before:
            console.print(f"    {before.school_year}: {before.reason}", highlight=False, soft_wrap=True)


def _show_preview(seen: "Preview") -> None:
    from django.utils.translation import gettext as _

    console = terminal()
    for school, count in seen.schools:
        cells = _("{asked} asked, {held} held").format(asked=count.asked, held=count.held)
        console.print(f"  {school.code:<14} {cells}  {school}", highlight=False)
    for words in seen.cannot:
        console.print(f"[yellow]![/] {words}", soft_wrap=True)
    words = _("{schools} schools, {asked} cells asked, {held} prefilled")
    console.print(words.format(schools=seen.count.schools, asked=seen.count.asked, held=seen.count.held), highlight=False)


@contextmanager
def _in_words() -> Iterator[None]:
    """A refusal is one sentence and exit status 2."""
    from jiaoheng.access.account import Refused

    try:
        yield
    except Refused as error:
        refuse(str(error))


def _account(name: str) -> "Account":
    from jiaoheng.access.account import Account

    found = Account.objects.filter(username=name, is_active=True).first()
    if found is None:
        raise typer.BadParameter(f"no account has the name «{name}».", param_hint="--as")
    return found


def _round(number: int) -> "Round":
    from jiaoheng.intake.rounds.round import Round

    found = Round.objects.filter(pk=number).first()
    if found is None:
        raise typer.BadParameter(f"there is no round {number}. See: jiaoheng round list", param_hint="NUMBER")
    return found


def _part(number: int, school: str) -> "RoundPart":
    found = _round(number).parts.select_related("round", "school").filter(school__code=school).first()
    if found is None:
        raise typer.BadParameter(f"round {number} asks nothing of a school with the code «{school}».", param_hint="SCHOOL")
    return found


def _asks(written: list[str]) -> dict[str, list[str]]:
    from jiaoheng.intake.rounds.making import choosable

    asks: dict[str, list[str]] = {}
    for one in written:
        register, _dot, field = one.partition(".")
        asks.setdefault(register, []).extend([field] if field else choosable().get(register, []))
    return asks


def _reasons(written: list[str]) -> dict[str, str]:
    return {key.strip(): why for key, _equals, why in (one.partition("=") for one in written)}


def _done(words: str) -> None:
    terminal().print(f"[green]✓[/] {words}", highlight=False, soft_wrap=True)
