"""The stores of the intake, one a register.

Changes when a register can be imported that could not be before: add its room's store to the list.
"""

from jiaoheng.intake.store import Store
from jiaoheng.intake.stores.annual_statistics import AnnualStatisticsStore
from jiaoheng.intake.stores.classes import ClassesStore
from jiaoheng.intake.stores.enrolments import EnrolmentsStore
from jiaoheng.intake.stores.organisations import OrganisationsStore
from jiaoheng.intake.stores.pupils import PupilsStore

__all__ = ["STORES"]

STORES: dict[str, type[Store]] = {
    store.register: store for store in (OrganisationsStore, ClassesStore, PupilsStore, EnrolmentsStore, AnnualStatisticsStore)
}
"""By register. A definition without a store can be templated and refused, never imported."""
