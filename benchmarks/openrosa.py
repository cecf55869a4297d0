"""How many submissions of phones a second one process takes, through the whole stack: WSGI, sign-in, XML, checks, row, event, trail.

    python benchmarks/openrosa.py [SUBMISSIONS]
    python tools/with_postgres.py -- python benchmarks/openrosa.py [SUBMISSIONS]

Requests are made by hand and given to the site's WSGI application, one after the other, as an ODK Collect that has its nonce sends
them: multipart, 25 questions, signed in by digest or by the secret in the address. Every tenth is sent once more and must not become a
second row. A second is one of CPU: the program's and that of the server's process for it. The database is made for the run. Ends with
status 1 where it is fewer than 200.
"""

# ruff: noqa: E402  Django is set up before its models are imported

import hashlib
import io
import os
import re
import resource
import sys
import tempfile
import time
from typing import Any

folder = tempfile.TemporaryDirectory(prefix="jiaoheng-openrosa-")
os.environ["JIAOHENG_DATA"] = folder.name
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "jiaoheng.settings")

import django

django.setup()

from django.core.management import call_command
from django.db import connection
from measuring import server_cpu

from jiaoheng.access.account import Account
from jiaoheng.ledgers.ledger_row import LedgerRow
from jiaoheng.ledgers.phone_access import REALM, PhoneAccess, give_access
from jiaoheng.ledgers.published_ledger import published_ledgers
from jiaoheng.organisations.organisation import Organisation
from jiaoheng.web.wsgi import application

SCHOOLS, BOUND, WANTED = 300, "----collect", 200
HEAD = f'--{BOUND}\r\nContent-Disposition: form-data; name="xml_submission_file"; filename="s.xml"\r\nContent-Type: text/xml\r\n\r\n'
SENT = """<?xml version='1.0' ?><data xmlns:orx="http://openrosa.org/xforms" id="hazards" version="{version}">
<start>2026-11-02T09:00:00.000+08:00</start><end>2026-11-02T09:04:00.000+08:00</end><username>zhou</username>
<finding><school>{school}</school><found_on>2026-11-02</found_on><finder>周宁</finder><method>routine</method></finding>
<hazard><category>fire</category><kind>exit</kind><kind_other/><place>教学楼{number}室</place><location>31.23 121.47 4.0 5.0</location>
<description>疏散通道堆放桌椅，影响通行</description><photo/><grade>ordinary</grade><major_note/></hazard>
<rectification><guards/><rectifier>吴江</rectifier><due_on/><cost_yuan/></rectification>
<days_given/><same_place>x</same_place><title>y</title>
<orx:meta><orx:instanceID>uuid:{number}</orx:instanceID><orx:instanceName>y</orx:instanceName></orx:meta></data>"""


def main(submissions: int) -> int:
    call_command("migrate", verbosity=0)
    inspector = _people()
    phone, version = give_access(inspector, "phone"), published_ledgers()["hazards"].version.version
    rates = []
    for words, signs in (("digest", True), ("secret in the address", False)):
        taken = _sent(phone, inspector.username if signs else "", version, 0 if signs else submissions, submissions)
        rates.append(taken)
        print(f"{connection.vendor}, {words}: {taken}", flush=True)
    assert LedgerRow.objects.count() == 2 * submissions + 40, LedgerRow.objects.count()
    return int(min(rate.a_second for rate in rates) < WANTED)


class _Rate:
    def __init__(self, requests: int, wall: float, own: float, served: float) -> None:
        self.requests, self.wall, self.own, self.served = requests, wall, own, served
        self.a_second = requests / (own + served)

    def __str__(self) -> str:
        own, served = (seconds / self.requests * 1000 for seconds in (self.own, self.served))
        return f"{self.a_second:,.0f} a second of CPU ({own:.2f} + {served:.2f} ms each), {self.requests / self.wall:,.0f} by the clock"


def _sent(phone: PhoneAccess, username: str, version: str, first: int, submissions: int) -> _Rate:
    address = "/openrosa/submission" if username else f"/openrosa/key/{phone.secret}/submission"
    nonce = _nonce(address) if username else ""
    bodies = []
    for number in range(first - 20, first + submissions):
        xml = SENT.format(version=version, school=f"示例{number % SCHOOLS}小学", number=f"{bool(username)}{number}").encode()
        bodies.append(HEAD.encode() + xml + f"\r\n--{BOUND}--\r\n".encode())
    once_more = bodies[20::10]
    for body in bodies[:20]:  # forms are read, connections opened
        _post(address, body, _authorization(phone, username, nonce, address))
    wall, own, served = time.perf_counter(), _cpu(), server_cpu()
    for count, body in enumerate([*bodies[20:], *once_more], 1):
        _post(address, body, _authorization(phone, username, nonce, address, count))
    return _Rate(submissions + len(once_more), time.perf_counter() - wall, _cpu() - own, server_cpu() - served)


def _post(address: str, body: bytes, authorization: str) -> None:
    status, said = _asked("POST", address, body, authorization)
    assert status.startswith("201"), (status, said)


def _nonce(address: str) -> str:
    status, said = _asked("HEAD", address, b"", "")
    assert status.startswith("401"), status
    found = re.search('nonce="([^"]+)"', said["WWW-Authenticate"])
    assert found is not None
    return found[1]


def _authorization(phone: PhoneAccess, username: str, nonce: str, address: str, count: int = 0) -> str:
    if not username:
        return ""

    def md5(text: str) -> str:
        return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()

    nc, cnonce = f"{count:08x}", "0a4f113b"
    response = md5(f"{md5(f'{username}:{REALM}:{phone.secret}')}:{nonce}:{nc}:{cnonce}:auth:{md5(f'POST:{address}')}")
    return (
        f'Digest username="{username}", realm="{REALM}", nonce="{nonce}", uri="{address}", algorithm=MD5, qop=auth, nc={nc}, '
        f'cnonce="{cnonce}", response="{response}"'
    )


def _asked(method: str, address: str, body: bytes, authorization: str) -> tuple[str, Any]:
    got: list[Any] = []
    environ = {
        "REQUEST_METHOD": method, "PATH_INFO": address, "QUERY_STRING": "", "SERVER_NAME": "127.0.0.1", "SERVER_PORT": "8000",
        "HTTP_HOST": "127.0.0.1:8000", "REMOTE_ADDR": "127.0.0.1", "SERVER_PROTOCOL": "HTTP/1.1", "CONTENT_LENGTH": str(len(body)),
        "CONTENT_TYPE": f"multipart/form-data; boundary={BOUND}", "HTTP_X_OPENROSA_VERSION": "1.0", "wsgi.input": io.BytesIO(body),
        "wsgi.errors": sys.stderr, "wsgi.url_scheme": "http", "wsgi.version": (1, 0), "wsgi.multithread": True,
        "wsgi.multiprocess": False, "wsgi.run_once": False, "SCRIPT_NAME": "",
    }  # fmt: skip
    if authorization:
        environ["HTTP_AUTHORIZATION"] = authorization
    answer = application(environ, lambda status, headers, *_: got.extend((status, dict(headers))))
    b"".join(answer)
    answer.close()
    return got[0], got[1]


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def _people() -> Account:
    top = Organisation.objects.create(code="320999", name_zh="示例区教育局", kind="bureau", path="320999")
    Organisation.objects.bulk_create(
        Organisation(code=f"s{n}", name_zh=f"示例{n}小学", kind="school", parent=top, path=f"320999/s{n}") for n in range(SCHOOLS)
    )
    return Account.objects.create(username="inspector", role="inspector", organisation=top)


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 2_000))
