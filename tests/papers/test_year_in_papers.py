"""Ledgers and goals in papers: counted from the snapshot, each figure leading to its rows or its goal."""

import pytest

from jiaoheng.papers.audit.auditing import audit_text
from jiaoheng.papers.explaining import explain
from jiaoheng.papers.paper import PaperStopped, write
from tests.papers.year_tables import year_tables
from tests.tiny_district import record, school, snapshot


@pytest.fixture(scope="module")
def year(tmp_path_factory):
    schools = [school("A", "晨光小学"), school("B", "青禾小学")]
    return snapshot(tmp_path_factory.mktemp("year"), schools, [record("A"), record("B", pupils=900)], more=year_tables())


@pytest.fixture
def written(year, rulebook, tmp_path):
    def go(text, language="zh-hans", ending=".md", **asked):
        (rulebook / "papers" / "own.md").write_text(text, encoding="utf-8")
        return write("own", year, tmp_path / f"p{ending}", language=language, overlay=rulebook, area=asked.pop("area", "D"), **asked)

    return go


@pytest.fixture
def said(written):
    def go(text, language="zh-hans", **asked):
        text = written(text, language, **asked).file.read_text(encoding="utf-8")
        return text.split("# 附录")[0].split("# Appendix")[0].split("\n\n", 2)[2].strip()

    return go


SAID = [
    ("{{ ledger('hazards') }}处", "4处"),
    ("{{ ledger('hazards', organisation='B') }}处", "1处"),
    ("{{ ledger('hazards', period='2017-2018') }}处", "1处"),
    ("{{ ledger('hazards', period='2018') }}处", "4处"),
    ("{{ ledger('hazards', 'closed') }} {{ ledger('hazards', 'open') }} {{ ledger('hazards', 'overdue') }}", "3 1 1"),
    ("{{ ledger('hazards', 'closed_share') }} {{ ledger('hazards', 'on_time_share') }}", "75.00% 66.67%"),
    ("{{ 'yes' if has_ledger('hazards') and not has_ledger('training') and not has_ledger('nobodys') else 'no' }}", "yes"),
    ("{{ 'no' if has_ledger('drills', 'on_time_share') else 'yes' }}", "yes"),
    ("{{ ledger_title('hazards') }} {{ ledger_period() }}", "校园安全隐患台账 2018-2019学年"),
    (
        "{{ happened([['hazards', '排查隐患', '处', 'closed_share=整改率', 'overdue'], ['training', '培训', '期'],"
    " ['drills', '演练', '次', 'on_time_share']]) }}",
        "排查隐患4处，整改率75.00%，超期未结1处；演练1次。",
    ),
    ("{{ happened([['training', '培训', '期']]) }}x", "x"),
    ("{{ goal_plan() }}{{ goal_count() }}条，达到{{ goal_count('met') }}条", "2018年工作要点4条，达到3条"),
    ("{{ goal('新建').said }}", "目标不少于12所，现为8所，进度滞后"),
    ("{{ goal('pupils_per_teacher').said }}", "目标不超过17人，现为15.8人，已达到目标"),
    ("{{ goal('制定').said }}；{{ goal('报警').said }}", "已完成；逾期完成"),
    ("{{ goal('1').way }} {{ goal('1').due }} {{ goal('1').office }}", "67% 2018年12月31日 示例区"),
    (
        "{% for part in goal_headings() %}{{ part.heading }}{% for one in part.goals %}·{{ one.text }}{% endfor %}{% endfor %}",
        "扩大学位·新建幼儿园12所·每名教师负担学生不超过17人改革·制定方案·接入报警装置",
    ),
    ("{% for one in goals('unmet') %}{{ one.text }}{% endfor %}", "新建幼儿园12所"),
    ("{{ 'yes' if has_goals(year='2017') and not has_goals(year='2016') else 'no' }}", "yes"),
    ("{% for one in each_school(stage='primary') %}{{ one.name }}{{ one.figure('pupils') }}；{% endfor %}", "晨光小学1,000；青禾小学900；"),
]  # fmt: skip


def test_what_a_template_can_say_of_the_year(said):
    lines = said("\n\n".join(text for text, _ in SAID)).split("\n\n")
    assert lines == [gives for _, gives in SAID]


def test_english(said):
    text = "{{ happened([['hazards', 'hazards found', '', 'closed_share']]) }} {{ goal('1').said }}"
    assert said(text, "en") == "Hazards found 4, share closed 75.00%. target at least 12 所, now 8 所, behind"


def test_a_table_of_goals(said):
    table = said("{{ goals_table() }}")
    assert "| 新建幼儿园12所 | 示例区 | 不少于12所 | 8所 | 进度滞后 |" in table and "| 制定方案 | 示例区 | 完成 | – | 已完成 |" in table


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        ("{{ ledger('hazard') }}", "did you mean «hazards»"),
        ("{{ ledger('training') }}", "no row of the ledger «training» in 2018-2019"),
        ("{{ ledger('hazards', 'lost') }}", "«lost» is not counted of ledgers"),
        ("{{ ledger('drills', 'on_time_share') }}", "was judged"),
        ("{{ ledger('hazards', period='autumn') }}", "neither a school year"),
        ("{{ goal('所有') }}", "no goal «所有»"),
        ("{{ goal('').said }}", "is said by"),
        ("{{ goals('lost') }}", "«lost» is not a status"),
        ("{{ goal_count(year='2010') }}", "no plan of the year"),
        ("{{ goals_table(status='withdrawn') }}", "would be empty"),
    ],
)
def test_what_the_year_does_not_hold_stops_the_paper(said, fault, message):
    with pytest.raises(PaperStopped, match=message):
        said(fault)


def test_figures_of_the_year_lead_to_their_rows(written):
    text = "{{ ledger('hazards', 'overdue') }} {{ goal('新建').value }} {{ goal('pupils_per_teacher').value }} {{ goal_count() }}"
    links = [figure.link for figure in written(text).figures]
    assert links[0] == "/ledgers/hazards/?from=2018-09-01&until=2019-08-31&organisation=D&late=late"
    assert links[1] == "/goals/1/" and links[2].startswith("/measures/pupils_per_teacher?") and links[3] == "/plans/"


def test_a_paper_with_ledgers_and_goals_is_derived_again(written, year, rulebook):
    paper = written("{{ ledger('hazards', 'closed_share') }} {{ goal('新建').said }} {{ goal('pupils_per_teacher').said }}", ending=".docx")
    found = explain(paper.file, year, overlay=rulebook)
    assert [one.status for one in found.places] == ["equal"] * 5


def test_a_paper_for_the_public_has_neither(said):
    text = "---\npublic: true\n---\n{{ 'yes' if not has_goals() and not has_ledger('hazards') else 'no' }}"
    assert said(text) == "yes"


@pytest.mark.parametrize(
    ("template", "says"),
    [
        ("yearly_summary", ["《2018年工作要点》确定目标4条，已达到3条，进度滞后1条。", "安全隐患4处，整改3处，整改率75.00%，超期未结1处",
                            "- 新建幼儿园12所（示例区），现为8所，进度滞后。", "部分事项超过时限未办结，安全隐患1处。"]),
        ("self_evaluation", ["## （三）年度目标", "排查安全隐患4处，整改率75.00%，按期整改率66.67%，超期未结1处", "进度滞后。"]),
        ("work_plan", ["## （一）扩大学位", "| 每名教师负担学生不超过17人 | 示例区 | 12月31日 | 不超过17人 | 15.8人 | 已达到目标 |",
                       "2018年登记的事项，截至2018年10月1日，尚未销号的安全隐患1处（超期1处）；"]),
        ("leaders_brief", ["年度目标4条，已达到3条，滞后、未完成或未报告1条。",
                           "**办理**　2018年，安全隐患4处，整改率75.00%，超期未结1处。"]),
    ],
)  # fmt: skip
def test_shipped_papers_tell_the_year(year, tmp_path, template, says):
    text = write(template, year, tmp_path / "p.md").file.read_text(encoding="utf-8").split("# 附录")[0]
    assert [one for one in says if one not in text] == []
    assert [one.explanation for one in audit_text(text).relations if not one.holds] == []


@pytest.mark.parametrize("template", ["leaders_brief", "work_plan", "yearly_summary", "self_evaluation"])
def test_shipped_papers_count_hazards_in_the_calendar_year(year, tmp_path, template):
    """As the measures over the same ledgers do; the school year would count other rows than the year that the paper tells of."""
    links = [figure.link for figure in write(template, year, tmp_path / "p.md").figures]
    hazards = [link for link in links if link.startswith("/ledgers/hazards/")]
    assert hazards and all("from=2018-01-01&until=2018-12-31" in link for link in hazards)
