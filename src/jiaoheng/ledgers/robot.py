"""Robot: how a group chat's robot is spoken to: DingTalk 钉钉 and WeCom 企业微信.

Changes when one of them asks for another message. Both take a JSON document by POST and answer `errcode` 0 for «taken». The signature:
base64(HMAC-SHA256(secret, "<milliseconds>\\n<secret>")), with the time, as parameters of the address.
"""

import base64
import hashlib
import hmac
import json
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode, urlsplit

from django.conf import settings
from django.utils.translation import gettext as _

from jiaoheng.ledgers.notice import Robot, RobotKind

__all__ = ["RobotFailed", "dingtalk_signature", "refused_address", "say_to_robot"]

_WAITS = 10.0
_WECOM_BYTES, _DINGTALK_BYTES = 4096, 20_000
"""What one message may hold, by the two makers' manuals."""


class RobotFailed(Exception):
    """The message was not taken; says why, without the address."""


def refused_address(address: str) -> str:
    """Why a robot may not be at this address; nothing where it may. Only hosts that the deployment names are spoken to."""
    parts = urlsplit(address)
    if parts.scheme not in ("http", "https"):
        return _("The webhook's address must begin with https://.")
    host = (parts.hostname or "").lower()
    try:
        allowed = (host in settings.ROBOT_HOSTS and parts.port in (None, 443)) or f"{host}:{parts.port}" in settings.ROBOT_HOSTS
    except ValueError:  # a port that is no number
        allowed = False
    if allowed and (parts.scheme == "https" or f"{host}:{parts.port}" in settings.ROBOT_HOSTS):
        return ""
    return _("Robots are spoken to at {hosts} only. Whoever runs the site can allow more (JIAOHENG_ROBOT_HOSTS).").format(
        hosts=", ".join(settings.ROBOT_HOSTS)
    )


def say_to_robot(robot: Robot, title: str, text: str) -> None:
    """Send one message. Raises: RobotFailed."""
    address = robot.address.clear if robot.address else ""
    if refusal := refused_address(address):
        raise RobotFailed(refusal)
    if robot.kind == RobotKind.DINGTALK:
        secret = robot.secret.clear if robot.secret else ""
        words = _cut(f"#### {title}\n{text}", _DINGTALK_BYTES)
        _post(_signed(address, secret, round(time.time() * 1000)), {"msgtype": "markdown", "markdown": {"title": title, "text": words}})
    else:
        words = _cut(f"**{title}**\n{text}", _WECOM_BYTES)
        _post(address, {"msgtype": "markdown", "markdown": {"content": words}})


def dingtalk_signature(secret: str, milliseconds: int) -> str:
    """What proves that we know the secret, before it is written into an address."""
    said = hmac.new(secret.encode(), f"{milliseconds}\n{secret}".encode(), hashlib.sha256).digest()
    return base64.b64encode(said).decode()


def _signed(address: str, secret: str, milliseconds: int) -> str:
    if not secret:
        return address
    more = urlencode({"timestamp": milliseconds, "sign": dingtalk_signature(secret, milliseconds)})
    return f"{address}{'&' if urlsplit(address).query else '?'}{more}"


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """A robot answers itself; what leads elsewhere is not followed with our secret in the address."""

    def redirect_request(self, *_args: Any, **_options: Any) -> None:
        return None


def _post(address: str, document: Mapping[str, Any]) -> None:
    body = json.dumps(document, ensure_ascii=False).encode()
    request = urllib.request.Request(address, body, {"Content-Type": "application/json; charset=utf-8"})
    try:
        with urllib.request.build_opener(_NoRedirect).open(request, timeout=_WAITS) as answer:
            said = json.loads(answer.read(65_536))
    except urllib.error.HTTPError as error:
        raise RobotFailed(_("The chat's server answered {status}.").format(status=error.code)) from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "reason", None)
        raise RobotFailed(_("The chat's server did not answer: {why}").format(why=type(reason or error).__name__)) from None
    code = said.get("errcode") if isinstance(said, dict) else None
    if code != 0:
        raise RobotFailed(
            _("The chat's server refused: {code} {why}").format(
                code=code, why=str(said.get("errmsg", ""))[:100] if isinstance(said, dict) else ""
            )
        )


def _cut(text: str, most: int) -> str:
    cut = text.encode()
    return text if len(cut) <= most else cut[: most - 3].decode(errors="ignore") + "…"
