"""What is written and attached at a move is read on the row's page by whoever may read the row, and lies nowhere in clear."""

from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from jiaoheng.ledgers.ledger_row import LedgerRow
from tests.ledgers.sealed import stands_somewhere
from tests.web.test_sealed_pages import officer, read, row  # noqa: F401

pytestmark = pytest.mark.django_db

NOTE, PICTURE = "家长孟晓岚多次来电催办", b"\x89PNG\r\n\x1a\n" + "学生闻人立群的转学证明".encode() * 7_000


def test_a_note_with_a_picture_is_read_and_sealed(
    row: LedgerRow,  # noqa: F811
    officer: Client,  # noqa: F811
    signed_in: Callable[..., Client],
    tree: Any,
) -> None:
    sent = {"kind": "noted", "note": NOTE, "seen": "1", "files": [SimpleUploadedFile("a.png", PICTURE)]}
    assert officer.post(f"/ledgers/petitions/{row.pk}/act/", sent).status_code == 302
    assert stands_somewhere(NOTE, "闻人立群") == []
    for place in ("", "print/"):
        assert NOTE in read(officer.get(f"/ledgers/petitions/{row.pk}/{place}"))
    file = row.attachments.get()
    address = f"/ledgers/petitions/{row.pk}/files/{file.pk}/"
    answer = officer.get(address)
    assert b"".join(answer.streaming_content) == PICTURE and answer["Content-Length"] == str(len(PICTURE))  # type: ignore[attr-defined]
    assert answer["Content-Type"] == "image/png" and "attachment" not in answer["Content-Disposition"]
    assert signed_in("clerk", "1002").get(address).status_code == 404
