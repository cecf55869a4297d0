"""The catalogue of causes: both languages say the same, and the manual lists all of them."""

import string
from pathlib import Path

import pytest

from jiaoheng.intake.catalogue import CATALOGUE
from jiaoheng.intake.causes import FILE_CAUSES, READ_CAUSES

ALL = {**FILE_CAUSES, **READ_CAUSES, **CATALOGUE}


@pytest.mark.parametrize("code", sorted(ALL))
def test_both_languages_fill_the_same_places(code):
    def places(text: str) -> set[str]:
        return {name for _, name, _, _ in string.Formatter().parse(text) if name}

    assert places(ALL[code].en) == places(ALL[code].zh)
    assert any("\u4e00" <= character <= "\u9fff" for character in ALL[code].zh)


def test_the_manual_lists_every_cause():
    manual = (Path(__file__).parents[2] / "docs" / "reference" / "intake.md").read_text(encoding="utf-8")
    for code, text in ALL.items():
        assert f"| {code} | {text.severity} | {text.en} |".replace("{", "`").replace("}", "`") in manual
