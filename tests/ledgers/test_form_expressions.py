# ruff: noqa: E501 (sheets are written as they are read)
"""Expressions: each function and operator of XLSForm, with what ODK says it gives."""

import math
import pickle
from datetime import date, datetime
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jiaoheng.ledgers.form_expressions import Expression, ExpressionFaulty, Scope, secondary_document
from jiaoheng.ledgers.form_functions import FUNCTIONS
from jiaoheng.ledgers.form_values import read_date, texts, to_number, to_text

NOW = datetime(2026, 3, 1, 9, 30)
ANSWERS = """
<data><a>5</a><b>2.5</b><empty/><day>2026-02-28</day><moment>2026-02-28T06:00:00.000+08:00</moment><at>12:00:00.000+08:00</at><many>red blue</many><word>阳光小学</word>
<r><x>1</x><n>one</n></r><r><x>2</x><n>two</n></r><r><x/><n/></r><shape>0 0 0 0;0 1 0 0;1 1 0 0;1 0 0 0;0 0 0 0</shape><in>0.5 0.5</in><out>2 2</out></data>
"""
TOWNS = "<root><item><name>t1</name><label>东镇</label><county>c1</county></item><item><name>t2</name><label>西镇</label><county>c2</county></item></root>"


def scope() -> Scope:
    labels = {"t1": "东镇"}
    return Scope(
        ElementTree.fromstring(ANSWERS),
        NOW,
        {"towns": secondary_document(ElementTree.fromstring(TOWNS))},
        choice_label=lambda value, path, language: labels.get(value, value) + path,
        version="7",
        datasets={"schools": [{"code": "s1", "head": "赵"}, {"code": "s2", "head": "钱"}]},
    )


def worked(text: str, at: str = "a") -> object:
    where = scope()
    element = where.root.find(at)
    assert element is not None
    value = Expression.parse(text).evaluate(where, element)
    return texts(value) if isinstance(value, list) else value


@pytest.mark.parametrize(
    ("text", "gives"),
    [
        # operators
        ("/data/a + 1", 6),
        ("/data/a - 7", -2),
        ("2 * /data/b", 5),
        ("5 div 2", 2.5),
        ("5 mod 2", 1),
        ("-3 mod 2", -1),
        ("-/data/a", -5),
        ("1 div 0", math.inf),
        ("/data/a = 5", True),
        ("/data/a != 5", False),
        ("/data/a >= 5 and /data/a < 6", True),
        ("1 > 2 or 2 > 1", True),
        ("/data/word = '阳光小学'", True),
        ("/data/empty = ''", True),
        ("/data/nothing = ''", True),
        ("/data/empty > 0", False),
        ("/data/empty < 1", False),
        (". > 3", True),
        ("3 < 4 = 6 >= 6", True),  # = and != bind looser than < and >
        ("0.1 + 0.2 = 0.3", True),  # as on a phone
        ("0.1 + 0.2 != 0.3", False),
        ("number('x') = number('x')", False),
        ("number('x') != number('x')", True),
        ("1 div 0 = 1 div 0", True),
        ("1 < /data/a < 3", True),  # as XPath reads it: true, and 1 < 3
        ("/data/a | /data/b", ["5", "2.5"]),
        # control
        ("if(/data/a > 3, 'yes', 'no')", "yes"),
        ("if(/data/empty, 1, 2)", 2),
        ("coalesce(/data/empty, /data/a)", ["5"]),
        ("instance('towns')/root/item[name = 't1']/fuel:diesel", []),
        ("intersects('0 0;0 1;1 1;1 0;0 0')", False),
        ("intersects('0 0;1 1;0 1;1 0')", True),
        ("intersects('0 0;1 1')", False),
        ("extract-signed('AAAA', 'AAAA')", ""),
        ("once('new')", "5"),
        ("position(/data/r[2])", 2),
        ("true()", True),
        ("false()", False),
        ("not(/data/empty)", True),
        ("boolean(/data/a)", True),
        ("boolean-from-string('1')", True),
        ("boolean-from-string('no')", False),
        ("checklist(1, 2, true(), false(), true())", True),
        ("weighted-checklist(3, -1, true(), 2, true(), 2)", True),
        # text
        ("concat(/data/a, '-', /data/word, 1)", "5-阳光小学1"),
        ("concat(/data/r/n)", "onetwo"),
        ("join('、', /data/r/n)", "one、two、"),
        ("string-length(/data/word)", 4),
        ("substr('banana', 0, 3)", "ban"),
        ("substr('banana', -3)", "ana"),
        ("substring('banana', 2, 3)", "ana"),
        ("substring-before('a-b', '-')", "a"),
        ("substring-after('a-b', '-')", "b"),
        ("translate('abc', 'ab', 'x')", "xc"),
        ("contains('banana', 'nan')", True),
        ("starts-with('banana', 'ba')", True),
        ("ends-with('banana', 'na')", True),
        ("normalize-space('  a   b ')", "a b"),
        ("normalize-space()", "5"),
        ("string-length()", 1),
        ("string(7)", "7"),
        ("string(number('x'))", "NaN"),
        ("concat('n: ', /data/empty + 1)", "n: NaN"),
        ("coalesce(number('x'), 3)", 3),
        ("string(0.000001)", "0.000001"),
        ("string(1230000000000000000000)", "1230000000000000000000"),
        ("string(1 div 0)", "Infinity"),
        ("regex('13900000000', '1[0-9]{10}')", True),
        ("regex('x13900000000', '1[0-9]{10}')", False),
        ("digest('abc', 'MD5', 'hex')", "900150983cd24fb0d6963f7d28e17f72"),
        ("base64-decode('5pWZ')", "教"),
        # numbers
        ("int(2.9)", 2),
        ("int(-2.9)", -2),
        ("number('12')", 12),
        ("round(2.345, 2)", 2.35),
        ("round(-2.5)", -2),
        ("pow(2, 10)", 1024),
        ("sqrt(9)", 3),
        ("abs(-4)", 4),
        ("log10(1000)", 3),
        ("exp(0)", 1),
        ("pi()", math.pi),
        ("floor(2.9)", 2),
        ("ceiling(2.1)", 3),
        # choices
        ("selected(/data/many, 'red')", True),
        ("selected(/data/many, 're')", False),
        ("selected-at(/data/many, 1)", "blue"),
        ("selected-at(/data/many, 2)", ""),
        ("count-selected(/data/many)", 2),
        ("count-selected(/data/empty)", 0),
        ("jr:choice-name('t1', ' /data/town ')", "东镇/data/town"),
        # repeats
        ("count(/data/r)", 3),
        ("count-non-empty(/data/r/x)", 2),
        ("sum(/data/r/x)", 3),
        ("max(/data/r/x)", 2),
        ("min(/data/r/x)", 1),
        ("max(4, 9, 2)", 9),
        ("string(max(1, 'x'))", "NaN"),
        ("indexed-repeat(/data/r/n, /data/r, /data/empty)", ["one"]),
        ("indexed-repeat(/data/r/n, /data/r, 2)", ["two"]),
        ("/data/r[2]/n", ["two"]),
        ("/data/r[position() = 2]/n", ["two"]),
        ("count(/data/r[x > 1])", 1),
        # dates
        ("today()", date(2026, 3, 1)),
        ("now()", NOW),
        ("/data/day < today()", True),
        ("today() - /data/day", 1),
        ("date(/data/day + 1)", date(2026, 3, 1)),
        ("date('2024-02-28') + 1 = date('2024-02-29')", True),
        ("format-date(/data/day, '%Y年%n月%e日')", "2026年2月28日"),
        ("format-date-time(/data/moment, '%H:%M')", "06:00"),
        ("format-date-time('2026-03-01T09:05:07.045', '%S.%3')", "07.045"),
        ("decimal-date-time('1970-01-02')", 1),
        ("decimal-time(/data/at)", 0.5),
        ("/data/at > '11:59'", True),
        ("date(/data/empty)", ""),
        ("format-date('', '%Y')", ""),
        ("difference-in-months('2024-01-31', '2024-03-01')", 1),
        ("cht:difference-in-months('2020-02-29', /data/day)", 71),
        ("add-date('2024-01-31', 0, 1)", date(2024, 2, 29)),
        ("add-date('2024-12-31', 0, 0, 0, 24)", datetime(2025, 1, 1)),
        ("add-date('', 1)", ""),
        ("string-length(uuid(8))", 8),
        # documents
        ("instance('towns')/root/item[county = 'c2']/name", ["t2"]),
        ("count(instance('towns')/root/item)", 2),
        ("current()/../b", ["2.5"]),
        ("pulldata('schools', 'head', 'code', 's2')", "钱"),
        ("pulldata('schools', 'head', 'code', 'none')", ""),
        ("version()", "7"),
        # places
        ("geofence(/data/in, /data/shape)", True),
        ("geofence(/data/out, /data/shape)", False),
    ],
)
def test_an_expression_gives(text: str, gives: object) -> None:
    value = worked(text)
    assert value == pytest.approx(gives) if isinstance(gives, float) else value == gives


def test_distance_and_area_are_in_metres() -> None:
    assert worked("distance('0 0 0 0;0 1 0 0')") == pytest.approx(111_319, rel=0.001)
    assert worked("area(/data/shape)") == pytest.approx(12_391_399_902, rel=0.01)


def test_random_and_uuid_are_new_each_time() -> None:
    assert worked("random()") != worked("random()")
    assert worked("uuid()") != worked("uuid()")
    assert worked("randomize(/data/r/x, 42)") == worked("randomize(/data/r/x, 42)")


@pytest.mark.parametrize(
    ("seed", "order"),
    [("42", "AFCBDE"), ("'42'", "AFCBDE"), ("-42", "EDAFBC"), ("1.1", "BFEACD"), ("11111111", "ACDBFE"), ("0", "CBEAFD"), ("''", "CBEAFD")],
)
def test_a_seed_gives_the_order_that_phones_give(seed: str, order: str) -> None:
    where = Scope(ElementTree.fromstring("<data>" + "".join(f"<p>{letter}</p>" for letter in "ABCDEF") + "</data>"), NOW)
    assert "".join(texts(Expression.parse(f"randomize(/data/p, {seed})").evaluate(where, where.root))) == order


def test_without_a_seed_a_submission_keeps_its_order() -> None:
    letters = "".join(f"<p>{letter}</p>" for letter in "ABCDEFGHIJKL")
    orders = []
    for instance in ("uuid:1", "uuid:1", "uuid:2", "", ""):
        where = Scope(ElementTree.fromstring(f"<data>{letters}<meta><instanceID>{instance}</instanceID></meta></data>"), NOW)
        orders.append(texts(Expression.parse("randomize(/data/p)").evaluate(where, where.root)))
    assert orders[0] == orders[1] != orders[2] and orders[3] != orders[4]


@pytest.mark.parametrize("name", sorted(set(FUNCTIONS) - {"digest", "weighted-checklist", "name", "position"}))
def test_no_function_fails_over_an_empty_answer(name: str) -> None:
    nargs = FUNCTIONS[name][0]
    least, most = (nargs, nargs) if isinstance(nargs, int) else nargs
    for count in range(least, (least + 2 if most is None else most) + 1):
        worked(f"{name.replace('jr-', 'jr:')}({', '.join(['/data/empty'] * count)})", at="empty")


def test_an_expression_can_be_put_aside_and_taken_up_again() -> None:
    kept = pickle.loads(pickle.dumps(Expression.parse("/data/a + 1")))
    where = scope()
    assert kept == Expression.parse("/data/a + 1") and kept.evaluate(where, where.root) == 6


def test_position_of_the_entry_around() -> None:
    where = scope()
    positions = [Expression.parse("position(..)").evaluate(where, element) for element in where.root.findall("r/x")]
    assert positions == [1, 2, 3]


def test_what_does_not_apply_is_not_there() -> None:
    where = scope()
    second = where.root.findall("r")[1]
    where.absent.update(second.iter())
    assert [Expression.parse(text).evaluate(where, where.root) for text in ("count(/data/r)", "sum(/data/r/x)", "/data/r[2]/x = ''")] == [
        2,
        1,
        True,
    ]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("string-length(. < 3", "unexpected end"),
        ("nothing(1)", "«nothing» is not known"),
        ("1 +", "unexpected end"),
        ("if(1, 2)", "Too few arguments"),
        ("a b", "unexpected name"),
        ("jr:nothing(.)", "«jr:nothing»"),
        ("", "empty"),
    ],
)
def test_what_cannot_be_parsed_is_refused_in_words(text: str, words: str) -> None:
    with pytest.raises(ExpressionFaulty, match=words):
        Expression.parse(text)


@pytest.mark.parametrize(
    ("text", "at", "paths"),
    [
        ("/data/a + ../b", "/data/c", {"/data/a", "/data/b"}),
        ("sum(/data/r[position() < 2]/x)", "/data/c", {"/data/r/x"}),
        ("instance('towns')/root/item[county = current()/../../a]/name", "/data/r/x", {"/data/a"}),
        ("count(/data/r[x > ../a])", "/data/c", {"/data/r", "/data/r/x", "/data/a"}),
        ("position(..)", "/data/r/x", set()),
        (". > 3", "/data/a", {"/data/a"}),
    ],
)
def test_an_expression_knows_what_it_reads(text: str, at: str, paths: set[str]) -> None:
    assert Expression.parse(text).paths(at) == paths


@settings(deadline=None)
@given(st.text(max_size=40))
def test_any_text_is_an_expression_or_is_refused(text: str) -> None:
    try:
        Expression.parse(text)
    except ExpressionFaulty:
        return


@settings(deadline=None)
@given(st.floats(allow_nan=False, allow_infinity=False, min_value=-1e12, max_value=1e12))
def test_numbers_survive_being_written(number: float) -> None:
    assert to_number(to_text(number)) == pytest.approx(number)


@settings(deadline=None)
@given(st.dates())
def test_dates_are_days_and_back(day: date) -> None:
    assert read_date(day.isoformat()) == day
    assert worked(f"format-date('{day.isoformat()}', '%Y-%m-%d')") == day.isoformat()
