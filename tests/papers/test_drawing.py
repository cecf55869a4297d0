"""Drawings: what stands in them, that every word lies inside the sheet, and what the engine of pages is not needed for."""

import subprocess
import sys

from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from jiaoheng.papers.chart import Chart, pictures
from jiaoheng.papers.drawing import distribution, ranking, shares, trend

SVG = "{http://www.w3.org/2000/svg}"
numbers = st.floats(-1e7, 1e9, allow_nan=False).map(lambda one: round(one, 2))
names = st.text(st.characters(categories=("Lu", "Lo", "Nd", "Pd", "Sm")), min_size=1, max_size=40)


def words_of(drawing):
    root = etree.fromstring(drawing.encode())
    assert root.get("viewBox") == f"0 0 {root.get('width')} {root.get('height')}"
    for text in root.iter(f"{SVG}text"):
        assert -1 <= float(text.get("x")) <= 561 and 0 <= float(text.get("y")) <= float(root.get("height")) + 1
    return [text.text for text in root.iter(f"{SVG}text")]


@given(st.lists(st.tuples(names, numbers, names), min_size=1, max_size=30), st.none() | st.tuples(numbers, names))
def test_a_ranking_says_every_value(rows, reference):
    said = words_of(ranking(rows, unit="人", reference=reference))
    assert {text for _, _, text in rows} <= set(said) and (reference is None or reference[1] in said)


@given(st.lists(st.tuples(names, names, numbers, names), min_size=1, max_size=20))
def test_a_trend_names_every_period_and_line(rows):
    said = words_of(trend(rows, unit="%"))
    parts = {part for _, part, _, _ in rows}
    assert {row for row, _, _, _ in rows} <= set(said) and (len(parts) < 2 or parts <= set(said))


def test_parts_too_small_for_their_words_have_none():
    said = words_of(shares([("2018", "甲", 99.5, "99.5%"), ("2018", "乙", 0.5, "0.5%")], unit="%", normalized=False))
    assert "99.5%" in said and "0.5%" not in said and {"甲", "乙", "2018"} <= set(said)


def test_a_distribution_counts_in_whole_numbers():
    said = words_of(distribution([(0, 2.5, 1), (2.5, 5, 2)], unit="生师比", counted="学校数（所）", reference=(2.0, "示例区 2.0")))
    assert {"0", "1", "2", "学校数（所）", "生师比", "示例区 2.0"} <= set(said) and "0.5" not in said


def test_pictures_of_several_charts():
    drawing = ranking([("晨光小学", 40.0, "40.0")], unit="人", reference=None)
    made = pictures([Chart(number, "图", "pupils", "", "", drawing, "") for number in (1, 2)])
    assert len(made) == 2 and all(one.startswith(b"\x89PNG") for one in made) and pictures([]) == []


def test_papers_need_no_chart_engine():
    told = "import sys, jiaoheng.papers.paper; print([name for name in ('altair', 'vl_convert', 'typst') if name in sys.modules])"
    assert subprocess.run([sys.executable, "-c", told], capture_output=True, text=True, check=True).stdout.strip() == "[]"
