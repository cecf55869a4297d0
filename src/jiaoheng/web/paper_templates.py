"""Paper templates: which reports the rulebook offers, and what they are called.

Changes when templates are kept elsewhere than in the rulebook's folder `papers`.
"""

import re
from pathlib import Path
from typing import Any

import yaml
from django.conf import settings
from django.utils.translation import get_language

from jiaoheng.rulebook.loader import shipped_rulebook

__all__ = ["template_file", "template_titles", "templates"]


def templates() -> list[str]:
    """The ids of the paper templates, the bureau's own with ours."""
    return sorted({file.stem for layer in _layers() for file in (layer / "papers").glob("*.md")})


def template_file(template_id: str) -> Path | None:
    """The template's file, the bureau's before ours; None where neither has it."""
    if template_id not in templates():
        return None
    return next((file for layer in _layers() if (file := layer / "papers" / f"{template_id}.md").is_file()), None)


def template_titles() -> dict[str, str]:
    """Template id → its name for a list, in the reader's language."""
    return {name: _title(name) for name in templates()}


def _layers() -> list[Path]:
    return [*([settings.RULEBOOK_OVERLAY] if settings.RULEBOOK_OVERLAY else []), shipped_rulebook()]


def _title(template_id: str) -> str:
    """The `label` of the heading block, else its `title` where that is plain words, else the id made readable."""
    file = template_file(template_id)
    front = re.match(r"---\r?\n(.*?)\r?\n---\r?\n", file.read_text(encoding="utf-8"), re.DOTALL) if file else None
    try:
        written: Any = yaml.safe_load(front[1]) if front else {}
    except yaml.YAMLError:  # writing the paper will say where
        written = {}
    language = "zh" if (get_language() or "zh").startswith("zh") else "en"
    for key in ("label", f"label_{language}", f"title_{language}", "title"):
        found = written.get(key) if isinstance(written, dict) else None
        if isinstance(found, dict):
            found = found.get(language) or found.get("zh") or found.get("en")
        if isinstance(found, str) and "{{" not in found and "{%" not in found:
            return found
    return template_id.replace("_", " ").capitalize()
