"""Files beside a form: each kind gives rows; what cannot be read gives none."""

import pytest

from jiaoheng.ledgers.form_datasets import Dataset, for_phones, read_dataset


def test_rows_of_each_kind() -> None:
    assert read_dataset("a.CSV", "\ufeffname,label\nx,学校\n".encode()) == [{"name": "x", "label": "学校"}]
    assert read_dataset("a.xml", b"<root><item><name>x</name><label/></item></root>") == [{"name": "x", "label": ""}]
    places = b'{"features": [{"id": 7, "properties": {"title": "Gate"}, "geometry": {"type": "Point", "coordinates": [118.5, 31.2]}}]}'
    assert read_dataset("a.geojson", places) == [{"title": "Gate", "id": "7", "geometry": "31.2 118.5 0 0"}]


def test_a_table_is_read_in_the_chinese_code_and_with_other_separators() -> None:
    rows = [{"name": "x", "label": "阳光小学"}]
    assert read_dataset("a.csv", "name,label\r\nx,阳光小学\r\n".encode("gb18030")) == rows
    assert read_dataset("a.csv", " name ;label\nx; 阳光小学\n".encode()) == rows
    assert read_dataset("a.csv", "name\tlabel\nx\t阳光小学\n".encode()) == rows
    assert for_phones("a.csv", "阳光".encode("gb18030")) == "阳光".encode() and for_phones("a.png", b"\xd1") == b"\xd1"


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.png", b"x"),
        ("a.csv", b"\xff\xfe\x00"),
        ("a.xml", b"<!DOCTYPE a><a/>"),
        ("a.xml", b"<a"),
        ("a.geojson", b"[]"),
        ("a.geojson", b"{"),
    ],
)
def test_what_is_no_dataset_gives_none(name: str, content: bytes) -> None:
    assert read_dataset(name, content) is None


def test_the_first_row_is_found() -> None:
    rows = Dataset([{"k": "a", "v": "1"}, {"k": "a", "v": "2"}])
    assert rows.first("k", "a")["v"] == "1" and rows.first("k", "b") == {} and rows.first("z", "") == {"k": "a", "v": "1"}
