"""OpenRosa: the addresses that ODK Collect talks to: list of forms, manifest, form, submission; digest or token sign-in.

Changes when the protocol does: https://docs.getodk.org/openrosa/ . What becomes of a submission is the ledgers' floor's.
"""

import hashlib
import time
from collections.abc import Callable
from functools import wraps
from typing import Any
from xml.sax.saxutils import escape

from django.contrib.auth.decorators import login_not_required
from django.core import signing
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django.utils.http import http_date
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt

from jiaoheng.access.account import Account, Refused
from jiaoheng.ledgers.attachment import content_of
from jiaoheng.ledgers.form_submission import SubmissionUnreadable
from jiaoheng.ledgers.ledger_version import FormFile, LedgerVersion, VersionState
from jiaoheng.ledgers.phone_access import REALM, account_with_token, passwords_of
from jiaoheng.ledgers.phone_submission import Conflict, Faulty, NoSuchForm, take_submission
from jiaoheng.ledgers.published_ledger import published_ledgers, rulebook_held
from jiaoheng.ledgers.row_entry import check_may_add
from jiaoheng.web.ledger_scope import datasets_of
from jiaoheng.web.words import in_language

__all__ = ["LARGEST_BYTES", "form_file", "form_list", "form_xml", "manifest", "submission"]

LARGEST_BYTES = 48 * 1024 * 1024
"""A client splits what is longer into several submissions of the same instance."""

_NONCE_SECONDS = 300
_MESSAGE = '<OpenRosaResponse xmlns="http://openrosa.org/http/response"><message nature="{nature}">{said}</message></OpenRosaResponse>'

_View = Callable[..., HttpResponse]


def _openrosa(view: _View) -> _View:
    """Signs in by digest or token, and gives every answer the headers of the protocol."""

    @csrf_exempt
    @login_not_required
    @wraps(view)
    def answered(request: HttpRequest, token: str = "", **said: Any) -> HttpResponse:
        account = account_with_token(token) if token else _digest_account(request)
        if account is None:
            response = _said(401, _("Sign in with the user name and phone password that the site gave you."))
            if not token:
                response["WWW-Authenticate"] = _challenge(stale=_stale(request))
        else:
            try:
                check_may_add(account)
                response = view(request, account, token, **said)
            except Refused as no:
                response = _said(403, str(no))
            except Http404 as no:
                response = _said(404, str(no) or _("There is no such page"))
        response["X-OpenRosa-Version"] = "1.0"
        response["X-OpenRosa-Accept-Content-Length"] = str(LARGEST_BYTES)
        response["Date"] = http_date()
        return response

    return answered


@_openrosa
def form_list(request: HttpRequest, account: Account, token: str) -> HttpResponse:
    """Every form in use; `formID` asks for one."""
    wanted = request.GET.get("formID")
    forms = [_listed(request, one.version, token) for one in published_ledgers().values() if wanted in (None, one.version.form_id)]
    return _xml(f'<xforms xmlns="http://openrosa.org/xforms/xformsList">{"".join(forms)}</xforms>')


@_openrosa
def manifest(request: HttpRequest, account: Account, token: str, number: int) -> HttpResponse:
    """The files that a form wants beside it."""
    files = "".join(
        f"<mediaFile><filename>{escape(file.name)}</filename><hash>md5:{file.md5}</hash>"
        f"<downloadUrl>{escape(_address(request, 'openrosa-file', token, number=number, file=file.pk))}</downloadUrl></mediaFile>"
        for file in _version(number).files.all()
    )
    return _xml(f'<manifest xmlns="http://openrosa.org/xforms/xformsManifest">{files}</manifest>')


@_openrosa
def form_xml(request: HttpRequest, account: Account, token: str, number: int) -> HttpResponse:
    """A form as the phone reads it."""
    return _xml(_version(number).form.xform, prolog=False)


@_openrosa
def form_file(request: HttpRequest, account: Account, token: str, number: int, file: int) -> HttpResponse:
    """One file of a form."""
    found = FormFile.objects.filter(version=_version(number), pk=file).first()
    if found is None:
        raise Http404
    return HttpResponse(content_of(found.sha256), content_type="application/octet-stream")


@_openrosa
def submission(request: HttpRequest, account: Account, token: str) -> HttpResponse:
    """HEAD: may I send, and how much. POST: a submission, or a part of one."""
    if request.method == "HEAD":
        response = HttpResponse(status=204)
        response["Location"] = _address(request, "openrosa-submission", token)
        return response
    if request.method != "POST":
        response = _said(405, "POST")
        response["Allow"] = "HEAD, POST"
        return response
    if int(request.META.get("CONTENT_LENGTH") or 0) > LARGEST_BYTES:
        return _said(
            413, _("The submission is larger than {largest} MB. Send its files in parts.").format(largest=LARGEST_BYTES // 1_048_576)
        )
    sent = request.FILES.get("xml_submission_file")
    xml = sent.read() if sent is not None else request.POST.get("xml_submission_file", "").encode()
    if not xml:
        return _said(400, _("There is no xml_submission_file in what was sent."))
    files = {
        file.name or name: file.read() for name in request.FILES if name != "xml_submission_file" for file in request.FILES.getlist(name)
    }
    try:
        with rulebook_held():
            taken = take_submission(xml, files, by=account, at=timezone.now(), datasets_of=datasets_of)
    except SubmissionUnreadable as no:
        return _said(400, in_language(no.label))
    except NoSuchForm as no:
        return _said(404, str(no))
    except Conflict as no:
        return _said(409, str(no))
    except Faulty as no:
        return _said(400, str(no))
    if taken.missing:
        said = _("Stored as number {number}; still to come: {files}.").format(number=taken.row.pk, files=", ".join(taken.missing))
        return _said(202, said)  # accepted; another part of the same submission brings the rest
    return _said(201, _("Stored as number {number}.").format(number=taken.row.pk), nature="submit_success")


def _listed(request: HttpRequest, version: LedgerVersion, token: str) -> str:
    digest = hashlib.md5(version.form.xform.encode(), usedforsecurity=False).hexdigest()
    parts = [
        ("formID", version.form_id),
        ("name", in_language(version.title)),
        ("version", version.version),
        ("hash", f"md5:{digest}"),
        ("downloadUrl", _address(request, "openrosa-form", token, number=version.pk)),
    ]
    if version.files.exists():
        parts.append(("manifestUrl", _address(request, "openrosa-manifest", token, number=version.pk)))
    return "<xform>" + "".join(f"<{name}>{escape(value)}</{name}>" for name, value in parts) + "</xform>"


def _version(number: int) -> LedgerVersion:
    version = LedgerVersion.objects.filter(pk=number).first()
    if version is None:
        raise Http404
    if version.state == VersionState.WITHDRAWN:
        raise Refused(_("This version of the form was withdrawn: nothing can be sent in it. Fetch the new one."))
    return version


def _address(request: HttpRequest, name: str, token: str, **said: int) -> str:
    kwargs: dict[str, Any] = {"token": token, **said} if token else dict(said)
    return request.build_absolute_uri(reverse(f"{name}-key" if token else name, kwargs=kwargs))


def _xml(body: str, *, status: int = 200, prolog: bool = True) -> HttpResponse:
    written = f'<?xml version="1.0" encoding="UTF-8"?>\n{body}' if prolog else body
    return HttpResponse(written, content_type="text/xml; charset=utf-8", status=status)


def _said(status: int, words: str, nature: str = "") -> HttpResponse:
    return _xml(_MESSAGE.format(nature=nature or ("submit_success" if status < 300 else "error"), said=escape(words)), status=status)


# Digest sign-in (RFC 7616, qop=auth, MD5).


def _challenge(*, stale: bool) -> str:
    nonce = signing.dumps(int(time.time()), salt="openrosa nonce")
    return f'Digest realm="{REALM}", qop="auth", algorithm=MD5, nonce="{nonce}"' + (", stale=true" if stale else "")


def _digest_account(request: HttpRequest) -> Account | None:
    given = _digest_parts(request)
    if not given or _nonce_age(given.get("nonce", "")) is None or given.get("realm") != REALM or given.get("qop") != "auth":
        return None
    if given.get("uri", "") not in (request.get_full_path(), request.build_absolute_uri()):
        return None
    second = _md5(f"{request.method}:{given['uri']}")
    for phone in passwords_of(given.get("username", "")):
        parts = [phone.digest_key(given["username"]), given["nonce"], given.get("nc", ""), given.get("cnonce", ""), "auth", second]
        if constant_time_compare(_md5(":".join(parts)), given.get("response", "")):
            phone.used()
            account: Account = phone.account
            return account
    return None


def _stale(request: HttpRequest) -> bool:
    given = _digest_parts(request)
    return bool(given) and _nonce_age(given.get("nonce", "")) is None


def _nonce_age(nonce: str) -> int | None:
    """Seconds since we gave out this nonce; None where it is not ours or too old."""
    try:
        age = int(time.time()) - int(signing.loads(nonce, salt="openrosa nonce"))
    except (signing.BadSignature, ValueError, TypeError):
        return None
    return age if age <= _NONCE_SECONDS else None


def _digest_parts(request: HttpRequest) -> dict[str, str]:
    header = request.headers.get("Authorization", "")
    if not header.lower().startswith("digest "):
        return {}
    parts = {}
    rest = header[7:].strip()
    while rest:
        name, _sign, rest = rest.partition("=")
        if rest.startswith('"'):
            value, _sign, rest = rest[1:].partition('"')
        else:
            value, comma, rest = rest.partition(",")
            rest = comma + rest
        parts[name.strip(" ,")] = value.strip()
        rest = rest.lstrip(" ,")
    return parts


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()
