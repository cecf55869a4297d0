"""The database tables of the access floor."""

from jiaoheng.access.account import Account
from jiaoheng.access.trail import TrailHead, TrailLine

__all__ = ["Account", "TrailHead", "TrailLine"]
