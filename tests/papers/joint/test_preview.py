"""Preview: a part as it will read, with its evidence; and faults at their line, in words."""

import pytest
from django.utils import translation

from jiaoheng.papers.joint.fault_words import in_words
from jiaoheng.papers.joint.part_version import save
from jiaoheng.papers.joint.preview import preview
from jiaoheng.papers.joint.whole_text import whole_text


def shown(paper, place, text=None):
    part = paper.parts.get(place=place)
    return preview(whole_text(paper, instead=(part, text) if text is not None else None), part)


def test_a_part_is_shown_with_its_evidence_and_its_number(paper):
    found = shown(paper, 1)
    assert found.fault is None and found.titles == ()
    assert "一、基本情况" in found.html and 'title="' in found.html and "/measures/pupils?" in found.html
    assert found.figures[0].text == "4,453"


def test_names_of_earlier_parts_hold_and_the_number_of_the_chapter_is_the_papers(paper):
    found = shown(paper, 2)
    assert "二、教师队伍" in found.html and found.figures[0].about == "pupils_per_teacher" and len(found.figures) == 1


def test_the_opening_shows_the_titles(paper):
    found = shown(paper, 0)
    assert found.titles[:2] == ("示例区合写报告", "2018-2019学年")


@pytest.mark.parametrize(
    ("text", "line", "word"),
    [
        ('# 题\n\n{{ figure("pupil") }}\n', 3, "您是不是要找"),
        ("# 题\n\n{{ pupils }}\n", 3, "没有名为“pupils”的内容"),
        ("# 题\n{% if true %}\n文\n", 3, "endif"),
        ("# 题\n\n{{ 3 }}\n", 3, "没有出处"),
        ("# 题\n\n{% if", 3, "括号"),
        ('# 题\n\n{{ figure("pupils" }}\n', 3, "此处是“}”，应为“)”"),
        ("{% for a in range(9999999) %}{% endfor %}", None, ""),
        ("# 题\n\n\n{{ open('/etc/passwd') }}", 4, "open"),
    ],
)
def test_faults_are_named_with_their_line(paper, text, line, word):
    with translation.override("zh-hans"):
        fault = shown(paper, 2, text).fault
    assert fault is not None and word in fault.words
    assert line is None or fault.line == line


def test_a_fault_in_the_heading_block_is_told(paper):
    assert shown(paper, 1).fault is None
    opening = paper.parts.get(place=0)
    save(opening, '---\ntitle: "x\n---\n', seen=1, by=paper.owner)
    fault = shown(paper, 1).fault
    assert fault is not None and fault.line is not None


def test_what_is_not_known_is_said_as_it_was():
    assert in_words("Something else.") == "Something else."
