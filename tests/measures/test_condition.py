"""Conditions: what follows from others is left out, and nothing else."""

from collections.abc import Iterator
from typing import Literal

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jiaoheng.measures.condition import Condition, conjuncts, known, needed
from jiaoheng.measures.expression import ColumnType, Expression, row_expression

COLUMNS: dict[str, ColumnType] = {"x": "count", "y": "count", "boarder": "flag", "sex": "text"}


def condition(text: str) -> Expression:
    return row_expression(text, COLUMNS, "truth")


def test_the_parts_that_all_must_hold() -> None:
    parts = conjuncts(condition("boarder and (sex = '2' and (x > 1 or y > 1)) and not (x > 2 and y > 2)"))
    assert [part.sql() for part in parts] == [
        '"boarder"', "(\"sex\" = '2')", '(("x" > 1) OR ("y" > 1))', '(NOT ((("x" > 2) AND ("y" > 2))))',
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "whole", "left"),
    [
        ("sex = '2'", (), ["holds"]),  # it has a value, since it holds
        ("sex = '2' or boarder", (), ["holds", "known", "known"]),  # one of them may be missing
        ("sex = '2' or boarder", ("sex", "boarder"), ["holds"]),
        ("x in (1, y)", ("x",), ["holds", "known"]),
        ("not (x between 1 and y)", ("x",), ["holds", "known"]),
    ],
)
def test_what_is_left_of_the_conditions(text: str, whole: tuple[str, ...], left: list[str]) -> None:
    asked = condition(text)
    conditions = [Condition.of("open", asked), Condition.of("holds", asked), *(known(column, asked) for column in asked.columns)]
    assert [one.mode for one in needed(conditions, whole)] == left


def test_dividing_by_nothing_leaves_a_condition_open_though_every_value_is_there() -> None:
    asked = [Condition.of("open", condition("x / y > 1"))]
    assert [one.mode for one in needed(asked, ("x", "y"))] == ["open"]
    assert [one.mode for one in needed([Condition.of("open", condition("x > y"))], ("x", "y"))] == ["holds"]


_number = st.sampled_from(["x", "y", "1", "2", "(x / y)", "nullif(x, 1)", "case when boarder then x end", "greatest(x, y)"])
_one = st.one_of(
    st.builds("{} {} {}".format, _number, st.sampled_from(["<", "=", ">="]), _number),
    st.builds("x in (1, {})".format, _number), st.builds("y between {} and {}".format, _number, _number),
    st.sampled_from(["boarder", "sex = '2'"]),
)  # fmt: skip
_any = st.recursive(
    _one, lambda inner: st.builds("({} {} {})".format, inner, st.sampled_from(["and", "or"]), inner) | st.builds("(not {})".format, inner)
)


@pytest.fixture(scope="module")
def rows() -> Iterator[duckdb.DuckDBPyConnection]:
    """Every row of a few values each: with missing ones (`lacking`), and without (`whole`)."""
    with duckdb.connect() as connection:
        connection.execute("SET threads = 1")
        for name, void in (("lacking", ", NULL"), ("whole", "")):
            connection.execute(f"""CREATE TABLE "{name}" AS SELECT * FROM unnest([0, 1, 2{void}]) AS a(x), unnest([0, 1, 3{void}]) AS b(y),
              unnest([true, false{void}]) AS c(boarder), unnest(['1', '2'{void}]) AS d(sex)""")
        yield connection


@settings(max_examples=40, deadline=None)
@given(written=_any, lacking=st.booleans())
def test_the_same_rows_are_chosen_with_what_is_left(rows: duckdb.DuckDBPyConnection, written: str, lacking: bool) -> None:
    asked = condition(written)
    modes: tuple[Literal["open", "holds"], ...] = ("open", "holds")
    conditions = [Condition.of(mode, part) for mode in modes for part in conjuncts(asked)]
    conditions += [known(column, asked) for column in asked.columns]
    left = needed(conditions, () if lacking else COLUMNS)
    every, fewer = (" AND ".join(f"coalesce({one.sql()}, false)" for one in some) or "true" for some in (conditions, left))
    table = "lacking" if lacking else "whole"
    assert rows.execute(f"SELECT count(*) FROM {table} WHERE ({every}) <> ({fewer})").fetchall() == [(0,)]
