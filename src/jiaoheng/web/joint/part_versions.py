"""Part versions: the list of a part's versions, and what differs between two.

Changes when versions are laid out otherwise.
"""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from jiaoheng.papers.joint.paper_part import may_write
from jiaoheng.papers.joint.part_version import PartVersion, difference
from jiaoheng.web.joint.papers_in_scope import part_in_scope
from jiaoheng.web.scope import reader

__all__ = ["part_versions"]


def part_versions(request: HttpRequest, number: int, place: int) -> HttpResponse:
    """All versions, the newest first, and two of them held against each other: those asked for, or the last two."""
    part = part_in_scope(request, number, place)
    versions = list(part.versions.select_related("by").order_by("-number"))
    by_number = {version.number: version for version in versions}
    present = next(version for version in versions if not version.beside)
    new = _asked(request, "new", by_number) or present
    old = _asked(request, "old", by_number) or by_number.get(new.number - 1, new)
    context = {
        "paper": part.paper, "part": part, "versions": versions, "old": old, "new": new, "present": present,
        "lines": difference(old.text, new.text), "editable": not part.paper.locked and may_write(reader(request), part),
    }  # fmt: skip
    return render(request, "web/joint/versions.html", context)


def _asked(request: HttpRequest, name: str, versions: dict[int, PartVersion]) -> PartVersion | None:
    said = request.GET.get(name, "")
    if not said:
        return None
    if not said.isdecimal() or int(said) not in versions:
        raise Http404
    return versions[int(said)]
