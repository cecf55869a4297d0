"""Brackets side by side: A(民办a)。其中 B(民办b), C(民办c): the bracketed figures of one name add up as their hosts do.

Changes when reports bracket a second division beside each part in another way.
"""

__all__ = ["parallel_brackets"]

from collections.abc import Iterable, Iterator

from jiaoheng.papers.audit.figure import Figure, Page, Role
from jiaoheng.papers.audit.relation import Relation, larger_than_whole
from jiaoheng.papers.audit.totals import add_up, sum_relation


def parallel_brackets(page: Page, relations: Iterable[Relation]) -> Iterator[Relation]:
    """For each total and its parts, the like-named figures in their brackets: a part of the total against the parts
    of the parts."""
    by_start = {f.start: f for f in page.figures}
    behind: dict[int, list[Figure]] = {}
    for figure in page.figures:
        if figure.bracket >= 0:
            host_end = page.brackets[figure.bracket][0]
            behind.setdefault(host_end, []).append(figure)
    if not behind:
        return
    for relation in relations:
        if relation.kind != "sum" or len(relation.parts) < 3:
            continue
        total = by_start.get(relation.parts[0].start)
        if total is None or total.end not in behind:
            continue
        hosts = [f for f in (by_start.get(p.start) for p in relation.parts[1:]) if f is not None]
        for whole in behind[total.end]:
            name = whole.quantity.before.removeprefix("其中")
            if len(name) < 2 or whole.role is not Role.LEVEL or whole.dimension != total.dimension:
                continue
            same = [f for host in hosts for f in behind.get(host.end, ()) if f.quantity.before.removeprefix("其中") == name]
            if len(same) < 2:
                continue
            holds = add_up(whole, same)
            above = sum(f.low for f in same) > whole.high
            if not holds and not above and len(same) < len(hosts):
                continue
            yield sum_relation(
                page,
                whole,
                same,
                0.8 if holds else 0.75,
                f"the bracketed figures for {name} beside each part",
                holds=holds,
            )
            for part in same:
                if part.low > whole.high:
                    yield larger_than_whole(page, whole, part, confidence=0.75)
