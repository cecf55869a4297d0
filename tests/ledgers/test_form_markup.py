"""Marks in labels: shown on a page as their author meant them, plain anywhere else, and never anything but text."""

from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jiaoheng.ledgers.form_markup import marked, plain, worded

SAID = {"name": "周宁", "my_name": "<b>", "v": "5 & 6"}


@pytest.mark.parametrize(
    ("written", "shown", "words"),
    [
        ('## <span style="color:#1A5D97">**1. 概况**</span>', "<strong><strong>1. 概况</strong></strong>", "1. 概况"),
        ("**粗** 与 _斜_ 与 *也斜*", "<strong>粗</strong> 与 <em>斜</em> 与 <em>也斜</em>", "粗 与 斜 与 也斜"),
        ("a_b_c 5*3*2 = 30 #1", "a_b_c 5*3*2 = 30 #1", "a_b_c 5*3*2 = 30 #1"),
        ("<span>** 合计：** </span>${v}", "<strong> 合计：</strong> 5 &amp; 6", "合计： 5 & 6"),
        ("<table><tr><td>甲</td><td>乙</td></tr></table>", "甲乙", "甲乙"),
        ("# 一\n第二行", "<strong>一</strong><br>第二行", "一\n第二行"),
        ("${my_name}与${_x}", "&lt;b&gt;与", "<b>与"),
        ("**${name}**的<u>成绩</u> < 60", "<strong>周宁</strong>的成绩 &lt; 60", "周宁的成绩 < 60"),
        ("${v}", "5 &amp; 6", "5 & 6"),
        (
            "见[说明](https://example.org/a_b?c=1&d=2)",
            '见<a href="https://example.org/a%5Fb?c=1&amp;d=2" target="_blank" rel="noopener">说明</a>',
            "见说明",
        ),
        ("[点](javascript:alert)", "[点](javascript:alert)", "[点](javascript:alert)"),
        ("<script>x</script>", "&lt;script&gt;x&lt;/script&gt;", "<script>x</script>"),
        ("\\*不斜\\* &lt;甲&gt;", "*不斜* &lt;甲&gt;", "*不斜* <甲>"),
    ],
)
def test_marks_are_shown_on_a_page_and_left_out_elsewhere(written: str, shown: str, words: str) -> None:
    assert marked(written, lambda name: SAID.get(name, "")) == shown
    assert worded(written, lambda name: SAID.get(name, "")) == words


def test_an_answer_not_known_yet_is_an_ellipsis() -> None:
    assert plain("**${name}**的年龄") == "…的年龄"


class Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, tuple[str, ...]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, tuple(name for name, _value in attrs)))


@given(st.text(alphabet="ab<>/\"'=()[]*_#&;:${}\\\n \x01\x02\x03\x040httpsonclick", max_size=60), st.text(max_size=12))
def test_no_form_puts_anything_else_on_a_page(written: str, answer: str) -> None:
    read = Tags()
    read.feed(marked(f"**x** {written} [a](https://e.org/{written})", lambda name: answer))
    assert {tag for tag, _names in read.tags} <= {"strong", "em", "br", "a"}
    assert all(names in ((), ("href", "target", "rel")) for _tag, names in read.tags)
