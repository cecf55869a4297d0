"""Splitting: put together again the parts are the template, and each begins at a heading of the first level."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jiaoheng.papers.joint.splitting import carried, headings, joined, split
from jiaoheng.papers.paper import template_of, templates
from jiaoheng.papers.template import PaperStopped
from jiaoheng.rulebook.loader import shipped_rulebook
from tests.papers.joint.conftest import TEMPLATE


@pytest.mark.parametrize("file", sorted((shipped_rulebook() / "papers").glob("*.md")), ids=lambda file: file.name)
def test_every_shipped_template_is_put_together_again(file):
    text = file.read_text(encoding="utf-8")
    for deepest in (1, 2):
        assert joined([part.text for part in split(text, deepest)]) == text
    parts = split(text)
    assert len(parts) > 1 and parts[0].title == "" and parts[0].text.startswith("---")


@given(
    st.lists(
        st.sampled_from(
            ["# 一\n", "文\n", "{% if x %}\n", "{% endif %}\n", "{% set a = 1 %}\n", "{# # 注 #}\n", "## 二\n", "\n", "{{ a }}"]
        )
    )
)
def test_no_sign_is_lost(pieces):
    text = "".join(pieces)
    assert joined([part.text for part in split(text)]) == text


def test_parts_begin_at_headings_and_never_inside_a_condition():
    parts = split(TEMPLATE + "{% for x in y %}\n文\n# 里面\n{% endfor %}\n")
    assert [part.title for part in parts] == ["", "基本情况", "教师队伍", "下一步工作"]
    assert parts[3].text.startswith('{% if has("pupils") %}\n# 下一步工作') and "里面" in parts[3].text
    assert parts[0].text.endswith('{% set ratio = "pupils_per_teacher" %}\n')


def test_a_template_without_headings_has_one_part_of_text():
    parts = split("---\ntitle: 甲\n---\n{% set a = 1 %}\n文\n\n又\n")
    assert [part.text for part in parts] == ["---\ntitle: 甲\n---\n{% set a = 1 %}\n", "文\n\n又\n"]
    assert [part.text for part in split("没有任何标题")] == ["", "没有任何标题"]


def test_sections_are_parts_where_that_is_asked_for():
    parts = split("---\ntitle: 甲\n---\n# 一\n\n## 甲\n\n文\n\n## 乙\n\n文\n\n# 二\n\n先\n\n## 丙\n\n文\n\n### 深\n\n文\n", deepest=2)
    assert [part.title for part in parts] == ["", "一 · 甲", "乙", "二", "丙"]
    assert parts[1].text == "# 一\n\n## 甲\n\n文\n\n" and headings(parts[4].text) == ["## 丙", "### 深"]


def test_what_is_looked_up_in_a_heading_is_left_open():
    assert split("# {{ stage_name(stage) }}逐校评判\n\n文\n")[1].title == "…逐校评判"


def test_names_are_carried_and_texts_are_not():
    text = "---\ntitle: 甲\n---\n{% set a = 1 %}\n文{{ a }}\n{% if x %}{% set b = 2 %}{% endif %}\n"
    text += "{% set c %}丙{% endset %}{% macro m(x) %}{{ x }}{% endmacro %}"
    assert carried(text) == "{% set a = 1 %}\n{% set c %}丙{% endset %}\n{% macro m(x) %}{{ x }}{% endmacro %}\n"


def test_a_template_is_found_or_said_not_to_be_there():
    assert "self_evaluation" in templates() and template_of("self_evaluation", "zh-hans", None).text
    with pytest.raises(PaperStopped, match=re.escape("There is no paper «nothing»")):
        template_of("nothing", "zh-hans", None)
