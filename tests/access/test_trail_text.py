"""Lines written from columns are byte for byte the lines written one by one, so that a trail of both kinds verifies."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jiaoheng.access import trail
from jiaoheng.access.account import Account
from jiaoheng.access.trail_text import written_rows

_TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=12) | st.sampled_from(
    ["", '"', "\\", "\n\t\r", "\x00\x1f\x7f", "张三", '\\"']
)
_VALUE = st.none() | _TEXT | st.integers(-(2**60), 2**60) | st.booleans() | st.lists(_TEXT, max_size=2)
_COLUMN = st.one_of(
    st.lists(st.none() | _TEXT, min_size=3, max_size=3),
    st.lists(st.none() | st.integers(-(2**60), 2**60), min_size=3, max_size=3),
    st.lists(_VALUE, min_size=3, max_size=3),
)


@given(st.dictionaries(_TEXT, _COLUMN, max_size=4))
def test_texts_are_those_of_json(columns: "dict[str, list[object]]") -> None:
    written = written_rows(columns, 3)
    for place in range(3):
        row = {name: values[place] for name, values in columns.items() if values[place] is not None and values[place] != ""}
        text = json.dumps(row, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        assert written.texts[place] == text
        assert written.quoted[place] == json.dumps(text, ensure_ascii=False)


@pytest.mark.django_db
def test_lines_from_columns_are_the_lines_written_one_by_one() -> None:
    account = Account.objects.create(username='o"fficer\\', role="officer")
    columns = {"name": ["张三", 'a"b\\c\n', ""], "size": [1, None, 3], "open": [True, False, None], "stages": [["a"], [], None]}
    rows = [{name: values[place] for name, values in columns.items() if values[place] not in (None, "")} for place in range(3)]
    paths = ['51/"1\\"', "51/2", "51/2"]
    reason = '导入 «a\\b.xlsx»\t"x"'
    trail.record(
        (trail.Entry(trail.Action.ADDED, "x.Y", str(key), path, {}, row) for key, path, row in zip([7, 8, 9], paths, rows, strict=True)),
        by=account, reason=reason,
    )  # fmt: skip
    trail.record_rows(
        trail.Action.CHANGED, "x.Y", [7, 8, 9], paths, written_rows({}, 3), written_rows(columns, 3), by=account, reason=reason
    )
    trail.record([trail.Entry(trail.Action.OPENED, "x.Y", "7", "51")], by=account, reason=reason)
    lines = list(trail.TrailLine.objects.order_by("number"))
    assert [line.computed_hash() for line in lines] == [line.hash for line in lines]
    assert [(line.before, line.after) for line in lines[:3]] == [(line.before, line.after) for line in lines[3:6]]
    assert len(lines) == 7 and trail.verify(here=False) == []


@pytest.mark.django_db
def test_no_rows_add_no_line() -> None:
    account = Account.objects.create(username="officer", role="officer")
    trail.record_rows(trail.Action.ADDED, "x.Y", [], [], written_rows({}, 0), written_rows({}, 0), by=account, reason="none")
    assert not trail.TrailLine.objects.exists()
