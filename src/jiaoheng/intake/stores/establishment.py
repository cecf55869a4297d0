"""Store of establishment: the posts approved for a school; a later approval ends the one before it.

Changes when what is kept of an approval changes.
"""

from typing import ClassVar

from jiaoheng.intake.stores.successive import SuccessiveStore
from jiaoheng.registers.establishment import Establishment

__all__ = ["EstablishmentStore"]


class EstablishmentStore(SuccessiveStore):
    register: ClassVar[str] = "establishment"
    tables = (Establishment,)
    model = Establishment
    owner = "school_id"
    key: ClassVar = {"school_id": "organisation_id", "since": "since"}
    columns: ClassVar = {"approved_posts": "approved_posts", "until": "until", "document": "document"}
