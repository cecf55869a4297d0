"""A Word paper, edited or not, is held against its snapshot through `explain`."""

import json
import shutil
import subprocess
import zipfile

import pytest

from jiaoheng.papers.explaining import NotExplained, explain, snapshot_of
from jiaoheng.papers.paper import write
from jiaoheng.papers.paper_record import PaperRecord
from tests.tiny_district import record, school, snapshot


@pytest.fixture(scope="module")
def paper(district, tmp_path_factory):
    return write("annual_report", district, tmp_path_factory.mktemp("paper") / "p.docx")


def _edited(paper, output, change):
    """A copy of the document with its text changed by hand."""
    with zipfile.ZipFile(paper.file) as parts, zipfile.ZipFile(output, "w") as made:
        for name in parts.namelist():
            blob = parts.read(name)
            made.writestr(name, change(blob.decode()).encode() if name == "word/document.xml" else blob)
    return output


def test_an_untouched_paper_holds(paper, district):
    found = explain(paper.file, district)
    assert found.holds and not found.removed
    assert {place.figure.number for place in found.places} == {figure.number for figure in paper.figures}
    assert all(place.shown == place.derived == place.figure.text and not place.redefined for place in found.places)


def test_a_figure_changed_by_hand_is_named(paper, district, tmp_path):
    changed = _edited(paper, tmp_path / "p.docx", lambda text: text.replace(">4,453<", ">4,543<", 1))
    found = explain(changed, district)
    wrong = [place for place in found.places if place.status != "equal"]
    assert [(place.figure.about, place.shown, place.derived, place.status) for place in wrong] == [("pupils", "4,543", "4,453", "altered")]


def test_a_figure_taken_out_is_named_and_the_rest_holds(paper, district, tmp_path):
    number = paper.figures[-1].number
    without = _edited(paper, tmp_path / "p.docx", lambda text: text.replace(f'figure-{number}"', '"'))
    found = explain(without, district)
    assert found.holds and [figure.number for figure in found.removed] == [paper.figures[-1].number]


def test_a_measure_defined_anew_is_said(paper, district, tmp_path):
    (tmp_path / "measures").mkdir()
    (tmp_path / "measures" / "own.yaml").write_text(
        "pupils_per_teacher:\n  label: {en: Pupils per teacher, zh: 生师比}\n  register: annual_statistics\n  kind: ratio\n"
        "  numerator: sum(pupils) + sum(teachers)\n  denominator: sum(teachers)\n  unit: {en: pupils per teacher, zh: 人}\n  decimals: 1\n"
        "  better: less\n  source: {document: own}\n",
        encoding="utf-8",
    )
    found = explain(paper.file, district, overlay=tmp_path)
    told = [place for place in found.places if place.figure.about == "pupils_per_teacher"]
    assert told and all(place.redefined for place in told) and not found.holds
    assert all(place.figure.definition["numerator"] == "sum(pupils)" for place in told)


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("soffice") is None, reason="LibreOffice is not installed")
def test_the_figures_survive_another_word_processor(paper, district, tmp_path):
    subprocess.run(["soffice", "--headless", "--convert-to", "docx", "--outdir", str(tmp_path), str(paper.file)], check=True, timeout=120)
    saved = tmp_path / paper.file.name
    assert snapshot_of(saved) == district.hash
    found = explain(saved, district)
    assert found.holds and {place.figure.number for place in found.places} == {figure.number for figure in paper.figures}


def test_the_record_is_the_json_form(district, tmp_path):
    paper = write("resources", district, tmp_path / "p.json", language="en")
    read = json.loads(paper.file.read_text(encoding="utf-8"))
    assert read["snapshot"] == district.hash and len(read["figures"]) == len(paper.figures)
    assert PaperRecord.from_json(paper.file.read_text(encoding="utf-8")) == paper.record
    pupils = next(one for one in read["figures"] if one["about"] == "pupils" and one["stage"] == "all")
    assert pupils["value"] == pupils["numerator"] and pupils["definition"]["version"]


def test_another_snapshot_is_refused_in_words(paper, tmp_path):
    other = snapshot(tmp_path / "s", [school("A", "晨光小学")], [record("A", pupils=1)])
    with pytest.raises(NotExplained, match="was written from the snapshot"):
        explain(paper.file, other)


@pytest.mark.parametrize(
    ("content", "said"), [(b"no zip at all", "damaged"), (None, "There is no file")], ids=["not a document", "not there"]
)
def test_what_is_not_a_paper_is_refused_in_words(district, tmp_path, content, said):
    file = tmp_path / "p.docx"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(NotExplained, match=said):
        explain(file, district)


def test_a_foreign_document_is_refused_in_words(district, tmp_path):
    from docx import Document

    Document().save(str(tmp_path / "p.docx"))
    with pytest.raises(NotExplained, match="not a paper of this program"):
        explain(tmp_path / "p.docx", district)
