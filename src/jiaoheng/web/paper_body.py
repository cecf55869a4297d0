"""Paper body: the written HTML of a report, taken into a page: its body only, without scripts, its figures as links of this site.

Changes when the HTML of papers changes.
"""

from urllib.parse import urlencode

from django.urls import NoReverseMatch, reverse
from lxml import html

from jiaoheng.organisations.organisation import Organisation

__all__ = ["body_for_the_page"]

_DROPPED = ("script", "style", "link", "meta", "iframe", "object", "embed", "form")


def body_for_the_page(document: str, area: Organisation) -> str:
    """The inside of <body>. A figure that names its measure (data-measure, …) becomes a link to its rows."""
    tree = html.document_fromstring(document)
    body = tree.find("body")
    if body is None:
        return ""
    for name in _DROPPED:
        for node in list(body.iter(name)):
            node.drop_tree()
    for node in body.iter():
        if isinstance(node.tag, str):
            for attribute in [key for key in node.attrib if key.lower().startswith("on")]:
                del node.attrib[attribute]
            if node.get("href", "").strip().lower().startswith("javascript:"):
                del node.attrib["href"]
            if node.get("data-measure"):
                _link(node, area)
    inside = (body.text or "") + "".join(html.tostring(child, encoding="unicode") for child in body)
    return inside


def _link(node: html.HtmlElement, area: Organisation) -> None:
    """Lead a figure to the page of the rows behind it."""
    asked = {"organisation": node.get("data-organisation") or area.code, "stage": node.get("data-stage") or "all"}
    if node.get("data-period"):
        asked["year"] = node.get("data-period", "")
    try:
        address = reverse("rows", args=[node.get("data-measure")]) + "?" + urlencode(asked)
    except NoReverseMatch:
        return
    if node.tag == "a":
        node.set("href", address)
        node.attrib.pop("target", None)
