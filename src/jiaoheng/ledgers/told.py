"""Told: which accounts hear of a row, by what the process says: an actor of it, or whoever has the row.

Changes when it is decided otherwise who hears. Of those who may, it is those nearest above the row's organisation: a school's own people
first, then the bureau's, so that an upper level is not told of every school's matters.
"""

from collections.abc import Iterator

from jiaoheng.access.account import Account
from jiaoheng.ledgers.duty import actors_of
from jiaoheng.ledgers.events import Actor
from jiaoheng.ledgers.published_ledger import ledger_processes
from jiaoheng.organisations.organisation import PATH_SEPARATOR

__all__ = ["Told"]


class Told:
    """Every account that can be told something, read once."""

    def __init__(self) -> None:
        self._at: dict[str, list[Account]] = {}
        self._by_key: dict[int, Account] = {}
        for account in Account.objects.filter(is_active=True, organisation__isnull=False).select_related("organisation").order_by("pk"):
            self._by_key[account.pk] = account
            if account.organisation is not None:
                self._at.setdefault(account.organisation.path, []).append(account)
        self._found: dict[tuple[str, str, frozenset[str]], list[Account]] = {}
        self._acting: dict[int, dict[str, Actor]] = {}

    def hearing(self, place: str, holder: int | None, process: str, actors: frozenset[str], *, holder_first: bool) -> list[Account]:
        """Who hears of a row at a place: whoever holds it where that is asked for, else who acts as one of these actors of its process."""
        if holder_first and holder in self._by_key:
            return [self._by_key[holder]]
        key = place, process, actors
        if key not in self._found:
            self._found[key] = self._acting_above(*key)
        return self._found[key]

    def _acting_above(self, below: str, process: str, actors: frozenset[str]) -> list[Account]:
        for path in _upwards(below):
            if found := [account for account in self._at.get(path, []) if self._acts(account, process) & actors]:
                return found
        return []

    def nearest(self, path: str, roles: frozenset[str]) -> list[Account]:
        """Accounts of these roles, nearest above an organisation."""
        for above in _upwards(path):
            if found := [account for account in self._at.get(above, []) if account.role in roles]:
                return found
        return []

    def at(self, path: str, roles: frozenset[str]) -> list[Account]:
        """Accounts of these roles at an organisation itself."""
        return [account for account in self._at.get(path, []) if account.role in roles]

    def _acts(self, account: Account, process: str) -> frozenset[str]:
        if account.pk not in self._acting:
            self._acting[account.pk] = actors_of(account, ledger_processes())
        actor = self._acting[account.pk].get(process)
        return actor.acts_as if actor else frozenset()


def _upwards(path: str) -> Iterator[str]:
    while path:
        yield path
        path = path.rpartition(PATH_SEPARATOR)[0]
