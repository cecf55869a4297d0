"""Findings on screen and on a page: the text with its marks, and each finding's arithmetic in one line and a reason.

Changes when a finding is shown in another way. `to_html` is one self-contained page without scripts from elsewhere.
"""

__all__ = ["TITLES", "Mark", "marks", "title_of", "to_html", "to_terminal"]

import html
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from jiaoheng.papers.audit.auditing import Audit
from jiaoheng.papers.audit.relation import Relation
from jiaoheng.papers.audit.wording import explained

if TYPE_CHECKING:
    from rich.console import Console

TITLES = {
    "sum": ("各项之和不等于总数", "The parts do not add up to the total"),
    "share": ("比例与分子、分母不符", "The share does not follow from its parts"),
    "growth": ("增长率与数字不符", "The growth rate does not follow from the figures"),
    "difference": ("差额不符", "The difference does not hold"),
    "average": ("平均数不符", "The average does not hold"),
    "product": ("人数乘标准不等于金额", "Count times rate is not the amount"),
    "duplicate": ("同一数量出现两个值", "One quantity, two values"),
    "impossible": ("不可能的数字", "An impossible figure"),
    "record": ("与登记数据不符", "Not what the records say"),
}
"""What each kind of relation is called when it does not hold: Chinese, English."""

_CLASSES = {"fault": "no", "question": "q", "rounding": "q", "none": "ok"}
_RANK = {"fault": 3, "question": 2, "rounding": 1, "none": 0}


@dataclass(frozen=True, slots=True)
class Mark:
    """A stretch of the text to be marked, how, and by which findings (their places in `audit.relations`)."""

    start: int
    end: int
    severity: str
    findings: tuple[int, ...]


def marks(audit: Audit) -> list[Mark]:
    """Every marked figure once, in reading order, with its most serious finding's severity; marks never overlap."""
    by_place: dict[tuple[int, int], list[int]] = {}
    for n, relation in enumerate(audit.relations):
        for part in relation.parts:
            by_place.setdefault((part.start, part.end), []).append(n)
    made: list[Mark] = []
    for (start, end), findings in sorted(by_place.items()):
        if made and start < made[-1].end:
            continue
        worst = max((audit.relations[n].severity for n in findings), key=_RANK.__getitem__)
        ordered = sorted(findings, key=lambda n: -_RANK[audit.relations[n].severity])
        made.append(Mark(start, end, worst, tuple(ordered)))
    return made


def title_of(relation: Relation, language: str) -> str:
    """What a finding is called, in Chinese (zh) or English (en)."""
    if relation.severity == "rounding":
        return "在取整范围内成立" if language == "zh" else "Holds within rounding"
    title = TITLES[relation.kind][0 if language == "zh" else 1]
    if relation.severity == "question":
        return f"{title}？" if language == "zh" else f"{title}?"
    return title


def to_terminal(audit: Audit, name: str, console: "Console", *, everything: bool = False, language: str = "en") -> None:
    """Faults and questions with the sentence they stand in, coloured, and one line of reason; a summary line first."""
    from rich.markup import escape
    from rich.text import Text

    faults, questions = audit.faults, audit.questions
    zh = language == "zh"
    console.print(
        f"[bold]{escape(name)}[/]：{len(audit.figures)} 个数字、{len(audit.relations)} 个关系："
        f"[green]{len(audit.sound)} 个成立[/]，[red]{len(faults)} 个不成立[/]，[yellow]{len(questions)} 个请留意[/]"
        if zh
        else f"[bold]{escape(name)}[/]: {len(audit.figures)} figures, {len(audit.relations)} relations: "
        f"[green]{len(audit.sound)} hold[/], [red]{len(faults)} do not[/], [yellow]{len(questions)} to look at[/]"
    )
    shown = [*faults, *questions, *(audit.sound if everything else ())]
    colours = {"fault": "red", "question": "yellow", "rounding": "yellow", "none": "green"}
    for relation in shown:
        line, _, reason = relation.explanation.partition("\n")
        colour = colours[relation.severity]
        title = title_of(relation, language) if relation.severity != "none" or zh else relation.kind
        console.print(f"\n[{colour} bold]{title}[/]  [dim]{'把握' if zh else 'confidence'} {relation.confidence:.0%}[/]")
        console.print(_quoted(Text, audit.text, relation, colour), soft_wrap=True)
        console.print(f"  [bold]{escape(line)}[/]  {escape(explained(reason, language))}", soft_wrap=True)


def _quoted(text_type: type, text: str, relation: Relation, colour: str):  # type: ignore[no-untyped-def]
    """The words around the relation's figures, the figures coloured; long gaps between them are left out."""
    quoted = text_type("  ")
    last: int | None = None
    for part in sorted(relation.parts, key=lambda p: p.start):
        begin = max(part.start - 16, 0) if last is None else last
        if last is not None and part.start - last > 60:
            quoted.append("…", style="dim")
            begin = part.start - 16
        quoted.append(text[begin : part.start].replace("\n", " "), style="dim")
        quoted.append(text[part.start : part.end], style=f"bold {colour}")
        last = part.end
    if last is not None:
        quoted.append(text[last : last + 8].replace("\n", " "), style="dim")
    return quoted


_STYLE = Path(__file__).with_name("page.css")
_OPEN_TARGET = (
    "addEventListener('hashchange',()=>{const d=document.getElementById(location.hash.slice(1));"
    "if(d&&d.tagName==='DETAILS'){d.open=true;d.scrollIntoView({block:'nearest'})}});"
)


def to_html(audit: Audit, name: str, *, language: str = "zh", seconds: float | None = None) -> str:
    """One page: the text on the left with its marks, the findings on the right; a mark leads to its finding and back.

    The page's one small script opens a finding when its mark is clicked; without it the link still leads there.
    """
    zh = language == "zh"
    faults, questions, sound = audit.faults, audit.questions, audit.sound
    took = "" if seconds is None else (f"{seconds:.2f} 秒。" if zh else f"{seconds:.2f} s.")
    lead = (
        f"读出 {len(audit.figures)} 个数字、{len(audit.relations)} 个关系："
        f"{len(sound)} 个成立，{len(faults)} 个不成立，{len(questions)} 个请留意。{took}"
        if zh
        else f"{len(audit.figures)} figures and {len(audit.relations)} relations read: "
        f"{len(sound)} hold, {len(faults)} do not, {len(questions)} to look at. {took}"
    )
    title = f"{'数字核查：' if zh else 'Audit of figures: '}{name}"
    number_of = {id(relation): n for n, relation in enumerate(audit.relations)}
    findings = "".join(_finding(r, number_of[id(r)], language, opened=True) for r in [*faults, *questions])
    held = "".join(_finding(r, number_of[id(r)], language, opened=False) for r in sound)
    nothing = ("没有发现不成立的关系。" if zh else "No relation was found that does not hold.") if not findings else ""
    return (
        f'<!doctype html><html lang="{"zh-Hans" if zh else "en"}"><head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width,initial-scale=1"><title>{html.escape(title)}</title>'
        f"<style>{_STYLE.read_text(encoding='utf-8')}</style></head><body>"
        f'<h1>{html.escape(title)}</h1><p class="lead">{html.escape(lead)}</p><div class="two">'
        f'<div class="card doc" lang="zh-Hans">{_marked(audit, language)}</div>'
        f'<div class="card side"><h2>{"发现" if zh else "Findings"}</h2>{findings}{nothing}'
        f"<h2>{f'{len(sound)} 个成立' if zh else f'{len(sound)} hold'}</h2>{held}</div></div>"
        f"<script>{_OPEN_TARGET}</script></body></html>\n"
    )


def _in_one_line(relation: Relation, language: str) -> str:
    line, _, reason = relation.explanation.partition("\n")
    return f"{line}{'：' if language == 'zh' else ': '}{explained(reason, language)}"


def _marked(audit: Audit, language: str) -> str:
    pieces: list[str] = []
    last = 0
    for mark in marks(audit):
        pieces.append(html.escape(audit.text[last : mark.start], quote=False))
        reason = html.escape(_in_one_line(audit.relations[mark.findings[0]], language))
        pieces.append(
            f'<a id="p{mark.start}" class="{_CLASSES[mark.severity]}" href="#f{mark.findings[0]}" title="{reason}">'
            f"{html.escape(audit.text[mark.start : mark.end], quote=False)}</a>"
        )
        last = mark.end
    pieces.append(html.escape(audit.text[last:], quote=False))
    return "".join(pieces)


def _finding(relation: Relation, n: int, language: str, *, opened: bool) -> str:
    line, _, reason = relation.explanation.partition("\n")
    sure = f"{relation.confidence:.0%}"
    title = title_of(relation, language) if relation.severity != "none" else line
    places = "".join(f'<a href="#p{p.start}">{html.escape(p.text)}</a>' for p in relation.parts)
    shown = f"<code>{html.escape(line)}</code>" if relation.severity != "none" else ""
    return (
        f'<details id="f{n}" class="{_CLASSES[relation.severity]}"{" open" if opened else ""}>'
        f"<summary>{html.escape(title)} <small>{sure}</small></summary>"
        f'{shown}<div>{html.escape(explained(reason, language))}</div><div class="places">{places}</div></details>'
    )
