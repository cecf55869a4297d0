"""Sealed word: a short sealed answer of a row (a name, a telephone or identity number), kept so that the row is found by it without being
opened: whoever knows the whole word finds the row, and nothing is learned from a part of it.

Changes when rows are found by their sealed answers in another way.
"""

import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any

from django.db import models

from jiaoheng.access.bulk_insert import insert_rows
from jiaoheng.access.cipher import blind_index_all, blind_indexes, seal_all
from jiaoheng.access.sealed_field import BlindIndex, EncryptedText
from jiaoheng.ledgers.ledger_row import LedgerRow
from jiaoheng.ledgers.row_answers import as_text

__all__ = ["SealedWord", "folded", "keep_words", "rows_with", "words_in"]

_PURPOSE = "ledgers.sealedword"
_SHORTEST, _LONGEST = 2, 24
"""Characters of a word that is looked for whole; what is longer is a sentence."""


class SealedWord(models.Model):
    """One word of one row. `word` is sealed beside its index, so that a rotation of the keys can index it anew."""

    row = models.ForeignKey(LedgerRow, models.CASCADE, related_name="sealed_words")
    word = EncryptedText()
    found = BlindIndex(of="word", purpose=_PURPOSE, db_index=True)

    def __str__(self) -> str:
        return str(self.word)


def folded(text: str) -> str:
    """Letters and figures alone, wide ones narrow, small ones: «教学楼 二层（东）» is «教学楼二层东»."""
    return "".join(sign for sign in unicodedata.normalize("NFKC", text).casefold() if sign.isalnum())


def words_in(clear: Mapping[str, Any]) -> list[str]:
    """The words that a row is found by, from its sealed answers."""
    words = {folded(as_text(value)) for value in clear.values() if isinstance(value, str | int) and not isinstance(value, bool)}
    return sorted(word for word in words if _SHORTEST <= len(word) <= _LONGEST)


def keep_words(words: Mapping[int, Sequence[str]], *, anew: bool = False, model: type[models.Model] | None = None) -> None:
    """Keep the words of stored rows by their keys; `anew`: in the place of those that they had. The caller holds the transaction.

    model: the table as a migration knows it.
    """
    model = model or SealedWord
    if anew:
        models.QuerySet(model).filter(row__in=list(words)).delete()
    keys, texts = list[int](), list[str | None]()
    for key, some in words.items():
        keys += [key] * len(some)
        texts += some
    if texts:
        sealed = seal_all(texts, f"{model._meta.db_table}.word")
        insert_rows(model, ["row_id", "word", "found"], zip(keys, sealed, blind_index_all(texts, _PURPOSE), strict=True))


def rows_with(words: Sequence[str]) -> "models.QuerySet[SealedWord]":
    """The sealed words that are one of these, whichever key of the ring they were indexed with."""
    digests = [digest for word in words if word for digest in blind_indexes(folded(word), _PURPOSE)]
    return SealedWord.objects.filter(found__in=digests)
