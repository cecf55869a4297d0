"""Ledger: a form with its processes, as the rulebook has them.

Changes when a ledger is kept in the rulebook in another way. A form is `ledgers/NAME.md` (or .xlsx, .xls, .csv); a bureau's own of the same
name replaces ours whole. A process belongs to the ledger that it names.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from jiaoheng.ledgers.form import Form, FormFaulty, Place
from jiaoheng.ledgers.form_reader import read_form
from jiaoheng.ledgers.process import Process, load_processes
from jiaoheng.rulebook.loader import RulebookFaulty, RuleFault, shipped_rulebook

__all__ = ["Ledger", "ledger_files", "load_ledgers"]

_ENDINGS = (".md", ".xlsx", ".xls", ".csv")


@dataclass(frozen=True)
class Ledger:
    """One ledger: its name in the rulebook, its form, and the processes that its rows may follow (none, one, or several to choose from)."""

    name: str
    form: Form
    processes: Mapping[str, Process]


def load_ledgers(overlay: Path | None = None) -> dict[str, Ledger]:
    """Every ledger of the rulebook by name, its processes checked against its form.

    Raises: RulebookFaulty naming file, line, key and what was expected for every fault in any form or process.
    """
    faults: list[RuleFault] = []
    forms: dict[str, tuple[Path, Form]] = {}
    for file in ledger_files(overlay).values():
        try:
            forms[file.stem] = file, read_form(file, name=file.stem)
        except FormFaulty as faulty:
            faults.extend(
                RuleFault(
                    file,
                    _line(file, fault.place),
                    fault.place.column if fault.place else "",
                    f"{fault.expected} [{fault.code}]",
                    fault.label.zh,
                )
                for fault in faulty.faults
            )
    if faults:
        raise RulebookFaulty(faults)
    processes = load_processes(overlay)
    for name, process in processes.items():
        faults.extend(_faults(name, process, forms))
    if faults:
        raise RulebookFaulty(faults)
    return {
        name: Ledger(name, form, {key: process for key, process in processes.items() if process.ledger == name})
        for name, (_, form) in forms.items()
    }


def ledger_files(overlay: Path | None = None) -> dict[str, Path]:
    """The form of every ledger by its name in the rulebook, unread."""
    return {
        file.stem: file
        for layer in [shipped_rulebook(), *([overlay] if overlay else [])]
        for file in sorted((layer / "ledgers").glob("*"))
        if file.suffix in _ENDINGS and not file.name.startswith(("~", "."))
    }


def _faults(name: str, process: Process, forms: Mapping[str, tuple[Path, Form]]) -> Iterator[RuleFault]:
    """A clock may ask only for questions that the ledger has, and only for answers that can be given."""
    if process.ledger is None:
        return
    if process.ledger not in forms:
        yield RuleFault(Path("processes"), 1, f"{name}.ledger", f"a ledger; «{process.ledger}» is none of {', '.join(forms)}")
        return
    file, form = forms[process.ledger]
    columns = {question.column: question for question in form.tables[form.root.path]}
    for key, clock in process.clocks.items():
        for field in [*clock.when, *filter(None, (clock.due_field, clock.counted_from_field))]:
            if field not in columns:
                yield RuleFault(file, 1, f"{name}.clocks.{key}", f"a question «{field}» outside repeats, which the process asks for")
                continue
            if columns[field].path in form.sealed:
                yield RuleFault(file, 1, f"{name}.clocks.{key}", f"a question that is not sealed; «{field}» is marked personal")
            answers = {choice.name for choice in form.lists.get(columns[field].list_name, ())}
            unknown = [value for value in clock.when.get(field, []) if value and answers and value not in answers]
            if unknown:
                expected = f"«{field}» has no choice {', '.join(unknown)}, which the process waits for; it has {', '.join(sorted(answers))}"
                yield RuleFault(file, 1, f"{name}.clocks.{key}.when", expected)


def _line(file: Path, place: Place | None) -> int:
    """The line of a Markdown file where a sheet's row stands; of a workbook, the row itself."""
    if place is None or file.suffix != ".md":
        return place.row if place else 1
    row: int | None = None
    for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        if not line.strip().startswith("|"):
            continue
        if cells[0]:
            row = 0 if cells[0].lower() == place.sheet else None
            row = None if row is None else row + (1 if any(cells[1:]) else 0)
        elif row is not None and any(cells):
            row += 1
        if row == place.row:
            return number
    return 1
