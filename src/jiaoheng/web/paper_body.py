"""Paper body: the written HTML of a report, taken into a page: its body only, without scripts, its figures as links of this site.

Changes when the HTML of papers changes.
"""

import re

from django.urls import reverse
from lxml import html

__all__ = ["body_for_the_page"]

_DROPPED = ("script", "style", "link", "meta", "iframe", "object", "embed", "form")


def body_for_the_page(document: str) -> str:
    """The inside of <body>. Figures lead to the rows behind them."""
    tree = html.document_fromstring(document)
    body = tree.find("body")
    if body is None:
        return ""
    for name in _DROPPED:
        for node in list(body.iter(name)):
            node.drop_tree()  # type: ignore[attr-defined]
    for node in body.iter():
        if isinstance(node.tag, str):
            for attribute in [key for key in node.attrib if str(key).lower().startswith("on")]:
                del node.attrib[attribute]
            address = str(node.get("href", ""))
            if address.strip().lower().startswith("javascript:"):
                del node.attrib["href"]
            elif address.startswith("/"):
                node.set("href", _to_the_rows(address))
    inside = (body.text or "") + "".join(html.tostring(child, encoding="unicode") for child in body)
    return inside


def _to_the_rows(address: str) -> str:
    """A figure of a measure leads to the rows behind it; every other link stays as the paper has it."""
    there, _mark, asked = address.partition("?")
    found = re.fullmatch(r"/measures/(\w+)/?", there)
    return f"{reverse('rows', args=[found[1]])}?{asked}" if found else address
