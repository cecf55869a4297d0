"""Commands `compute`, `rows` and `measures`: values of a snapshot, the records behind a value, the catalogue.

Changes when the way values and rows are asked for changes.
"""

import csv
import json
import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from jiaoheng.cli.snapshot import SnapshotOption, opened_snapshot, refuse

if TYPE_CHECKING:
    import pyarrow as pa

    from jiaoheng.measures.catalogue import Catalogue
    from jiaoheng.measures.measure import Measure
    from jiaoheng.measures.rows import Totals
    from jiaoheng.measures.values import Values
    from jiaoheng.snapshots.snapshot import Snapshot

__all__ = ["loaded_catalogue", "register"]


class RowsFormat(StrEnum):
    """How the records behind a value are written."""

    table = "table"
    csv = "csv"
    json = "json"


class ListFormat(StrEnum):
    """How the catalogue is written."""

    table = "table"
    json = "json"


def loaded_catalogue() -> "Catalogue":
    """The deployment's catalogue. Ends the command with every fault of the rulebook where it cannot be used."""
    from jiaoheng import settings
    from jiaoheng.measures.catalogue import load_catalogue
    from jiaoheng.rulebook.loader import RulebookFaulty

    try:
        return load_catalogue(settings.RULEBOOK_OVERLAY, published=_browser_forms, kept=settings.DATA / "kept")
    except RulebookFaulty as error:
        refuse(error)


def _browser_forms() -> "dict[str, list[bytes]]":
    import django

    from jiaoheng.ledgers.browser_forms import browser_forms

    django.setup()
    return browser_forms()


def register(app: typer.Typer) -> None:
    """Add this room's commands."""

    @app.command()
    def compute(
        output: Annotated[Path, typer.Option(help="File to write: .csv, .parquet, or .sdmx.csv (SDMX-CSV 2.0).")],
        snapshot: SnapshotOption = None,
        measure: Annotated[
            list[str] | None, typer.Option(help="Only this measure; may be given several times.", show_default=False)
        ] = None,
        all_years: Annotated[bool, typer.Option("--all-years", help="Every period of the snapshot, not only the latest.")] = False,
        publish: Annotated[bool, typer.Option("--publish", help="Hide small counts of persons and what they could be told from.")] = False,
        reasons: Annotated[
            Path | None,
            typer.Option(
                help="With --publish: a CSV for the office that says why each value is hidden; not to be published.", show_default=False
            ),
        ] = None,
    ) -> None:
        """Compute the measures of a snapshot for every organisation and stage, as one tidy table with a data dictionary."""
        from jiaoheng.measures.catalogue import UnknownMeasure
        from jiaoheng.measures.export import ExportRefused, export
        from jiaoheng.measures.values import compute as compute_values

        opened, catalogue = opened_snapshot(snapshot), loaded_catalogue()
        try:
            for name in measure or []:
                catalogue[name]
            values = compute_values(opened, catalogue, None if publish else measure or None, all_years=all_years or publish)
            table = _published(values, opened, catalogue, measure, all_years) if publish else values.table
            hidden = _told_why(table, reasons) if publish else ""
            output.parent.mkdir(parents=True, exist_ok=True)
            dictionary = export(table.drop_columns(["why"]) if publish else table, opened, catalogue, output)
        except (UnknownMeasure, ExportRefused) as error:
            refuse(error)
        except OSError as error:
            refuse(f"{output} cannot be written: {error.strerror or error}.")
        if opened.missing:
            typer.echo(f"! did not report, and are in no total: {', '.join(opened.missing)}")
        measures = len(table["measure"].unique())
        typer.echo(f"✓ {output}: {table.num_rows:,} values of {measures} measures{hidden}; {dictionary.name} says what they mean")

    @app.command()
    def rows(
        measure: Annotated[str, typer.Argument(help="The measure's name.")],
        organisation: Annotated[str, typer.Option(help="Code of the organisation whose value it is.")],
        stage: Annotated[str, typer.Option(help="A stage, or «all».")] = "all",
        period: Annotated[str, typer.Option(help="School year or fiscal year. Not given: the measure's own.", show_default=False)] = "",
        snapshot: SnapshotOption = None,
        format: Annotated[RowsFormat, typer.Option(help="How to write them.")] = RowsFormat.table,
    ) -> None:
        """List the records behind a value, and what they come to."""
        from jiaoheng.measures.catalogue import UnknownMeasure
        from jiaoheng.measures.computing import default_period
        from jiaoheng.measures.rows import UnknownOrganisation, rows_behind, totals

        opened = opened_snapshot(snapshot)
        try:
            chosen = loaded_catalogue()[measure]
            _check_stage(stage)
            periods = opened.periods(chosen.register, chosen.period_column)
            if period and period not in periods:
                refuse(f"The snapshot has no figures of {period}. Periods: {', '.join(periods)}.")
            table = rows_behind(opened, chosen, organisation, stage, period or None)
            below = rows_behind(opened, chosen, organisation, stage, period or None, part="denominator") if chosen.other else None
        except (UnknownMeasure, UnknownOrganisation) as error:
            refuse(error)
        sums = totals(chosen, table, below)
        if format is RowsFormat.json:
            asked = {"measure": chosen.id, "organisation": organisation, "stage": stage}
            answer = {**asked, "period": period or default_period(opened, chosen), "snapshot": opened.hash, "rows": table.to_pylist()}
            under = {"denominator_rows": below.to_pylist()} if below is not None else {}
            typer.echo(json.dumps({**answer, **under, "totals": vars(sums)}, ensure_ascii=False, indent=1, default=str))
        elif format is RowsFormat.csv:
            _write_csv(table, sums)
        else:
            _write_table(chosen, table, below, sums)

    @app.command()
    def measures(format: Annotated[ListFormat, typer.Option(help="How to write them.")] = ListFormat.table) -> None:
        """List the measures of the catalogue."""
        from jiaoheng.measures.export import described as describe

        described = [describe(one) for one in loaded_catalogue().values()]
        if format is ListFormat.json:
            typer.echo(json.dumps(described, ensure_ascii=False, indent=1))
            return
        _write_columns(
            ["measure", "label", "名称", "unit"],
            [[one["id"], one["label"]["en"], one["label"]["zh"], one["unit"]["en"]] for one in described],
        )


def _published(values: "Values", snapshot: "Snapshot", catalogue: "Catalogue", measures: list[str] | None, all_years: bool) -> "pa.Table":
    """The values with small counts hidden: judged over everything, then those asked for."""
    import pyarrow as pa
    import pyarrow.compute as pc

    from jiaoheng import settings
    from jiaoheng.measures.suppression import published_by
    from jiaoheng.rulebook.publication import suppression_rule

    table = published_by(suppression_rule(settings.RULEBOOK_OVERLAY), values, snapshot, catalogue)
    if measures:
        table = table.filter(pc.is_in(table["measure"], pa.array(measures, pa.string())))
    if not all_years:
        own = [values.periods.get(str(row["measure"])) == row["period"] for row in table.select(["measure", "period"]).to_pylist()]
        table = table.filter(pa.array(own, pa.bool_()))
    return table


def _told_why(table: "pa.Table", reasons: Path | None) -> str:
    """How many values are hidden, and why; each with its reason in a file where one is named."""
    from jiaoheng.measures.engine import write_csv
    from jiaoheng.measures.persons import REASONS

    column = table["why"].to_pylist()
    counts = ", ".join(f"{column.count(why):,} {_WHY[why]}" for why in REASONS)
    if reasons is not None:
        reasons.parent.mkdir(parents=True, exist_ok=True)
        hidden = table.filter(table["hidden"])
        write_csv(hidden.select(["measure", "organisation", "stage", "period", "why"]), reasons)
    return f", {len(column) - column.count(''):,} of them hidden ({counts})"


_WHY = {
    "small": "small themselves", "beside": "beside these in a total", "audit": "found by solving everything published at once",
    "follows": "that follow from hidden ones",
}  # fmt: skip


def _check_stage(stage: str) -> None:
    from jiaoheng import settings
    from jiaoheng.measures.values import ALL_STAGES
    from jiaoheng.rulebook.registers import load_registers

    stages = [ALL_STAGES, *load_registers(settings.RULEBOOK_OVERLAY)["annual_statistics"].fields["stage"].choices]
    if stage not in stages:
        refuse(f"«{stage}» is not a stage. Stages are: {', '.join(stages)}.")


def _write_csv(table: "pa.Table", sums: "Totals") -> None:
    """The records, then one line «total» with the sum of every column of figures, the numerator and the denominator."""
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow([*table.column_names, "numerator", "denominator"])
    for row in zip(*(column.to_pylist() for column in table.columns), strict=True):
        writer.writerow([*row, None, None])
    summed = [_column_sum(table, name) for name in table.column_names[1:]]
    writer.writerow(["total", *summed, sums.numerator, sums.denominator])


def _column_sum(table: "pa.Table", name: str) -> float | int | None:
    import pyarrow as pa
    import pyarrow.compute as pc

    kind = table.schema.field(name).type
    return pc.sum(table[name]).as_py() if pa.types.is_integer(kind) or pa.types.is_floating(kind) else None


def _write_table(measure: "Measure", table: "pa.Table", below: "pa.Table | None", sums: "Totals") -> None:
    _write_rows(table)
    if below is not None:
        typer.echo("")
        _write_rows(below)
    parts = ("S", "X̄") if measure.kind == "variation" else (str(measure.numerator), str(measure.denominator or ""))
    typer.echo("")
    typer.echo(f"scope        {measure.scope.en}; {measure.calendar_words.en}")
    typer.echo(f"records      {table.num_rows:,} of {sums.covered:,} organisations")
    typer.echo(f"numerator    {_written(sums.numerator)}  ({parts[0]})")
    if measure.denominator:
        typer.echo(f"denominator  {_written(sums.denominator)}  ({parts[1]})")
    typer.echo(f"value        {_written(sums.value)}  ({measure.unit.en})")


def _write_rows(table: "pa.Table") -> None:
    rows = [[_cell(cell) for cell in row] for row in zip(*(column.to_pylist() for column in table.columns), strict=True)]
    _write_columns(table.column_names, rows)


def _cell(cell: object) -> str:
    if isinstance(cell, bool):
        return "✓" if cell else ""
    return "" if cell is None else f"{cell:,}" if isinstance(cell, int | float) else str(cell)


def _written(number: float | None) -> str:
    if number is None:
        return "–"
    return f"{int(number):,}" if number == int(number) else f"{number:,}"


def _write_columns(headings: list[str], rows: list[list[str]]) -> None:
    """Lines with their columns under each other; a Chinese character takes two places."""
    from rich.cells import cell_len

    widths = [max(map(cell_len, column)) for column in zip(headings, *rows, strict=True)]
    lines = [
        "  ".join(cell + " " * (width - cell_len(cell)) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in [headings, *rows]
    ]
    typer.echo("\n".join(lines))
