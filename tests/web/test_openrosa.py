"""A conversation with a client that speaks OpenRosa: list, manifest, form, HEAD, submissions in parts, retries, edits, refusals."""

import re
import urllib.error
import urllib.request
import uuid
from collections.abc import Callable
from typing import Any
from xml.etree import ElementTree

import pytest
from django.test import Client

from jiaoheng.access.account import Account
from jiaoheng.ledgers.ledger_row import LedgerRow, Source
from jiaoheng.ledgers.ledger_version import LedgerVersion
from jiaoheng.ledgers.phone_access import PhoneAccess, give_access
from jiaoheng.ledgers.published_ledger import publish, withdraw
from jiaoheng.organisations.organisation import Organisation

pytestmark = pytest.mark.django_db(transaction=True)
LIST = "{http://openrosa.org/xforms/xformsList}"
PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 64


class Collect:
    """A phone: signs in by digest (urllib's own implementation), sends what the protocol says."""

    def __init__(self, base: str, username: str, password: str) -> None:
        self.base = base
        passwords = urllib.request.HTTPPasswordMgrWithDefaultRealm()
        passwords.add_password(None, base, username, password)
        self.opener = urllib.request.build_opener(urllib.request.HTTPDigestAuthHandler(passwords))

    def ask(self, address: str, method: str = "GET", body: bytes | None = None, **headers: str) -> tuple[int, bytes, Any]:
        address = address if address.startswith("http") else self.base + address
        named = {name.replace("_", "-"): value for name, value in headers.items()} | {"X-OpenRosa-Version": "1.0"}
        request = urllib.request.Request(address, data=body, method=method, headers=named)
        try:
            with self.opener.open(request) as answer:
                return answer.status, answer.read(), answer.headers
        except urllib.error.HTTPError as refused:
            return refused.code, refused.read(), refused.headers

    def send(self, xml: str, files: dict[str, bytes] | None = None, *, incomplete: bool = False) -> tuple[int, str]:
        status, _body, headers = self.ask("/submission", "HEAD")
        assert status == 204 and headers["Location"].endswith("/submission")
        bound = uuid.uuid4().hex
        parts = [("xml_submission_file", "submission.xml", "text/xml", xml.encode())]
        parts += [(name, name, "image/png", content) for name, content in (files or {}).items()]
        body = b"".join(
            f'--{bound}\r\nContent-Disposition: form-data; name="{name}"; filename="{file}"\r\nContent-Type: {kind}\r\n\r\n'.encode()
            + content
            + b"\r\n"
            for name, file, kind, content in parts
        )
        if incomplete:
            body += f'--{bound}\r\nContent-Disposition: form-data; name="*isIncomplete*"\r\n\r\nyes\r\n'.encode()
        status, said, headers = self.ask(
            "/submission", "POST", body + f"--{bound}--\r\n".encode(), Content_Type=f"multipart/form-data; boundary={bound}"
        )
        assert headers["X-OpenRosa-Version"] == "1.0"
        return status, "".join(ElementTree.fromstring(said).itertext())


@pytest.fixture
def inspector(tree: Organisation, account: Callable[..., Account]) -> Account:
    return account("inspector", "320999")


@pytest.fixture
def phone(live_server: Any, inspector: Account) -> Collect:
    return Collect(f"{live_server.url}/openrosa", inspector.username, give_access(inspector, "督学手机").secret)


def hazard(
    instance: str, photo: str = "", *, version: str = "2026010101", grade: str = "ordinary", replaces: str = "", day: str = "2026-11-02"
) -> str:
    deprecated = f"<deprecatedID>{replaces}</deprecatedID>" if replaces else ""
    return f"""<?xml version='1.0' ?><data xmlns:orx="http://openrosa.org/xforms" id="hazards" version="{version}">
    <start>2026-11-02T09:00:00.000+08:00</start><username>zhou</username>
    <finding><school>晨光1001小学</school><found_on>{day}</found_on><finder>周宁</finder><method>routine</method></finding>
    <hazard><category>fire</category><kind>exit</kind><place>教学楼二楼</place><location>31.23 121.47 4.0 5.0</location>
    <description>疏散通道堆放桌椅</description><photo>{photo}</photo><grade>{grade}</grade></hazard>
    <rectification><guards>tape</guards><rectifier>吴江</rectifier></rectification><title>x</title>
    <orx:meta><orx:instanceID>{instance}</orx:instanceID>{deprecated}<orx:instanceName>x</orx:instanceName></orx:meta></data>"""


def test_a_phone_without_sign_in_is_challenged(live_server: Any, tree: Organisation) -> None:
    status, _said, headers = Collect(f"{live_server.url}/openrosa", "nobody", "wrong").ask("/formList")
    assert status == 401 and headers["WWW-Authenticate"].startswith("Digest realm=")
    assert headers["X-OpenRosa-Version"] == "1.0" and headers["Date"]


def test_the_list_leads_to_forms_that_can_be_fetched(phone: Collect) -> None:
    status, body, headers = phone.ask("/formList")
    forms = {form.findtext(f"{LIST}formID"): form for form in ElementTree.fromstring(body)}
    assert status == 200 and set(forms) >= {"hazards", "inspector_visits", "matters", "petitions"}
    assert headers["Content-Type"] == "text/xml; charset=utf-8" and int(headers["X-OpenRosa-Accept-Content-Length"]) > 10_000_000
    hazards = forms["hazards"]
    assert re.fullmatch("md5:[0-9a-f]{32}", hazards.findtext(f"{LIST}hash") or "")
    status, form, _headers = phone.ask(hazards.findtext(f"{LIST}downloadUrl") or "")
    assert status == 200 and b'id="hazards"' in form
    assert len(ElementTree.fromstring(phone.ask("/formList?formID=hazards")[1])) == 1


def test_a_submission_sent_five_times_is_one_row(phone: Collect, inspector: Account) -> None:
    for _time in range(5):
        status, said = phone.send(hazard("uuid:a"))
        assert status == 201 and "编号" in said
    row = LedgerRow.objects.get()
    assert (row.source, row.entered_by, row.organisation.code, row.state) == (Source.PHONE, inspector, "1001", "found")
    assert row.answers["hazard"]["location"] == [31.23, 121.47, 4.0, 5.0]
    assert PhoneAccess.objects.get().used_at is not None


def test_files_come_in_several_parts_of_one_instance(phone: Collect) -> None:
    status, said = phone.send(hazard("uuid:b", "a.png"), incomplete=True)
    assert status == 202 and "a.png" in said
    status, _said = phone.send(hazard("uuid:b", "a.png"), {"a.png": PNG, "audit.csv": b"x,y"})
    assert status == 201
    phone.send(hazard("uuid:b", "a.png"), {"a.png": PNG})
    assert [file.name for file in LedgerRow.objects.get().attachments.all()] == ["a.png"]


def test_a_file_that_is_no_picture_is_refused_and_nothing_is_stored(phone: Collect) -> None:
    status, said = phone.send(hazard("uuid:c", "a.png"), {"a.png": b"MZ\x90" + b"\0" * 50})
    assert status == 403 and "a.png" in said and LedgerRow.objects.count() == 0


def test_answers_that_do_not_hold_are_refused_in_words(phone: Collect) -> None:
    status, said = phone.send(hazard("uuid:d", day="2099-01-01"))
    assert status == 400 and "日期不能晚于今天" in said and LedgerRow.objects.count() == 0


def test_the_same_identity_with_other_answers_is_a_conflict(phone: Collect) -> None:
    phone.send(hazard("uuid:e"))
    status, said = phone.send(hazard("uuid:e", grade="major"))
    assert status == 409 and "编号" not in said and LedgerRow.objects.get().answers["hazard"]["grade"] == "ordinary"


def test_an_edit_from_the_phone_corrects_the_row(phone: Collect) -> None:
    phone.send(hazard("uuid:f"))
    for _time in range(2):
        assert phone.send(hazard("uuid:g", grade="major", replaces="uuid:f"))[0] == 201
    row = LedgerRow.objects.get()
    assert (row.instance_id, row.answers["hazard"]["grade"], row.events) == ("uuid:g", "major", 2)
    assert phone.send(hazard("uuid:h", replaces="uuid:f"))[0] == 409


def test_unknown_forms_and_versions_are_named(phone: Collect) -> None:
    assert phone.send(hazard("uuid:i", version="1"))[0] == 404
    assert phone.send(hazard("uuid:i").replace('id="hazards"', 'id="other"'))[0] == 404
    assert phone.send("<data")[0] == 400


def test_a_replaced_version_is_taken_and_a_withdrawn_one_refused(phone: Collect, account: Callable[..., Account]) -> None:
    phone.ask("/formList")
    old = LedgerVersion.objects.get(ledger="hazards")
    source = bytes(old.source).decode().replace("2026010101", "2026120101")
    officer = account("officer", "320999")
    publish("hazards", source.encode(), "hazards.md", by=officer, reason="new year")
    assert phone.send(hazard("uuid:j"))[0] == 201
    old.refresh_from_db()
    withdraw(old, by=officer, reason="wrong")
    status, said = phone.send(hazard("uuid:k"))
    assert status == 403 and "2026010101" in said and "停用" in said
    assert phone.send(hazard("uuid:j"))[0] == 201  # a retry of what is stored is still answered


def test_a_form_with_a_dataset_has_a_manifest(phone: Collect, account: Callable[..., Account]) -> None:
    form = "| survey |\n| | type | name | label |\n| | select_one_from_file rooms.csv | room | Room |\n"
    form += "| settings |\n| | form_title | form_id | version |\n| | Rooms | rooms | 1 |\n"
    publish("rooms", form.encode(), "rooms.md", by=account("officer", "320999"), files={"rooms.csv": b"name,label\nr1,Room 1\n"})
    listed = ElementTree.fromstring(phone.ask("/formList?formID=rooms")[1])[0]
    manifest = phone.ask(listed.findtext(f"{LIST}manifestUrl") or "")[1]
    file = ElementTree.fromstring(manifest)[0]
    name, digest, address = (child.text for child in file)
    assert name == "rooms.csv" and str(digest).startswith("md5:") and phone.ask(str(address))[1].startswith(b"name,label")
    sent = '<data id="rooms" version="1"><room>{room}</room><meta><instanceID>uuid:{room}</instanceID></meta></data>'
    assert phone.send(sent.format(room="r1"))[0] == 201
    assert phone.send(sent.format(room="r9"))[0] == 400


def test_the_address_alone_signs_in_and_ends(live_server: Any, inspector: Account) -> None:
    access = give_access(inspector, "x")
    phone = Collect(f"{live_server.url}/openrosa/key/{access.secret}", "", "")
    listed = ElementTree.fromstring(phone.ask("/formList?formID=hazards")[1])[0]
    assert f"/key/{access.secret}/" in (listed.findtext(f"{LIST}downloadUrl") or "")
    assert phone.send(hazard("uuid:l"))[0] == 201
    PhoneAccess.objects.update(ended_at="2026-01-01T00:00Z")
    assert phone.ask("/formList")[0] == 401


def test_auditors_are_refused_in_words(live_server: Any, tree: Organisation, account: Callable[..., Account]) -> None:
    auditor = account("auditor", "320999")
    phone = Collect(f"{live_server.url}/openrosa", auditor.username, give_access(auditor, "x").secret)
    status, body, _headers = phone.ask("/formList")
    assert status == 403 and "填报" in body.decode()


def test_a_phone_is_connected_on_the_page_and_its_password_shown_once(signed_in: Callable[..., Client]) -> None:
    client = signed_in("inspector")
    made = client.post("/phones/", {"name": "督学手机"}).content.decode()
    secret = PhoneAccess.objects.get().secret
    assert secret in made and secret not in client.get("/phones/").content.decode()
    client.post("/phones/", {"end": PhoneAccess.objects.get().pk})
    assert PhoneAccess.objects.get().ended_at is not None
