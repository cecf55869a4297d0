"""Hostile expressions: whatever is written, what passes is arithmetic over known columns; DuckDB's own parser is the judge.

Text is put together from pieces that reach for files, settings, other tables and hidden columns. Either it is refused, or DuckDB's syntax
tree of the SQL that is written from it holds nothing but the short list below.
"""

import json
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jiaoheng.measures.expression import ALLOWED_FUNCTIONS, ColumnType, Expression, ExpressionRefused, aggregate_expression, row_expression

COLUMNS: dict[str, ColumnType] = {
    "pupils": "count", "funds": "amount", "stage": "text", "boarder": "flag", "subjects": "list", "pupil": "text",
}  # fmt: skip
NODES = {"COLUMN_REF", "CONSTANT", "FUNCTION", "OPERATOR", "COMPARISON", "CONJUNCTION", "CASE", "CAST", "BETWEEN", "STAR"}
FUNCTIONS = {
    "sum", "fsum", "count", "count_star", "avg", "min", "max", "abs", "floor", "ceil", "greatest", "least", "nullif", "list_contains",
    "string_split", "+", "-", "*", "/",
}  # fmt: skip

PIECES = [
    "read_csv('/etc/passwd')", "read_text('x')", "glob('*')", "getenv('HOME')", "current_setting('home_directory')", "(select 1)",
    "(select secret from hidden.persons)", "exists (from hidden.persons)", "hidden.persons.secret", "t.pupils", "\"pupils\"", "secret",
    "identity_number", "information_schema.tables", "columns('.*')", "columns(*)", "*", "t.*", "#1", "$1", "?", ":x", "pupils::text",
    "cast(stage as int)", "try_cast(pupils as int)", "list_transform([1], x -> x)", "[x for x in [1]]", "{'a': pupils}",
    "struct_pack(a := 1)",
    "pupils[1]", "stage[1:2]", "pupils.a", "sum(pupils) over ()", "sum(pupils order by funds)", "sum(distinct pupils)",
    "count(distinct pupil)", "any_value(stage)", "string_agg(stage)", "random()", "now()", "current_user", "version()", "pragma_version()",
    "'; drop table t; --'", "'", "''", "--", "/*", "*/", ";", "attach 'x'", "copy t to 'x'", "install httpfs", "union select 1", "null",
    "is null", "coalesce(pupils, 0)", "if(true, 1, 2)", "interval 1 day", "date '2018-01-01'", "x'41'", "1e999", "0x41", "1_000", "e'\\n'",
    "$$a$$", "pupils", "funds", "stage", "boarder", "subjects", "1", "0", "'primary'", "sum(", "count(*)", "max(", "min(", "avg(", ")", "(",
    "+", "-", "/", "and", "or", "not", "in ('a', 'b')", "in (select 1)", "between 1 and 2", "case when boarder then 1 else 0 end",
    "filter (where boarder)", "filter (where exists (select 1))", "list_contains(subjects, '体育')", "list_contains(subjects, stage)", ",",
    "abs(", "floor(", "greatest(1,", "nullif(1, 1)", "try(", "error('x')", "getvariable('x')", "ieee_floating_point_ops",
    "read_csv_auto('f.csv')", "'f.csv'", "\"f.csv\"", "(from 'f.csv')", "query('select 1')", "query_table('t')", "(t).pupils",
    "row(pupils)", "main.t.pupils", "main.sum(pupils)", "'t'::regclass", "pupils::regclass", "stage->>'$.a'", "{'a': 1}.a", "map([1], [2])",
    "lambda x: x", "unnest([1, 2])", "list_reduce([1], (a, b) -> a + b)", "pragma_table_info('t')", "duckdb_secrets()", "'x'.read_text()",
    "stage.upper()", "pupils.sum()", "?1", "$name", "@", "@pupils", "pupils!", "pupils ** 2", "pupils % 2", "pupils << 60", "stage || 'x'",
    "stage ~ 'a'", "stage glob '*'", "stage collate nocase", "count(* exclude pupils)", "count(t.*)", "max(*)", "1 as x",
    "x: pupils", "values (1)", "call pragma_version()", "prepare x as select 1", "execute x", "set threads = 1", "pivot t on stage",
    "²", "١٢", "１２", "\u00a0", "\u200b", "ｐupils", "pupıls", "’", "；", "，", "−1", "'a\0b'", "'\ud800'", "1e17", "999999999999999999",
    "2000000000", "1e-300", ".5", "5.", "0b11", "nan", "inf", "U&'\\0041'", "`pupils`", "{{pupils}}", "%s", "/* /* */ */", "\\", "*",
]  # fmt: skip


@cache
def parsed_by_duckdb(sql: str) -> dict[str, Any]:
    tree = duckdb.connect().execute("SELECT json_serialize_sql(?)", [f"SELECT {sql} FROM t"]).fetchone()
    assert tree is not None
    found: dict[str, Any] = json.loads(tree[0])
    assert not found["error"], sql
    return found


def check_harmless(expression: Expression) -> None:
    """DuckDB reads in the SQL one select over one table, of known columns, constants and listed functions."""
    statements = parsed_by_duckdb(expression.sql())["statements"]
    assert len(statements) == 1
    node = statements[0]["node"]
    assert (node["type"], node["from_table"]["table_name"], len(node["select_list"])) == ("SELECT_NODE", "t", 1)
    assert node["cte_map"]["map"] == [] and node["where_clause"] is None and node["modifiers"] == []
    _walk(node["select_list"][0])
    duckdb_with_rows().execute(f"SELECT {expression.sql()} FROM t").fetchall()  # whatever passes can be computed


@cache
def duckdb_with_rows() -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect(config={"enable_external_access": False})
    connection.execute("CREATE TABLE t (pupils BIGINT, funds DOUBLE, stage VARCHAR, boarder BOOLEAN, subjects VARCHAR, pupil VARCHAR)")
    connection.execute("INSERT INTO t VALUES (12, 3.5, 'primary', true, '体育,音乐', 'a'), (1000000, -1e12, '', false, '', 'b'), "
                       "(0, 0, 'junior', NULL, 'x', 'c')")  # fmt: skip
    return connection


def _walk(part: Any) -> None:
    if isinstance(part, list):
        for one in part:
            _walk(one)
        return
    if not isinstance(part, dict):
        return
    if part.get("class") == "TYPE":
        assert part["type_name"].upper() in ("DOUBLE", "DECIMAL"), part
        return
    if "class" in part:
        assert part["class"] in NODES, part["class"]
        if part["class"] == "COLUMN_REF":
            assert len(part["column_names"]) == 1 and part["column_names"][0] in COLUMNS
        if part["class"] == "FUNCTION":
            assert part["function_name"] in FUNCTIONS and not part["schema"] and not part["catalog"]
        if part["class"] == "STAR":
            raise AssertionError("a star outside of count(*)")
    for key, value in part.items():
        if key not in ("cast_type", "value"):
            _walk(value)


def tried(text: str) -> list[Expression]:
    passed = []
    for check in (aggregate_expression, lambda t, c: row_expression(t, c, "number"), lambda t, c: row_expression(t, c, "truth")):
        try:
            passed.append(check(text, COLUMNS))
        except ExpressionRefused as refused:
            assert str(refused)
    return passed


_TRIPS = (
    ":a ilike any (,)",
    "cast({+: @pupils} as pupils > decimal(10,2))[abs(]",
    "nullif('' => pupils::regclass,if(pupils,struct(a int),pupils % 2))",
    "if(list_contains(subjects, floor()[stage glob '*'],1e-300,~#1 filter (+))",
    "sum(pupils) + greatest(distinct #1, .5)",
)


@pytest.mark.parametrize("text", _TRIPS)
def test_a_text_that_the_parser_falls_over_is_refused_in_words(text: str) -> None:
    assert tried(text) == []


@settings(max_examples=400, deadline=None)
@given(st.lists(st.sampled_from(PIECES), min_size=1, max_size=7).map(" ".join))
def test_what_passes_is_harmless(text: str) -> None:
    for expression in tried(text):
        check_harmless(expression)


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(PIECES), st.sampled_from(PIECES), st.sampled_from(
    ["sum({})", "sum(pupils) + {}", "count(*) filter (where {})", "sum({} + {})", "count(*) filter (where stage = {})",
     "sum(case when {} then {} else 0 end)", "sum(pupils) / {}", "list_contains(subjects, {})", "count(*) filter (where stage in ({}, {}))",
     "greatest({}, {})", "{} {}", "pupils > {}", "stage = '{}'"]))  # fmt: skip
def test_a_piece_in_a_good_place_is_harmless_or_refused(one: str, other: str, frame: str) -> None:
    for expression in tried(frame.format(one, other) if frame.count("{}") > 1 else frame.format(one)):
        check_harmless(expression)


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=40))
def test_any_text_at_all_is_refused_in_words_or_harmless(text: str) -> None:
    for expression in (*tried(text), *tried(f"count(*) filter (where stage = '{text}')")):
        check_harmless(expression)


def test_no_function_of_duckdb_passes_but_the_listed_ones() -> None:
    names = {row[0] for row in duckdb.connect().execute("SELECT DISTINCT function_name FROM duckdb_functions()").fetchall()}
    assert len(names) > 500
    passed = set()
    for name in sorted(names):
        for written in (f"{name}(pupils)", f"sum({name}(pupils))", f"{name}()", f"{name}('x')", f"{name}(stage, 'x')", f"{name}(funds, 1)"):
            for expression in tried(written):
                check_harmless(expression)
                passed.add(name)
    # Names that only say a listed function in another way: the SQL that is written holds the listed one.
    assert passed <= {*ALLOWED_FUNCTIONS, "ceiling", "@", "+", "-"}, passed - set(ALLOWED_FUNCTIONS)


def test_a_file_beside_the_rows_cannot_be_read(tmp_path: Path) -> None:
    secret = tmp_path / "secret.csv"
    secret.write_text("secret\n510903\n")
    for text in (f"read_csv('{secret}')", f"(select secret from '{secret}')", f"sum(pupils) filter (where stage in (from '{secret}'))",
                 f"'{secret}'", f"count(*) filter (where stage in ('{secret}'))"):  # fmt: skip
        for expression in tried(text):
            check_harmless(expression)
            assert "read_csv" not in expression.sql()


@pytest.mark.parametrize("zero", ["0", "0.0", "(0)", "-0", "(1 - 1)", "0 * 5", "abs(0)", "(2 - 2) / 7"])
def test_dividing_by_a_zero_that_stands_there_is_refused(zero: str) -> None:
    for text in (f"sum(pupils) / ({zero})", f"sum(pupils / ({zero}))"):
        with pytest.raises(ExpressionRefused, match="divides by zero"):
            aggregate_expression(text, COLUMNS)
    assert aggregate_expression("sum(pupils) / (1 - 0.5)", COLUMNS)


@pytest.mark.parametrize("text", [
    "100000 * 100000", "2000000000 + 2000000000", "sum(pupils * pupils * pupils * pupils)", "sum(pupils) * 999999999999999999",
    "sum(999999999999999 * pupils)", "count(*) * count(*) * count(*)", "sum(case when boarder then pupils * pupils * pupils * pupils end)",
    "sum(funds) / 1e-300",
])  # fmt: skip
def test_numbers_that_no_engine_holds_are_refused(text: str) -> None:
    """One such measure would end the query of all measures of its register."""
    with pytest.raises(ExpressionRefused):
        aggregate_expression(text, COLUMNS)


def test_products_that_a_bureau_may_write_pass() -> None:
    for text in ("sum(pupils * pupils)", "sum(pupils) * 100 / count(*)", "sum(funds * pupils) / sum(pupils)", "count(*) * count(*)"):
        duckdb_with_rows().execute(f"SELECT {aggregate_expression(text, COLUMNS).sql()} FROM t").fetchall()


def test_a_function_of_nothing_is_refused() -> None:
    for text in ("@", "- @", "sum(pupils) + floor()", "ceil()"):
        assert tried(text) == [], text


def test_a_thousand_brackets_are_refused_and_not_a_crash() -> None:
    for text in ("(" * 5000 + "1" + ")" * 5000, "-" * 5000 + "1", "not " * 5000 + "boarder", "+".join(["sum(pupils)"] * 3000)):
        tried(text)
