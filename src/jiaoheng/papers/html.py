"""HTML: a manuscript as one page that stands alone, in which every figure leads to its measure, snapshot and rows.

Changes when the look of the web papers changes; the look itself is `paper.css`.
"""

import html
from collections.abc import Sequence
from datetime import date
from pathlib import Path

from jiaoheng.papers.chart import Chart
from jiaoheng.papers.manuscript import Manuscript, converted
from jiaoheng.papers.number_style import is_chinese

__all__ = ["html_of", "write_html"]

_LOOK = Path(__file__).with_name("paper.css")


def write_html(manuscript: Manuscript, charts: Sequence[Chart], output: Path) -> None:
    """Write the manuscript to an HTML file: charts are inside it, nothing is fetched. Raises: NoChineseFont."""
    output.write_text(_page(manuscript, html_of(manuscript.body, charts, day=manuscript.day)), encoding="utf-8")


def html_of(markdown: str, charts: Sequence[Chart], *, day: date) -> str:
    """A manuscript's body as HTML with its charts inside. Raises: NoChineseFont."""
    body = converted(markdown, "html5", day=day)
    for chart in charts:
        label = html.escape(chart.told, quote=True)
        svg = chart.svg().replace("<svg ", f'<svg role="img" aria-label="{label}" ', 1)
        start = body.find(f'<img src="chart-{chart.number}"')
        if start >= 0:
            end = body.index("/>", start) + 2
            body = body[:start] + svg + body[end:]
    return body


def _page(manuscript: Manuscript, body: str) -> str:
    chinese = is_chinese(manuscript.language)
    title, subtitle, dated = (html.escape(text) for text in (manuscript.title, manuscript.subtitle, manuscript.dated))
    source = f"快照 {manuscript.snapshot[:12]}" if chinese else f"Snapshot {manuscript.snapshot[:12]}"
    return (
        f'<!doctype html>\n<html lang="{"zh-Hans" if chinese else "en"}">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f'<meta name="snapshot" content="{manuscript.snapshot}">\n<title>{title}</title>\n'
        f"<style>\n{_LOOK.read_text(encoding='utf-8')}</style>\n</head>\n<body>\n<main>\n"
        f'<header><h1>{title}</h1>{f"<p>{subtitle}</p>" if subtitle else ""}<p class="dated">{dated} · {source}</p></header>\n'
        f"{body}\n</main>\n</body>\n</html>\n"
    )
