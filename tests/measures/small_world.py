# ruff: noqa: E501  (tables are as wide as they are)
"""A small district written by hand, a row for every rule of the catalogue, so that every value can be worked out on paper.

Six schools and three kindergartens of the county D. The tables below are the whole of it: whoever doubts an expected value counts the rows.
The present year is 2018-2019; what became of children is told of 2017-2018; money is of 2018 and 2017.
"""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from jiaoheng.rulebook.ledger_questions import ledger_tables
from jiaoheng.rulebook.registers import load_registers
from jiaoheng.rulebook.tables import load_tables
from jiaoheng.snapshots.snapshot import MANIFEST, SCHEMA_VERSION, Snapshot, file_sha256, tables_hash
from tests.measures.small_ledgers import LEDGERS
from tests.measures.small_tables import BEFORE, NOW, Row, read_rows

__all__ = ["TABLES", "small_world"]

ORGANISATIONS = read_rows("""
    | code | parent | path | kind           | school_type    | ownership |
    | D    | -      | D    | county         | .              | .         |
    | P1   | D      | D/P1 | school         | primary        | public    |
    | P2   | D      | D/P2 | school         | primary        | private   |
    | P3   | D      | D/P3 | school         | primary        | public    |
    | T1   | D      | D/T1 | teaching_point | teaching_point | public    |
    | J1   | D      | D/J1 | school         | junior         | public    |
    | N1   | D      | D/N1 | school         | nine_year      | public    |
    | K1   | D      | D/K1 | kindergarten   | kindergarten   | public    |
    | K2   | D      | D/K2 | kindergarten   | kindergarten   | private   |
    | K3   | D      | D/K3 | kindergarten   | kindergarten   | private   |
""")

# What schools declare. P1 has 100 pupils and P3 300: of each figure x1 and x3 a pupil, X̄ = (x1 + 3·x3) / 4 and S = √3/4 · |x1 − x3|.
# The private P2 and the teaching point T1 state pupils, classes and teachers only.
STATISTICS = read_rows(
    """
    | organisation | stage     | pupils | classes | teachers | teachers_above_qualification | backbone_teachers | pe_arts_teachers | titled_teachers |
    | P1           | primary   | 100    | 4       | 10       | 8                            | 2                 | 3                | 4               |
    | P3           | primary   | 300    | 8       | 15       | 9                            | 3                 | 3                | 6               |
    | P2           | primary   | 100    | 3       | 5        | -                            | -                 | -                | -               |
    | T1           | primary   | 20     | 1       | 2        | -                            | -                 | -                | -               |
    | J1           | junior    | 200    | 4       | 16       | 12                           | 4                 | 2                | 10              |
    | K1           | preschool | 60     | 2       | 4        | -                            | -                 | -                | -               |
""",
    currency="CNY",
)
_PREMISES = read_rows("""
    | organisation | teaching_area_m2 | sports_area_m2 | equipment_value | multimedia_classrooms | rooms | computers | books | public_funds |
    | P1           | 500              | 900            | 250000          | 5                     | 6     | 20        | 3000  | 70000        |
    | P3           | 1200             | 2100           | 450000          | 6                     | 9     | 30        | 4500  | 180000       |
    | J1           | 1400             | 2400           | 600000          | 4                     | 5     | 50        | 8000  | 190000       |
""")
_ROOMS = read_rows("""
    | organisation | music_rooms | art_rooms | beds | floor_area_m2 | outdoor_area_m2 |
    | P1           | 1           | 0         | 4    | 900           | -               |
    | P3           | 1           | 1         | -    | 2100          | -               |
    | J1           | 1           | 1         | 5    | 3000          | -               |
    | K1           | -           | -         | -    | -             | 300             |
""")
for _more in (*_PREMISES, *_ROOMS):
    next(row for row in STATISTICS if row["organisation"] == _more["organisation"]).update(_more)

# Children on the books on 1 September 2018; z came later.
ENROLMENTS = read_rows(
    """
    | pupil | organisation | stage     | grade_number | sex | age | ethnicity | on_roll | entrant | repeater |
    | a     | P1           | primary   | 1            | '2' | 6   | '01'      | yes     | yes     | no       |
    | b     | P1           | primary   | 1            | '1' | 6   | '01'      | yes     | yes     | no       |
    | c     | P1           | primary   | 6            | '2' | 11  | '01'      | yes     | no      | no       |
    | d     | P1           | primary   | 6            | '1' | 12  | '08'      | yes     | no      | yes      |
    | e     | P2           | primary   | 1            | '1' | 6   | '03'      | yes     | yes     | no       |
    | f     | P2           | primary   | 2            | '1' | 7   | '01'      | yes     | no      | no       |
    | g     | J1           | junior    | 7            | '2' | 12  | '01'      | yes     | yes     | no       |
    | h     | J1           | junior    | 8            | '1' | 13  | '01'      | yes     | no      | no       |
    | i     | J1           | junior    | 9            | '2' | 15  | .         | yes     | no      | no       |
    | j     | K1           | preschool | −2           | '1' | 3   | '01'      | yes     | yes     | no       |
    | k     | K1           | preschool | 0            | '2' | 5   | '01'      | yes     | no      | no       |
    | l     | K2           | preschool | 0            | '1' | 5   | '01'      | yes     | no      | no       |
    | z     | P1           | primary   | 1            | '2' | 6   | '08'      | no      | no      | no       |
""",
    school_year=NOW,
    closed=False,
)
_BOARDERS, _MIGRANTS, _LEFT_BEHIND, _ORPHANS, _POOR = "aghz", "bez", "cd", "h", "dhz"
_DISABLED = {"c": ("62", "ordinary_class"), "f": ("61", "ordinary_class"), "i": ("65", "at_home"), "z": ("62", "at_home")}
for _child in ENROLMENTS:
    _name = _child["pupil"]
    _kind, _placement = _DISABLED.get(_name, ("", ""))
    _child |= {"boarder": _name in _BOARDERS, "migrant_child": _name in _MIGRANTS, "left_behind": _name in _LEFT_BEHIND,
               "orphan": _name in _ORPHANS, "poverty": "minimum_living" if _name in _POOR else "", "disability": _kind,
               "placement": _placement, "next": "unknown", "next_stage": ""}  # fmt: skip

# Children on the books on 1 September 2017, and what became of them.
ENROLMENTS += read_rows(
    """
    | pupil | organisation | stage     | grade_number | sex | age | on_roll | next        | next_stage |
    | q1    | P1           | primary   | 1            | '1' | 6   | yes     | promoted    | primary    |
    | q2    | P1           | primary   | 1            | '2' | 6   | yes     | repeated    | primary    |
    | q3    | P1           | primary   | 6            | '1' | 11  | yes     | completed   | junior     |
    | q4    | P1           | primary   | 6            | '2' | 11  | yes     | completed   | .          |
    | q5    | P1           | primary   | 5            | '1' | 10  | yes     | transferred | .          |
    | q6    | P1           | primary   | 4            | '2' | 9   | yes     | dropped_out | .          |
    | q7    | P2           | primary   | 3            | '1' | 8   | yes     | promoted    | primary    |
    | q8    | P2           | primary   | 2            | '2' | 7   | yes     | unknown     | .          |
    | q9    | P1           | primary   | 2            | '2' | 7   | no      | dropped_out | .          |
    | q10   | J1           | junior    | 9            | '1' | 14  | yes     | completed   | senior     |
    | q11   | J1           | junior    | 8            | '2' | 13  | yes     | promoted    | junior     |
    | q12   | J1           | junior    | 8            | '1' | 13  | yes     | suspended   | .          |
    | q13   | J1           | junior    | 9            | '2' | 14  | yes     | completed   | .          |
    | q14   | J1           | junior    | 7            | '1' | 12  | yes     | died        | .          |
    | q15   | K1           | preschool | 0            | '2' | 5   | yes     | completed   | primary    |
""",
    school_year=BEFORE, closed=True, ethnicity="01", entrant=False, repeater=False, boarder=False, migrant_child=False, left_behind=False, orphan=False,
    poverty="", disability="", placement="",
)  # fmt: skip

next(row for row in ENROLMENTS if row["pupil"] == "q1")["migrant_child"] = True

POPULATION = [
    {"organisation": "D", "school_year": NOW, "year": 2018, "stage": stage, "age": age, "sex": sex, "base": base, "persons": persons}
    for stage, age, girls, boys, household in (
        ("preschool", 3, 2, 1, 1), ("preschool", 5, 1, 1, 1), ("primary", 6, 2, 2, 1), ("primary", 11, 2, 2, 2), ("junior", 12, 1, 1, 1),
        ("junior", 14, 1, 2, 1),
    )
    for sex, base, persons in (("2", "resident", girls), ("1", "resident", boys), ("1", "household", household), ("2", "household", household))
]  # fmt: skip

# Sizes at and beside every limit: 45 and 46, 50 and 51, 55 and 56, 65 and 66; kindergarten 25, 35 and 36.
CLASSES = read_rows(
    """
    | organisation | stage     | grade_number | class_name | pupils | has_head_teacher |
    | P1           | primary   | 1            | '1'        | 45     | yes              |
    | P1           | primary   | 1            | '2'        | 46     | yes              |
    | P1           | primary   | 6            | '1'        | 56     | yes              |
    | P1           | primary   | 1            | '3'        | 66     | yes              |
    | P2           | primary   | 6            | '1'        | 55     | no               |
    | J1           | junior    | 7            | '1'        | 50     | yes              |
    | J1           | junior    | 9            | '1'        | 51     | no               |
    | J1           | junior    | 7            | '2'        | 65     | yes              |
    | K1           | preschool | −2           | '1'        | 25     | yes              |
    | K1           | preschool | 0            | '1'        | 36     | yes              |
    | K2           | preschool | 0            | '1'        | 35     | yes              |
""",
    school_year=NOW,
) + read_rows(
    """
    | organisation | stage   | grade_number | class_name | pupils | has_head_teacher |
    | P1           | primary | 1            | '1'        | 60     | yes              |
    | P1           | primary | 2            | '1'        | 40     | yes              |
    | J1           | junior  | 7            | '1'        | 56     | yes              |
    | J1           | junior  | 8            | '1'        | 57     | yes              |
""",
    school_year=BEFORE,
)

# Sizes at and beside the limits: 2000 and 2001, 2500 and 2501, 99 and 100.
INSTITUTIONS = read_rows(
    """
    | organisation | stage     | licensed | legal_form | inclusive | inspection    | pupils | school_pupils | classes | teachers | first_stage | member |
    | P1           | primary   | no       | .          | no        | .             | 2001   | 2001          | 45      | 105      | yes         | yes    |
    | P2           | primary   | yes      | non_profit | no        | passed        | 100    | 100           | 3       | 5        | yes         | no     |
    | P3           | primary   | no       | .          | no        | .             | 2000   | 2000          | 44      | 100      | yes         | yes    |
    | T1           | primary   | no       | .          | no        | .             | 20     | 20            | 1       | 2        | yes         | no     |
    | J1           | junior    | no       | .          | no        | .             | 99     | 99            | 4       | 16       | yes         | no     |
    | N1           | primary   | no       | .          | no        | .             | 1400   | 2501          | 32      | 80       | yes         | yes    |
    | N1           | junior    | no       | .          | no        | .             | 1101   | 2501          | 23      | 79       | no          | yes    |
    | K1           | preschool | no       | .          | no        | .             | 60     | 60            | 2       | 4        | yes         | no     |
    | K2           | preschool | yes      | non_profit | yes       | failed        | 35     | 35            | 1       | 3        | yes         | no     |
    | K3           | preschool | no       | for_profit | no        | not_inspected | 25     | 25            | 1       | 1        | yes         | no     |
""",
    school_year=NOW, pupils_from="register",
)  # fmt: skip

SCHOOL_GROUPS = read_rows(
    """
    | organisation | stage   | group    | role   |
    | P1           | primary | 阳光集团 | lead   |
    | P3           | primary | 阳光集团 | member |
    | N1           | .       | 阳光集团 | member |
""",
    school_year=NOW,
    group_kind="group",
)

STAFF = read_rows(
    """
    | person | organisation | stage     | sex | age | education | title_level  | post       | on_establishment | certified | days_to_registration |
    | t1     | P1           | primary   | '2' | 34  | '30'      | junior       | teacher    | yes              | yes       | 0                    |
    | t2     | P1           | primary   | '2' | 35  | '20'      | intermediate | teacher    | yes              | yes       | 365                  |
    | t3     | P1           | primary   | '1' | 50  | '40'      | senior       | teacher    | yes              | yes       | 366                  |
    | t4     | P2           | primary   | '1' | 24  | '60'      | .            | teacher    | no               | no        | −1                   |
    | t5     | J1           | junior    | '2' | 49  | '20'      | intermediate | teacher    | yes              | yes       | 1000                 |
    | t6     | J1           | junior    | '1' | 58  | '30'      | senior       | teacher    | yes              | yes       | -                    |
    | t7     | J1           | junior    | '2' | 30  | '10'      | junior       | teacher    | yes              | yes       | 200                  |
    | t8     | K1           | preschool | '2' | 28  | '40'      | .            | teacher    | no               | yes       | 900                  |
    | w1     | P1           | primary   | '1' | 45  | '60'      | .            | worker     | no               | no        | -                    |
    | w2     | J1           | junior    | '1' | 52  | '20'      | senior       | management | yes              | yes       | -                    |
""",
    school_year=NOW,
)
_SERVICE = read_rows("""
    | person | years_at_school | rotated | rotation_began | backbone_counted | training_hours | subjects  |
    | t1     | 5               | no      | no             | no               | 359            | 音乐,美术 |
    | t2     | 6               | yes     | yes            | yes              | 360            | 语文      |
    | t3     | 20              | yes     | no             | no               | 400            | 体育      |
    | t4     | 1               | no      | no             | no               | 0              | 数学,科学 |
    | t5     | 8               | no      | no             | yes              | 372            | 体育      |
    | t6     | 30              | no      | no             | no               | -              | 数学      |
    | t7     | -               | yes     | yes            | yes              | 100            | 美术      |
    | t8     | 3               | no      | no             | no               | 50             | .         |
    | w1     | 9               | no      | no             | no               | -              | .         |
    | w2     | 9               | yes     | yes            | yes              | 360            | .         |
""")
for _person, _service in zip(STAFF, _SERVICE, strict=True):
    _person |= _service
STAFF += [{**person, "school_year": BEFORE} for person in STAFF if person["person"] in ("t1", "t2", "t3", "t5", "t6")]

ESTABLISHMENT = read_rows(
    """
    | organisation | stage   | approved_posts | filled_posts | staff |
    | P1           | primary | 3              | 1            | 4     |
    | P3           | primary | 2              | 2            | 2     |
    | J1           | junior  | 2              | 3            | 4     |
""",
    school_year=NOW,
)

FUNDS = read_rows(
    """
    | organisation | stage   | source          | source_group   | purpose  | budgeted_yuan | received_yuan | spent_yuan |
    | D            | .       | county          | own_government | salaries | 800           | 800           | 800        |
    | D            | .       | surcharge       | earmarked      | projects | 300           | 200           | 100        |
    | P1           | primary | central         | transfer       | public   | 200           | 200           | 180        |
    | P1           | primary | county          | own_government | training | 20            | 20            | 20         |
    | P1           | primary | county          | own_government | aid      | 50            | 50            | 50         |
    | J1           | junior  | county          | own_government | public   | 180           | 180           | 120        |
    | J1           | junior  | donation        | school         | public   | 0             | 40            | 10         |
    | J1           | junior  | government_fund | earmarked      | buildings | 50           | 10            | 20         |
""",
    school_year="2018",
) + read_rows(
    """
    | organisation | stage   | source | source_group   | purpose  | budgeted_yuan | received_yuan | spent_yuan |
    | D            | .       | county | own_government | salaries | 700           | 700           | 700        |
    | P1           | primary | city   | transfer       | public   | 140           | 140           | 140        |
    | J1           | junior  | county | own_government | public   | 160           | 160           | 140        |
""",
    school_year="2017",
)


def _events(organisation: str, span: str, final: str, *, whole: bool = True, closed: bool = True, **events: int) -> list[Row]:
    """So many events of each kind, a row each."""
    return [
        {"organisation": organisation, "school_year": final, "stage": "junior", "pupil": f"{span}{event}{n}", "span": span, "event": event,
         "whole": whole, "closed": closed, "migrant_child": False, "disability": "", "sex": "1"}
        for event, count in events.items() for n in range(count)
    ]  # fmt: skip


COHORTS = [
    *_events("J1", "stage", BEFORE, entrant=6, moved_in=3, moved_out=1, died=1, graduated=5, last_grade=6, dropped_out=1),
    *_events("J1", "nine_year", BEFORE, entrant=4, moved_in=1, graduated=3),
    *_events("N1", "stage", BEFORE, whole=False, entrant=2, graduated=2),
    *_events("J1", "stage", NOW, closed=False, entrant=5),
]

LEDGER_ROWS = read_rows(
    """
    | row | organisation | ledger           | state      | ended     | overdue | judged | on_time |
    | 1   | P1           | matters          | closed     | closed    | no      | yes    | yes     |
    | 2   | P1           | matters          | closed     | closed    | no      | yes    | no      |
    | 3   | P3           | matters          | assigned   | .         | yes     | yes    | no      |
    | 4   | P3           | matters          | assigned   | .         | no      | no     | no      |
    | 5   | P3           | matters          | withdrawn  | withdrawn | no      | no     | no      |
    | 6   | J1           | matters          | closed     | closed    | no      | no     | no      |
    | 7   | P1           | petitions        | filed      | closed    | no      | yes    | yes     |
    | 8   | J1           | petitions        | accepted   | .         | yes     | yes    | no      |
    | 9   | J1           | petitions        | not_ours   | not_ours  | no      | yes    | yes     |
    | 10  | P1           | hazards          | closed     | closed    | no      | yes    | yes     |
    | 11  | P2           | hazards          | closed     | closed    | no      | yes    | yes     |
    | 12  | J1           | hazards          | closed     | closed    | no      | yes    | no      |
    | 13  | J1           | hazards          | rectified  | .         | no      | no     | no      |
    | 14  | J1           | hazards          | graded     | merged    | no      | no     | no      |
    | 15  | P1           | inspector_visits | recorded   | .         | no      | no     | no      |
    | 16  | P3           | inspector_visits | recorded   | .         | no      | no     | no      |
""",
    school_year=NOW, calendar_year="2018", stage="", process="", clocked=True,
)  # fmt: skip
for _line in LEDGER_ROWS:
    _line["row"] = str(_line["row"])


def _schema(name: str) -> pa.Schema:
    arrow = {"count": pa.int64(), "amount": pa.float64(), "flag": pa.bool_(), "text": pa.string(), "list": pa.string(), "date": pa.date32()}
    first = [(column, pa.string()) for column in ("organisation", "school_year", "stage")]
    if name == "annual_statistics":
        fields = {n: rule.type for n, rule in load_registers()[name].fields.items() if rule.type in ("count", "amount")}
        return pa.schema([*first, *((n, arrow[kind]) for n, kind in fields.items()), ("currency", pa.string())])
    tables = ledger_tables(name.removeprefix("ledger_").partition("__")[0])
    rule = tables.tables[name] if tables else load_tables()[name]
    return pa.schema([*first, *((n, arrow[column.type]) for n, column in rule.columns.items())])


_WRITTEN: Mapping[str, list[Row]] = {
    "annual_statistics": [{"school_year": NOW, **row} for row in STATISTICS], "enrolments": ENROLMENTS, "population": POPULATION,
    "classes": CLASSES, "institutions": INSTITUTIONS, "school_groups": SCHOOL_GROUPS, "staff": STAFF, "establishment": ESTABLISHMENT,
    "funds": FUNDS, "cohorts": COHORTS, "ledger_rows": LEDGER_ROWS, **LEDGERS,
}  # fmt: skip
TABLES: Mapping[str, list[Row]] = {
    name: [{**dict.fromkeys(_schema(name).names), **{n: row[n] for n in _schema(name).names if n in row}} for row in rows]
    for name, rows in _WRITTEN.items()
}


def small_world(folder: Path, only: Iterable[str] = TABLES) -> Snapshot:
    """Write it as a snapshot and open it; `only` some of the tables, beside those that every snapshot has."""
    folder.mkdir(parents=True, exist_ok=True)
    texts = ("code", "name_zh", "name_en", "kind", "parent", "path", "stages", "school_type", "ownership", "locale")
    files: dict[str, pa.Table] = {
        "organisations": pa.Table.from_pylist(
            [{**dict.fromkeys(texts, ""), **row, "name_zh": row["code"]} for row in ORGANISATIONS],
            pa.schema([(n, pa.string()) for n in texts]),
        ),
        "source_rows": pa.table({name: pa.array([], pa.string()) for name in ("organisation", "school_year", "stage", "file")}),
        **{name: pa.Table.from_pylist(TABLES[name], _schema(name)) for name in {*only, "annual_statistics"}},
    }
    entries = {}
    for name, table in files.items():
        file = folder / f"{name}.parquet"
        pq.write_table(table, file)
        entries[name] = {"file": file.name, "rows": table.num_rows, "sha256": file_sha256(file)}
    manifest = {
        "schema_version": SCHEMA_VERSION,
        "date": "2018-10-01",
        "created_by": "test",
        "tables": entries,
        "hash": tables_hash(entries),
    }
    (folder / MANIFEST).write_text(json.dumps(manifest), encoding="utf-8")
    return Snapshot.open(folder)
