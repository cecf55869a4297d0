"""Assessment table: what an assessment finds of an area, printed for the eye.

Changes when the table shows something else.
"""

from collections.abc import Callable
from decimal import Decimal

from rich.markup import escape
from rich.table import Table

from jiaoheng.cli.terminal import terminal
from jiaoheng.standards.assessed import Assessed
from jiaoheng.standards.assessment_lines import STATE_WORDS, Line, lines

__all__ = ["show_assessment"]

_COLOUR = {"met": "green", "missed": "red", "open": "yellow", "not_told": "dim"}


def show_assessment(assessed: Assessed, language: str, stage_word: Callable[[str], str]) -> None:
    """Print the tree as one table, then the outcome and the totals."""
    console, zh = terminal(), language.lower().startswith("zh")
    told = lines(assessed, language, stage_word)
    table = Table(header_style="bold", title_justify="left", title=escape(assessed.assessment.label.in_language(language)))
    headings = ("指标", "数据", "要求", "判定", "差距", "佐证 / 评定") if zh else ("Item", "Value", "Asked", "State", "Lacking", "Evidence")
    for heading in headings:
        table.add_column(heading, overflow="fold")
    if assessed.assessment.scored:
        table.add_column("分值/自评/复核" if zh else "Points/self/review", justify="right")
    for line in told:
        table.add_row(*_cells(line, assessed.assessment.scored))
    console.print(table)
    if assessed.assessment.source.note:
        console.print(f"[dim]{escape(assessed.assessment.source.note.in_language(language))}[/]")
    items = [line.state for line in told if not line.heading]
    counted = [f"{STATE_WORDS[state][zh]} {items.count(state)}" for state in STATE_WORDS if state in items]
    outcome = {True: "met", False: "missed", None: "open"}[assessed.passes]
    console.print(f"[{_COLOUR[outcome]}]{STATE_WORDS[outcome][zh]}[/]  {'，'.join(counted) if zh else ', '.join(counted)}")
    if assessed.unscored:
        console.print(f"{assessed.unscored}项尚无自评得分" if zh else f"{assessed.unscored} items have no self-score yet")


def _cells(line: Line, scored: bool) -> list[str]:
    label = f"{'  ' * line.depth}{escape(line.label)}"
    cells = [f"[bold]{label}[/]" if line.heading else label, escape(line.value), escape(line.asked),
             f"[{_COLOUR[line.state]}]{line.state_word}[/]", escape(line.lacking),
             escape("\n".join(filter(None, (line.judged, line.evidence, line.note))))]  # fmt: skip
    if scored:
        score = line.score
        cells.append("" if score is None else f"{score.points:g}/{_scored(score.self_score)}/{_scored(score.reviewer_score)}")
    return cells


def _scored(score: Decimal | None) -> str:
    return "–" if score is None else f"{score:g}"
