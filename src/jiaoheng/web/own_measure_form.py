"""Own measure form: what a page asks of a measure, how the answers become the rulebook's YAML, and at which field a fault stands.

Changes when the form asks for something else. It checks nothing: that is the catalogue's.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from jiaoheng.measures.expression import ColumnType
from jiaoheng.measures.formula import column_words
from jiaoheng.measures.own_measure import PREFIX
from jiaoheng.measures.written_measure import Register
from jiaoheng.rulebook.loader import RuleFault
from jiaoheng.rulebook.tables import CALENDAR_WORDS, COUNTED_WORDS, SCHOOLS_WORDS
from jiaoheng.web.words import in_language, word

__all__ = ["FIELDS", "Column", "answers_of", "assembled", "choices_of", "columns_of", "faults_by_field", "named", "written"]

FIELDS = (
    "label_zh", "label_en", "description_zh", "description_en", "register", "kind", "numerator", "denominator", "where",
    "denominator_register", "denominator_where", "unit_zh", "unit_en", "decimals", "better", "document", "article", "url", "counted",
    "schools", "calendar", "denominator_counted", "denominator_schools", "denominator_calendar", "combines_zh", "combines_en",
    "of", "in",
)  # fmt: skip
_PAIRS = {"label": "label", "description": "description", "unit": "unit", "combines": "combines"}
_ANSWERS = {
    "resource": "numerator", "weight": "denominator", "source": "document", "source.document": "document", "source.article": "article",
    "source.url": "url", "scope.counted": "counted", "scope.schools": "schools", "denominator_scope.counted": "denominator_counted",
    "denominator_scope.schools": "denominator_schools", "combines": "combines_zh", "unit": "unit_zh", "label": "label_zh",
}  # fmt: skip
_GATHERING = ("sum", "count", "distinct", "avg", "min", "max")
_COMPARING = ("=", "<>", ">", ">=", "<", "<=")


@dataclass(frozen=True)
class Column:
    """A column of the register as the form shows it. `codes`: the values it may have, with their words."""

    name: str
    label: str
    kind: str
    codes: Sequence[tuple[str, str]]


def columns_of(register: str, known: Mapping[str, Register]) -> list[Column]:
    """The columns of a table that an expression may use, each with its meaning, kind and codes."""
    words, zh = (
        column_words(register, settings.RULEBOOK_OVERLAY, {register: known[register].table}),
        (get_language() or "zh").startswith("zh"),
    )
    found = []
    for name, kind in known[register].types.items():
        label, codes = words.labels.get(name), words.values.get(name, {})
        listed = [(code, one.zh if zh else one.en) for code, one in codes.items()]
        found.append(Column(name, in_language(label) if label else _node_words().get(name, name), _kinds()[kind], listed))
    return found


def named(answers: Mapping[str, str]) -> str:
    """The name of a new measure: what was given, with the prefix that every name of a bureau's measure has; else from the English name."""
    given = answers.get("id", "").strip().lower() or re.sub(r"[^a-z0-9]+", "_", answers.get("label_en", "").lower()).strip("_")[:60]
    return given if given.startswith(PREFIX) else PREFIX + given


def written(answers: Mapping[str, str], stages: Iterable[str]) -> dict[str, Any]:
    """The measure as YAML holds it. What was left empty is not there, so that the loader asks for what is required."""

    def said(name: str) -> str:
        return answers.get(name, "").strip()

    kind, two = said("kind"), bool(said("denominator_register"))
    if kind == "change":
        return _change(said)
    first, second = ("resource", "weight") if kind == "variation" else ("numerator", "denominator")
    found: dict[str, Any] = {"label": _both("label", said), "description": _both("description", said), "register": said("register")}
    found |= {"kind": kind, first: said("numerator"), second: said("denominator"), "where": said("where")}
    found |= {"denominator_register": said("denominator_register"), "denominator_where": said("denominator_where")}
    found |= {"stages": list(stages), "unit": _both("unit", said), "better": said("better")}
    found["decimals"] = int(said("decimals")) if said("decimals").isdecimal() else said("decimals")
    found["source"] = {key: said(key) for key in ("document", "article", "url") if said(key)}
    found["scope"] = {key: said(key) for key in ("counted", "schools") if said(key)}
    found["calendar"] = said("calendar")
    if two:
        below = {key: said(f"denominator_{key}") for key in ("counted", "schools") if said(f"denominator_{key}")}
        found |= {"denominator_scope": below, "denominator_calendar": said("denominator_calendar"), "combines": _both("combines", said)}
    return {key: value for key, value in found.items() if value not in ("", {}, []) or key in ("label", "source")}


def _change(said: Callable[[str], str]) -> dict[str, Any]:
    """A change of another measure. Only one in the other's own unit has a unit to say: percent and percentage points are units."""
    found: dict[str, Any] = {"label": _both("label", said), "description": _both("description", said), "kind": "change"}
    found |= {"of": said("of"), "in": said("in"), "unit": _both("unit", said) if said("in") == "amount" else {}}
    found |= {"decimals": int(said("decimals")) if said("decimals").isdecimal() else said("decimals"), "better": said("better")}
    found["source"] = {key: said(key) for key in ("document", "article", "url") if said(key)}
    return {key: value for key, value in found.items() if value not in ("", {}) or key in ("label", "source")}


def answers_of(written: Mapping[str, Any]) -> tuple[dict[str, str], list[str]]:
    """The form's answers for a measure that is written already, and its stages: the way back."""
    found: dict[str, str] = {}
    for key in _PAIRS:
        found |= {f"{key}_{language}": str(words) for language, words in (written.get(key) or {}).items()}
    for key in ("register", "kind", "numerator", "denominator", "where", "denominator_register", "denominator_where", "decimals", "better",
                "calendar", "denominator_calendar", "of", "in"):  # fmt: skip
        found[key] = str(written.get(key, ""))
    if written.get("kind") == "variation":
        found |= {"numerator": str(written.get("resource", "")), "denominator": str(written.get("weight", ""))}
    found |= {key: str(value) for key, value in (written.get("source") or {}).items()}
    found |= {key: str(value) for key, value in (written.get("scope") or {}).items()}
    found |= {f"denominator_{key}": str(value) for key, value in (written.get("denominator_scope") or {}).items()}
    return found, [str(one) for one in written.get("stages") or ()]


def faults_by_field(faults: Iterable[RuleFault], name: str) -> dict[str, list[str]]:
    """The words of every fault at the field that it is about; what is about no single field stands under «all»."""
    found: dict[str, list[str]] = {}
    for fault in faults:
        key = fault.key.removeprefix(name).lstrip(".")
        parts = key.split(".")
        field = f"{parts[0]}_{parts[1]}" if parts[0] in _PAIRS and len(parts) > 1 else _ANSWERS.get(key, parts[0])
        words = fault.said(get_language() or "zh")
        place = found.setdefault(field if field in FIELDS or field in ("id", "stages") else "all", [])
        if words not in place:
            place.append(words)
    return found


def assembled(answers: Mapping[str, str], types: Mapping[str, ColumnType]) -> tuple[str, str] | None:
    """The field that was put together from choices, and the expression; None where the choices name no column."""
    part, how, column = (answers.get(f"make_{key}", "") for key in ("part", "how", "column"))
    condition = _condition(answers, types)
    if part in ("where", "denominator_where"):
        before = answers.get(part, "").strip()
        return (part, f"{before} and {condition}" if before else condition) if condition else None
    if part not in ("numerator", "denominator") or how not in _GATHERING or (how != "count" and column not in types):
        return None
    if answers.get("kind") == "variation":
        return part, column
    gathered = "count(*)" if how == "count" else f"count(distinct {column})" if how == "distinct" else f"{how}({column})"
    return part, f"{gathered} filter (where {condition})" if condition else gathered


def _condition(answers: Mapping[str, str], types: Mapping[str, ColumnType]) -> str:
    column, sign, value = (answers.get(f"make_{key}", "").strip() for key in ("if", "sign", "value"))
    if column not in types:
        return ""
    if types[column] == "flag":
        return f"not {column}" if sign == "<>" else column
    text = "'" + value.replace("'", "''") + "'"
    if types[column] == "list":
        return f"{'not ' if sign == '<>' else ''}list_contains({column}, {text})"
    sign = sign if sign in _COMPARING else "="
    if types[column] == "text":
        return f"{column} {sign} {text}"
    return f"{column} {sign} {value}" if re.fullmatch(r"-?\d+(\.\d+)?", value) else ""


def choices_of() -> dict[str, list[tuple[str, str]]]:
    """What every closed question offers."""

    def of(words: Mapping[Any, Any]) -> list[tuple[str, str]]:
        return [(str(key), in_language(label)) for key, label in words.items()]

    stages = ("preschool", "primary", "junior", "senior", "special")
    return {
        "kind": [("total", _("A number: what is counted or summed")), ("ratio", _("A ratio: one number divided by another")),
                 ("variation", _("A coefficient of variation between schools"))],
        "in": [("points", _("percentage points: for a measure in percent, 78 % → 80 % is +2 points")),
               ("percent", _("percent of what it was: for any other measure, 200 → 210 is +5 %")),
               ("amount", _("in the measure's own unit: 200 → 210 is +10"))],
        "better": [("more", _("More is better")), ("less", _("Less is better")), ("none", _("Neither more nor less is better"))],
        "decimals": [(str(one), str(one)) for one in range(5)],
        "counted": of(COUNTED_WORDS), "schools": of(SCHOOLS_WORDS), "calendar": of(CALENDAR_WORDS),
        "stages": [(one, word("stage", one)) for one in stages],
        "how": [("sum", _("the sum of")), ("count", _("the number of rows")), ("distinct", _("how many different")),
                ("avg", _("the mean of")), ("min", _("the least")), ("max", _("the greatest"))],
        "sign": [("=", _("is")), ("<>", _("is not")), (">", _("is above")), (">=", _("is at least")), ("<", _("is below")),
                 ("<=", _("is at most"))],
    }  # fmt: skip


def _both(key: str, said: Any) -> dict[str, str]:
    """Words in both languages. A reader of English is better served by Chinese words than by none."""
    found = {language: said(f"{key}_{language}") for language in ("en", "zh") if said(f"{key}_{language}")}
    return {"en": found["zh"], **found} if "zh" in found else found


def _kinds() -> dict[str, str]:
    return {
        "count": _("whole number"),
        "amount": _("amount"),
        "text": _("code or words"),
        "flag": _("yes or no"),
        "list": _("several texts"),
    }


def _node_words() -> dict[str, str]:
    return {"organisation": _("Code of the organisation"), "school_year": _("School year or fiscal year"), "stage": _("Stage")}
