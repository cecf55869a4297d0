"""Ledger paper: an official paper that is filled from a row: a notice to put a hazard right, of the acceptance of a petition.

Changes when such a paper can say something else. The papers are data (`ledger_papers/*.yaml`): a title, the text with the row's answers in
braces, and who signs. Every name in braces is checked when they are loaded: a question of the ledger, a field of its process, or one of
`STANDING`.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from jiaoheng.ledgers.events import Case
from jiaoheng.ledgers.ledger import Ledger
from jiaoheng.rulebook.loader import Label, Rule, RulebookFaulty, RuleFault, load_rules, rulebook_file

__all__ = ["BLANK", "STANDING", "FilledPaper", "LedgerPaper", "check_papers", "fill", "ledger_papers", "may_fill"]

STANDING = ("organisation", "number", "title", "state", "opened_on", "due_on", "closed_on", "today", "bureau")
"""What every row has beside its answers. `number` is the row's own; `bureau` is who writes."""

BLANK = "＿＿＿＿"
"""Stands where the row says nothing."""

_NAME = re.compile(r"\{(\w+)\}")


class LedgerPaper(Rule):
    """One paper. `after`: only for rows that have been in one of these states; empty: for every row. `signs`: who signs and seals."""

    ledger: str
    title: Label
    to: Label
    text: Label
    signs: Label
    receipt: Label | None = None
    after: tuple[str, ...] = ()
    source: str


@dataclass(frozen=True)
class FilledPaper:
    """A paper with the row's answers in it, in one language. `paragraphs`: of the text; `receipt`: a slip that comes back signed."""

    name: str
    title: str
    to: str
    paragraphs: tuple[str, ...]
    signs: str
    receipt: str = ""


@cache
def ledger_papers(overlay: Path | None = None) -> dict[str, LedgerPaper]:
    """Every paper by name. Raises: RulebookFaulty."""
    return load_rules("ledger_papers", LedgerPaper, overlay)


def check_papers(ledgers: Mapping[str, Ledger], overlay: Path | None = None) -> None:
    """Hold the papers against the ledgers. Raises: RulebookFaulty naming every name in braces that no row can have."""
    faults = []
    for name, paper in ledger_papers(overlay).items():
        for key, expected in _faults(paper, ledgers.get(paper.ledger)):
            file = rulebook_file("ledger_papers/shipped.yaml", overlay) or Path("ledger_papers")
            faults.append(RuleFault(file, 1, f"{name}.{key}", expected))
    if faults:
        raise RulebookFaulty(faults)


def fill(name: str, paper: LedgerPaper, said: Mapping[str, str], language: str) -> FilledPaper:
    """The paper with what a row says, in words of the language; what it does not say is a blank to be written by hand."""

    def filled(label: Label) -> str:
        written = _NAME.sub(lambda one: said.get(one[1]) or BLANK, label.in_language(language))
        return re.sub(r"([。；，？！])[。；，]", r"\1", written)  # an answer may bring its own full stop

    text = [one.strip() for one in filled(paper.text).split("\n") if one.strip()]
    receipt = filled(paper.receipt) if paper.receipt else ""
    return FilledPaper(name, paper.title.in_language(language), filled(paper.to), tuple(text), filled(paper.signs), receipt)


def may_fill(paper: LedgerPaper, case: Case | None) -> bool:
    """Whether the row has come so far that the paper can be written."""
    return not paper.after or (case is not None and any(state in paper.after for state, _event in case.entries()))


def _faults(paper: LedgerPaper, ledger: Ledger | None) -> Iterator[tuple[str, str]]:
    if ledger is None:
        yield "ledger", f"a ledger; «{paper.ledger}» is none"
        return
    known = {question.column for question in ledger.form.fields} | set(STANDING)
    known |= {field for process in ledger.processes.values() for field in process.fields}
    for key in ("to", "text", "signs", "receipt"):
        label: Label | None = getattr(paper, key)
        for language, words in (("en", label.en), ("zh", label.zh)) if label else ():
            unknown = sorted(set(_NAME.findall(words)) - known)
            if unknown:
                yield f"{key}.{language}", f"questions of «{paper.ledger}» in braces; «{unknown[0]}» is none"
    states = {state for process in ledger.processes.values() for state in process.states}
    if not set(paper.after) <= states:
        yield "after", f"states of the ledger's processes: {', '.join(sorted(states))}"
