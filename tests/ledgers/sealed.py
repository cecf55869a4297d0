"""A petition with invented persons, and the whole database and data folder as bytes, to look for what must not stand there."""

import json
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection

from jiaoheng.ledgers.form_submission import Checked, check_answers
from jiaoheng.ledgers.published_ledger import published_ledgers
from tests.ledgers.conftest import AT

__all__ = ["PHONE", "SECRETS", "petition", "petition_answers", "stands_somewhere"]

NAME, PHONE, ADDRESS, CONTENT = "欧阳晓枫", "13899990017", "示例路七十七号二单元", "孩子转学手续被拖延两个月未答复"
SECRETS = (NAME, PHONE, ADDRESS, CONTENT)


def petition_answers(instance: str = "uuid:p1", **said: Any) -> dict[str, Any]:
    return {
        "received_on": "2026-11-18", "channel": "visit", "kind": "request", "matter": "admission", "anonymous": "no", "persons": "1",
        "representatives": "1", "petitioner": [{"petitioner_name": NAME, "phone": PHONE, "address": ADDRESS}],
        "about_school": "晨光1001小学", "content": CONTENT, "again": "no", "meta": {"instanceID": instance},
    } | said  # fmt: skip


def petition(instance: str = "uuid:p1", **said: Any) -> Checked:
    checked = check_answers(published_ledgers()["petitions"].form, petition_answers(instance, **said), now=AT.replace(tzinfo=None))
    assert checked.faults == ()
    return checked


def stands_somewhere(*texts: str) -> list[str]:
    """Which of the texts stand in clear in any table or file, written as they are or as JSON escapes them."""
    whole = _database() + b"".join(file.read_bytes() for file in Path(settings.DATA).rglob("*") if file.is_file())
    return [text for text in texts if text.encode() in whole or json.dumps(text)[1:-1].encode() in whole]


def _database() -> bytes:
    connection.ensure_connection()
    if connection.vendor == "sqlite":
        content: bytes = connection.connection.serialize()
        return content
    rows = []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f"SELECT t::text FROM {connection.ops.quote_name(table)} t")
            rows += [row[0] for row in cursor.fetchall()]
    return "\n".join(rows).encode()
