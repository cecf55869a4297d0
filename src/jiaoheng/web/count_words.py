"""Count words: what a goal counts of a ledger, and why it cannot, in the reader's language.

Changes when a count reads otherwise.
"""

from collections.abc import Mapping
from dataclasses import replace

from django.conf import settings
from django.utils.formats import date_format
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from jiaoheng.measures.expression import row_expression
from jiaoheng.measures.formula import column_words, condition_in_words
from jiaoheng.plans.count_rule import TIMES, CountedTable, CountRefused
from jiaoheng.plans.ledger_count import LedgerCount
from jiaoheng.web.words import in_language

__all__ = ["column_names", "count_in_words", "refusal_in_words"]


def column_names(table: CountedTable) -> Mapping[str, str]:
    """What the columns of a ledger are called."""
    words = column_words(table.name, settings.RULEBOOK_OVERLAY, {table.name: table.tables.tables[table.name]})
    return {name: in_language(label) for name, label in words.labels.items()}


def count_in_words(count: LedgerCount) -> list[tuple[str, str]]:
    """What is counted, where, when and by which day: a name and its words each."""
    table, rule, names = count.table, count.rule, column_names(count.table)
    words = column_words(table.name, settings.RULEBOOK_OVERLAY, {table.name: table.tables.tables[table.name]})
    words = replace(words, values={**words.values, **table.choices})
    which = _("all of them")
    if rule.where.strip():
        which = condition_in_words(row_expression(rule.where, table.types, "truth"), words, get_language() or "zh")
    days = f"{date_format(count.first, 'Y-m-d')} – {date_format(count.last, 'Y-m-d')}"
    return [
        (_("What is counted"), _("the sum of “{column}”").format(column=names[rule.sum]) if rule.sum else _("the number of rows")),
        (_("Which rows"), which),
        (_("By which day"), names.get(rule.by, rule.by)),
        (_("In what time"), f"{in_language(TIMES[rule.time])} · {days}"),
    ]


def refusal_in_words(refused: CountRefused) -> str:
    return " ".join(one.said(get_language() or "zh") for one in refused.faults)
