"""Paper templates: which reports the rulebook offers, and what they are called here and now.

Changes when the heading block of a template says something else.
"""

import re
from pathlib import Path

from django.conf import settings
from django.utils.translation import get_language

from jiaoheng.organisations.organisation import Organisation
from jiaoheng.papers.paper import templates as papers_of
from jiaoheng.papers.template import PaperStopped, TemplateFile
from jiaoheng.rulebook.loader import rulebook_file

__all__ = ["template_file", "template_titles", "templates"]


def templates() -> list[str]:
    """The ids of the paper templates, the bureau's own with ours."""
    return papers_of(settings.RULEBOOK_OVERLAY)


def template_file(template_id: str) -> Path | None:
    """The template's file in the reader's language, or its only one; None where there is none."""
    if template_id not in templates():
        return None
    language = "zh" if (get_language() or "zh").startswith("zh") else "en"
    names = (f"papers/{template_id}.{language}.md", f"papers/{template_id}.md")
    return next((file for name in names if (file := rulebook_file(name, settings.RULEBOOK_OVERLAY))), None)


def template_titles(area: Organisation | None, year: str) -> dict[str, str]:
    """Template id → title for the area and school year, of those that can be read in the reader's language."""
    files = ((name, template_file(name)) for name in templates())
    return {name: _title(name, file, area, year) for name, file in files if file}


def _title(template_id: str, file: Path, area: Organisation | None, year: str) -> str:
    """The heading block's title with area and school year filled in; the id made readable where it says more than that."""
    try:
        title = TemplateFile.read(file).front.get("title", "")
    except PaperStopped:  # writing the paper will say where and why
        title = ""
    for name, words in (("area.name", str(area or "")), ("period", year)):
        title = re.sub(r"\{\{\s*" + re.escape(name) + r"\s*\}\}", words, title)
    plain = title and "{{" not in title and "{%" not in title
    return title if plain else template_id.replace("_", " ").capitalize()
