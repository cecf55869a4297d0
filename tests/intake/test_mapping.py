"""Mappings: what feeds what, and every fault in one named by file, line and key."""

from pathlib import Path

import pytest

from jiaoheng.intake.mapping import load_mapping
from jiaoheng.intake.taking_in import take_in
from jiaoheng.organisations.organisation import Organisation
from jiaoheng.registers.annual_statistics import AnnualStatistics
from jiaoheng.rulebook.loader import RulebookFaulty
from jiaoheng.rulebook.registers import load_registers

REPOSITORY = Path(__file__).parents[2]

MAPPING = """
label: {en: Example, zh: 示例}
sources:
  list:
    files: "list*.csv"
    register: organisations
    path:
      - {kind: country, code: XX, name_en: Examplia}
      - {kind: region, column: region}
      - {kind: district, column: district}
    columns:
      code: id
      name_en: name
      stages: {column: level, values: {Elementary: primary, Both: "primary,junior"}}
    constants: {kind: school}
  staff:
    files: [staff.xlsx]
    sheet: Data
    register: annual_statistics
    columns:
      organisation: id
      stage: {from: organisation}
      teachers: {sum: [a, b]}
    constants: {school_year: 2018-2019, currency: USD}
"""


@pytest.fixture
def mapping(tmp_path: Path) -> Path:
    path = tmp_path / "mapping.yaml"
    path.write_text(MAPPING, encoding="utf-8")
    return path


def files(written) -> None:
    written(
        "list_2018.csv",
        [
            ["id", "name", "region", "district", "level"],
            ["1", "Sunrise ES", "North", "East/West", "Elementary"],
            ["2", "Meadow ES", "South", "East/West", "Elementary"],
            ["3", "Lake School", "South", "", "Both"],
        ],
    )
    written(
        "staff.xlsx",
        {
            "About": [["words"]],
            "Data": [["id", "a", "b"], [1.0, 3, 4], ["2", 5, None], [3, 1, 1], [9, 1, 1]],
        },
    )


def test_a_folder_is_taken_in_by_its_mapping(db, written, mapping, tmp_path):
    files(written)
    written("other.csv", [["x"], ["y"]])
    report = take_in([tmp_path], mapping)
    assert [(file.file, file.read, file.accepted, file.rejected) for file in report.files] == [
        ("list_2018.csv", 3, 3, 0),
        ("staff.xlsx", 4, 2, 2),
    ]
    assert [(cause.code, cause.first_row) for cause in report.files[1].causes] == [("STAT-05", 5), ("STAT-11", 4), ("READ-10", 3)]
    row = AnnualStatistics.objects.get(organisation__code="1")
    assert (row.teachers, row.stage, row.school_year, row.currency) == (7, "primary", "2018-2019", "USD")
    assert AnnualStatistics.objects.get(organisation__code="2").teachers is None  # a missing part is not zero


def test_paths_make_the_areas_above_and_names_may_repeat(db, written, mapping, tmp_path):
    files(written)
    take_in([tmp_path / "list_2018.csv"], mapping)
    tree = {node.code: (node.kind, node.name, node.parent.code if node.parent else None) for node in Organisation.objects.all()}
    east = "XX.North.East\u2215West"
    assert tree["XX"] == ("country", "Examplia", None)
    assert tree[east] == ("district", "East/West", "XX.North")
    assert tree["XX.South.East\u2215West"] == ("district", "East/West", "XX.South")
    assert tree["1"] == ("school", "Sunrise ES", east)
    assert tree["3"][2] == "XX.South"  # a blank level is left out
    assert Organisation.objects.get(code="1").path == f"XX/XX.North/{east}/1"
    assert Organisation.objects.get(code="3").stages == "primary,junior"


def test_a_second_time_changes_nothing(db, written, mapping, tmp_path):
    files(written)
    take_in([tmp_path], mapping)
    before = list(Organisation.objects.values_list().order_by("id")), list(AnnualStatistics.objects.values_list().order_by("id"))
    report = take_in([tmp_path], mapping)
    assert [file.accepted for file in report.files] == [0, 0] and report.files[0].unchanged == 3
    assert before == (list(Organisation.objects.values_list().order_by("id")), list(AnnualStatistics.objects.values_list().order_by("id")))


def test_areas_of_rejected_rows_are_not_made(db, written, mapping, tmp_path):
    written("list.csv", [["id", "name", "region", "district", "level"], ["", "Nowhere", "West", "Far", "Elementary"]])
    assert take_in([tmp_path / "list.csv"], mapping).files[0].rejected == 1
    assert not Organisation.objects.exists()


def test_a_column_that_the_file_lacks_and_a_sheet_that_is_not_there(db, written, mapping, tmp_path):
    written("staff.xlsx", {"Data": [["id", "a"], [1, 2]]})
    cause = take_in([tmp_path / "staff.xlsx"], mapping).files[0].causes[0]
    assert cause.code == "FILE-06" and "“b”" in cause.en
    written("staff.xlsx", {"Tab": [["id", "a", "b"], [1, 2, 3]]})
    cause = take_in([tmp_path / "staff.xlsx"], mapping).files[0].causes[0]
    assert cause.code == "FILE-07" and "“Data”" in cause.en and "Tab" in cause.en


def test_a_file_that_the_mapping_does_not_name(db, written, mapping, tmp_path):
    assert take_in([written("x.csv", [["a"], ["b"]])], mapping).files[0].causes[0].code == "FILE-10"
    empty = tmp_path / "empty"
    empty.mkdir()
    assert take_in([empty], mapping).files[0].causes[0].code == "FILE-12"


@pytest.mark.parametrize(
    ("old", "new", "line", "key", "expected"),
    [
        ("register: organisations", "register: orgs", 6, "sources.list.register", "annual_statistics"),
        ("      name_en: name", "      nam: name", 13, "sources.list.columns.nam", "a field of organisations"),
        ("Elementary: primary", "Elementary: primry", 14, "sources.list.columns.stages.values.Elementary", "primary, junior"),
        ("kind: region", "kind: planet", 9, "sources.list.path.1.kind", "region"),
        ("school_year: 2018-2019", "school_year: 2018-2020", 24, "sources.staff.constants.school_year", "2018"),
        ("constants: {kind: school}", "constants: {kind: skool}", 15, "sources.list.constants.kind", "school"),
        ("{sum: [a, b]}", "{sum: [a, b], column: c}", 23, "sources.staff.columns.teachers", "exactly one"),
        ("{from: organisation}", "{form: organisation}", 22, "sources.staff.columns.stage.form", "not a known key"),
        ("    sheet: Data", "    sheets: Data", 18, "sources.staff.sheets", "not a known key"),
        ("      organisation: id", "", 16, "sources.staff", "organisation, which every row needs"),
        ("{sum: [a, b]}", "{from: organisation}", 23, "sources.staff.columns.teachers", "only stage"),
        ("name_en: name", "name_en: [name", None, "", "readable YAML"),
    ],
)
def test_every_fault_names_file_line_and_key(mapping, old, new, line, key, expected):
    assert old in MAPPING
    mapping.write_text(MAPPING.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(RulebookFaulty) as refused:
        load_mapping(mapping, load_registers())
    fault = refused.value.faults[0]
    assert fault.file == mapping and fault.key == key and expected in fault.expected
    assert line is None or fault.line == line


def test_the_shipped_mapping_loads():
    mapping = load_mapping(REPOSITORY / "examples" / "philippines" / "mapping.yaml", load_registers())
    assert set(mapping.sources) == {"schools", "rooms", "teachers", "funds"}
