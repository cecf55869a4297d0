"""Example rule: what the invented answers to a question look like, so that those of one row fit each other.

Changes when an example's answer is to fit in another way. Rules are `example_rules/*.yaml`, by ledger; `any` holds for every ledger.
Without a rule an answer is found from the form alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from functools import cache
from random import Random

from jiaoheng.ledgers.form import Choice, Field
from jiaoheng.rulebook.loader import Rule, load_rules

__all__ = ["ExampleAnswer", "example_answer_of", "example_rules", "rule_of"]


class ExampleAnswer(Rule):
    """How to answer one question; what is said first holds.

    `by`, `cases`: which of several, by the answer to an earlier question. `exceeds`: yes where one earlier number is above another.
    `month_end`: the last day of the month before. `days`: so many days (least, most) after the day of the row, or `after` the answer to
    a question. `between`: a number (least, most), or a share `of` the answer to a question (or of the product of two, `a*b`); a multiple of
    `step`. `each`: so much more (days, number or share) for every further entry of a repeat. `choices`: only these, one that is named twice
    twice as often. `written`: the row's day, as strftime writes it. `blank`: no answer.
    """

    by: str = ""
    cases: Mapping[str, ExampleAnswer] = {}
    exceeds: tuple[str, str] | None = None
    month_end: bool = False
    days: tuple[int, int] | None = None
    after: str = ""
    between: tuple[float, float] | None = None
    of: str = ""
    step: float = 1
    each: float = 0
    choices: tuple[str, ...] = ()
    written: str = ""
    words: tuple[str, ...] = ()
    blank: bool = False

    def case(self, said: Mapping[str, str]) -> ExampleAnswer | None:
        """The rule that holds with these answers; None where there is none for them."""
        if not self.by:
            return self
        chosen = self.cases.get(said.get(self.by, ""))
        return None if chosen is None else chosen.case(said)

    def answer(self, said: Mapping[str, str], draw: Random, turn: Random, on: date, entry: int) -> str | None:
        """The answer; None where what it depends on is not answered. `entry`: which entry of a repeat, from 1; 0 outside. `turn`: the same
        for all entries, so that they say different words.
        """
        if self.blank:
            return ""
        if self.exceeds:
            one, other = (_number(said.get(name, "")) for name in self.exceeds)
            return "yes" if one > other else "no"
        if self.month_end:
            return (on.replace(day=1) - timedelta(days=1)).isoformat()
        if self.days is not None:
            return self._day(said, draw, on, entry)
        if self.between is not None:
            return self._number(said, draw, entry)
        if self.written:
            return on.strftime(self.written)
        return self.words[(turn.randrange(len(self.words)) + max(0, entry - 1)) % len(self.words)] if self.words else None

    def _day(self, said: Mapping[str, str], draw: Random, on: date, entry: int) -> str | None:
        start = on
        if self.after:
            if not said.get(self.after):
                return None
            start = date.fromisoformat(said[self.after][:10])
        least, most = self.days or (0, 0)
        return (start + timedelta(days=draw.randint(least, most) + int(self.each) * max(0, entry - 1))).isoformat()

    def _number(self, said: Mapping[str, str], draw: Random, entry: int) -> str | None:
        least, most = self.between or (0, 0)
        whole = 1.0
        for name in filter(None, self.of.split("*")):
            if not said.get(name):
                return None
            whole *= _number(said[name])
        number = whole * (least + (most - least) * draw.random() + self.each * max(0, entry - 1))
        steps = round(number / self.step)
        if self.of and steps * self.step > whole * most:
            steps = int(number / self.step)  # a share of the whole is not above it for being rounded
        return f"{steps * self.step:.10g}"


class _LedgerExample(Rule):
    """The questions of one ledger, or of any, by column."""

    questions: Mapping[str, ExampleAnswer]


def rule_of(ledger: str, column: str) -> ExampleAnswer | None:
    """The rule of a ledger's question: its own, else the one of any ledger."""
    rules = example_rules()
    return next((rules[name][column] for name in (ledger, "any") if column in rules.get(name, {})), None)


def example_answer_of(
    rule: ExampleAnswer,
    question: Field,
    choices: Sequence[Choice],
    said: Mapping[str, str],
    draw: Random,
    turn: Random,
    on: date,
    entry: int,
) -> str | None:
    """The rule's answer to a question; of a choice, only one that may be chosen. None where the rule says nothing."""
    case = rule.case(said)
    if case is None:
        return None
    offered = [choice.name for choice in choices]
    if case.choices:
        fitting = [name for name in case.choices if name in offered]
        return draw.choice(fitting) if fitting else None
    answer = case.answer(said, draw, turn, on, entry)
    return None if question.list_name and answer and answer not in offered else answer


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return 0.0


@cache
def example_rules() -> Mapping[str, Mapping[str, ExampleAnswer]]:
    """Every rule by ledger (or `any`) and question."""
    return {name: one.questions for name, one in load_rules("example_rules", _LedgerExample).items()}
