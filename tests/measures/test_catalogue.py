"""Catalogue: every measure is checked whole; a bad one names file, line and key; a bureau's own replaces ours."""

from pathlib import Path

import pytest

from jiaoheng.measures.catalogue import UnknownMeasure, load_catalogue
from jiaoheng.rulebook.loader import RulebookFaulty

MEASURE = """{name}:
  label: {{en: {label}, zh: {label}}}
  register: {register}
  kind: {kind}
  {figures}
  unit: {{en: pupils, zh: 人}}
  decimals: 1
  better: none
  source: {{document: Circular 4/2023 (example)}}
"""

PROMISED = [
    "pupils",
    "teachers",
    "rooms",
    "classes",
    "pupils_per_teacher",
    "pupils_per_room",
    "pupils_per_class",
    "funds_per_pupil",
    "computers_per_100",
    "books_per_pupil",
    "teachers_cv",
    "rooms_cv",
    "teachers_above_qualification_per_100",
    "backbone_teachers_per_100",
    "pe_arts_teachers_per_100",
    "teaching_area_per_pupil",
    "sports_area_per_pupil",
    "equipment_value_per_pupil",
    "multimedia_classrooms_per_100",
]


def overlay(folder: Path, **more: str) -> Path:
    """A rulebook with one measure, changed as asked."""
    written = {
        "name": "mine",
        "label": "Mine",
        "register": "annual_statistics",
        "kind": "total",
        "figures": "numerator: sum(pupils)",
        **more,
    }
    (folder / "measures").mkdir(exist_ok=True)
    (folder / "measures" / "own.yaml").write_text(MEASURE.format(**written), encoding="utf-8")
    return folder


def test_the_promised_measures_are_there() -> None:
    catalogue = load_catalogue()
    assert set(PROMISED) | {f"{name}_cv" for name in PROMISED[-7:]} <= set(catalogue)


def test_every_measure_has_words_in_both_languages_and_a_source() -> None:
    for measure in load_catalogue().values():
        assert measure.label.en and measure.label.zh and measure.unit.en and measure.unit.zh and measure.source.document


@pytest.mark.parametrize(
    ("more", "line", "key", "says"),
    [
        ({"figures": "numerator: sum(pupilz)"}, 5, "mine.numerator", "«pupilz» is not one"),
        ({"figures": "numerator: (select 1)"}, 5, "mine.numerator", "a query of its own"),
        ({"figures": "numerator: sum(read_csv('x'))"}, 5, "mine.numerator", "READ_CSV"),
        ({"figures": "numerator: sum(pupils)\n  where: pupils"}, 6, "mine.where", "gives a truth"),
        ({"kind": "ratio"}, 1, "mine.denominator", "needs «denominator»"),
        ({"kind": "ratio", "figures": "numerator: sum(pupils)\n  denominator: 5 - 5"}, 6, "mine.denominator", "«5 - 5» is zero"),
        ({"kind": "variation", "figures": "resource: teachers\n  weight: 2 - 2"}, 6, "mine.weight", "is zero"),
        ({"figures": "numerator: sum(pupils)\n  denominator: sum(teachers)"}, 1, "mine.denominator", "has no «denominator»"),
        ({"kind": "variation", "figures": "resource: sum(teachers)\n  weight: pupils"}, 5, "mine.resource", "takes many rows together"),
        ({"register": "enrolment"}, 3, "mine.register", "annual_statistics"),
        ({"register": "organisations"}, 3, "mine.register", "annual_statistics"),
        ({"figures": "numerator: sum(pupils)\n  numerater: 1"}, 6, "mine.numerater", "not a known key"),
        ({"kind": "share"}, 4, "mine.kind", "total"),
        ({"label": "Pupils"}, 1, "mine.label.en", "«pupils» has this one already"),
    ],
)
def test_a_faulty_measure_names_file_line_and_key(tmp_path: Path, more: dict[str, str], line: int, key: str, says: str) -> None:
    with pytest.raises(RulebookFaulty) as faulty:
        load_catalogue(overlay(tmp_path, **more))
    fault = faulty.value.faults[0]
    assert (fault.file.name, fault.line, fault.key) == ("own.yaml", line, key)
    assert says in fault.expected


def test_two_measures_of_one_name_are_refused(tmp_path: Path) -> None:
    folder = overlay(tmp_path)
    file = folder / "measures" / "own.yaml"
    (folder / "measures" / "second.yaml").write_text(file.read_text(encoding="utf-8"), encoding="utf-8")
    with pytest.raises(RulebookFaulty, match=r"second.yaml, line 1, mine.*own.yaml, line 1 has this one already"):
        load_catalogue(folder)


def test_a_bureaus_measure_replaces_ours_and_has_another_version(tmp_path: Path) -> None:
    own = load_catalogue(overlay(tmp_path, name="pupils", figures="numerator: count(*)"))
    assert str(own["pupils"].numerator) == "count(*)"
    assert own["pupils"].definition_version != load_catalogue()["pupils"].definition_version
    assert own["teachers"].definition_version == load_catalogue()["teachers"].definition_version


def test_an_unknown_measure_offers_the_nearest() -> None:
    with pytest.raises(UnknownMeasure, match="Did you mean «pupils_per_teacher»"):
        load_catalogue()["pupil_per_teacher"]
