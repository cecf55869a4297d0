"""Form change: what a new version of a form changes, and what existing rows become in it.

Changes when another difference between two versions matters to those who keep the rows. Old rows stay readable with the version they
were written in; this says what a row looks like when the new version reads it.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any, Literal

from jiaoheng.ledgers.answer_types import NotOfThisType, read_answer
from jiaoheng.ledgers.form import Field, Form
from jiaoheng.ledgers.form_submission import Row
from jiaoheng.ledgers.question_kind import kind_label
from jiaoheng.ledgers.row_answers import Masked
from jiaoheng.rulebook.loader import Label

__all__ = ["Carried", "FormChange", "carry_row", "compare_forms"]

ChangeKind = Literal[
    "another_form", "version_not_raised", "table_added", "table_removed", "added", "removed", "type", "now_required", "no_longer_required",
    "choice_added", "choice_removed", "constraint", "relevant", "calculation", "words", "sealed", "not_sealed",
]  # fmt: skip

_SAYS: Mapping[ChangeKind, Label] = {
    "another_form": Label(en="This is another form: «{new}», not «{old}».", zh="这是另一张表：“{new}”，不是“{old}”。"),
    "version_not_raised": Label(en="The version is still «{old}». Write a new one.", zh="版本号仍为“{old}”，请改写新版本号。"),
    "table_added": Label(en="New repeat «{column}».", zh="新增重复组“{column}”。"),
    "table_removed": Label(
        en="The repeat «{column}» is gone; its rows stay with the old version.", zh="重复组“{column}”已删除，原有记录随旧版本保留。"
    ),
    "added": Label(en="New question «{column}»; existing rows have no answer to it.", zh="新增题目“{column}”，已有记录此项为空。"),
    "removed": Label(en="«{column}» is gone; its answers stay with the old version.", zh="题目“{column}”已删除，原有答案随旧版本保留。"),
    "type": Label(
        en="«{column}» was {old} and is {new}; answers that do not fit are left empty.", zh="“{column}”由{old}改为{new}，不符合的答案置空。"
    ),
    "now_required": Label(en="«{column}» must now be answered.", zh="“{column}”改为必填。"),
    "no_longer_required": Label(en="«{column}» need not be answered any more.", zh="“{column}”改为非必填。"),
    "choice_added": Label(en="«{column}»: new choices {new}.", zh="“{column}”新增选项{new}。"),
    "choice_removed": Label(
        en="«{column}»: the choices {old} are gone; rows that have them keep them.", zh="“{column}”删除选项{old}，已选该项的记录予以保留。"
    ),
    "constraint": Label(en="«{column}» has another constraint.", zh="“{column}”的校验条件有变化。"),
    "relevant": Label(en="«{column}» is asked under another condition.", zh="“{column}”的显示条件有变化。"),
    "calculation": Label(
        en="«{column}» is worked out otherwise; existing rows keep what they have.", zh="“{column}”的计算式有变化，已有记录不变。"
    ),
    "sealed": Label(
        en="«{column}» is personal: its answers are sealed, those of existing rows too.",
        zh="“{column}”标为个人信息：答案加密保存，已有记录一并加密。",
    ),
    "not_sealed": Label(
        en="«{column}» is not personal any more: new answers stand in clear; what is sealed stays sealed.",
        zh="“{column}”不再标为个人信息：新填答案不加密，已加密的仍保持加密。",
    ),
    "words": Label(en="«{column}» reads otherwise.", zh="“{column}”的文字有变化。"),
}


@dataclass(frozen=True)
class FormChange:
    """One difference. `refuses`: the new version cannot be published as it is. `loses`: answers may be lost to the new version."""

    kind: ChangeKind
    column: str
    label: Label
    refuses: bool = False
    loses: bool = False


@dataclass(frozen=True)
class Carried:
    """A row as the new version reads it. `left_empty`: columns whose answers did not fit; `old_choices`: answers whose choice is gone."""

    row: Row
    left_empty: tuple[str, ...] = ()
    old_choices: tuple[str, ...] = ()


def compare_forms(old: Form, new: Form) -> list[FormChange]:
    """Every difference that matters to those who answer or keep the rows, in the form's order."""
    changes: list[FormChange] = []
    if old.form_id != new.form_id:
        changes.append(_change("another_form", "", refuses=True, old=old.form_id, new=new.form_id))
    if old.version == new.version:
        changes.append(_change("version_not_raised", "", refuses=True, old=old.version))
    for path in [*new.tables, *(path for path in old.tables if path not in new.tables)]:
        column = path.rpartition("/")[2]
        if path not in old.tables and path != new.root.path:
            changes.append(_change("table_added", column))
        elif path not in new.tables and path != old.root.path:
            changes.append(_change("table_removed", column, loses=True))
        else:
            changes.extend(_columns_changed(old, new, path))
    return changes


def carry_row(old: Form, new: Form, row: Row) -> Carried | None:
    """An old row as the new version reads it; None where its repeat is gone. Values are typed as the new version asks."""
    if row.table not in new.tables:
        return None
    before = {question.column: question for question in old.tables.get(row.table, ())}
    values: dict[str, Any] = {}
    left_empty, old_choices = [], []
    for question in new.tables[row.table]:
        value = row.values.get(question.column) if question.column in before else None
        if isinstance(value, Masked):
            values[question.column] = value
            continue
        if value is not None and before[question.column].data_type != question.data_type:
            try:
                value = read_answer(_as_text(value), question.data_type)
            except NotOfThisType:
                value = None
                left_empty.append(question.column)
        names = {choice.name for choice in new.lists.get(question.list_name, ())}
        if value is not None and names and not names.issuperset(value if isinstance(value, tuple) else [value]):
            old_choices.append(question.column)
        values[question.column] = value
    return Carried(Row(row.table, row.at, values), tuple(left_empty), tuple(old_choices))


def _columns_changed(old: Form, new: Form, table: str) -> Iterator[FormChange]:
    before = {question.column: question for question in old.tables.get(table, ())}
    after = {question.column: question for question in new.tables[table]}
    for column, question in after.items():
        if column not in before:
            yield _change("added", column)
            if question.required:
                yield _change("now_required", column)
        else:
            yield from _question_changed(old, new, before[column], question)
    yield from (_change("removed", column, loses=True) for column in before if column not in after)


def _question_changed(old: Form, new: Form, before: Field, after: Field) -> Iterator[FormChange]:
    column = after.column
    if before.data_type != after.data_type:
        yield _change(
            "type",
            column,
            loses=after.data_type not in ("string", "decimal") or before.data_type == "select",
            old=kind_label(before.kind),
            new=kind_label(after.kind),
        )
    if bool(before.required) != bool(after.required):
        yield _change("now_required" if after.required else "no_longer_required", column)
    had = [choice.name for choice in old.lists.get(before.list_name, ())]
    has = [choice.name for choice in new.lists.get(after.list_name, ())]
    if gained := [name for name in has if name not in had]:
        yield _change("choice_added", column, new=_listed(gained))
    if gone := [name for name in had if name not in has]:
        yield _change("choice_removed", column, old=_listed(gone))
    kinds: tuple[ChangeKind, ChangeKind, ChangeKind] = ("constraint", "relevant", "calculation")
    for kind in kinds:
        if _text(getattr(before, kind)) != _text(getattr(after, kind)):
            yield _change(kind, column)
    if (before.path in old.sealed) != (after.path in new.sealed):
        yield _change("sealed" if after.path in new.sealed else "not_sealed", column)
    if (dict(before.labels), dict(before.hints)) != (dict(after.labels), dict(after.hints)):
        yield _change("words", column)


def _change(kind: ChangeKind, column: str, *, refuses: bool = False, loses: bool = False, **values: str | Label) -> FormChange:
    said = _SAYS[kind]
    en, zh = (
        {name: value if isinstance(value, str) else getattr(value, tongue) for name, value in values.items()} for tongue in ("en", "zh")
    )
    return FormChange(kind, column, Label(en=said.en.format(column=column, **en), zh=said.zh.format(column=column, **zh)), refuses, loses)


def _listed(names: Iterable[str]) -> str:
    return ", ".join(names)


def _text(expression: Any) -> str:
    return "" if expression is None else " ".join(expression.text.split())


def _as_text(value: Any) -> str:
    match value:
        case tuple() if value and isinstance(value[0], tuple):
            return ";".join(_as_text(place) for place in value)
        case tuple():
            return " ".join(map(str, value))
        case bool():
            return "true" if value else "false"
        case datetime() | date() | time():
            return value.isoformat()
        case _:
            return str(value)
