"""The database tables of the organisations floor."""

from jiaoheng.organisations.organisation import Organisation
from jiaoheng.organisations.organisation_version import OrganisationVersion

__all__ = ["Organisation", "OrganisationVersion"]
