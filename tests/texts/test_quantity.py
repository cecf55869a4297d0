"""Quantities: value, unit, precision and exact place of each figure; dates and numbers of documents are none."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jiaoheng.texts.punctuation import plain
from jiaoheng.texts.quantity import quantities

SOUP = st.text(
    alphabet=st.sampled_from(list("一二三十百万亿所人名元%.,,。、;:()（）12340lO年月日第约余近以上至-~～占率增长其中 \n学校小学比上年的")),
    max_size=160,
)


@pytest.mark.parametrize(
    ("text", "number", "unit", "value"),
    [
        ("在校生12,345人。", 12345, "人", 12345),
        ("投入资金1.2亿元。", 1.2, "亿元", 120_000_000),
        ("投入资金８０万元。", 80, "万元", 800_000),
        ("共有二十三名教师。", 23, "名", 23),
        ("共有两万人参加。", 20_000, "人", 20_000),
        ("入学率百分之九十八点五。", 98.5, "%", 98.5),
        ("提高了2.5个百分点。", 2.5, "个百分点", 2.5),
        ("按400元/月发放。", 400, "元/月", 400),
        ("面积57.74万平方米。", 57.74, "万平方米", 577_400),
        ("共有l2所学校。", 12, "所", 12),
        ("共有1O0人参加。", 100, "人", 100),
        ("完成136。66平方公里。", 136.66, "平方公里", 136.66),
        ("在园幼儿11312,其中公办多。", 11312, "", 11312),
        ("入学率99.05,比上年高。", 99.05, "%", 99.05),
    ],
)
def test_a_figure_is_read(text: str, number: float, unit: str, value: float) -> None:
    (q,) = quantities(text)
    assert (q.number, q.unit) == (number, unit)
    assert q.value == pytest.approx(value)
    assert text[q.start : q.end] == q.text


@pytest.mark.parametrize(
    "text",
    [
        "2018年秋季,",
        "9月1日起,",
        "国办发〔2017〕49号文件",
        "第34个教师节",
        "1.加强领导。",
        "(一)加强领导。",
        "实施“5+2”模式",
        "电话:0123-4567890",
        "2013级学生",
        "甲市三园、乙市九小",
        "在A4纸上",
        "“12345”热线",
    ],
)
def test_what_is_no_quantity_is_passed_over(text: str) -> None:
    assert quantities(text) == []


@pytest.mark.parametrize(
    ("text", "leaning"),
    [
        ("约300人", "about"),
        ("300余人", "above"),
        ("近300人", "below"),
        ("300人以上", "at least"),
        ("300人以内", "at most"),
        ("300人左右", "about"),
        ("300人", ""),
    ],
)
def test_words_of_approximation_lean_the_figure(text: str, leaning: str) -> None:
    (q,) = quantities(text)
    assert q.leaning == leaning
    assert q.exact is (leaning == "")


def test_a_range_keeps_both_ends() -> None:
    (q,) = quantities("创建特色学校1-2所。")
    assert (q.number, q.upper, q.unit) == (1, 2, "所")


def test_the_step_is_the_last_printed_place() -> None:
    (q,) = quantities("投入23.9万元。")
    assert q.step == pytest.approx(1000)


def test_words_before_and_after_say_what_is_counted() -> None:
    first, second = quantities("全县有小学12所,培训24名骨干教师。")
    assert first.before.endswith("小学")
    assert second.after.startswith("骨干教师")


@given(SOUP)
def test_every_offset_quotes_the_text_exactly(text: str) -> None:
    found = quantities(text)
    assert all(text[q.start : q.end] == q.text for q in found)
    assert all(a.end <= b.start for a, b in itertools.pairwise(found))


@given(st.text(max_size=200))
def test_plain_spelling_keeps_every_position(text: str) -> None:
    assert len(plain(text)) == len(text)


@given(st.integers(min_value=0, max_value=99_999_999), st.sampled_from(["人", "所", "元", "平方米", "册"]))
def test_a_printed_count_reads_back_with_and_without_commas(count: int, unit: str) -> None:
    for printed in (f"{count}", f"{count:,}"):
        (q,) = quantities(f"共有{printed}{unit}。")
        assert (q.number, q.unit) == (count, unit)
