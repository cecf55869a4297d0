"""Likeness: rows of a ledger that say the same of the same place (the hazard found again), and rows of the same person (the petition that
came before, by telephone).

Changes when a row is recognised in another way. Which answers make a row the same is the rulebook's (`recognise` of a ledger); the place is
the organisation that the row belongs to, however its name was written. Blanks, signs and the size of letters do not count.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from django.conf import settings

from jiaoheng.access.account import Account, may_read_persons
from jiaoheng.ledgers.form import Form
from jiaoheng.ledgers.ledger_row import MARKS, LedgerRow
from jiaoheng.ledgers.ledger_rule import ledger_rules
from jiaoheng.ledgers.row_answers import columns_of, marked_questions, place_question
from jiaoheng.ledgers.row_list import rows_in_scope
from jiaoheng.ledgers.sealed_word import folded, rows_with, words_in

__all__ = ["like_rows", "likeness_key", "same_person_rows"]

_NUMBER = re.compile(r"1\d{10}|0\d{9,11}|\d{17}[\dx]")
"""A mobile number, a telephone number with its area code, an identity number; as `folded` writes them."""

_LOOKED_AT = 2_000
"""So many of the place's newest rows are compared; what is older is not looked for."""


def like_rows(row: LedgerRow, account: Account, *, at_most: int = 5) -> list[LedgerRow]:
    """Other rows of the ledger, newest first, that the account may see and that say the same of the same place."""
    form, columns = row.version.form, _declared(row.ledger)
    key = likeness_key(form, row.given, columns)
    if not any(key):
        return []
    marked = [question.column for question in marked_questions(form)]
    marks = {mark: getattr(row, mark) for mark, column in zip(MARKS, marked, strict=False) if column in columns and getattr(row, mark)}
    others = rows_in_scope(account).filter(ledger=row.ledger, organisation=row.organisation_id, merged_into=None, **marks)
    newest = others.exclude(pk=row.pk).select_related("version").order_by("-opened_on", "-pk")[:_LOOKED_AT]
    found: list[LedgerRow] = []
    for other in newest:
        if likeness_key(other.version.form, other.given, columns) == key:
            found.append(other)
            if len(found) == at_most:
                break
    return found


def same_person_rows(row: LedgerRow, account: Account, *, at_most: int = 10) -> list[LedgerRow]:
    """Rows of any ledger, newest first, that the account may see and that have a telephone or identity number of this one.

    Both sealed: numbers are compared by their blind indexes. A name alone is not taken for a person.
    """
    numbers = [word for word in words_in(row.sealed) if _NUMBER.fullmatch(word)]
    if not numbers or not may_read_persons(account):
        return []
    others = rows_in_scope(account).filter(pk__in=rows_with(numbers).values("row")).exclude(pk=row.pk)
    return list(others.select_related("version").order_by("-opened_on", "-pk")[:at_most])


def likeness_key(form: Form, answers: Mapping[str, Any], columns: Sequence[str]) -> tuple[str, ...]:
    """What the row says in the declared columns, the place left out: the row's organisation is compared instead."""
    place, said = place_question(form), columns_of(form, answers)
    return tuple(folded(said.get(column, "")) for column in columns if place is None or column != place.column)


def _declared(ledger: str) -> tuple[str, ...]:
    rule = ledger_rules(settings.RULEBOOK_OVERLAY).get(ledger)
    return rule.recognise if rule else ()
