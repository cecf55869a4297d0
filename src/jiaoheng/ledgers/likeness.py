"""Likeness: rows of a ledger that say the same of the same place: the hazard found again, the petition that came before.

Changes when a row is recognised in another way. Which answers make a row the same is the rulebook's (`recognise` of a ledger); the place is
the organisation that the row belongs to, however its name was written. Blanks, signs and the size of letters do not count.
"""

import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any

from django.conf import settings

from jiaoheng.access.account import Account
from jiaoheng.ledgers.form import Form
from jiaoheng.ledgers.ledger_row import MARKS, LedgerRow
from jiaoheng.ledgers.ledger_rule import ledger_rules
from jiaoheng.ledgers.row_answers import columns_of, marked_questions, place_question
from jiaoheng.ledgers.row_list import rows_in_scope

__all__ = ["like_rows", "likeness_key"]

_LOOKED_AT = 2_000
"""So many of the place's newest rows are compared; what is older is not looked for."""


def like_rows(row: LedgerRow, account: Account, *, at_most: int = 5) -> list[LedgerRow]:
    """Other rows of the ledger, newest first, that the account may see and that say the same of the same place."""
    form, columns = row.version.form, _declared(row.ledger)
    key = likeness_key(form, row.answers, columns)
    if not any(key):
        return []
    marked = [question.column for question in marked_questions(form)]
    marks = {mark: getattr(row, mark) for mark, column in zip(MARKS, marked, strict=False) if column in columns and getattr(row, mark)}
    others = rows_in_scope(account).filter(ledger=row.ledger, organisation=row.organisation_id, merged_into=None, **marks)
    newest = others.exclude(pk=row.pk).select_related("version").order_by("-opened_on", "-pk")[:_LOOKED_AT]
    found: list[LedgerRow] = []
    for other in newest:
        if likeness_key(other.version.form, other.answers, columns) == key:
            found.append(other)
            if len(found) == at_most:
                break
    return found


def likeness_key(form: Form, answers: Mapping[str, Any], columns: Sequence[str]) -> tuple[str, ...]:
    """What the row says in the declared columns, the place left out: the row's organisation is compared instead."""
    place, said = place_question(form), columns_of(form, answers)
    return tuple(_folded(said.get(column, "")) for column in columns if place is None or column != place.column)


def _declared(ledger: str) -> tuple[str, ...]:
    rule = ledger_rules(settings.RULEBOOK_OVERLAY).get(ledger)
    return rule.recognise if rule else ()


def _folded(text: str) -> str:
    """Letters and figures alone, wide ones narrow, small ones: «教学楼 二层（东）» is «教学楼二层东»."""
    return "".join(sign for sign in unicodedata.normalize("NFKC", text).casefold() if sign.isalnum())
