"""What people judged of an area, in papers: each score a figure that leads to the page with its evidence."""

import pytest

from jiaoheng.papers.explaining import explain
from jiaoheng.papers.paper import PaperStopped, write

DUTIES = "performance_of_duties_county"


@pytest.fixture
def written(district, judged, tmp_path):
    def go(text, language="zh-hans", ending=".md", **asked):
        (judged / "papers").mkdir(exist_ok=True)
        (judged / "papers" / "own.md").write_text(text.replace("DUTIES", f"'{DUTIES}'"), encoding="utf-8")
        return write("own", district, tmp_path / f"p{ending}", language=language, overlay=judged, **asked)

    return go


def said(paper):
    text = paper.file.read_text(encoding="utf-8")
    return text.split("# 附录")[0].split("# Appendix")[0].split("\n\n", 2)[2].strip()


SAID = [
    (
        "{% set a = assessed(DUTIES) %}{{ a.judged }} {{ a.reviewed }} {{ a.reviewer_score }}/{{ a.reviewed_points }}",
        "2 1 3/4",
    ),
    ("{{ assessed(DUTIES).label }}", "县级人民政府履行教育职责评价"),
    ("{{ 'yes' if has_assessed(DUTIES) and not has_assessed('class_sizes') else 'no' }}", "yes"),
    ("{{ 'yes' if assessed(DUTIES).unscored else 'no' }}", "yes"),
    ("{{ 'none' if assessed('high_quality_balance_2017').self_score is none else 'some' }}", "none"),  # it has no points
]


@pytest.mark.parametrize(("text", "expected"), SAID)
def test_what_a_template_says_of_an_assessment(written, text, expected):
    assert said(written(text)) == expected


def test_the_items_stand_with_their_scores_and_evidence(written):
    table = said(written("{{ assessed(DUTIES).items_table() }}"))
    assert "学校党建与领导体制落实" in table and "局党组会议纪要〔2018〕3号" in table and "3.5" in table and "未达标" in table
    assert "officer" not in table  # who judged stands on the page, with the evidence
    table = said(written("{{ assessed(DUTIES).table() }}", "en"))
    assert "Party leadership and direction" in table and "Reviewer's score" in table and "**Sum**" in table


def test_each_score_leads_to_its_evidence(written):
    paper = written("{{ assessed(DUTIES).items_table() }}{{ assessed(DUTIES).self_score }}")
    links = {figure.label: figure.link for figure in paper.figures}
    page = f"/standards/{DUTIES}/judging/?area=D&year=2018-2019"
    assert links["学校党建与领导体制落实：自评得分"] == f"{page}&item=party_work#party_work"
    assert links["学校党建与领导体制落实：复核得分"].endswith("item=party_work#party_work")
    assert links["县级人民政府履行教育职责评价：自评得分"] == page
    (own,) = [figure for figure in paper.figures if figure.label == "学校党建与领导体制落实：自评得分"]
    assert own.parts == "3.5 / 4"


def test_nobodys_judgement_and_the_public_are_told_nothing(written, judged):
    assert said(written("---\npublic: true\n---\n{{ 'yes' if has_assessed(DUTIES) else 'no' }}")) == "no"
    (judged / "judgements" / "duties.yaml").unlink()
    assert said(written("{{ 'yes' if has_assessed(DUTIES) else 'no' }}")) == "no"
    with pytest.raises(PaperStopped, match="Nobody has judged"):
        written("{{ assessed(DUTIES).items_table() }}")
    with pytest.raises(PaperStopped, match="not an assessment"):
        written("{{ assessed('nothing').self_score }}")


def test_a_score_changed_after_the_paper_is_told(written, judged, district):
    paper = written("{{ assessed(DUTIES).items_table() }}", ending=".docx")
    assert explain(paper.file, district, overlay=judged).holds
    file = judged / "judgements" / "duties.yaml"
    file.write_text(file.read_text(encoding="utf-8").replace("self_score: 3.5", "self_score: 4"), encoding="utf-8")
    found = {place.figure.label: place.status for place in explain(paper.file, district, overlay=judged).places}
    assert found["学校党建与领导体制落实：自评得分"] != "equal" and found["学校党建与领导体制落实：复核得分"] == "equal"
