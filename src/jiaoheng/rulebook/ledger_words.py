"""Ledger words: what the values in a ledger's table mean: choices of its form, states, clocks and choices of its processes.

Changes when a form or a process tells in another way what a value means. Read when words are asked for; computing needs none of them.
"""

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from jiaoheng.rulebook.ledger_questions import form_sheets, ledger_forms, ledger_processes, ledger_table_names, sheet_label, title_of
from jiaoheng.rulebook.loader import Label

__all__ = ["ledger_words"]

Words = dict[str, dict[str, Label]]
"""By column what each value is called."""

_ALL = "ledger_rows"
_SELECT = re.compile(r"^select(?:_one|_multiple| one| multiple)\s+(\S+)", re.IGNORECASE)


def ledger_words(table: str, overlay: Path | None = None) -> Mapping[str, Mapping[str, Label]]:
    """The words of one table of a ledger (`ledger_awards`, a repeat's too), or of the rows of all; empty for any other table.

    Where the rulebook and the bureau have each a form, the bureau's words go first. Forms published in the browser only are not known here.
    """
    if table == _ALL:
        return {"ledger": {name: title_of(files[-1].read_bytes(), name) for name, files in ledger_forms(overlay).items()}}
    name = ledger_table_names(overlay).get(table.partition("__")[0])
    if name is None:
        return {}
    found: Words = {}
    told = [_choices(file.read_bytes()) for file in ledger_forms(overlay).get(name, ())]
    told += [_process(name, text) for text in ledger_processes(name, overlay)]
    for words in told:
        for column, values in words.items():
            found.setdefault(column, {}).update(values)
    return found


@lru_cache(maxsize=512)
def _choices(source: bytes) -> Words:
    """The lists of the form by the questions that are answered from them; a column that is taken has an underscore behind its name."""
    sheets = form_sheets(source)
    lists: Words = {}
    for row in sheets.get("choices", []):
        name, code = row.get("list_name", row.get("list name", "")), row.get("name", "")
        lists.setdefault(name, {})[code] = Label(en=sheet_label(row, "en") or code, zh=sheet_label(row, "zh") or code)
    found: Words = {}
    for row in sheets.get("survey", []):
        asked = _SELECT.match(" ".join(row.get("type", "").split()))
        if asked and asked[1] in lists:
            found[row.get("name", "")] = found[f"{row.get('name', '')}_"] = lists[asked[1]]
    return found


@lru_cache(maxsize=512)
def _process(ledger: str, text: str) -> Words:
    """States, clocks, and the choices of fields. `text`: the ledger's name, then the file; one that cannot be read has no words here."""
    try:
        content = yaml.load(text.partition("\n")[2], Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
        processes = [one for one in content.values() if isinstance(one, dict) and one.get("ledger") == ledger]
        found: Words = {}
        for process in processes:
            states, clocks = dict(_labelled(process.get("states"))), dict(_labelled(process.get("clocks")))
            told = {"state": states, "reached": states, "kept": clocks, "missed": clocks}
            for name, field in (process.get("fields") or {}).items():
                told[name] = {code: Label.model_validate(label) for code, label in (field.get("choices") or {}).items()}
            for column, values in told.items():
                found.setdefault(column, {}).update(values)
    except (yaml.YAMLError, ValueError, AttributeError):
        return {}
    return found


def _labelled(rules: Any) -> Iterator[tuple[str, Label]]:
    for name, rule in (rules or {}).items():
        if isinstance(rule, dict) and "label" in rule:
            yield str(name), Label.model_validate(rule["label"])
