"""The stores of the intake, one a register.

Changes when a register can be imported that could not be before: add its room's store to the list.
"""

from jiaoheng.intake.store import Store
from jiaoheng.intake.stores.annual_statistics import AnnualStatisticsStore
from jiaoheng.intake.stores.appointments import AppointmentsStore
from jiaoheng.intake.stores.classes import ClassesStore
from jiaoheng.intake.stores.enrolments import EnrolmentsStore
from jiaoheng.intake.stores.establishment import EstablishmentStore
from jiaoheng.intake.stores.funds import FundsStore
from jiaoheng.intake.stores.institutions import InspectionsStore, LicencesStore, RecognitionsStore
from jiaoheng.intake.stores.organisations import OrganisationsStore
from jiaoheng.intake.stores.population import PopulationStore
from jiaoheng.intake.stores.pupils import PupilsStore
from jiaoheng.intake.stores.school_groups import SchoolGroupsStore
from jiaoheng.intake.stores.staff import StaffStore

__all__ = ["STORES"]

_ALL: tuple[type[Store], ...] = (
    OrganisationsStore,
    StaffStore,
    AppointmentsStore,
    ClassesStore,
    EstablishmentStore,
    LicencesStore,
    RecognitionsStore,
    InspectionsStore,
    SchoolGroupsStore,
    PupilsStore,
    EnrolmentsStore,
    AnnualStatisticsStore,
    FundsStore,
    PopulationStore,
)
STORES: dict[str, type[Store]] = {store.register: store for store in _ALL}
"""By register. A definition without a store can be templated and refused, never imported."""
