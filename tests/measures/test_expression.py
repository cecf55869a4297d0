"""Expressions: only known columns and allowed functions pass; the SQL that is written says what was meant."""

from typing import Literal

import duckdb
import pytest

from jiaoheng.measures.expression import ColumnType, ExpressionRefused, aggregate_expression, row_expression

COLUMNS: dict[str, ColumnType] = {"pupils": "count", "teachers": "count", "funds": "amount", "stage": "text"}


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("sum(pupil)", "«pupil» is not one; the columns are: pupils, teachers"),
        ("sum(PUPILS)", "«PUPILS» is not one"),
        ("sum(s.pupils)", "«table» part"),
        ("(select 1)", "a query of its own"),
        ("sum((select pupils))", "a query of its own"),
        ("sum(pupils) filter (where stage in (select 'x'))", "«query» part"),
        ("exists(select 1)", "not one; allowed functions: sum"),
        ("read_csv('secret.csv')", "READ_CSV"),
        ("sum(read_parquet('x'))", "READ_PARQUET"),
        ("sum(pupils) + getenv('HOME')", "GETENV"),
        ("random()", "RANDOM"),
        ("sum(columns(*))", "COLUMNS"),
        ("*", "none of these"),
        ("sum(*)", "none of these"),
        ("sum(distinct pupils)", "DISTINCT"),
        ("sum(pupils order by teachers)", "ORDER BY"),
        ("sum(pupils) over ()", "OVER"),
        ("min(pupils, 3)", "«count» part"),
        ("sum(floor(pupils, 2))", "«decimals» part"),
        ("sum(coalesce(pupils, 0))", "COALESCE"),
        ("sum(pupils is null)", "left out by itself"),
        ("sum(pupils) + null", "left out by itself"),
        ("sum(cast(pupils as varchar))", "CAST"),
        ("pupils", "inside a function of many rows"),
        ("sum(pupils) / teachers", "«teachers» inside a function of many rows"),
        ("sum(sum(pupils))", "stands inside another"),
        ("sum(stage)", "numbers in"),
        ("sum(pupils + stage)", "a number where «stage», a text"),
        ("sum(pupils) filter (where teachers)", "a condition after «where»"),
        ("sum(pupils) filter (where stage > 3)", "a text where «3», a number"),
        ("sum(pupils) > 3", "gives a truth"),
        ("sum(pupils); sum(teachers)", "2 statements"),
        ("sum(pupils", "cannot be read"),
        ("", "empty"),
        ("count()", "something to count"),
    ],
)
def test_what_is_not_allowed_is_refused(text: str, says: str) -> None:
    with pytest.raises(ExpressionRefused) as refused:
        aggregate_expression(text, COLUMNS)
    assert says in str(refused.value)


@pytest.mark.parametrize(
    ("text", "gives", "says"),
    [
        ("sum(pupils)", "number", "takes many rows together"),
        ("pupils", "truth", "gives a number"),
        ("pupils > 'a'", "truth", "a number where"),
    ],
)
def test_an_expression_over_one_row_takes_no_aggregate(text: str, gives: Literal["number", "truth"], says: str) -> None:
    with pytest.raises(ExpressionRefused) as refused:
        row_expression(text, COLUMNS, gives)
    assert says in str(refused.value)


def test_the_columns_are_those_it_reads_in_order() -> None:
    assert aggregate_expression("sum(teachers) filter (where stage = 'primary') / sum(pupils + teachers)", COLUMNS).columns == (
        "teachers", "stage", "pupils",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("sum(pupils)", 60),
        ("sum(pupils) / 100", 0.6),
        ("sum(teachers) / (count(*) - 3)", None),
        ("sum(pupils) / (sum(pupils) - 60)", None),
        ("count(*) filter (where pupils >= 20)", 2),
        ("100 * count(*) filter (where stage = 'primary') / count(*)", 100 * 2 / 3),
        ("count(*) filter (where not (pupils between 15 and 25))", 2),
        ("sum(case when pupils > 25 then pupils else -1 end)", 28),
        ("sum(greatest(pupils, teachers, 15)) - sum(least(pupils, teachers))", 65 - 6),
        ("max(pupils) - min(pupils)", 20),
        ("avg(funds)", (0.1 + 0.2 + 0.3) / 3),
        ("sum(funds)", 0.6),
        ("sum(abs(-pupils)) + sum(floor(funds * 15)) + sum(ceil(funds))", 60 + (1 + 3 + 4) + 3),
        ("sum(nullif(pupils, 10))", 50),
        ("count(*) filter (where stage in ('primary', 'it''s'))", 2),
        ("1.5e1 * count(*)", 45),
    ],
)
def test_the_sql_says_what_was_meant(text: str, value: float | None) -> None:
    listed = ["(10, 1, 0.1::DOUBLE, 'primary')", "(20, 2, 0.2::DOUBLE, 'primary')", "(30, 3, 0.3::DOUBLE, 'junior')"]
    rows = f"(VALUES {', '.join(listed)}) t(pupils, teachers, funds, stage)"
    found = duckdb.sql(f"SELECT {aggregate_expression(text, COLUMNS).sql()} FROM {rows}").fetchall()[0][0]
    assert found == (None if value is None else pytest.approx(value, rel=1e-12))


def test_amounts_add_up_exactly_in_any_order() -> None:
    written = aggregate_expression("sum(funds)", COLUMNS).sql()
    for order in ("i", "-i", "i % 7"):
        found = duckdb.sql(f"SELECT {written} FROM (SELECT 0.1::DOUBLE AS funds, i FROM range(10000) r(i) ORDER BY {order})").fetchall()
        assert found == [(1000.0,)]


def test_text_cannot_break_out_of_its_quotes() -> None:
    written = row_expression("stage = 'x'') OR true --'", COLUMNS, "truth").sql()
    assert duckdb.sql(f"SELECT {written} FROM (VALUES ('x')) t(stage)").fetchall() == [(False,)]
