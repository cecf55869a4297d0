"""Paper pages: the reports there are, one to read with its figures as doors, and to download.

Changes when papers are shown or kept otherwise. A paper is written once for a snapshot, area, year and language, then kept.
"""

import uuid
from pathlib import Path

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.safestring import mark_safe
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from jiaoheng import __version__
from jiaoheng.organisations.organisation import Organisation
from jiaoheng.papers.paper import PaperStopped, write
from jiaoheng.web.current_snapshot import CurrentSnapshot, chosen_year
from jiaoheng.web.export import file_response
from jiaoheng.web.joint.paper_list import may_open
from jiaoheng.web.no_snapshot import needs_snapshot
from jiaoheng.web.paper_body import body_for_the_page
from jiaoheng.web.paper_templates import template_file, template_titles
from jiaoheng.web.scope import area_asked_for, reader

__all__ = ["paper", "paper_body", "paper_download", "papers"]

_DOWNLOADS = ("docx", "pdf", "html")


@needs_snapshot
def papers(request: HttpRequest, current: CurrentSnapshot) -> HttpResponse:
    """The list of templates."""
    return render(request, "web/papers.html", {"papers": _titles(request, current), "current": current, "area": area_asked_for(request)})


@needs_snapshot
def paper(request: HttpRequest, current: CurrentSnapshot, template_id: str) -> HttpResponse:
    """The page around a report; the report itself follows by HTMX, since writing it takes a while the first time."""
    _template(template_id)
    area = _area(request)
    context = {"template_id": template_id, "title": _titles(request, current)[template_id], "current": current, "area": area}
    return render(request, "web/paper.html", {**context, "may_open": may_open(reader(request))})


@needs_snapshot
def paper_body(request: HttpRequest, current: CurrentSnapshot, template_id: str) -> HttpResponse:
    """The report as HTML for the page, or why it cannot be written."""
    try:
        content = _written(request, current, template_id, "html").read_text(encoding="utf-8")
    except PaperStopped as error:
        return render(request, "web/_paper_stopped.html", {"reason": str(error)})
    body = mark_safe(body_for_the_page(content))
    return render(request, "web/_paper_body.html", {"body": body})


@needs_snapshot
def paper_download(request: HttpRequest, current: CurrentSnapshot, template_id: str, form: str) -> HttpResponse:
    """The report as a file."""
    if form not in _DOWNLOADS:
        raise Http404
    try:
        file = _written(request, current, template_id, form)
    except PaperStopped as error:
        context = {"template_id": template_id, "title": _titles(request, current)[template_id], "current": current, "area": _area(request)}
        return render(request, "web/paper.html", {**context, "reason": str(error)}, status=409)
    name = f"{_titles(request, current)[template_id]} {chosen_year(request, current.years, current.year)}.{form}"
    return file_response(file.read_bytes(), name)


def _titles(request: HttpRequest, current: CurrentSnapshot) -> dict[str, str]:
    return template_titles(area_asked_for(request), chosen_year(request, current.years, current.year))


def _template(template_id: str) -> Path:
    file = template_file(template_id)
    if file is None:
        raise Http404(_("The rulebook has no report “{name}”.").format(name=template_id))
    return file


def _area(request: HttpRequest) -> Organisation:
    area = area_asked_for(request)
    if area is None:
        raise Http404(_("Your account stands at no organisation yet."))
    return area


def _written(request: HttpRequest, current: CurrentSnapshot, template_id: str, form: str) -> Path:
    """The report's file, written where it is not kept yet. Raises: PaperStopped, Http404, Refused."""
    template, area = _template(template_id), _area(request)
    year, language = chosen_year(request, current.years, current.year), get_language() or "zh-hans"
    place = area.code.encode().hex()
    folder = Path(settings.DATA) / "papers" / current.snapshot.hash[:16] / f"{place}-{year}-{language}"
    stamp = f"{__version__}-{template.stat().st_mtime_ns}"
    file = folder / f"{template_id}-{stamp}.{form}"
    if not file.is_file():
        folder.mkdir(parents=True, exist_ok=True)
        made = folder / f".{template_id}-{stamp}.{uuid.uuid4().hex[:12]}.{form}"
        try:
            write(template_id, current.snapshot, made, language=language, area=area.code, period=year, overlay=settings.RULEBOOK_OVERLAY)
            made.replace(file)
        finally:
            made.unlink(missing_ok=True)
    return file
