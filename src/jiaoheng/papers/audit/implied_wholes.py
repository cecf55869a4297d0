"""Wholes that are not stated: two parts with two rates of one whole must imply wholes that can be the same.

Changes when such pairs are recognised in another way.
"""

__all__ = ["one_whole", "whole_far_apart"]

import itertools
import re
from collections.abc import Iterator, Sequence

from jiaoheng.papers.audit.figure import Figure, Page, Role
from jiaoheng.papers.audit.relation import Relation, make


def one_whole(page: Page, pairs: Sequence[tuple[Figure, Figure]]) -> Iterator[Relation]:
    """Two parts with two rates of one whole that is not stated: the wholes they imply must be able to be the same."""
    for (a, p), (b, q) in itertools.pairwise(pairs):
        if a.dimension != b.dimension or b.start <= p.start or _last_word(p) != _last_word(q) or not _last_word(p):
            continue
        yield _implied(page, a, p, b, q, 0.6)


def whole_far_apart(page: Page) -> Iterator[Relation]:
    """甲率a%, 乙率b% in one paragraph, the counts 甲, 乙 in earlier ones: matched by their words."""
    for sentences in _runs_of_rates(page):
        matched: list[tuple[Figure, Figure]] = []
        for rate in sentences:
            name = _own_name(rate)
            if name is None:
                continue
            for figure in reversed(page.figures[max(0, rate.index - 30) : rate.index]):
                if (
                    figure.role is Role.LEVEL
                    and figure.quantity.exact
                    and figure.value >= 50
                    and figure.depth == 0
                    and figure.dimension == "人"
                ):
                    begin = page.start_of_sentence(figure.sentence)
                    context = page.plain[max(begin - 14, 0) : figure.start]
                    first = all(
                        f is figure or f.role is not Role.LEVEL or f.dimension != "人"
                        for f in page.sentences[figure.sentence]
                        if f.start <= figure.start
                    )
                    if first and name in context and not any(figure is part for part, _ in matched):
                        matched.append((figure, rate))
                        break
        if len(matched) == 2 and matched[0][0] is not matched[1][0]:
            (a, p), (b, q) = matched
            relation = _implied(page, a, p, b, q, 0.6)
            if relation.holds or abs((relation.computed or 0) - (relation.stated or 0)) < 8:
                if not relation.holds:
                    relation = Relation(
                        relation.kind,
                        relation.parts,
                        relation.expression,
                        relation.computed,
                        relation.stated,
                        False,
                        0.4,
                        "question",
                        relation.explanation,
                    )
                yield relation


def _implied(page: Page, a: Figure, p: Figure, b: Figure, q: Figure, confidence: float) -> Relation:
    low_a, high_a = _whole_between(a, p)
    low_b, high_b = _whole_between(b, q)
    holds = max(low_a, low_b) <= min(high_a, high_b)
    computed = b.value / (a.value / p.quantity.number)
    reason = (
        f"{a.printed} and {p.printed}% need a whole of {low_a:,.0f} to {high_a:,.0f}; "
        f"{b.printed} and {q.printed}% one of {low_b:,.0f} to {high_b:,.0f}"
    )
    return make(
        page,
        "share",
        [a, p, b, q],
        f"{b.printed}/({a.printed}/{p.printed}%)*100",
        computed=computed,
        stated=q.quantity.number,
        holds=holds,
        confidence=confidence,
        reason=reason,
        rounded=False,
    )


def _whole_between(part: Figure, rate: Figure) -> tuple[float, float]:
    half = rate.quantity.step / 2
    return part.value / (rate.quantity.number + half) * 100, part.value / max(rate.quantity.number - half, 1e-9) * 100


def _last_word(rate: Figure) -> str:
    match = re.search(r"([\u4e00-\u9fff]{1,3}率)(?:达到?|为|约)?$", rate.quantity.before)
    return match.group(1) if match else ""


def _own_name(rate: Figure) -> str | None:
    match = re.search(r"([\u4e00-\u9fff]{2})(?:上线|录取|达线|升学|合格|优秀)率", rate.quantity.before)
    return match.group(1) if match and not re.search(r"应届|往届|比|其中", rate.quantity.before) else None


def _runs_of_rates(page: Page) -> Iterator[list[Figure]]:
    """Rates with two decimals or one that stand in sentences without counts, paragraph by paragraph."""
    run: list[Figure] = []
    for figures in page.sentences.values():
        if any(f.role is Role.LEVEL for f in figures):
            continue
        rates = [f for f in figures if f.role is Role.SHARE and f.quantity.step < 1]
        if not rates:
            continue
        if run and rates[0].paragraph != run[-1].paragraph:
            if len(run) >= 2:
                yield run
            run = []
        run = [*run[-6:], *rates]
    if len(run) >= 2:
        yield run
