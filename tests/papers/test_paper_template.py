"""Templates: what they may say, and how they are stopped, with file and line."""

import pytest

from jiaoheng.papers.paper import PaperStopped, write


@pytest.fixture
def written(district, rulebook, tmp_path):
    """The Markdown before the appendix that a template gives."""

    def go(text, language="zh-hans", **asked):
        (rulebook / "papers" / "own.md").write_text(text, encoding="utf-8")
        paper = write("own", district, tmp_path / "p.md", language=language, overlay=rulebook, **asked)
        return paper.file.read_text(encoding="utf-8").split("# 附录")[0].split("# Appendix")[0].split("\n\n", 2)[2].strip()

    return go


@pytest.mark.parametrize(
    ("text", "gives"),
    [
        ("学生{{ figure('pupils') }}名", "学生4,453名"),
        ("{{ figure('pupils', stage='junior') }}", "1,950"),
        ("{{ figure('pupils', organisation='A', period='2017-2018') }}", "883"),
        ("{{ figure('equipment_value_per_pupil', stage='primary', scale='万元') }}", "0.31"),
        ("{{ change('pupils', noun='名') }}", "增加100名，增长2.3%"),
        ("{{ change('pupils', show='rate') }}", "增长2.3%"),
        ("{{ change('pupils_per_teacher') }}", "提高0.1"),
        ("{{ count('school') }}所，小学{{ count('school', school_type='primary') }}所", "4所，小学2所"),
        ("{{ count('school', stage='junior') }}", "2"),
        (
            "{% for part in by_stage('pupils') %}{{ part.name }}{{ part.figure }}{{ '、' if not loop.last }}{% endfor %}",
            "小学2,503、初中1,950",
        ),
        ("{{ 'yes' if has('pupils', stage='senior') else 'no' }}", "no"),
        ("{{ coverage('funds_per_pupil') }}", "4所学校中的3所"),
        ("{{ verdict('high_quality_balance_2017').passed() }}", "2"),
        ("{{ ordinal(2) }}、{{ date(snapshot.date) }}", "二、2018年10月1日"),
        ("{{ [figure('pupils'), figure('teachers')] | join('、') }}", "4,453、278"),
        ("{{ figure('pupils') ~ '名' }}", "4,453名"),
        ("{{ '*<b>' }}", r"\*\<b\>"),
        ("{{ told('pupils', words='学生') }}", "学生4,453人，比上年增加100人，增长2.3%"),
        ("{{ told('pupils_per_teacher') }}", "生师比16.0，比上年提高0.1"),
        ("{{ told('multimedia_share', change=false) }}", "网络多媒体教室占教室比例83.33%"),
        ("{{ told('equipment_value', words='设备值', change=false) }}", "设备值1,300.00万元"),
        ("{{ told('teachers_per_class', stage='senior') }}x", "x"),
        (
            "{{ sentence(['rooms', 'pupils_on_roll', ['books', '图书']], lead='有') }}",
            "有教室数150间，与上年持平；图书150,000册，与上年持平。",
        ),
        ("{{ sentence(['pupils_on_roll']) }}x", "x"),
        ("{{ parts('pupils', '名') }}", "，其中小学2,503名、初中1,950名"),
        ("{{ 'yes' if within('pupils_per_teacher', most=16.1) and not within('pupils', most=10) else 'no' }}", "yes"),
        ("{{ 'yes' if worsened('pupils_per_teacher') and not improved('pupils_per_teacher') else 'no' }}", "yes"),
        ("{{ 'yes' if has('pupils', period='earlier') and not has('pupils_on_roll', period='earlier') else 'no' }}", "yes"),
    ],
)
def test_what_a_template_can_say(written, text, gives):
    assert written(f"第一行\n{text}\n").removeprefix("第一行\n") == gives


@pytest.mark.parametrize(
    ("text", "gives"),
    [
        ("甲{% if true %}乙{% endif %}\n## 丙\n\n丁", "甲乙\n\n## 丙\n\n丁"),
        ("甲{# 注 #}\n\n乙", "甲\n\n乙"),
        ("{% if true %}{% set a = '%}' %}\n甲{% endif %}\n乙", "甲\n乙"),
        ("甲\n{% if true %}\n乙\n{% endif %}\n丙", "甲\n乙\n丙"),
        ("甲{% if true %}乙{% endif -%}\n丙", "甲乙丙"),
        ("甲{% raw %}{% if %}{% endraw %}\n乙", "甲{% if %}\n乙"),
        ("{% set a = [\n'甲',\n] %}\n{{ a | join }}", "甲"),
    ],
)
def test_a_line_of_words_keeps_its_end_and_a_line_of_tags_leaves_none(written, text, gives):
    assert written(f"第一行\n\n{text}\n").removeprefix("第一行").strip() == gives


def test_a_school_and_what_lies_around_it(written):
    text = "{{ above.name }}{{ rank('pupils_per_teacher', 'primary') }}\n\n{{ compared(['pupils_per_teacher'], stage='primary') }}"
    said = written(text, area="B")
    assert said.startswith("示例区第3位（3所）") and "| 生师比（人） | 20.0 | 17.3 | 第3位（3所） |" in said


def test_charts_over_periods_and_of_parts_say_what_they_show(district, rulebook, tmp_path):
    text = "{{ chart('pupils', kind='trend', by='stage') }}\n\n{{ chart('pupils', kind='shares', title='构成') }}"
    (rulebook / "papers" / "own.md").write_text(text, encoding="utf-8")
    page = write("own", district, tmp_path / "p.html", overlay=rulebook).file.read_text(encoding="utf-8")
    assert "2017-2018 小学 2,443" in page and "2018-2019 初中 1,950" in page and "构成：2017-2018：小学 2,443" in page


def test_english(written):
    assert written("{{ change('pupils') }}; {{ coverage('funds_per_pupil') }}; {{ date(snapshot.date) }}", "en") == (
        "up 100 (2.3%); 3 of 4 schools; 1 October 2018"
    )


def test_the_list_keeps_each_figure_once_in_the_order_of_the_text(district, rulebook, tmp_path):
    text = "{% set late = figure('teachers') %}{{ figure('pupils') }} {{ late }} {{ figure('pupils') }} {% set never = figure('rooms') %}"
    (rulebook / "papers" / "own.md").write_text(text, encoding="utf-8")
    paper = write("own", district, tmp_path / "p.md", overlay=rulebook)
    assert [(one.number, one.about) for one in paper.figures] == [(1, "pupils"), (2, "teachers")]


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        ("{{ figure('pupil') }}", "No measure is called «pupil».*Did you mean «pupils»"),
        ("{{ figure('pupils', stage='senior') }}", "no value of «pupils».*nothing was reported"),
        ("{{ figure('pupils', stage='college') }}", "«college» is not a stage"),
        ("{{ figure('pupils', organisation='X') }}", "No organisation of the snapshot has the code «X»"),
        ("{{ figure('pupils', scale='dozen') }}", "«dozen» is not a scale"),
        ("{{ figure('computers_per_100', period='2016-2017') }}", "no value"),
        ("{{ figure('pupils').value }}", "printed without its source"),
        ("{{ 12 }}", "printed without its source"),
        ("{{ figuer('pupils') }}", "'figuer' is undefined"),
        ("{{ area.nmae }}", "nmae"),
        ("{{ figure(}}", "unexpected"),
        ("{% for x in [1] %}", "end of template|Unexpected end"),
        ("{{ table(['pupils', 'nothing']) }}", "No measure is called «nothing»"),
        ("{{ table('pupils', by='region') }}", "no level «region»"),
        ("{{ chart('pupils', kind='pie') }}", "«pie» is not a chart"),
        ("{{ chart(['pupils', 'teachers']) }}", "shows one measure; 2 are given"),
        ("{{ chart('pupils', kind='trend', names=['a', 'b']) }}", "1 measures are given, and 2 names"),
        ("{{ chart('pupils_on_roll', kind='trend') }}", "would be empty"),
        ("{{ rank('pupils', 'primary') }}", "has no place"),
        ("{{ compared(['pupils']) }}", "nothing to compare"),
        ("{{ verdict('nothing').passed() }}", "«nothing» is not a standard"),
        ("{{ verdict('high_quality_balance_2017').table('senior') }}", "does not judge the stage «senior»"),
        ("{{ count('school', colour='red') }}", "cannot be counted by «colour»"),
        ("{% include 'other.md' %}", "stands alone"),
        ("{{ ''.__class__ }}", "unsafe|__class__"),
        ("{{ figure.__self__ }}", "unsafe|__self__"),
        ("{{ 'x' * 999999999 }}", "plain numbers"),
        ("{{ 'x'.ljust(999999999) }}", "unsafe|ljust"),
        ("{{ '%0999999999d' % 1 }}", "plain numbers"),
        ("{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}", "more than 500,000 steps"),
        ("{% macro f() %}{{ f() }}{{ f() }}{% endmacro %}{{ f() }}", "without end|steps"),
        ("{% for a in range(90000) %}" + "x" * 90 + "{% endfor %}", "grew beyond"),
    ],
)
def test_a_faulty_template_is_stopped_at_its_line(written, fault, message):
    with pytest.raises(PaperStopped, match=message) as caught:
        written(f"---\ntitle: 标题\n---\n# 一\n\n第六行在下一行\n{fault}\n")
    if "without end" not in str(caught.value):
        assert str(caught.value).startswith(("own.md, line 7: ", "own.md, line 8: ")), str(caught.value)


def test_a_faulty_heading_block_is_named(written):
    with pytest.raises(PaperStopped, match=r"own.md, line 2"):
        written("---\ntitle: [\n---\nx")
    with pytest.raises(PaperStopped, match=r"own.md, line 1: No measure"):
        written("---\ntitle: \"{{ figure('x') }}\"\n---\nx")
