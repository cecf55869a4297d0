"""Form datasets: the files beside a form that its choices and expressions ask: CSV, GeoJSON and XML, as rows and as a document.

Changes when a form may ask another kind of file. A file's name without its ending is what expressions call it.
"""

import csv
import io
import json
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from typing import Any
from xml.etree import ElementTree

from jiaoheng.ledgers.form_expressions import secondary_document

__all__ = ["Dataset", "for_phones", "read_dataset"]


class Dataset(list[dict[str, str]]):
    """Rows of a file, each a mapping of columns. Asked often: what is worked out of them is kept."""

    def __init__(self, rows: Iterable[Mapping[str, str]] = ()) -> None:
        super().__init__(dict(row) for row in rows)
        self._found: dict[str, dict[str, dict[str, str]]] = {}

    @cached_property
    def document(self) -> Any:
        """root/item/column, as `instance('…')` asks it."""
        root = ElementTree.Element("root")
        for row in self:
            item = ElementTree.SubElement(root, "item")
            for name, value in row.items():
                ElementTree.SubElement(item, name.replace(":", ".")).text = value
        return secondary_document(root)

    def first(self, column: str, value: str) -> Mapping[str, str]:
        """The first row that has the value in the column; an empty one where none has."""
        if column not in self._found:
            self._found[column] = {row.get(column, ""): row for row in reversed(self)}
        return self._found[column].get(value, {})


def read_dataset(name: str, content: bytes) -> Dataset | None:
    """The rows of a file; None for a picture or another kind, and for one that cannot be read."""
    reader = _READERS.get(name.lower().rpartition(".")[2])
    try:
        return None if reader is None else Dataset(reader(content))
    except (ValueError, KeyError, TypeError, AttributeError, csv.Error, ElementTree.ParseError):
        return None


def for_phones(name: str, content: bytes) -> bytes:
    """The file as phones read it: a CSV in UTF-8, whatever it came in."""
    if not name.lower().endswith(".csv"):
        return content
    try:
        return _text(content).encode()
    except UnicodeDecodeError:
        return content


def _csv(content: bytes) -> Iterator[dict[str, str]]:
    """Whatever a spreadsheet writes: in UTF-8 or in the Chinese code, with commas, semicolons or tabs."""
    text = _text(content)
    heading = text.partition("\n")[0]
    for row in csv.DictReader(io.StringIO(text), delimiter=max(",;\t", key=heading.count)):
        yield {str(key).strip(): (value or "").strip() for key, value in row.items() if key and isinstance(value, str | None)}


def _text(content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("gb18030")


def _geojson(content: bytes) -> Iterator[dict[str, str]]:
    """A place for each feature: its properties, its geometry as ODK writes it."""
    for feature in json.loads(content.decode("utf-8-sig"))["features"]:
        row = {str(key): "" if value is None else str(value) for key, value in (feature.get("properties") or {}).items()}
        row["id"] = str(feature.get("id", row.get("id", "")))
        geometry = feature.get("geometry") or {}
        points = geometry.get("coordinates") or []
        points = {"Point": [points], "LineString": points, "Polygon": points[0] if points else []}.get(geometry.get("type", ""), [])
        row["geometry"] = "; ".join(f"{point[1]} {point[0]} 0 0" for point in points)
        yield row


def _xml(content: bytes) -> Iterator[dict[str, str]]:
    """root/item/column; a document type is refused unread: it is how XML is made to swell."""
    if b"<!DOCTYPE" in content or b"<!ENTITY" in content:
        raise ValueError("a document type")
    for item in ElementTree.fromstring(content).iter("item"):
        yield {child.tag.rpartition("}")[2]: child.text or "" for child in item}


_READERS = {"csv": _csv, "geojson": _geojson, "xml": _xml}
