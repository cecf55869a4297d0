"""Store of population: persons of an area by year, base, single year of age and sex.

Changes when what is kept of a population figure changes.
"""

from typing import ClassVar

from jiaoheng.intake.store import Difference
from jiaoheng.intake.stores.keyed import KeyedStore
from jiaoheng.intake.total import Total
from jiaoheng.registers.population import Population

__all__ = ["PopulationStore"]


class PopulationStore(KeyedStore):
    register: ClassVar[str] = "population"
    tables = (Population,)
    model = Population
    key: ClassVar = {"organisation_id": "organisation_id", "year": "year", "base": "base", "age": "age", "sex": "sex"}
    columns: ClassVar = {"persons": "persons", "source": "source"}

    def totals(self, difference: Difference) -> list[Total]:
        """The persons of the sheet's rows, and the register's of the same rows."""
        rows = difference.rows
        if rows.is_empty():
            return []
        held = self.held(rows["organisation_id"].unique().to_list()).select(*self.key, kept="persons")
        both = rows.join(held, on=list(self.key), how="left")
        return [Total("persons", self.rule.fields["persons"].label, float(rows["persons"].sum() or 0), float(both["kept"].sum() or 0))]
