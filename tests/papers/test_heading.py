"""Headings: numbered as official documents number them, empty ones left out."""

from jiaoheng.papers.heading import filled, numbered


def test_chinese_headings_are_numbered_by_level_and_begin_anew_under_each():
    text = "# 甲\n\n## 乙\n\n### 丙\n\n#### 丁\n\n## 戊\n\n### 己\n\n# 庚\n"
    assert numbered(text, "zh-hans").split("\n\n") == [
        "# 一、甲", "## （一）乙", "### 1.丙", "#### （1）丁", "## （二）戊", "### 1.己", "# 二、庚\n",
    ]  # fmt: skip


def test_headings_of_other_languages():
    assert numbered("# a\n\n## b\n\n## c\n", "en") == "# 1 a\n\n## 1.1 b\n\n## 1.2 c\n"


def test_a_heading_under_which_nothing_stands_is_left_out():
    text = "lead\n\n# 甲\n\n## 空\n\n\n## 乙\n\n有\n\n# 全空\n\n## 也空\n\n### 还空\n\n# 末\n\n文"
    assert filled(text) == "lead\n\n# 甲\n\n## 乙\n\n有\n\n# 末\n\n文"
    assert filled("没有标题") == "没有标题"


def test_a_heading_right_below_a_line_of_text_stands_apart_from_it():
    assert filled("文\n## 甲\n\n有") == "文\n\n## 甲\n\n有"
