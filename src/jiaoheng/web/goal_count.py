"""Goal count: a goal follows a ledger: which rows it counts, written or put together, tried at once; and the rows behind its number.

Changes when binding a goal to a ledger takes other steps. What a rule may say is checked below (`plans.count_rule`).
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any, cast

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from jiaoheng.access.account import Account, Refused
from jiaoheng.access.change import Change
from jiaoheng.ledgers.browser_forms import browser_forms
from jiaoheng.ledgers.ledger_row import LedgerRow
from jiaoheng.ledgers.ledger_rule import ledger_groups, ledger_rules
from jiaoheng.ledgers.published_ledger import published_ledgers
from jiaoheng.ledgers.row_list import rows_in_scope
from jiaoheng.plans.count_rule import TIMES, CountedTable, CountRefused, CountRule, Time, counted_table, time_of
from jiaoheng.plans.goal import Binding, Goal, Kind
from jiaoheng.plans.goals_standing import standing_by
from jiaoheng.plans.ledger_count import CountedRow, LedgerCount, bind_to_ledger, count_by, count_of
from jiaoheng.rulebook.ledger_questions import ledger_tables
from jiaoheng.web.count_words import column_names, count_in_words
from jiaoheng.web.export import exported
from jiaoheng.web.goal_charts import curve
from jiaoheng.web.goal_words import LOOKS, STATUSES, number_shown, value_shown
from jiaoheng.web.ledger_clock import RowShown, rows_shown
from jiaoheng.web.own_measure_form import assembled, choices_of
from jiaoheng.web.plans_in_scope import asked_day, check_may_plan, goal_in_scope, rule
from jiaoheng.web.scope import reader
from jiaoheng.web.words import in_language

__all__ = ["goal_count", "goal_rows", "goal_rows_export"]

_PER_PAGE = 50
_TRIED = 5
_PARTS = ("where", "sum", "by", "time")


def goal_count(request: HttpRequest, number: int) -> HttpResponse:
    """Choose a ledger, say which of its rows count, try it, keep it."""
    account, one = reader(request), goal_in_scope(request, number)
    check_may_plan(account)
    _check_may_count(account, one)
    if request.method == "POST" and "report" in request.POST:
        return _reported(request, one, account)
    answers = {key: str(value) for key, value in (request.POST if request.method == "POST" else request.GET).items()}
    now = one.count_rule
    if request.method == "GET" and answers.get("table", now.table) == now.table and now.table:
        answers |= {"table": now.table, **{part: str(getattr(now, part)) for part in _PARTS}}
    context: dict[str, Any] = {"goal": one, "plan": one.plan, "faults": {}, "preview": None, "answers": answers, "now": now}
    context |= {"ledgers": _offered(), "bound": one.bound_to == Binding.LEDGER}
    if not answers.get("table"):
        return render(request, "web/goal_count.html", context)
    try:
        table = counted_table(answers["table"])
    except CountRefused as refused:
        return render(request, "web/goal_count.html", {**context, "faults": _by_part(refused)})
    if "assemble" in request.POST:
        context["not_made"] = not _put_together(answers, table)
    elif request.method == "POST":
        told = CountRule(table.name, answers.get("where", ""), answers.get("sum", ""), answers.get("by", ""), _time(answers))
        try:
            if "save" in request.POST and answers.get("reason", "").strip():
                bind_to_ledger(one, told, change=Change(account, answers["reason"]))
                messages.success(request, _("The goal follows the ledger from now on; its value is counted live."))
                return redirect("goal", number=one.pk)
            context["preview"] = _tried(one, told, account)
            if "save" in request.POST:
                context["faults"] = {"reason": [_("Say why: a change without a reason is not kept.")]}
        except CountRefused as refused:
            context["faults"] = _by_part(refused)
    return render(request, "web/goal_count.html", {**context, **_of_table(table, answers)})


def goal_rows(request: HttpRequest, number: int) -> HttpResponse:
    """The rows behind the number, the newest first; those that the reader may see."""
    one, account = goal_in_scope(request, number), reader(request)
    day = asked_day(request, one.plan)
    count = _count_or_none(one)
    if count is None:
        return redirect("goal", number=number)
    counted, names = count.until(day), column_names(count.table)
    seen = _seen(counted, account)
    page = max(1, int(asked)) if (asked := request.GET.get("page", "1")).isdecimal() else 1
    pages = max(1, -(-len(seen) // _PER_PAGE))
    page = min(page, pages)
    context = {
        "goal": one, "plan": one.plan, "day": day, "count": count, "title": in_language(count.table.title),
        "value": number_shown(count.value(day)), "said": count_in_words(count),
        "lines": _lines(seen[(page - 1) * _PER_PAGE :][:_PER_PAGE], account),
        "seen": len(seen), "hidden": len(counted) - len(seen), "page": page, "pages": pages, "asked": request.GET.get("on", ""),
        "by": names.get(count.rule.by, count.rule.by), "summed": names.get(count.rule.sum, ""),
        "entries": "__" in count.table.name,
    }  # fmt: skip
    return render(request, "web/goal_rows.html", context)


def goal_rows_export(request: HttpRequest, number: int, form: str) -> HttpResponse:
    """The same list, whole, as a file."""
    one, account = goal_in_scope(request, number), reader(request)
    count = _count_or_none(one)
    if count is None:
        return redirect("goal", number=number)
    headings = [
        _("Number"),
        _("What it is about"),
        _("Organisation"),
        _("State"),
        str(column_names(count.table)[count.rule.by]),
        _("Counted as"),
    ]
    return exported(str(one), form, headings, _exported(_seen(count.until(asked_day(request, one.plan)), account), account))


def _check_may_count(account: Account, goal: Goal) -> None:
    place = goal.plan.organisation
    if not account.covers(place.path):
        raise Refused(_("The count is over all of {place}. Ask an officer there to bind this goal.").format(place=place.name))
    if goal.kind != Kind.NUMBER:
        raise Refused(_("Only a goal with a number can follow a ledger."))


def _reported(request: HttpRequest, goal: Goal, account: Account) -> HttpResponse:
    """Back to progress that the office reports."""
    try:
        goal.bound_to = Binding.REPORTED
        goal.store(change=Change(account, request.POST.get("reason", "")))
        messages.success(request, _("The office reports the progress of this goal from now on."))
    except Refused as refused:
        messages.error(request, str(refused))
    return redirect("goal", number=goal.pk)


def _offered() -> list[tuple[str, list[tuple[str, str]]]]:
    """Every ledger, and its parts that repeat, by group."""
    rules, forms = ledger_rules(settings.RULEBOOK_OVERLAY), browser_forms()
    groups = {name: (in_language(label), list[tuple[str, str]]()) for name, label in ledger_groups(settings.RULEBOOK_OVERLAY).items()}
    for name in published_ledgers():
        tables = ledger_tables(name, settings.RULEBOOK_OVERLAY, forms)
        group = groups[rules[name].group if name in rules else "other"][1]
        group += [(table, in_language(one.label)) for table, one in (tables.tables.items() if tables else ())]
    return [group for group in groups.values() if group[1]]


def _of_table(table: CountedTable, answers: Mapping[str, str]) -> dict[str, Any]:
    """What the form offers of a ledger: columns, answers to choose, numbers to add up, days to count by."""
    names = column_names(table)
    picked = [
        (names.get(column, column), [(f"{column}={code}", in_language(label)) for code, label in known.items()])
        for column, known in table.choices.items() if column in table.types
    ]  # fmt: skip
    flags = [(f"{column}=", names.get(column, column)) for column, kind in table.types.items() if kind == "flag"]
    codes = {name: [(code, in_language(label)) for code, label in known.items()] for name, known in table.choices.items()}
    return {
        "title": in_language(table.title), "ledger": table.ledger.name,
        "columns": [
            {"name": name, "label": names.get(name, name), "codes": codes.get(name, [])} for name in table.types if name in table.labels
        ],
        "picked": [*picked, (_("Yes or no"), flags)], "numbers": [(name, names.get(name, name)) for name in table.numbers],
        "days": [(name, names[name]) for name in table.days], "times": [(name, in_language(label)) for name, label in TIMES.items()],
        "signs": choices_of()["sign"],
        "first_day": answers.get("by") or "opened_on",
    }  # fmt: skip


def _put_together(answers: dict[str, str], table: CountedTable) -> bool:
    """Write what was chosen into the condition; whether there was anything to write."""
    column, _equals, code = answers.get("make_answer", "").partition("=")
    chosen = {"make_if": column, "make_value": code} if column else {}
    made = assembled({**answers, **chosen, "make_part": "where"}, table.types)
    if made:
        answers["where"] = made[1]
    return made is not None


def _time(answers: Mapping[str, str]) -> Time:
    return cast("Time", answers.get("time", ""))


def _by_part(refused: CountRefused) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for one in refused.faults:
        found.setdefault(one.about, []).append(one.said(get_language() or "zh"))
    return found


def _tried(goal: Goal, told: CountRule, account: Account) -> dict[str, Any]:
    """What the goal would show today. Raises: CountRefused."""
    today = timezone.localdate()
    first, last = time_of(told, goal.plan.begins_on, goal.plan.ends_on, goal.due)
    count = count_by(told, goal.plan.organisation, first, last)
    found = standing_by(goal, count, today, rule())
    counted = count.until(today)
    return {
        "count": count, "said": count_in_words(count), "value": value_shown(found) if found.standing.now else f"0 {goal.unit}",
        "status": STATUSES[found.standing.status], "look": LOOKS[found.standing.status], "curve": curve(found, today),
        "rows": len(counted), "lines": _lines(_seen(counted, account)[:_TRIED], account), "begun": today >= first,
    }  # fmt: skip


def _count_or_none(goal: Goal) -> LedgerCount | None:
    """None where the goal follows no ledger, or one that cannot be counted: its own page says why."""
    if goal.bound_to != Binding.LEDGER:
        return None
    try:
        return count_of(goal)
    except CountRefused:
        return None


def _seen(rows: Sequence[CountedRow], account: Account) -> list[CountedRow]:
    """The rows of the reader's scope, the newest first."""
    own = account.organisation
    if own is None:
        return []
    codes = None if own.parent_id is None else set(account.scope.values_list("code", flat=True))
    return [one for one in reversed(rows) if codes is None or one.organisation in codes]


def _lines(rows: Sequence[CountedRow], account: Account) -> list[tuple[CountedRow, RowShown]]:
    """Rows with what a list shows of them. The scope is asked of the database once more."""
    found = rows_in_scope(account).filter(pk__in=[one.row for one in rows])
    listed: list[LedgerRow] = list(found.defer("answers", "version__source").select_related("version", "organisation", "holder"))
    shown = {line.row.pk: line for line in rows_shown(listed, timezone.localdate())}
    return [(one, shown[one.row]) for one in rows if one.row in shown]


def _exported(rows: Sequence[CountedRow], account: Account) -> Iterator[list[str | int | float | date | None]]:
    for start in range(0, len(rows), 500):
        for one, line in _lines(rows[start : start + 500], account):
            yield [line.row.pk, line.row.title, line.row.organisation.name, line.state, one.on, one.amount]
