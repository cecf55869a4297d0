"""Sheet file: a frame as a workbook of one sheet, written column by column.

Changes when the parts of the .xlsx files that the example writes change (ECMA-376). The example's rolls hold millions of cells; a writer
that is called once a cell takes ten times as long. Headings stand in the first row, bold; texts are shared strings, as in real exports.
"""

import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from xml.sax.saxutils import quoteattr

import polars as pl

from jiaoheng.intake.columns import column_letters

__all__ = ["write_sheet"]

_WRITTEN = (2018, 10, 8, 9, 0, 0)  # a fixed moment, so that the same cells give the same bytes
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_TYPES = "application/vnd.openxmlformats-officedocument.spreadsheetml"

_PARTS = {
    "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="xml" ContentType="application/xml"/>'
    f'<Override PartName="/xl/workbook.xml" ContentType="{_TYPES}.sheet.main+xml"/>'
    f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{_TYPES}.worksheet+xml"/>'
    f'<Override PartName="/xl/styles.xml" ContentType="{_TYPES}.styles+xml"/>'
    f'<Override PartName="/xl/sharedStrings.xml" ContentType="{_TYPES}.sharedStrings+xml"/></Types>',
    "_rels/.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">'
    f'<Relationship Id="rId1" Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
    "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">'
    f'<Relationship Id="rId1" Type="{_OFFICE}/worksheet" Target="worksheets/sheet1.xml"/>'
    f'<Relationship Id="rId2" Type="{_OFFICE}/styles" Target="styles.xml"/>'
    f'<Relationship Id="rId3" Type="{_OFFICE}/sharedStrings" Target="sharedStrings.xml"/></Relationships>',
    "xl/styles.xml": f'<styleSheet xmlns="{_MAIN}">'
    '<fonts count="2"><font><sz val="11"/><name val="宋体"/></font><font><b/><sz val="11"/><name val="宋体"/></font></fonts>'
    '<fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill></fills>'
    '<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>'
    '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>'
    '<cellXfs count="2"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>'
    '<xf numFmtId="0" fontId="1" fillId="0" borderId="0" xfId="0" applyFont="1"/></cellXfs>'
    '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>',
}


def write_sheet(file: Path, name: str, cells: pl.DataFrame, *, as_numbers: Mapping[str, Sequence[int]] | None = None) -> None:
    """Write one sheet. Text columns become text, others numbers; an empty cell is not written.

    `as_numbers`: by heading, the rows (counted from 0) of a text column that are written as numbers: a spreadsheet has spoilt them.
    """
    headings = cells.columns
    texts = pl.concat([pl.Series("", headings, dtype=pl.String), *(cells[heading] for heading in headings if _is_text(cells, heading))])
    shared = texts.drop_nulls().unique(maintain_order=True)
    coded = cells.with_columns(pl.col(pl.String).cast(pl.Enum(shared)).to_physical()) if cells.height else cells
    rows = coded.with_row_index("row ", offset=2).select(
        pl.concat_str(
            pl.format('<row r="{}">', "row "),
            *(_cell(cells, heading, number, (as_numbers or {}).get(heading, ())) for number, heading in enumerate(headings)),
            pl.lit("</row>"),
        )
    )
    first = "".join(f'<c r="{column_letters(place)}1" s="1" t="s"><v>{place}</v></c>' for place in range(len(headings)))
    sheet = (
        f'{_HEAD}<worksheet xmlns="{_MAIN}"><dimension ref="A1:{column_letters(len(headings) - 1)}{cells.height + 1}"/>'
        '<sheetViews><sheetView workbookViewId="0"><pane xSplit="2" ySplit="1" topLeftCell="C2" activePane="bottomRight" state="frozen"/>'
        f'</sheetView></sheetViews><cols><col min="1" max="{len(headings)}" width="18" customWidth="1"/></cols>'
        f'<sheetData><row r="1">{first}</row>' + "".join(rows.to_series().to_list()) + "</sheetData></worksheet>"
    )
    strings = shared.str.replace_all("&", "&amp;", literal=True).str.replace_all("<", "&lt;", literal=True)
    strings = strings.str.replace_all(">", "&gt;", literal=True)
    items = "".join(pl.select('<si><t xml:space="preserve">' + strings + "</t></si>").to_series().to_list())
    count = cells.height * len(headings)
    parts = {
        **{part: _HEAD + content for part, content in _PARTS.items()},
        "xl/workbook.xml": f'{_HEAD}<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><sheets>'
        f'<sheet name={quoteattr(name)} sheetId="1" r:id="rId1"/></sheets></workbook>',
        "xl/sharedStrings.xml": f'{_HEAD}<sst xmlns="{_MAIN}" count="{count}" uniqueCount="{len(shared)}">{items}</sst>',
        "xl/worksheets/sheet1.xml": sheet,
    }
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=2) as archive:
        for part, content in parts.items():
            archive.writestr(zipfile.ZipInfo(part, _WRITTEN), content, zipfile.ZIP_DEFLATED, compresslevel=2)


def _is_text(cells: pl.DataFrame, heading: str) -> bool:
    return cells.schema[heading] == pl.String


def _cell(cells: pl.DataFrame, heading: str, place: int, spoilt: Sequence[int]) -> pl.Expr:
    """The cell of one column in every row, as text of the sheet's part; empty where there is no value."""
    row, value = pl.col("row "), pl.col(heading)
    letters = column_letters(place)
    if not _is_text(cells, heading):
        return pl.format('<c r="' + letters + '{}"><v>{}</v></c>', row, value).fill_null("")
    cell = pl.format('<c r="' + letters + '{}" t="s"><v>{}</v></c>', row, value)
    if spoilt:
        number = pl.format('<c r="' + letters + '{}"><v>{}</v></c>', row, pl.lit(cells[heading]))
        cell = pl.when((row - 2).is_in(list(spoilt))).then(number).otherwise(cell)
    return cell.fill_null("")
