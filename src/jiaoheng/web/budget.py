"""Budget: a sum of money as a reader writes it and reads it, in units of ten thousand (万元).

Changes when sums of money are written or read differently on the pages.
"""

import re
import unicodedata
from decimal import Decimal

from django.utils.translation import gettext as _

__all__ = ["NotMoney", "budget_read", "money_shown", "money_unit"]

_TEN_THOUSAND = 10_000
_SUM = re.compile(r"\d{1,3}(,\d{3})+(\.\d{1,4})?|\d{1,9}(\.\d{1,4})?", re.ASCII)
_LARGEST = Decimal(10**8)
"""In ten thousands: a million million, more than any budget, and little enough to be counted exactly."""


class NotMoney(Exception):
    """What was written is not a sum of money. The message says how to write one."""


def budget_read(written: str) -> Decimal | None:
    """The sum in single units (yuan) from one written in ten thousands; None where nothing was written. Raises: NotMoney."""
    text = unicodedata.normalize("NFKC", written).strip().removesuffix("元").removesuffix("万").strip()
    if not text and not written.strip():
        return None
    if not _SUM.fullmatch(text) or Decimal(text.replace(",", "")) > _LARGEST:
        raise NotMoney(
            _("“{written}” is not a budget. Write a number in units of 10,000 with at most four decimals, such as 300 or 12.5.").format(
                written=written.strip()[:40]
            )
        )
    return Decimal(text.replace(",", "")) * _TEN_THOUSAND


def money_shown(amount: Decimal | None, decimals: int = 0) -> str:
    """A sum in ten thousands for reading, to the single unit: «1,309.49»; `decimals` at least, for columns of sums."""
    if amount is None:
        return "–"
    whole, _point, rest = f"{amount / _TEN_THOUSAND:,.4f}".partition(".")
    rest = rest.rstrip("0").ljust(decimals, "0")
    return f"{whole}.{rest}" if rest else whole


def money_unit(currency: str) -> str:
    """What a sum in ten thousands is counted in."""
    return _("× 10,000 yuan") if currency in ("CNY", "") else _("× 10,000 {currency}").format(currency=currency)
