"""Population list: the persons of the reader's areas by year, base, age and sex.

Changes when the list of population shows something else. Figures come in as workbooks; a row is corrected by handing it in again.
"""

import django_filters
import django_tables2 as tables
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy

from jiaoheng.access.account import Account
from jiaoheng.registers.population import Population
from jiaoheng.web.registers.columns import CodeColumn, NumberColumn, RegisterTable
from jiaoheng.web.registers.listing import Listing, RegisterFilter, code_filter

__all__ = ["POPULATION"]

_ANY = gettext_lazy("any")
_FIRST_YEAR = 2000


def _years() -> list[tuple[str, str]]:
    return [(str(year), str(year)) for year in range(timezone.localdate().year, _FIRST_YEAR - 1, -1)]


class PopulationTable(RegisterTable):
    year = tables.Column(verbose_name=gettext_lazy("Year"))
    organisation = tables.Column(verbose_name=gettext_lazy("Area"), order_by=("organisation__path",))
    base = CodeColumn(gettext_lazy("Base"), "population_base")
    age = NumberColumn(gettext_lazy("Age"))
    sex = CodeColumn(gettext_lazy("Sex"), "sex")
    persons = NumberColumn(gettext_lazy("Persons"))
    source = tables.Column(verbose_name=gettext_lazy("Source"), default="–")

    class Meta(RegisterTable.Meta):
        empty_text = gettext_lazy("No population is entered. Hand in a workbook; there is an empty form for it.")


class PopulationFilter(RegisterFilter):
    year = django_filters.ChoiceFilter(label=gettext_lazy("Year"), choices=_years, empty_label=_ANY)
    base = code_filter("population_base", gettext_lazy("Base"), _ANY)
    sex = code_filter("sex", gettext_lazy("Sex"), _ANY)
    age = django_filters.NumberFilter(label=gettext_lazy("Age"), min_value=0)


def _population(request: HttpRequest, account: Account) -> QuerySet[Population]:
    found: QuerySet[Population] = Population.objects.for_account(account).select_related("organisation")
    return found.order_by("-year", "organisation__path", "base", "age", "sex")


POPULATION = Listing(
    name="population",
    title=gettext_lazy("Population"),
    lead=gettext_lazy("Persons by single year of age and sex, by household register or by residence. Enrolment rates divide by them."),
    table=PopulationTable,
    rows=_population,
    filters=PopulationFilter,
)
