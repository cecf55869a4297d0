"""Progress: how far a round is, by state and by school; and what waits for an account.

Changes when another state or duty is shown.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from jiaoheng.access.account import Account, may_enter
from jiaoheng.intake.rounds.acceptance import may_approve
from jiaoheng.intake.rounds.round import NOT_IN, PartState, Round, RoundPart, RoundState, may_manage, parts_of, rounds_of

__all__ = ["Progress", "Waiting", "late_parts", "progress_of", "waiting_for"]


@dataclass(frozen=True)
class Progress:
    """The parts of a round by state; `late` owe past the due moment. `done` is the share (0 to 1) that the bureau has accepted."""

    of: int
    by_state: dict[str, int]
    late: int

    @property
    def done(self) -> float:
        return self.by_state[PartState.ACCEPTED] / self.of if self.of else 0.0

    @property
    def in_hand(self) -> int:
        """Schools that have done their duty: approved or accepted."""
        return self.by_state[PartState.APPROVED] + self.by_state[PartState.ACCEPTED]


@dataclass(frozen=True)
class Waiting:
    """What waits for an account: schools' parts to fill in, to approve, and rounds with parts to accept."""

    to_fill: list[RoundPart]
    to_approve: list[RoundPart]
    to_accept: list[tuple[Round, int]]
    late: list[tuple[Round, int]]

    def __len__(self) -> int:
        return len(self.to_fill) + len(self.to_approve) + sum(count for _round, count in self.to_accept)


def progress_of(parts: Iterable[RoundPart]) -> Progress:
    """Of these parts, with their rounds at hand."""
    known = list(parts)
    by_state = {state.value: sum(part.state == state for part in known) for state in PartState}
    return Progress(len(known), by_state, sum(part.owes and part.is_late for part in known))


def late_parts(round_: Round) -> list[RoundPart]:
    """The parts that owe past the due moment."""
    return [part for part in round_.parts.select_related("school", "round") if part.owes and part.is_late]


def waiting_for(account: Account) -> Waiting:
    """What the account's first page shows. Nothing for who has no organisation."""
    own = account.organisation
    empty = Waiting([], [], [], [])
    if own is None:
        return empty
    if own.is_school:
        parts = list(parts_of(account).filter(round__state=RoundState.OPEN, state__in=NOT_IN).order_by("round__due", "school__path"))
        fill = [part for part in parts if part.state != PartState.RETURNED] if may_enter(account) else []
        return Waiting(fill, [part for part in parts if may_approve(part, account)], [], [])
    managed = [one for one in rounds_of(account).filter(state=RoundState.OPEN) if may_manage(account, one.organisation)]
    accept: list[tuple[Round, int]] = []
    late: list[tuple[Round, int]] = []
    for one in managed:
        found = progress_of(parts_of(account, one))
        accept += [(one, found.by_state[PartState.APPROVED])] if found.by_state[PartState.APPROVED] else []
        late += [(one, found.late)] if found.late else []
    return Waiting([], [], accept, late)
