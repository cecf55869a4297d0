"""Component: unknown numbers that hang together, asked how far small ones among them could be from the truth.

Changes when what protects a small number changes. Knows nothing of measures.
"""

from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import floor

from jiaoheng.measures.unknowns import Key, Target, Unknowns
from jiaoheng.measures.witness import JUST, Found, Goal, System, summed

__all__ = ["NEAR", "Component", "Levels", "components"]

NEAR = 100
"""Unknown numbers around a small one by which alone it is looked for other numbers that protect it."""

_FEW = 40
"""Small numbers that are asked for one by one, not together with all that hang together with them."""

_TOGETHER = 2500
"""Unknown numbers looked at together at most. Where more hang together the farther ones are taken to be as they are: what protects a small
number then, protects it; that nothing does may be too hard a judgement, and hides more."""


@dataclass(frozen=True)
class Levels:
    """When a small number is protected: the most that it could be is no small number, and lies so far from the least."""

    threshold: int
    spread: int

    def want(self, number: int) -> int:
        """How many more it must possibly be, to be protected whatever its least."""
        return max(self.spread, self.threshold - number)


class Component:
    """Unknown numbers that hang together, and the system of their rows."""

    def __init__(self, unknowns: Unknowns, starts: Iterable[int], joined: Mapping[int, set[int]], most: int | None = None) -> None:
        """`most`: no more than so many of the nearest; all others are taken to be as they are."""
        self._unknowns = unknowns
        self.variables: dict[int, int] = {one: place for place, one in enumerate(starts)}
        known: dict[Key, None] = {}
        waiting = deque(self.variables)
        while waiting:
            here = waiting.popleft()
            near = set(joined.get(here, ()))
            for key in unknowns.keys_of(here):
                if key not in known:
                    known[key] = None
                    near.update(unknowns.variables_of(key))
            for one in sorted(near):
                if one not in self.variables and (most is None or len(self.variables) < most):
                    self.variables[one] = len(self.variables)
                    waiting.append(one)
        self.keys = list(known)

    @classmethod
    def near(cls, unknowns: Unknowns, target: Target) -> "Component":
        """What is unknown nearest to a target."""
        return cls(unknowns, [here for here, _ in unknowns.terms(target)], {}, NEAR)

    def together(self, targets: Sequence[Target], levels: Levels) -> list[Target]:
        """The targets that no numbers were found to protect when all are asked for together."""
        tried = [self._tried(one) for one in targets]
        waiting, before = list(range(len(tried))), len(tried) + 1
        if len(tried) == 1:
            return [*targets]
        system = self._system(tried, levels)
        while waiting and len(waiting) < before:
            before = len(waiting)
            for down in (False, True):  # less is of use only where it may be no small number
                goals = [place + len(tried) for place in waiting if tried[place].large(levels)] if down else waiting
                if not goals:
                    continue
                found = system.towards(goals)
                for place in waiting:
                    tried[place].see(found.moves)
                waiting = [place for place in waiting if not tried[place].protected(levels)]
        return [targets[place] for place in waiting]

    def _tried(self, target: Target) -> "_Tried":
        return _Tried([(self.variables[here], sign) for here, sign in self._unknowns.terms(target)], target.number)

    def _system(self, tried: Sequence["_Tried"], levels: Levels) -> System:
        ups = [Goal(one.terms, levels.want(one.number)) for one in tried]
        downs = [Goal(one.terms, -one.number) for one in tried]
        rows = [self._unknowns.row(key, self.variables) for key in self.keys]
        return System([self._unknowns.lowers[one] for one in self.variables], rows, [*ups, *downs])

    def alone(self, target: Target, levels: Levels) -> Found | None:
        """What holds a target back; None where it is protected."""
        one = self._tried(target)
        system = self._system([one], levels)
        first = system.towards([0])
        for goal in (0, 1):
            found = first if goal == 0 else system.towards([1])
            one.see(found.moves)
            if found.moves is None:
                one.see(system.searched(goal, floor(found.reach + JUST)))
            if one.protected(levels):
                return None
            if goal == 0 and floor(found.reach + JUST) < levels.threshold - target.number:
                break  # it cannot be as many as the threshold
        return first


@dataclass
class _Tried:
    """A target in a system, and how far from the truth it was seen."""

    terms: list[tuple[int, int]]
    number: int
    most: int = 0
    least: int = 0

    def see(self, moves: Sequence[int] | None) -> None:
        if moves is None:
            return
        move = summed(self.terms, moves)
        self.most, self.least = max(self.most, move), min(self.least, move)

    def large(self, levels: Levels) -> bool:
        return self.number + self.most >= levels.threshold

    def protected(self, levels: Levels) -> bool:
        return self.large(levels) and self.most - self.least >= levels.spread


def components(unknowns: Unknowns, targets: Sequence[Target]) -> Iterator[tuple[Component, list[Target]]]:
    """The unknown numbers that hang together through rows, with the targets among them. A target over several joins them."""
    if len(targets) <= _FEW:
        yield from ((Component.near(unknowns, target), [target]) for target in targets)
        return
    joined: dict[int, set[int]] = {}
    for target in targets:
        places = {here for here, _ in unknowns.terms(target)}
        for here in places:
            joined.setdefault(here, set()).update(places)
    waiting = list(targets)
    while waiting:
        component = Component(unknowns, [here for here, _ in unknowns.terms(waiting[0])], joined, _TOGETHER)
        inside = [all(here in component.variables for here, _ in unknowns.terms(target)) for target in waiting]
        yield component, [target for target, here in zip(waiting, inside, strict=True) if here]
        waiting = [target for target, here in zip(waiting, inside, strict=True) if not here]
