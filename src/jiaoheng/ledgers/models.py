"""The database tables of the ledgers floor."""

from jiaoheng.ledgers.attachment import Attachment
from jiaoheng.ledgers.draw import Draw
from jiaoheng.ledgers.duty import Duty
from jiaoheng.ledgers.ledger_row import LedgerRow
from jiaoheng.ledgers.ledger_version import FormFile, LedgerVersion
from jiaoheng.ledgers.notice import Message, Notice, NoticeChoice, Robot
from jiaoheng.ledgers.phone_access import PhoneAccess
from jiaoheng.ledgers.row_event import RowEvent
from jiaoheng.ledgers.sealed_word import SealedWord

__all__ = [
    "Attachment", "Draw", "Duty", "FormFile", "LedgerRow", "LedgerVersion", "Message", "Notice", "NoticeChoice", "PhoneAccess", "Robot",
    "RowEvent", "SealedWord",
]  # fmt: skip
