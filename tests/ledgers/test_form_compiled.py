"""What is compiled gives what the library gives, for every expression that ships and for whatever is put together of its kinds."""

from dataclasses import replace
from datetime import datetime
from typing import Any
from xml.etree import ElementTree

from hypothesis import given, settings
from hypothesis import strategies as st

from jiaoheng.ledgers.form_expressions import Expression, ExpressionFaulty, Scope, secondary_document
from jiaoheng.ledgers.form_values import texts

DATA = ElementTree.fromstring(
    "<data><a>5</a><b>2.5</b><empty/><day>2026-02-28</day><many>red blue</many><word>阳光</word><town>t1</town>"
    "<g><x>1</x><y>no</y></g><r><x>1</x></r><r><x>2</x></r></data>"
)
TOWNS = (
    "<root><item><name>t1</name><county>c1</county></item><item><name>t2</name><county>c2</county></item>"
    "<item><name>t3</name></item></root>"
)


def scopes() -> tuple[Scope, Scope]:
    """One that the library runs in, one for what is compiled."""
    slow = Scope(DATA, datetime(2026, 3, 1, 9, 30), {"towns": secondary_document(ElementTree.fromstring(TOWNS))}, version="7")
    slow.absent = {DATA[8]}
    elements: dict[str, list[ElementTree.Element]] = {}
    parents = {child: parent for parent in DATA.iter() for child in parent}
    for element in DATA.iter():
        steps = [element.tag]
        above = parents.get(element)
        while above is not None:
            steps.append(above.tag)
            above = parents.get(above)
        elements.setdefault("/" + "/".join(reversed(steps)), []).append(element)
    return slow, replace(slow, elements=elements, parents=parents)


def said(scope: Scope, text: str) -> Any:
    here = DATA.find("g/x")
    assert here is not None
    try:
        value = Expression.parse(text).evaluate(scope, here)
    except ExpressionFaulty:
        return "faulty"
    value = texts(value) if isinstance(value, list) else value
    return "no number" if value != value else value


paths = st.sampled_from(
    [
        ".",
        "..",
        "../y",
        "../../a",
        "/data/a",
        "/data/b",
        "/data/empty",
        "/data/day",
        "/data/many",
        "/data/nothing",
        "/data/r/x",
        "/data/g/y",
        "current()/../y",
        "instance('towns')/root/item[county = /data/word]/name",
        "instance('towns')/root/item[name = /data/town]/county",
        "instance('towns')/root/item[name != current()/../../town and county != '']/name",
        "instance('towns')/root/item[county = '']/name",
        "instance('nowhere')/root/item[name = 1]/name",
    ]
)
leaves = st.one_of(paths, st.sampled_from(["1", "2.5", "0", "''", "'red'", "'t1'", "'2026-03-01'", "today()", "true()"]))
SIGNS = ["=", "!=", "<", ">=", "+", "-", "*", "div", "mod", "and", "or"]
OF_ONE = ["not", "string", "int", "count-selected", "string-length", "boolean", "once"]
OF_TWO = ["selected", "contains", "coalesce", "concat", "max", "regex"]
expressions = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from(SIGNS), inner).map("({0[0]} {0[1]} {0[2]})".format),
        st.tuples(st.sampled_from(OF_ONE), inner).map("{0[0]}({0[1]})".format),
        st.tuples(st.sampled_from(OF_TWO), inner, inner).map("{0[0]}({0[1]}, {0[2]})".format),
        st.tuples(inner, inner, inner).map("if({0[0]}, {0[1]}, {0[2]})".format),
    ),
    max_leaves=6,
)


@settings(max_examples=300, deadline=None)
@given(expressions)
def test_what_is_compiled_gives_what_the_library_gives(text: str) -> None:
    slow, fast = scopes()
    assert said(slow, text) == said(fast, text), text


def test_an_index_follows_the_list_that_is_asked() -> None:
    _slow, fast = scopes()
    wanted = "instance('towns')/root/item[name = /data/town]/county"
    assert said(fast, wanted) == ["c1"]
    other = ElementTree.fromstring("<root><item><name>t1</name><county>c9</county></item></root>")
    assert said(replace(fast, secondary={"towns": secondary_document(other)}), wanted) == ["c9"]
