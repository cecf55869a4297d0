"""The command `report`: write a paper of the rulebook from a snapshot.

Changes when what can be asked of a paper changes.
"""

from pathlib import Path
from typing import Annotated

import typer

from jiaoheng.cli.snapshot import SnapshotOption, opened_snapshot, refuse
from jiaoheng.cli.terminal import chosen_language

__all__ = ["register"]


def register(app: typer.Typer) -> None:
    """Add this room's command."""

    @app.command()
    def report(
        template: Annotated[str, typer.Argument(help="Id of the paper's template, such as resources")],
        output: Annotated[list[Path], typer.Option(help="File to write: .docx, .pdf, .html, .md or .json. May be given several times.")],
        formats: Annotated[
            str, typer.Option("--format", help="Formats beside the file's own, such as docx,pdf,html,md,json, or all.", show_default=False)
        ] = "",
        snapshot: SnapshotOption = None,
        language: Annotated[str, typer.Option(help="zh-hans or en. Not given: the deployment's.", show_default=False)] = "",
        organisation: Annotated[
            str, typer.Option(help="Code of the area that the paper is about. Not given: everything.", show_default=False)
        ] = "",
        period: Annotated[
            str, typer.Option(help="School year, such as 2018-2019. Not given: the snapshot's own.", show_default=False)
        ] = "",
    ) -> None:
        """Write a paper whose figures are looked up in a snapshot, each listed with its source."""
        from jiaoheng import settings
        from jiaoheng.papers.paper import FORMATS, PaperStopped, write_all

        asked = [word.strip().lower().removeprefix(".") for word in formats.split(",") if word.strip()]
        endings = FORMATS if asked == ["all"] else [f".{word}" for word in asked]
        beside = [file.with_suffix(ending) for file in output[:1] for ending in endings]
        kept = [file for file in output if file.suffix or not endings]
        try:
            papers = write_all(
                template,
                opened_snapshot(snapshot),
                list(dict.fromkeys([*kept, *beside])),
                language=chosen_language(language),
                area=organisation or None,
                period=period or None,
                overlay=settings.RULEBOOK_OVERLAY,
            )
        except PaperStopped as error:
            refuse(error)
        for paper in papers:
            typer.echo(
                f"✓ {paper.file}: «{paper.title}», {len(paper.figures):,} figures, {paper.charts} charts; snapshot {paper.snapshot[:12]}"
            )
