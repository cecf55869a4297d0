"""Columns page: what the columns of a workbook hold, proposed where the headings are not known, and counting once its sender says yes.

Changes when what a sender sees or says of columns changes. The likeness is the intake's (`proposal`), and so is what is remembered.
"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from jiaoheng.access.account import Account, check_may_enter
from jiaoheng.intake.causes import UnreadableWorkbook
from jiaoheng.intake.columns import column_letters
from jiaoheng.intake.directory import Directory
from jiaoheng.intake.mapping import FieldSource, FileMapping, Source, mapping_faults
from jiaoheng.intake.proposal import Proposal, propose
from jiaoheng.intake.remembered_mapping import RememberedMapping, recalled, remember
from jiaoheng.intake.upload import Upload
from jiaoheng.intake.workbook import Sheet, is_blank, open_workbook
from jiaoheng.rulebook.loader import Label
from jiaoheng.rulebook.registers import RegisterRule, load_registers
from jiaoheng.web.import_pages import checked_again, waiting_upload
from jiaoheng.web.scope import reader
from jiaoheng.web.words import in_language

__all__ = ["columns", "forget_columns", "remembered_columns"]

_SAMPLES = 3
_LONGEST_SAMPLE = 24


def columns(request: HttpRequest, token: str) -> HttpResponse:
    """The columns of one sheet of a waiting workbook: shown with a proposal, or (POST) confirmed, remembered and checked again."""
    account = reader(request)
    check_may_enter(account)
    waiting = waiting_upload(account, token)
    with waiting.in_clear() as files:
        return _page(request, account, waiting, files)


def _page(request: HttpRequest, account: Account, waiting: Upload, files: Sequence[Path]) -> HttpResponse:
    given = request.POST if request.method == "POST" else request.GET
    sheet = _sheet(files, given.get("file", ""), given.get("sheet", ""))
    token, registers = waiting.token, load_registers(settings.RULEBOOK_OVERLAY)
    proposal, held = _proposal(given.get("file", ""), sheet, registers, given.get("register", ""), account)
    rule = registers[proposal.register]
    faults: list[str] = []
    if request.method == "POST":
        source, faults = _source(request.POST, proposal, rule)
        if source is not None:
            remember(proposal.headings, source, account)
            checked_again(waiting)
            messages.success(request, _("The columns are read as you said, and will be next time."))
            return redirect("checks", token=token)
    guessed = {guess.column: guess for guess in proposal.guesses}
    shown = []
    for index, heading in enumerate(proposal.headings):
        guess = guessed.get(index)
        asked = request.POST.get(f"column-{index}") if request.method == "POST" else held.get(heading) or (guess.field if guess else "")
        score = guess.score if guess and guess.field == asked else 0
        if heading:
            row = {"index": index, "letters": column_letters(index), "heading": heading, "samples": _samples(sheet, proposal, index)}
            shown.append({**row, "field": asked, "score": score})
    context = {
        "token": token, "file": proposal.file, "sheet": proposal.sheet, "register": proposal.register, "row": proposal.heading_row + 1,
        "registers": [(name, in_language(one.label)) for name, one in registers.items()], "columns": shown, "faults": faults,
        "fields": [(name, in_language(field.label) + (" *" if field.required else "")) for name, field in rule.fields.items()],
        "constants": list(_constants(rule, {str(one["field"]) for one in shown}, request.POST)),
    }  # fmt: skip
    return render(request, "web/columns.html", context, status=400 if faults else 200)


def remembered_columns(request: HttpRequest) -> HttpResponse:
    """Every confirmed reading of the organisations in the reader's scope."""
    account = reader(request)
    check_may_enter(account)
    registers = load_registers(settings.RULEBOOK_OVERLAY)
    kept = RememberedMapping.objects.filter(organisation__in=account.scope).select_related("organisation", "account")
    return render(request, "web/remembered_columns.html", {"mappings": [(one, _pairs(one, registers)) for one in kept]})


@require_POST
def forget_columns(request: HttpRequest, number: int) -> HttpResponse:
    """Forget a confirmed reading: the headings are asked about again."""
    account = reader(request)
    check_may_enter(account)
    get_object_or_404(RememberedMapping.objects.filter(organisation__in=account.scope), pk=number).delete()
    messages.info(request, _("Forgotten: the columns of such a workbook will be asked about again."))
    return redirect("remembered-columns")


def _sheet(files: Sequence[Path], file: str, sheet: str) -> Sheet:
    path = next((path for path in files if path.name == file), None)
    if path is None:
        raise Http404(_("There is no such file among those handed in."))
    try:
        workbook = open_workbook(path)
        return workbook.sheet(sheet or workbook.sheet_names[0])
    except UnreadableWorkbook as error:
        raise Http404(str(error)) from None


def _proposal(
    file: str, sheet: Sheet, registers: Mapping[str, RegisterRule], register: str, account: Account
) -> tuple[Proposal, dict[str, str]]:
    """The proposal for a sheet, and by heading the fields that were confirmed before."""
    known = recalled(sheet, registers, account)
    if known is not None and register in ("", known[0].register):
        register = known[0].register
        held = {heading: name for name, feed in known[1].columns.items() for heading in feed.headings}
    else:
        held = {}
    directory = Directory.load()
    wanted = {register: registers[register]} if register in registers else registers
    found = propose(file, sheet, wanted, directory, fewest=2 if len(wanted) > 1 else 0)
    if found is None:
        found = propose(file, sheet, dict(list(wanted.items())[:1]), directory, fewest=0)
    if found is None:
        raise Http404(_("This sheet is empty."))
    return found, held


def _source(asked: Mapping[str, str], proposal: Proposal, rule: RegisterRule) -> tuple[Source | None, list[str]]:
    """What the sender said as a mapping's source, or what is wrong with it."""
    headings: dict[str, list[str]] = {}
    for index, heading in enumerate(proposal.headings):
        name = asked.get(f"column-{index}", "")
        if name in rule.fields and heading:
            headings.setdefault(name, []).append(heading)
    faults = []
    fed: dict[str, FieldSource] = {}
    for name, columns_of in headings.items():
        label = in_language(rule.fields[name].label)
        if len(columns_of) == 1:
            fed[name] = FieldSource(column=columns_of[0])
        elif rule.fields[name].type in ("count", "amount"):
            fed[name] = FieldSource(sum=tuple(columns_of))
        else:
            faults.append(
                _("Two columns cannot both hold “{field}”: {columns}. Keep one.").format(field=label, columns=", ".join(columns_of))
            )
    constants = {name: asked.get(f"constant-{name}", "").strip() for name in rule.fields if name not in headings}
    constants = {name: value for name, value in constants.items() if value}
    for name, field in rule.fields.items():
        if field.required and name not in headings and name not in constants:
            label = in_language(field.label)
            faults.append(
                _("No column holds “{field}”, which every row needs. Choose one, or write what holds for all rows.").format(field=label)
            )
    if faults:
        return None, faults
    source = Source(files=("*",), register=proposal.register, columns=fed, constants=constants)
    whole = FileMapping(label=Label(en="", zh=""), sources={"it": source})
    for path, expected in mapping_faults({proposal.register: rule}, whole):
        name = str(path[-1])
        label = in_language(rule.fields[name].label) if name in rule.fields else name
        faults.append(_("“{field}” does not hold for all rows as written: {expected}.").format(field=label, expected=expected))
    return (None if faults else source), faults


def _constants(rule: RegisterRule, fed: set[str], given: Mapping[str, str]) -> Iterator[dict[str, Any]]:
    """The fields that every row needs and no column holds: to be written once for all rows."""
    for name, field in rule.fields.items():
        if field.required and name not in fed:
            choices = [(value, in_language(Label(en=choice.en, zh=choice.zh))) for value, choice in field.choices.items()]
            yield {"name": name, "label": in_language(field.label), "choices": choices, "given": given.get(f"constant-{name}", "")}


def _samples(sheet: Sheet, proposal: Proposal, index: int) -> str:
    cells = [str(row[index]).strip() for row in sheet.rows[proposal.first_row : proposal.first_row + 50] if not is_blank(row[index])]
    distinct = list(dict.fromkeys(cell.removesuffix(".0") for cell in cells))[:_SAMPLES]
    return ", ".join(text if len(text) <= _LONGEST_SAMPLE else text[: _LONGEST_SAMPLE - 1] + "…" for text in distinct)


def _pairs(mapping: RememberedMapping, registers: Mapping[str, RegisterRule]) -> str:
    rule = registers.get(mapping.register)
    words = []
    for name, feed in mapping.source.get("columns", {}).items():
        label = in_language(rule.fields[name].label) if rule and name in rule.fields else name
        words.append(f"{' + '.join([feed['column']] if 'column' in feed else feed.get('sum', []))} → {label}")
    return "; ".join(words)
