"""Remedies: what can be done about a shortfall, what one unit of it adds to which figures, what it costs and how much of it can be done.

Changes when what a remedy can say changes. The remedies themselves are data (`rulebook/data/remedies/`): a bureau lays its own prices
and limits over ours.
"""

from collections.abc import Iterator, Mapping
from datetime import date
from decimal import ROUND_FLOOR, Decimal
from pathlib import Path
from typing import Literal, Self

from pydantic import Field, model_validator

from jiaoheng.rulebook.loader import Label, Rule, RulebookFaulty, RuleFault, load_rules, shipped_rulebook
from jiaoheng.rulebook.registers import RegisterRule, load_registers

__all__ = ["Limit", "Price", "Remedy", "RemedySource", "Said", "load_remedies"]

REGISTER = "annual_statistics"


class RemedySource(Rule):
    """Where prices and limits come from. `note` says honestly what a reader should know of their standing."""

    document: str
    note: Label | None = None


class Price(Rule):
    """What one unit costs from a day on, until the next price of its list. No amount: the remedy is no longer to be had."""

    starts: date = Field(alias="from")
    amount: Decimal | None
    source: str | None = None

    @model_validator(mode="after")
    def _positive(self) -> Self:
        if self.amount is not None and self.amount <= 0:
            raise ValueError("a price is a number above 0; what costs nothing would be done without need")
        return self


class Limit(Rule):
    """The most that one school can be given, or can give up: `count` units, or so many per 100 pupils where that is more."""

    count: int = Field(default=0, ge=0)
    per_100_pupils: Decimal = Field(default=Decimal(0), ge=0)

    @model_validator(mode="after")
    def _something(self) -> Self:
        if not self.count and not self.per_100_pupils:
            raise ValueError("allows nothing; give `count`, `per_100_pupils` or both")
        return self

    def for_pupils(self, pupils: int) -> int:
        """Whole units for a school of so many pupils."""
        return max(self.count, int((self.per_100_pupils * pupils / 100).to_integral_value(ROUND_FLOOR)))


class Said(Rule):
    """How a step is said: `{count}` units; `one` is English for one unit; a move also has `{sender}` and `{receiver}`."""

    en: str
    one: str
    zh: str

    def of(self, count: int, language: str, **names: str) -> str:
        chosen = self.zh if language.lower().startswith("zh") else self.one if count == 1 else self.en
        return chosen.format(count=f"{count:,}", **names)


class Remedy(Rule):
    """One thing to do. `id` is filled in from the file.

    kind:  buy, the school's figures grow by `adds` for each unit; move, they grow at the receiving school and shrink by as much at the
           sending one, both of one stage.
    adds:  by field of the register, what one unit adds (a backbone teacher who moves is also a teacher: both fields grow by 1).
    lot:   units are bought in lots of so many.
    every_year: the price is paid again each year (a salary); plans count the first year.
    """

    id: str = ""
    kind: Literal["buy", "move"]
    label: Label
    unit: Label
    adds: dict[str, int] = Field(min_length=1)
    lot: int = Field(default=1, ge=1)
    every_year: bool = False
    currency: str = "CNY"
    prices: tuple[Price, ...] = Field(min_length=1)
    at_most: Limit
    stages: tuple[str, ...] = ()
    said: Said
    source: RemedySource

    @model_validator(mode="after")
    def _whole(self) -> Self:
        starts = [price.starts for price in self.prices]
        if starts != sorted(set(starts)):
            raise ValueError("the prices stand in the order of their days, each day once")
        if any(amount <= 0 for amount in self.adds.values()):
            raise ValueError("a remedy adds a whole number above 0 to each of its fields")
        names = {"count": "1", **({"sender": "A", "receiver": "B"} if self.kind == "move" else {})}
        for words in (self.said.en, self.said.one, self.said.zh):
            try:
                words.format(**names)
            except (KeyError, IndexError, ValueError):
                raise ValueError(f"«{words}» may speak of {', '.join('{' + name + '}' for name in names)} only") from None
        return self

    def price(self, on: date) -> Decimal | None:
        """The price of one unit on a day; None where the remedy is not to be had."""
        begun = [price for price in self.prices if price.starts <= on]
        return begun[-1].amount if begun else None


def load_remedies(overlay: Path | None = None) -> dict[str, Remedy]:
    """Every remedy by id, the overlay's in place of ours; a field that the register does not have is refused.

    Raises: RulebookFaulty.
    """
    remedies = {name: rule.model_copy(update={"id": name}) for name, rule in load_rules("remedies", Remedy, overlay).items()}
    faults = list(_faults(remedies, load_registers(overlay)[REGISTER], overlay))
    if faults:
        raise RulebookFaulty(faults)
    return remedies


def _faults(remedies: Mapping[str, Remedy], register: RegisterRule, overlay: Path | None) -> Iterator[RuleFault]:
    for name, remedy in remedies.items():
        for field in remedy.adds:
            rule = register.fields.get(field)
            if rule is None or rule.type not in ("count", "amount") or field in (register.universe or "").split():
                file, line = _place(name, overlay)
                yield RuleFault(file, line, f"{name}.adds.{field}", f"a figure of the register «{REGISTER}» that money can change")


def _place(remedy: str, overlay: Path | None) -> tuple[Path, int]:
    for layer in [*([overlay] if overlay else []), shipped_rulebook()]:
        for file in sorted((layer / "remedies").glob("*.yaml")):
            for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), start=1):
                if line.startswith(f"{remedy}:"):
                    return file, number
    return Path("remedies"), 1
