"""The commands of draws: open, seal, draw, verify.

Changes when a draw takes other steps on the command line. `verify` reads a file only; it needs no site and no database.
"""

import json
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from jiaoheng.cli.deployment import opened_database
from jiaoheng.cli.snapshot import refuse

if TYPE_CHECKING:
    from jiaoheng.access.account import Account
    from jiaoheng.ledgers.draw import Draw

__all__ = ["register"]

_As = Annotated[str, typer.Option("--as", help="User name of the officer who does it")]


def register(app: typer.Typer) -> None:
    """Add this room's commands."""
    draw = typer.Typer(help="Draw schools and inspectors at random so that anybody can draw again.", no_args_is_help=True)
    draw.command("open")(_open)
    draw.command("seal")(_seal)
    draw.command("draw")(_draw)
    draw.command("verify")(_verify)
    app.add_typer(draw, name="draw")


def _open(
    title: Annotated[str, typer.Argument(help="What the draw is for")],
    by_account: _As,
    schools: Annotated[int, typer.Option(help="Schools of each stratum", min=1)] = 2,
    by: Annotated[list[str] | None, typer.Option(help="Strata by: stage, township (both may be given)")] = None,
    team: Annotated[int, typer.Option(help="Inspectors a school", min=0)] = 0,
    at_most: Annotated[int, typer.Option(help="Schools an inspector at most; 0: any number", min=0)] = 0,
    since: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Leave out schools visited since this day")] = None,
    leave_out: Annotated[list[str] | None, typer.Option(help="CODE=WHY of a school to leave out")] = None,
    weight: Annotated[list[str] | None, typer.Option(help="CODE=WEIGHT of a school")] = None,
    recuse: Annotated[list[str] | None, typer.Option(help="INSPECTOR=CODE=WHY of an inspector who stays away from a school")] = None,
) -> None:
    """Make list and rules; prints the draw's number."""
    account = _account(by_account)
    from jiaoheng.ledgers.draw import DrawAsked, open_draw, visited_since

    left_out = visited_since(account, since.date()) if since else {}
    left_out |= {code: why or "–" for code, why in (_parts(one, 2) for one in leave_out or [])}
    weights = {code: int(number) if number.isdecimal() else 0 for code, number in (_parts(one, 2) for one in weight or [])}
    recused = [(who, code, why) for who, code, why in (_parts(one, 3) for one in recuse or [])]
    asked = DrawAsked(title, schools, tuple(by or ()), left_out=left_out, weights=weights, team=team, at_most=at_most, recused=recused)
    typer.echo(_done(lambda: open_draw(asked, by=account)).pk)


def _seal(
    number: Annotated[int, typer.Argument(help="The draw's number")],
    by_account: _As,
    source: Annotated[list[str], typer.Option(help="DAY=NAME of a public value to come, such as 2026-12-01=SSE Composite close")],
) -> None:
    """Fix list, rules and sources; prints the digest to publish."""
    account = _account(by_account)
    from jiaoheng.ledgers.draw import seal

    try:
        sources = [(name, date.fromisoformat(day)) for day, name in (_parts(one, 2) for one in source)]
    except ValueError:
        refuse("Write each source as DAY=NAME, such as 2026-12-01=SSE Composite close.")
    typer.echo(_done(lambda: seal(_found(number, account), sources, by=account)).digest)


def _draw(
    number: Annotated[int, typer.Argument(help="The draw's number")],
    by_account: _As,
    value: Annotated[list[str], typer.Option(help="A public value, in the order of the sources")],
    output: Annotated[Path | None, typer.Option("--output", "-o", help="Write the verification file here")] = None,
) -> None:
    """Draw with the public values; prints the schools with their inspectors."""
    account = _account(by_account)
    from jiaoheng.ledgers.draw import draw_now, verification_file

    draw = _done(lambda: draw_now(_found(number, account), value, by=account))
    for stratum, codes in sorted(draw.result["schools"].items()):
        for code in codes:
            typer.echo("\t".join([stratum, code, *draw.result["teams"].get(code, [])]))
    if output is not None:
        output.write_text(json.dumps(verification_file(draw), ensure_ascii=False, indent=1), encoding="utf-8")


def _verify(file: Annotated[Path, typer.Argument(help="The verification file")]) -> None:
    """Draw again from a file. Exit status 1 where anything in it does not follow."""
    from jiaoheng.ledgers.draw_rule import check_file

    try:
        said: Any = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        refuse(f"The file cannot be read as JSON: {error}")
    faults = check_file(said)
    for fault in faults:
        typer.echo(fault, err=True)
    if faults:
        raise typer.Exit(1)
    typer.echo(f"It holds: digest {said['digest']}.")


def _parts(written: str, count: int) -> list[str]:
    parts = [part.strip() for part in written.split("=", count - 1)]
    return [*parts, *[""] * (count - len(parts))]


def _account(name: str) -> "Account":
    opened_database()
    from jiaoheng.access.account import Account

    account = Account.objects.select_related("organisation").filter(username=name).first()
    if account is None:
        refuse(f"There is no account {name!r}.")
    return account


def _found(number: int, account: "Account") -> "Draw":
    from jiaoheng.access.scope import limited
    from jiaoheng.ledgers.draw import Draw

    draw = limited(Draw.objects.all(), account).filter(pk=number).first()
    if draw is None:
        refuse(f"There is no draw {number} in this account's scope.")
    return draw


def _done(step: "Any") -> "Draw":
    from jiaoheng.access.account import Refused

    try:
        made: Draw = step()
    except Refused as no:
        refuse(str(no))
    return made
