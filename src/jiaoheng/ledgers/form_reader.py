"""Form reader: from the sheets of an XLSForm to a `Form`, with every fault told by sheet, row and column.

Changes when pyxform or the XForm it makes changes. pyxform reads the sheets and refuses what is no XLSForm; we read the XForm it makes (the
same that ODK Collect gets), so that names, paths and choices are exactly those of the phone. Ours are kept as Markdown tables.
"""

import io
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Literal, cast
from xml.etree import ElementTree

from pyxform.errors import PyXFormError
from pyxform.section import Section
from pyxform.xls2xform import convert

from jiaoheng.ledgers.form import Choice, Container, DataType, Field, Form, FormFault, FormFaulty, Place, Words
from jiaoheng.ledgers.form_expressions import Expression, ExpressionFaulty
from jiaoheng.ledgers.form_names import name_notes
from jiaoheng.ledgers.form_sheets import FormSheets, read_sheets
from jiaoheng.ledgers.form_words import in_chinese_too, pyxform_words
from jiaoheng.ledgers.sheet_faults import column_place, pyxform_faults, sheet_faults, sheet_warnings
from jiaoheng.rulebook.loader import Label

__all__ = ["read_form"]

_KINDS = {"select one": "select_one", "select all that apply": "select_multiple", "photo": "image", "string": "text", "int": "integer"}
_ASIDE = "{http://openrosa.org/javarosa}"
_COLUMNS = {
    "constraint": ("constraint", "bind::constraint"),
    "relevant": ("relevant", "relevance", "bind::relevant"),
    "count": ("repeat_count", "jr:count", "control::jr:count"),
    "calculation": ("calculation", "calculate", "bind::calculate"),
    "required": ("required", "bind::required"),
    "readonly": ("readonly", "read_only", "bind::readonly"),
    "choices_at": ("choice_filter", "type"),
    "first_value": ("default", "calculation", "calculate"),
}


def read_form(written: Path | str | bytes, name: str = "", *, kept: bool = False) -> Form:
    """Reads an XLSForm: a file (.md, .xlsx, .xls, .csv), the text of Markdown tables, or a workbook's bytes.

    `kept`: a form that was published already, which stays readable though it would be refused today.
    Raises: FormFaulty with every fault found: no XLSForm at all, an expression that cannot be parsed, a calculation that depends on
    itself, each with sheet, row and column where they are known.
    """
    content = written.read_bytes() if isinstance(written, Path) else written.encode() if isinstance(written, str) else written
    warnings: list[str] = []
    try:
        sheets = read_sheets(io.BytesIO(content))  # read by what it holds: a workbook may carry the wrong ending
    except PyXFormError as error:
        raise FormFaulty([FormFault("FORM-PYXFORM", pyxform_words(str(error)))]) from error
    except Exception as error:  # pyxform's readers of workbooks let through whatever zipfile, xlrd and openpyxl raise
        why = "its first column does not name the sheets" if isinstance(error, TypeError) else str(error)
        said = Label(
            en=f"an XLSForm with a sheet «survey»; this cannot be read as one ({why})",
            zh="这个文件不是XLSForm：须有survey表，Markdown表格的首列写表名。",
        )
        raise FormFaulty([FormFault("FORM-READ", said)]) from error
    if faults := list(sheet_faults(sheets, kept=kept)):
        raise FormFaulty(faults)
    try:
        converted = convert(sheets.given_for_phones(), warnings=warnings, form_name="data")
    except PyXFormError as error:
        raise FormFaulty(list(pyxform_faults(str(error), sheets))) from error
    except Exception as error:  # pyxform trips over headings that it takes for a language
        said = Label(
            en=f"headings and cells that pyxform can put together; it stopped at: {type(error).__name__} {error}",
            zh=f"标题与单元格对不上，XLSForm转换器停在：{type(error).__name__} {error}",
        )
        raise FormFaulty([FormFault("FORM-READ", said, Place("survey", 1))]) from error
    return _Reader(sheets, converted, name or (written.stem if isinstance(written, Path) else ""), warnings).form()


class _Reader:
    """Reads one form. Faults gather; nothing stops at the first."""

    def __init__(self, sheets: FormSheets, converted: Any, name: str, warnings: list[str]) -> None:
        self.faults: list[FormFault] = []
        self.sheets, self.survey, self.xform, self.warnings, self.name = sheets, converted._survey, converted.xform, warnings, name
        self.document = ElementTree.fromstring(self.xform)
        for element in self.document.iter():
            element.tag = element.tag.rpartition("}")[2]
        model = cast(ElementTree.Element, self.document.find("head/model"))
        self.binds = {bind.get("nodeset", ""): bind for bind in model.iter("bind")}
        self.body = {
            control.get("ref") or control.get("nodeset") or "": control
            for control in cast(ElementTree.Element, self.document.find("body")).iter()
            if control.get("ref") or control.get("nodeset")
        }
        self.repeats = {control.get("nodeset", ""): control for control in self.document.iter("repeat")}
        self.first_values = {
            set_value.get("ref", ""): set_value
            for set_value in self.document.iter("setvalue")
            if "first-load" in set_value.get("event", "") or "new-repeat" in set_value.get("event", "")
        }
        self.changed_values = {
            set_value.get("ref", ""): set_value
            for set_value in self.document.iter("setvalue")
            if "value-changed" in set_value.get("event", "")
        }
        self.texts = {
            translation.get("lang", ""): {text.get("id", ""): text for text in translation.iter("text")}
            for translation in model.iter("translation")
        }
        self.default_language = next(
            (str(translation.get("lang")) for translation in model.iter("translation") if translation.get("default")), ""
        )
        self.instances = list(model.iter("instance"))
        self.rows = dict(self._survey_rows())
        self._choose_several()
        self.personal = {row: str(cells.get("personal") or "").strip().lower() for row, cells in sheets.rows}
        self.external = dict(sheets.external())
        self.itemsets = str(converted.itemsets or "")
        self.shared_names: Counter[str] = Counter()

    def form(self) -> Form:
        main = self.instances[0][0]
        lists = {
            str(instance.get("id")): tuple(self._choices(instance)) for instance in self.instances[1:] if instance.find("root") is not None
        }
        lists |= {name: tuple(self._choices_in(root)) for name, root in self.external.items() if name not in lists}
        self.lists = lists
        elements = [element for element in self.survey.iter_descendants() if element is not self.survey]
        self.shared_names.update(str(element.name) for element in elements if not isinstance(element, Section))
        root = Container(
            f"/{main.tag}",
            main.tag,
            "form",
            tuple(self._members(self.survey, f"/{main.tag}", ())),
            {"default": str(self.survey.title or "")},
        )
        order = self._order(root)
        notes = name_notes(root, self._place, self._list_columns)
        if self.faults:
            raise FormFaulty(self.faults)
        return Form(
            form_id=str(main.get("id") or self.name or "form"),
            version=str(main.get("version") or ""),
            title=str(self.survey.title or self.name),
            languages=tuple(self.texts) or ("default",),
            default_language=self.default_language,
            root=root,
            lists=lists,
            order=order,
            xform=self.xform,
            files=tuple(dict.fromkeys(self._files())),
            warnings=(*notes, *sheet_warnings(self.sheets, self.warnings)),
            secondary=self.external | {str(instance.get("id")): instance[0] for instance in self.instances[1:] if len(instance)},
            settings=self.sheets.settings,
            itemsets=self.itemsets,
        )

    def _members(self, parent: Any, path: str, repeats: tuple[str, ...]) -> Iterator[Field | Container]:
        for element in parent.children or ():
            here = f"{path}/{element.name}"
            if isinstance(element, Section):
                yield self._container(element, here, repeats)
            elif here in self.binds or here in self.body:
                yield self._field(element, here, repeats)

    def _container(self, element: Any, path: str, repeats: tuple[str, ...]) -> Container:
        kind: Literal["group", "repeat"] = "repeat" if path in self.repeats else "group"
        inside = (*repeats, path) if kind == "repeat" else repeats
        bind = self.binds.get(path)
        return Container(
            path,
            str(element.name),
            kind,
            tuple(self._members(element, path, inside)),
            self._words(element.label),
            str((element.control or {}).get("appearance", "")) if element.control else "",
            self._expression(path, "relevant", bind.get("relevant") if bind is not None else None),
            self._expression(path, "count", self.repeats[path].get(f"{_ASIDE}count") if kind == "repeat" else None),
            repeats,
            self.rows.get(path),
        )

    def _field(self, element: Any, path: str, repeats: tuple[str, ...]) -> Field:
        bind = self.binds.get(path, ElementTree.Element("bind"))
        control = self.body.get(path, ElementTree.Element("none"))
        itemset = control.find("itemset")
        nodeset = itemset.get("nodeset", "") if itemset is not None else control.get("query", "")
        searched = re.search(r"(?<![\w-])search\s*\(.*\)", control.get("appearance", ""))
        list_name = (
            re.findall(r"instance\('([^']+)'\)", nodeset)
            or [str(element.__dict__.get("list_name", "") if hasattr(element, "__dict__") else "")]
        )[0]
        first, changed = self.first_values.get(path), self.changed_values.get(path)
        kind = _KINDS.get(str(element.type), str(element.type))
        kind = "select_multiple" if kind == "rank" and control.tag == "select" else kind
        if path not in self.rows and path.removesuffix("_count") in self.repeats:
            kind = "repeat_count"
        if control.find("item") is not None and not list_name:
            list_name = path
            self.lists[path] = tuple(
                Choice(item.findtext("value", ""), self._label_of(item.find("label"))) for item in control.iter("item")
            )
        data_type, words = str(bind.get("type") or "string"), self._words(getattr(element, "label", None))
        columns = _choice_columns(itemset)
        if searched and (line := next((one for one in self.lists.get(list_name, ()) if not one.name.lstrip("-").isdigit()), None)):
            self.lists[f"{path}/always"] = tuple(one for one in self.lists[list_name] if one.name.lstrip("-").isdigit())
            columns = line.name, re.split(r"\s*,\s*", next(iter(line.labels.values()), line.name))[0]
            list_name, nodeset = searched[0].split("(", 1)[1].split(",")[0].strip(" ')\""), searched[0]
        return Field(
            path,
            str(element.name),
            self._column(path, str(element.name)),
            kind,
            cast(DataType, "select" if control.tag == "select" else data_type),
            words if path in self.rows else in_chinese_too(words),
            self._words(getattr(element, "hint", None)),
            self._words(getattr(element, "guidance_hint", None)),
            control.get("appearance", ""),
            self._expression(path, "required", bind.get("required")),
            self._message(bind.get(f"{_ASIDE}requiredMsg")),
            self._expression(path, "constraint", bind.get("constraint")),
            self._message(bind.get(f"{_ASIDE}constraintMsg")),
            self._expression(path, "relevant", bind.get("relevant")),
            self._expression(path, "calculation", bind.get("calculate")),
            self._expression(path, "readonly", bind.get("readonly")),
            _moment(self._default(path), data_type),
            self._expression(path, "first_value", first.get("value") if first is not None else None),
            bind.get(f"{_ASIDE}preload", ""),
            tuple(getattr(element, "trigger", None) or ()),
            self._expression(path, "calculation", changed.get("value") if changed is not None else None),
            list_name,
            self._expression(path, "choices_at", nodeset or None),
            *columns,
            _parameters(getattr(element, "parameters", None)),
            control.get("mediatype", ""),
            self._media(control.find("label")),
            repeats,
            place := self.rows.get(path),
            self.personal.get(place.row, "") if place else "",
        )

    def _choose_several(self) -> None:
        """Where several answers of a repeat may be chosen pyxform was given their ranking: here and on the phone it is a choice again."""
        several = self.sheets.several_of_a_repeat()
        for path in [path for path, place in self.rows.items() if place.row in several and path in self.body]:
            self.body[path].tag = "select"
            self.binds[path].set("type", "string")
            named = re.escape(path)
            self.xform = re.sub(
                rf'<odk:rank(?=[^>]*\sref="{named}")([^>]*)>(.*?)</odk:rank>', r"<select\1>\2</select>", self.xform, count=1, flags=re.S
            )
            self.xform = re.sub(rf'(<bind\b(?=[^>]*\snodeset="{named}")[^>]*\stype=")odk:rank"', r'\1string"', self.xform, count=1)

    def _expression(self, path: str, what: str, text: str | None) -> Expression | None:
        if not text or not text.strip():
            return None
        try:
            return Expression.parse(text)
        except ExpressionFaulty as fault:
            place, written = self._place(path, what)
            self.faults.append(FormFault("FORM-EXPRESSION", fault.written_as(written or text).label, place))
            return None

    def _column(self, path: str, name: str) -> str:
        return name if self.shared_names[name] < 2 else "_".join(path.split("/")[2:])

    def _default(self, path: str) -> str:
        element: ElementTree.Element | None = self.instances[0]
        for step in path.split("/")[1:]:
            element = element.find(step) if element is not None else None
        return (element.text or "").strip() if element is not None else ""

    def _words(self, written: Any) -> Words:
        if isinstance(written, Mapping):
            return {str(language): str(text) for language, text in written.items() if isinstance(text, str) and text.strip()}
        return {"default": str(written)} if written and str(written).strip() else {}

    def _message(self, written: str | None) -> Words:
        found = re.fullmatch(r"jr:itext\('(.*)'\)", written or "")
        return self._itext(found[1]) if found else {"default": written} if written else {}

    def _itext(self, name: str) -> Words:
        worded = {
            language: next((_text(value) for value in texts[name].iter("value") if not value.get("form")), "")
            for language, texts in self.texts.items()
            if name in texts
        }
        return {language: text for language, text in worded.items() if text and text != "-"}

    def _media(self, label: ElementTree.Element | None) -> Mapping[str, Words]:
        """Files shown with a label, by kind and language."""
        found = re.fullmatch(r"jr:itext\('(.*)'\)", (label.get("ref") or "") if label is not None else "")
        files: dict[str, dict[str, str]] = {}
        for language, texts in self.texts.items() if found else ():
            for value in texts.get(found[1] if found else "", ()):
                if value.get("form") in ("image", "audio", "video") and value.text:
                    files.setdefault(str(value.get("form")), {})[language] = value.text.rpartition("/")[2]
        return files

    def _label_of(self, label: ElementTree.Element | None) -> Words:
        if label is None:
            return {}
        return self._message(label.get("ref")) if label.get("ref") else {"default": _text(label)}

    def _choices_in(self, root: ElementTree.Element) -> Iterator[Choice]:
        """The choices of a list that stands on the sheet for long lists, in one language."""
        for item in root:
            columns = {child.tag: child.text or "" for child in item}
            yield Choice(columns.pop("name", ""), {"default": columns.pop("label", "")}, columns)

    def _choices(self, instance: ElementTree.Element) -> Iterator[Choice]:
        for item in instance.iter("item"):
            columns = {child.tag: child.text or "" for child in item}
            name, text_id = columns.pop("name", ""), columns.pop("itextId", "")
            label = columns.pop("label", "")
            words = self._itext(text_id) if text_id else {"default": label} if label else {}
            pictures = [
                value.text or "" for texts in self.texts.values() for value in texts.get(text_id, ()) if value.get("form") == "image"
            ]
            words = in_chinese_too(words) if name == "other" else words
            yield Choice(name, words, columns, (pictures or [""])[0].rpartition("/")[2])

    def _files(self) -> Iterator[str]:
        """Names of the datasets, pictures and sounds that the form wants beside it."""
        wanted = [instance.get("src", "") for instance in self.instances] + [
            value.text or "" for texts in self.texts.values() for text in texts.values() for value in text if value.get("form")
        ]
        yield from (uri.rpartition("/")[2] for uri in wanted if uri.startswith("jr://") and not uri.startswith("jr://instance"))

    def _survey_rows(self) -> Iterator[tuple[str, Place]]:
        """Path of every named row of the survey sheet, with its place."""
        steps = [str(self.instances[0][0].tag)]
        for row, cells in self.sheets.rows:
            kind = re.sub(r"[\s_]+", " ", str(cells.get("type", ""))).strip().lower()
            if re.fullmatch(r"end (l?group|repeat|loop|looped group)", kind) and len(steps) > 1:
                steps.pop()
                continue
            name = str(cells.get("name", "")).strip()
            yield "/" + "/".join([*steps, name]), Place("survey", row)
            if kind.startswith("begin "):
                steps.append(name)

    def _place(self, path: str, what: str) -> tuple[Place | None, str]:
        """Where the expression stands that says this of a question, and how its author wrote it."""
        place = self.rows.get(path)
        if place is None:
            heading, written = self.sheets.setting("instance_name")
            return (Place("settings", 2, f'"{heading}"'), written) if path.endswith("/meta/instanceName") and heading else (None, "")
        headings = list(self.sheets.heading)
        cells = next(cells for row, cells in self.sheets.rows if row == place.row)
        for alias in _COLUMNS[what]:
            for heading in headings:
                if re.sub(r"[\s_]", "", heading.lower()).replace("::", ":") == alias.replace("::", ":").replace("_", "") and cells.get(
                    heading
                ):
                    return column_place(self.sheets, place.row, heading), str(cells[heading])
        return place, ""

    def _list_columns(self, name: str) -> set[str]:
        """The columns of a list that stands in the form; none of one that is in a file."""
        listed = next((one for one in self.instances if one.get("id") == name and not one.get("src")), None)
        if listed is None:
            return set()
        headings = {str(heading).strip() for heading in (self.sheets.given.get("choices_header") or [{}])[0]}
        return {child.tag for item in listed.iter("item") for child in item} | {"name", "label"} | headings

    def _order(self, root: Container) -> tuple[str, ...]:
        """Paths with a calculation or relevance, each after what it reads and after the groups around it. A ring is a fault."""
        members = {member.path: member for member in root.walk()}
        reads: dict[str, set[str]] = {}
        for path, member in members.items():
            calculation = member.calculation if isinstance(member, Field) else None
            if member.path == root.path or not (calculation or member.relevant):
                continue
            own = (calculation.paths(path) if calculation else set()) | (
                member.relevant.paths(path) if isinstance(member, Container | Field) and member.relevant else set()
            )
            reads[path] = own
        done: dict[str, None] = {}
        for path in reads:
            self._visit(path, reads, [], done)
        return tuple(done)

    def _visit(self, path: str, reads: Mapping[str, set[str]], trail: list[str], done: dict[str, None]) -> None:
        if path in done:
            return
        if path in trail:
            ring = [*trail[trail.index(path) :], path]
            if all(
                fault.code != "FORM-CYCLE" or not set(ring) <= set(fault.expected.split("»")[0].split("«")[-1].split(" → "))
                for fault in self.faults
            ):
                what = "calculation" if self.binds.get(path) is not None and self.binds[path].get("calculate") else "relevant"
                names = " → ".join(step.rpartition("/")[2] for step in ring)
                said = Label(
                    en=f"no answer that depends on itself; this goes round: «{names}»", zh=f"答案不能依赖自身，这里绕成一圈：“{names}”。"
                )
                self.faults.append(FormFault("FORM-CYCLE", said, self._place(path, what)[0]))
            return
        around = {path[:end] for end in range(1, len(path)) if path[end] == "/"}
        for before in sorted(reads[path] | around):
            for needed in [other for other in reads if other == before or (before not in around and before.startswith(other + "/"))]:
                if needed == path and (before != path or self._earlier_entry(path)):
                    continue
                self._visit(needed, reads, [*trail, path], done)
        done[path] = None

    def _earlier_entry(self, path: str) -> bool:
        """Does a calculation in a repeat read itself in another entry, as a running total does?"""
        text = self.binds[path].get("calculate", "") if path in self.binds else ""
        return any(path.startswith(repeat + "/") for repeat in self.repeats) and bool(re.search(r"indexed-repeat|\[[^]]*position", text))


def _moment(default: str, data_type: str) -> str:
    """A workbook's cell that holds a day comes with a time of day, one that holds a moment with a blank between."""
    found = re.fullmatch(r"(\d{4}-\d{2}-\d{2}) (\d{2}:\d{2}:\d{2})(?:\.\d+)?", default)
    if not found or data_type not in ("date", "dateTime"):
        return default
    return found[1] if data_type == "date" else f"{found[1]}T{found[2]}"


def _choice_columns(itemset: ElementTree.Element | None) -> tuple[str, str]:
    """Which children of an item are its name and its label."""
    value, label = (itemset.find(tag) if itemset is not None else None for tag in ("value", "label"))
    named = label.get("ref", "") if label is not None else "label"
    return (value.get("ref", "name") if value is not None else "name"), re.sub(r"jr:itext\((.*)\)", r"\1", named)


def _parameters(written: Any) -> Mapping[str, str]:
    """`start=1 end=10` as a mapping; pyxform takes some apart and leaves others as they are."""
    if isinstance(written, Mapping):
        return {str(name): str(value) for name, value in written.items()}
    return dict(re.findall(r"([\w-]+)\s*=\s*([^\s,;]+)", str(written or "")))


def _text(element: ElementTree.Element) -> str:
    """The words of a label; a value put into it is written ${name}."""
    parts = [element.text or ""]
    for child in element:
        parts.append(
            "${" + (child.get("value") or "").strip().rpartition("/")[2] + "}" if child.tag == "output" else "".join(child.itertext())
        )
        parts.append(child.tail or "")
    return "".join(parts).strip()
