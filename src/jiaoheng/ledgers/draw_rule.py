"""Draw rule: who is drawn, worked out from a list that was sealed and a seed that nobody knew when it was; anyone can work it out again.

Changes when a draw is made in another way: then `METHOD` gets another name, and files of the old one are replayed as they were made. Pure;
knows nothing of the database. The file's words and the replay are described in docs/explanation/draw.md.

The seed is SHA-256 over the sealed list's digest and the public values. Number k is HMAC-SHA256(seed, k) read as a number of 256 bits;
numbers of the uneven rest at the top are passed over, so that every ticket is equally likely. Somebody of weight w holds w tickets.
"""

import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

__all__ = ["METHOD", "DrawFaulty", "Tickets", "check_file", "digest_of", "drawn", "sealed_text", "seed_of"]

METHOD = "hmac-sha256-tickets-1"
"""Names this way of drawing in the sealed list."""

_SPAN = 1 << 256


class DrawFaulty(ValueError):
    """The list, the values or the file cannot be drawn from."""


@dataclass
class Tickets:
    """Numbers that follow from the seed, one after the other."""

    seed: bytes
    taken: int = 0

    def below(self, most: int) -> int:
        """A number from 0 to below `most`, each equally likely."""
        while True:
            number = int.from_bytes(hmac.new(self.seed, str(self.taken).encode(), "sha256").digest(), "big")
            self.taken += 1
            if number < _SPAN - _SPAN % most:
                return number % most

    def pick(self, pool: list[tuple[str, int]]) -> str:
        """Takes one out of a pool of names and weights."""
        ticket = self.below(sum(weight for _name, weight in pool))
        for at, (name, weight) in enumerate(pool):
            if ticket < weight:
                del pool[at]
                return name
            ticket -= weight
        raise AssertionError("a ticket below the sum of all weights belongs to somebody")


def sealed_text(sealed: Mapping[str, Any]) -> str:
    """The list and its rules as the text whose digest is published: JSON, keys sorted, no blanks."""
    return json.dumps(sealed, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def digest_of(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def seed_of(digest: str, sources: Sequence[Mapping[str, str]]) -> bytes:
    """The seed: of the digest and, each on a line of its own, `name=value` of every source in its order. Raises: DrawFaulty."""
    if not sources or any(not source.get("value", "").strip() for source in sources):
        raise DrawFaulty("every source needs its value")
    lines = [digest, *(f"{source['name']}={source['value'].strip()}" for source in sources)]
    return hashlib.sha256("\n".join(lines).encode()).digest()


def drawn(sealed: Mapping[str, Any], seed: bytes) -> dict[str, Any]:
    """Who is drawn. `schools`: codes by stratum in the order drawn; `teams`: inspectors by school; `short`: schools left without enough.

    sealed: `schools` (code, stratum, weight, left_out: why or nothing), `strata` (how many of each), `inspectors` (code), `recused`
    (pairs of inspector and school), `team` (inspectors a school), `at_most` (schools an inspector; 0: any number). Raises: DrawFaulty.
    """
    if sealed.get("method") != METHOD:
        raise DrawFaulty(f"the method {sealed.get('method')!r} is not known here")
    tickets = Tickets(seed)
    found: dict[str, list[str]] = {}
    for stratum in sorted(sealed["strata"]):
        pool = sorted((one["code"], int(one["weight"])) for one in sealed["schools"] if one["stratum"] == stratum and not one["left_out"])
        if any(weight < 1 for _code, weight in pool):
            raise DrawFaulty("a weight is a whole number of 1 or more")
        found[stratum] = [tickets.pick(pool) for _time in range(min(int(sealed["strata"][stratum]), len(pool)))]
    recused = {(inspector, school) for inspector, school in sealed["recused"]}
    load: dict[str, int] = {}
    teams: dict[str, list[str]] = {}
    for school in [code for stratum in sorted(found) for code in found[stratum]]:
        may = [
            (one["code"], 1)
            for one in sorted(sealed["inspectors"], key=lambda one: str(one["code"]))
            if (one["code"], school) not in recused and not (sealed["at_most"] and load.get(one["code"], 0) >= sealed["at_most"])
        ]
        teams[school] = [tickets.pick(may) for _time in range(min(int(sealed["team"]), len(may)))]
        for inspector in teams[school]:
            load[inspector] = load.get(inspector, 0) + 1
    short = [school for school, team in teams.items() if len(team) < int(sealed["team"])]
    return {"schools": found, "teams": teams, "short": short}


def check_file(file: Mapping[str, Any]) -> list[str]:
    """Everything in a verification file that does not follow from the rest of it, in words; nothing where all of it does."""
    try:
        sealed, digest, sources, result = file["sealed"], file["digest"], file["sources"], file["result"]
        faults = [] if digest_of(sealed_text(sealed)) == digest else ["the list and rules are not those whose digest was published"]
        named = [{"name": source["name"], "day": source["day"]} for source in sources]
        if named != sealed["sources"]:
            faults.append("the public values are not of the sources that were named before")
        again = drawn(sealed, seed_of(digest, sources))
        faults += [f"«{part}» is not what follows from list and seed" for part in again if again[part] != result.get(part)]
        return faults
    except (KeyError, TypeError, AttributeError, ValueError, IndexError) as error:
        return [f"this is no whole verification file ({type(error).__name__}: {error})"]
