"""The database tables of the organisations floor."""

from jiaoheng.organisations.organisation import Organisation

__all__ = ["Organisation"]
