"""Store: what the intake asks of every register: what is held, how a sheet differs from it, and to write the difference.

Changes when the steps between checked rows and a register change. One room of `stores/` a register; `stores/__init__.py` lists them. A
new register needs its definition (`rulebook/data/registers/NAME.yaml`), a store, and one line in that list:

    class FundsStore(KeyedStore):
        register = "funds"
        model = Funds
        key = {"organisation_id": "organisation_id", "fiscal_year": "fiscal_year", "source": "source", "purpose": "purpose"}
        columns = {"budgeted_yuan": "budgeted_yuan", "received_yuan": "received_yuan", "spent_yuan": "spent_yuan"}

`KeyedStore` (stores/keyed.py) is enough for a register whose rows are known by columns of their own. A register of persons, or one whose
rows depend on each other, writes `prepared`, `compared` and `write` itself (stores/pupils.py is the long example).

The order of calls, all inside the command's one transaction:
`prepared` (columns that the rules need) → `rules` (row_rules.py) → `compared` → `write` → … next sheet … → `finish` → `totals`.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, ClassVar

import polars as pl
from django.db import models

from jiaoheng.access.account import Account
from jiaoheng.access.change import Change
from jiaoheng.intake.directory import Directory
from jiaoheng.intake.row_rules import RowRules
from jiaoheng.intake.total import Total
from jiaoheng.rulebook.registers import RegisterRule

if TYPE_CHECKING:
    from jiaoheng.intake.checks import Checked

__all__ = ["CHANGED", "NEW", "UNCHANGED", "Difference", "Occasion", "Store"]

NEW, CHANGED, UNCHANGED = "new", "changed", "unchanged"


@dataclass
class Occasion:
    """What every store of one command shares. `change` is None where the deployment's own command imports without an account."""

    registers: Mapping[str, RegisterRule]
    directory: Directory
    today: date
    account: Account | None = None
    change: Change | None = None


@dataclass
class Difference:
    """How the good rows of a sheet differ from what the register holds.

    `rows`: the good rows, in the sheet's order, with whatever columns the store added; `state`: new, changed or unchanged, a value a row;
    `fields`: the fields that the sheet feeds; `counts`: field → rows in which it would change; `left_out`: what the register holds of the
    sheet's organisations and the sheet does not name (columns of the store's own choice; `organisation` and `record` are shown); nothing
    is ever removed because of it. `asked`: rows for which something must be approved first, and is asked for instead of done.
    """

    rows: pl.DataFrame
    state: pl.Series
    fields: tuple[str, ...]
    counts: dict[str, int] = field(default_factory=dict)
    left_out: pl.DataFrame = field(default_factory=pl.DataFrame)
    asked: int = 0

    @property
    def changed(self) -> pl.Series:
        """The rows that alter the register."""
        return self.state != UNCHANGED

    def number(self, state: str) -> int:
        return int((self.state == state).sum() or 0)


class Store(ABC):
    """One register while sheets are taken in. `tables`: the models that it writes. `of_persons`: stored only with an account's `Change`."""

    register: ClassVar[str]
    tables: ClassVar[tuple[type[models.Model], ...]] = ()
    rules: ClassVar[type[RowRules] | None] = None
    of_persons: ClassVar[bool] = True
    in_parts: ClassVar[bool] = False
    """Whether a long table may come in parts, each `prepared`, `compared` and written before the next."""
    counted: ClassVar[tuple[str, ...]] = ()
    """Fields of which it must be known, in parts, how often their values stand in the whole file."""

    def __init__(self, rule: RegisterRule, occasion: Occasion) -> None:
        self.rule, self.occasion = rule, occasion

    def prepared(self, frame: pl.DataFrame) -> pl.DataFrame:
        """The rows with the columns added that `rules` ask for.

        `frame`: `row`, every field that the sheet feeds, `organisation_id`, `path` and `organisation_stages` of its organisation.
        """
        return frame

    @abstractmethod
    def compared(self, checked: "Checked") -> Difference:
        """How the good rows differ from what is held now (sheets before this one included). Writes nothing."""

    @abstractmethod
    def write(self, difference: Difference) -> None:
        """Store the difference, or keep it until `finish`. Raises: Refused, in words; then nothing of the command is stored."""

    def finish(self) -> None:
        """Write what was kept; called once, after every sheet of the command."""
        return None

    def begin_parts(self, repeated: Mapping[str, pl.DataFrame]) -> None:
        """What follows are parts of one table. Of each counted field: `hash` of a value that stands in several `rows`, `organisations`."""
        raise NotImplementedError(self.register)

    def left_out_of_file(self) -> pl.DataFrame:
        """`Difference.left_out` of all parts together; called after the last one is written."""
        return pl.DataFrame()

    def totals(self, difference: Difference) -> list[Total]:
        """Figures of the good rows beside the register's figures of the same records; called after `finish`."""
        return []

    def origins(self, difference: Difference) -> pl.DataFrame:
        """For every good row, in order: organisation_id, school_year, stage (empty texts where there is none), under which it is found."""
        blank = pl.lit("")
        rows = difference.rows
        return rows.select(
            "organisation_id",
            (pl.col("school_year") if "school_year" in rows.columns else blank).fill_null("").alias("school_year"),
            (pl.col("stage") if "stage" in rows.columns else blank).fill_null("").alias("stage"),
        )
