"""Appendix: the list of every figure of a paper, with what is needed to find it again.

Changes when what the list says of a figure changes.
"""

from collections.abc import Callable, Iterable

from jiaoheng.measures.catalogue import Catalogue
from jiaoheng.papers.chart import Chart
from jiaoheng.papers.figure import Figure, FigureList, plain
from jiaoheng.papers.markdown_table import markdown_table
from jiaoheng.papers.number_style import is_chinese
from jiaoheng.snapshots.snapshot import Snapshot

__all__ = ["appendix", "without_appendix"]

_WORDS: dict[str, dict[str, str | tuple[str, ...]]] = {
    "zh": {
        "title": "附录　数据来源",
        "lead": "本文数据均取自{date}的快照，下表逐一列出正文和表格中的数字，快照栏为散列值前8位。快照散列值（SHA-256）：\n\n`{hash}`",
        "figures": ("序号", "指标", "机构", "学段", "学年", "值", "分子 / 分母", "快照"),
        "charts_title": "图",
        "charts": ("序号", "图题", "指标", "范围", "快照"),
        "measures_title": "指标定义",
        "measures": ("指标", "标识", "计算式", "来源"),
    },
    "en": {
        "title": "Appendix: sources of the figures",
        "lead": "Every figure is taken from the snapshot of {date}. The table lists each figure of text and tables; the last column "
        "gives the first 8 digits of the snapshot's hash (SHA-256):\n\n`{hash}`",
        "figures": ("No.", "Measure", "Organisation", "Stage", "School year", "Value", "Numerator / denominator", "Snapshot"),
        "charts_title": "Charts",
        "charts": ("No.", "Title", "Measure", "Filter", "Snapshot"),
        "measures_title": "Definitions",
        "measures": ("Measure", "Id", "Computed as", "Source"),
    },
}  # fmt: skip


def appendix(
    figures: FigureList, charts: Iterable[Chart], snapshot: Snapshot, catalogue: Catalogue, language: str, anchor: Callable[[Figure], str]
) -> str:
    """The appendix as Markdown. `anchor` gives a figure's number as each format marks the place that links lead to."""
    words = _words(language)
    lead = str(words["lead"]).format(date=snapshot.date.isoformat(), hash=snapshot.hash)
    rows = [
        [
            anchor(figure),
            plain(figure.label),
            plain(figure.filter.organisation_name),
            plain(figure.filter.stage_name),
            plain(figure.filter.period),
            plain(figure.text),
            plain(figure.parts) or "–",
            snapshot.hash[:8],
        ]
        for figure in figures
    ]
    parts = [
        f"# {words['title']} {{#appendix}}",
        lead,
        "::: {#sources .appendix}",
        markdown_table(words["figures"], rows, right=(5, 6), widths=_FIGURE_WIDTHS),
    ]
    drawn = [[str(c.number), plain(c.title), plain(c.label), plain(c.filter_text), snapshot.hash[:8]] for c in charts]
    if drawn:
        parts += [f"## {words['charts_title']}", markdown_table(words["charts"], drawn, widths=(6, 30, 18, 34, 12))]
    used = dict.fromkeys([figure.about for figure in figures if figure.about in catalogue] + [chart.about for chart in charts])
    defined = [
        [plain(m.label.in_language(language)), f"`{m.id}`", f"`{_formula(str(m.numerator), m.denominator)}`", plain(str(m.source))]
        for m in (catalogue[name] for name in used)
    ]
    parts += [f"## {words['measures_title']}", markdown_table(words["measures"], defined, widths=(18, 36, 30, 28)), ":::"]
    return "\n\n".join(map(str, parts)) + "\n"


_FIGURE_WIDTHS = (6, 30, 19, 11, 13, 15, 24, 11)


def _formula(numerator: str, denominator: object | None) -> str:
    return numerator if denominator is None else f"{numerator} / {denominator}"


def without_appendix(markdown: str, language: str) -> str:
    """A written paper's Markdown up to its appendix, which says every figure a second time."""
    text, _heading, _listed = markdown.rpartition(f"# {_words(language)['title']}")
    return text or markdown


def _words(language: str) -> dict[str, str | tuple[str, ...]]:
    return _WORDS["zh" if is_chinese(language) else "en"]
