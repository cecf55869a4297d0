"""The database tables of the access floor."""

from jiaoheng.access.account import Account

__all__ = ["Account"]
