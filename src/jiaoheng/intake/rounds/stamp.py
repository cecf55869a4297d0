"""Stamp: the signed hidden sheet by which a returned workbook is known: which round, which school, which version, which layout.

Changes when what a stamp says changes. It is signed with the deployment's key, so that a workbook made or altered elsewhere is told apart.
"""

import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from jiaoheng.access.key_ring import FieldKey, key_ring
from jiaoheng.intake.workbook import Sheet

__all__ = ["STAMP_SHEET", "Stamp", "digest_of", "read_stamp", "stamp_rows"]

STAMP_SHEET = "_jiaoheng"
_USE = "collection round stamp"
_MARK = "jiaoheng collection round"


@dataclass(frozen=True)
class Stamp:
    """What the sheet says. `digest` is that of the layout that was handed out."""

    round: int
    school: str
    version: int
    digest: str


def digest_of(layout: Mapping[str, Any]) -> str:
    """A short hash of a layout: same layout, same digest."""
    return hashlib.sha256(json.dumps(layout, ensure_ascii=False, sort_keys=True).encode("utf-8")).hexdigest()[:32]


def stamp_rows(stamp: Stamp) -> list[tuple[str, str]]:
    """The rows of the hidden sheet, the signature last."""
    key = key_ring().present
    said = [("is", _MARK), *((name, str(value)) for name, value in asdict(stamp).items()), ("key", key.id)]
    return [*said, ("signature", _signature(key, stamp))]


def read_stamp(sheet: Sheet) -> Stamp | None:
    """The stamp of a hidden sheet; None where it is not one of ours or was altered."""
    said = {str(row[0]): _text(row[1]) for row in sheet.rows if len(row) > 1}
    try:
        stamp = Stamp(int(said["round"]), said["school"], int(said["version"]), said["digest"])
        key = key_ring().by_id(said["key"])
    except (KeyError, ValueError):
        return None
    if said.get("is") != _MARK or key is None:
        return None
    return stamp if hmac.compare_digest(said.get("signature", ""), _signature(key, stamp)) else None


def _signature(key: FieldKey, stamp: Stamp) -> str:
    content = json.dumps(asdict(stamp), ensure_ascii=False, sort_keys=True).encode("utf-8")
    return hmac.new(key.derived(_USE), content, hashlib.sha256).hexdigest()


def _text(cell: object) -> str:
    return str(int(cell)) if isinstance(cell, float) and cell.is_integer() else str(cell)
