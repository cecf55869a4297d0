"""Benchmark rolls: a pupils' workbook (or CSV) of exactly so many rows of 30 columns, with the directory and classes that it needs.

Changes when what is measured changes. More pupils than the district has are several districts beside each other, each with its own area
code, so that every number is there once.
"""

from collections.abc import Callable, Iterator
from pathlib import Path

import polars as pl

from jiaoheng.intake.example.district import COUNTY, places
from jiaoheng.intake.example.figures import YEARS
from jiaoheng.intake.example.headings import cells
from jiaoheng.intake.example.invented import bank_cards, with_area
from jiaoheng.intake.example.rolls import Rolls
from jiaoheng.intake.example.sheet_file import write_sheet
from jiaoheng.rulebook.registers import load_registers

__all__ = ["LARGEST_WORKBOOK", "write_benchmark"]

LARGEST_WORKBOOK = 200_000
"""More rows than this are written as CSV: a sheet would hold them, but nobody sends them so."""
_EXTRA = {"国籍": "中国", "籍贯": "示例省示例市", "现住址": "示例省示例市示例区"}
"""Columns of the national export that no register keeps; with them there are 30."""
_MOST_DISTRICTS = 90


def write_benchmark(output: Path, pupils: int, seed: int = 2018, told: Callable[[str], None] | None = None) -> list[Path]:
    """Write directory, classes and roll of so many pupils into a folder; gives the files in the order of intake.

    Raises: ValueError for fewer than one pupil or more than 90 districts hold.
    """
    rolls = Rolls.of(seed)
    year = len(YEARS) - 1
    roll = rolls.pupils(year, ("primary", "junior"))
    districts = -(-pupils // len(roll))
    if pupils < 1 or districts > _MOST_DISTRICTS:
        raise ValueError(f"Between 1 and {_MOST_DISTRICTS * len(roll):,} pupils can be written, not {pupils:,}.")
    output.mkdir(parents=True, exist_ok=True)
    classes = rolls.classes(year).with_columns(head_teacher=pl.lit(None, dtype=pl.String))
    classes = classes.filter(pl.col("grade").cast(pl.Int64) > 0)
    written = [output / "1-机构名录.xlsx", output / "2-班级.xlsx", output / f"3-学籍.{'csv' if pupils > LARGEST_WORKBOOK else 'xlsx'}"]
    tell = told or (lambda file: None)
    tell(written[0].name)
    write_sheet(written[0], "机构名录", pl.concat(list(_directories(seed, districts))))
    tell(written[1].name)
    write_sheet(written[1], "班级", cells("classes", pl.concat([_moved(classes, number) for number in range(districts)])))
    tell(written[2].name)
    whole = pl.concat([_moved(roll, number) for number in range(districts)]).head(pupils)
    shown = cells("pupils", whole).with_columns(**{heading: pl.lit(text) for heading, text in _EXTRA.items()})
    if written[2].suffix == ".csv":
        shown.write_csv(written[2])
    else:
        write_sheet(written[2], "学籍", shown)
    return written


def _moved(rows: pl.DataFrame, district: int) -> pl.DataFrame:
    """The same rows in another district: other schools, other people."""
    if not district:
        return rows
    school = pl.col("organisation")
    moved = rows.with_columns(
        pl.concat_str(school.str.head(2), pl.lit(f"{99 - district:02}"), school.str.slice(4)).alias("organisation"),
        pl.concat_str(pl.lit(_district_name(district)), "organisation_name").alias("organisation_name"),
    )
    if "identity_number" in rows.columns:
        area = _area(district)
        moved = moved.with_columns(
            with_area(rows["identity_number"], area).alias("identity_number"),
            with_area(rows["student_number"], area).alias("student_number"),
        )
        cards = bank_cards(len(rows), first=10_000_000 + district * len(rows))
        moved = moved.with_columns(bank_card=pl.when(pl.col("bank_card").is_not_null()).then(cards))
    return moved


def _directories(seed: int, districts: int) -> Iterator[pl.DataFrame]:
    """The schools of every district below a county of its own, in the words of the directory's workbook."""
    rule = load_registers()["organisations"]
    headings = {name: rule.fields[name].label.zh for name in ("code", "name_zh", "kind", "parent", "stages")}
    words = {"primary": "小学", "junior": "初中", "senior": "高中"}
    kind = {name: rule.fields["kind"].choices[name].zh for name in ("city", "county", "school")}
    rows: list[tuple[str | None, ...]] = [("990000", "示例市", kind["city"], None, None)]
    for district in range(districts):
        county = _area(district)
        rows.append((county, _district_name(district) or "示例区", kind["county"], "990000", None))
        for place in places(seed):
            if place.kind == "school":
                code = f"{place.code[:2]}{99 - district:02}{place.code[4:]}"
                stages = "、".join(words[teaching.stage] for teaching in place.teaches)
                rows.append((code, _district_name(district) + place.name_zh, kind["school"], county, stages))
    yield pl.DataFrame(rows, schema=dict.fromkeys(headings.values(), pl.String), orient="row")


def _area(district: int) -> str:
    """An area code that is given to no place: 99 is the first district's province and that of its migrants, 98 all the others'."""
    return f"98{district:02}01" if district else COUNTY


def _district_name(district: int) -> str:
    return f"第{district + 1}区" if district else ""
