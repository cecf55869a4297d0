"""The command `explain`: hold a .docx paper of ours against the snapshot that it was written from.

Changes when what is said of a paper's figures changes.
"""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Literal

import typer

from jiaoheng.cli.snapshot import SnapshotOption, opened_snapshot, refuse
from jiaoheng.cli.terminal import terminal

__all__ = ["register"]


def register(app: typer.Typer) -> None:
    """Add this room's command."""

    @app.command()
    def explain(
        paper: Annotated[Path, typer.Argument(help="A .docx paper that `jiaoheng report` wrote, edited since or not")],
        snapshot: SnapshotOption = None,
        every: Annotated[bool, typer.Option("--all", help="List every figure, not only those that do not hold.")] = False,
        format: Annotated[Literal["text", "json"], typer.Option(help="text or json")] = "text",
    ) -> None:
        """Derive every figure of a paper again from its snapshot. Exit status 1 when one differs."""
        import django

        django.setup()  # for the words in the deployment's language
        from jiaoheng import settings
        from jiaoheng.papers.explaining import Explanation, NotExplained, snapshot_of
        from jiaoheng.papers.explaining import explain as explained

        try:
            source = snapshot or _folder_of(snapshot_of(paper))
            found: Explanation = explained(paper, opened_snapshot(source), overlay=settings.RULEBOOK_OVERLAY)
        except NotExplained as error:
            refuse(error)
        if format == "json":
            told = {
                "title": found.record.title,
                "snapshot": found.record.snapshot,
                "record_kept": found.kept,
                "holds": found.holds,
                "places": [asdict(place) for place in found.places],
                "removed": [figure.number for figure in found.removed],
            }
            typer.echo(json.dumps(told, ensure_ascii=False, indent=1))
        else:
            _told(found, every)
        if not found.holds:
            raise typer.Exit(1)


def _folder_of(snapshot_hash: str) -> Path | None:
    """The snapshot of the deployment that has this hash; None leaves it to the newest one."""
    from jiaoheng import settings
    from jiaoheng.snapshots.snapshot import MANIFEST

    for manifest in sorted((settings.DATA / "snapshots").glob(f"*/{MANIFEST}")):
        try:
            if json.loads(manifest.read_text(encoding="utf-8")).get("hash") == snapshot_hash:
                return manifest.parent
        except (OSError, ValueError, AttributeError):
            continue
    return None


def _said(status: str) -> str:
    """What is said of a figure of this status."""
    from django.utils.translation import gettext as _

    match status:
        case "altered":
            return _("[red]altered[/]: the document says {shown}, written was {text}, derived {derived}")
        case "differs":
            return _("[red]differs[/]: the document says {shown}, derived {derived}")
        case "gone":
            return _("[red]gone[/]: the document says {shown}; the snapshot gives no such figure any more")
        case _:
            return _("equal: {shown}")


def _told(found: "object", every: bool) -> None:
    from django.utils.translation import gettext as _
    from django.utils.translation import ngettext
    from rich.markup import escape

    from jiaoheng.papers.explaining import Explanation

    assert isinstance(found, Explanation)
    out = terminal()
    for place in found.places:
        figure = place.figure
        if place.status != "equal" or every or place.redefined:
            where = ", ".join(word for word in (figure.organisation_name, figure.stage_name, figure.period, figure.more) if word)
            says = _said(place.status).format(shown=escape(place.shown), text=escape(figure.text), derived=escape(place.derived or "–"))
            out.print(f"[bold]{figure.number}[/] {escape(figure.label)} ({escape(where)}) {says}", highlight=False)
            if place.redefined:
                formula = figure.definition.get("numerator", "") + (
                    f" / {figure.definition['denominator']}" if "denominator" in figure.definition else ""
                )
                said = _("redefined since; the paper keeps its own definition: {formula}").format(formula=escape(formula))
                out.print(f"    {said}", highlight=False)
    if not found.kept:
        out.print(_("The document lost its record when it was saved elsewhere; today's template of the rulebook stood in for it."))
    if found.removed:
        numbers = ", ".join(str(figure.number) for figure in found.removed)
        said = ngettext(
            "{number} figure was taken out of the text since: {which}",
            "{number} figures were taken out of the text since: {which}",
            len(found.removed),
        )
        out.print(said.format(number=len(found.removed), which=numbers), highlight=False)
    equal = sum(place.status == "equal" for place in found.places)
    sign = "✓" if found.holds else "✗"
    said = _("«{title}»: {equal} of {all} figures equal; snapshot {snapshot}").format(
        title=escape(found.record.title), equal=f"{equal:,}", all=f"{len(found.places):,}", snapshot=found.record.snapshot[:12]
    )
    out.print(f"{sign} {said}", highlight=False)
