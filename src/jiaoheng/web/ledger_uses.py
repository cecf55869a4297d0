"""Ledger uses: what follows a ledger: measures over its rows, goals that count them, and papers that tell of either.

Changes when something else can follow a ledger.
"""

import re
from collections.abc import Collection, Iterator

from django.conf import settings
from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from jiaoheng.access.account import Account
from jiaoheng.ledgers.browser_forms import browser_forms
from jiaoheng.measures.measure import Measure
from jiaoheng.plans.goal import Binding, Goal
from jiaoheng.rulebook.ledger_questions import LedgerTables, ledger_tables
from jiaoheng.web.current_snapshot import catalogue
from jiaoheng.web.measure_uses import Use, goals_among, papers_naming
from jiaoheng.web.words import in_language

__all__ = ["uses_of_ledger"]


def uses_of_ledger(ledger: str, account: Account, questions: Collection[str] | None = None) -> list[Use]:
    """What follows the ledger, in the reader's words; goals of others are told of without their text.

    `questions`: only what reads one of these columns of the form, or repeats; not given: everything that follows the ledger.
    """
    tables = ledger_tables(ledger, settings.RULEBOOK_OVERLAY, browser_forms())
    if tables is None:
        return []
    columns = {name: _columns(tables, name, questions) for name in tables.tables}
    measures = [one for one in catalogue().values() if any(_reads(part, ledger, columns) for part in _parts(one))]
    said = [Use(_("Measure"), in_language(one.label), reverse("measure", kwargs={"measure_id": one.id})) for one in measures]
    words = [rf"(?<!\w){re.escape(one.id)}(?!\w)" for one in measures]
    if questions is None:
        words.append(rf"[\"']{re.escape(ledger)}[\"']")
    papers = papers_naming(re.compile("|".join(words)), account) if words else ()
    return [*goals_among(_goals([one.id for one in measures], columns), account), *said, *papers]


def _columns(tables: LedgerTables, table: str, questions: Collection[str] | None) -> frozenset[str] | None:
    """The columns of a table that are asked about; None for all of it."""
    if questions is None or tables.repeats[table] in questions:
        return None
    return frozenset(one.column for one in tables.questions[table] if one.question in questions)


def _parts(measure: Measure) -> Iterator[Measure]:
    """The measure, its denominator where that has a table of its own, and the measure whose change it is."""
    yield measure
    for part in (measure.other, measure.base):
        if part is not None:
            yield from _parts(part)


def _reads(measure: Measure, ledger: str, columns: dict[str, frozenset[str] | None]) -> bool:
    if measure.register == "ledger_rows":
        return None in columns.values() and f"'{ledger}'" in str(measure.where or "")
    asked = columns.get(measure.register, frozenset())
    return asked is None or not asked.isdisjoint(measure.columns)


def _goals(measures: list[str], columns: dict[str, frozenset[str] | None]) -> "QuerySet[Goal]":
    counting = Q(pk__in=[])
    for table, asked in columns.items():
        named = Q(ledger_table=table, bound_to=Binding.LEDGER)
        if asked is not None:
            word = rf"(^|[^a-z0-9_])({'|'.join(map(re.escape, sorted(asked)))})([^a-z0-9_]|$)"
            named &= Q(ledger_where__iregex=word) | Q(ledger_sum__in=asked) | Q(ledger_by__in=asked)
        counting |= named if asked != frozenset() else Q(pk__in=[])
    return Goal.objects.filter(counting | Q(measure__in=measures, bound_to=Binding.MEASURE), withdrawn_on=None)
