"""The manual keeps up with the program: settings, dependencies and links are compared with what exists."""

import re
import tomllib
from pathlib import Path

import pytest

from jiaoheng.settings import VARIABLES

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
PAGES = sorted([*ROOT.glob("*.md"), *DOCS.rglob("*.md")])


def _table_rows(page: Path) -> list[list[str]]:
    lines = [line for line in page.read_text(encoding="utf-8").splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def test_the_settings_page_is_the_table_of_variables() -> None:
    rows = [row for row in _table_rows(DOCS / "reference/settings.md") if row[0].startswith("`")]
    assert rows == [[f"`{v.name}`", f"`{v.default}`" if v.default else "(none)", v.meaning] for v in VARIABLES]


def test_every_dependency_has_its_line_and_no_line_is_stale() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    asked = [*project["project"]["dependencies"], *project["dependency-groups"]["dev"]]
    names = {re.split(r"[\[<>=!~ ;]", line)[0] for line in asked}
    listed = [row[0] for row in _table_rows(DOCS / "dependencies.md") if row[0] not in ("package", "---")]
    assert sorted(listed) == sorted(names)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_to_pages_that_exist(page: Path) -> None:
    links = re.findall(r"(?<!!)\[[^\]]+\]\(([^)#]+)[^)]*\)", page.read_text(encoding="utf-8"))
    missing = [link for link in links if "://" not in link and not (page.parent / link).exists()]
    assert not missing


def test_every_page_of_the_manual_is_in_its_index() -> None:
    index = (DOCS / "README.md").read_text(encoding="utf-8")
    pages = [page.relative_to(DOCS).as_posix() for page in DOCS.rglob("*.md") if page != DOCS / "README.md"]
    assert [page for page in pages if page not in index] == []
