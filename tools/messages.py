"""The interface's words: find every English one in the source, write the Chinese catalogue (.po) anew, compile it (.mo).

    python tools/messages.py          find new words, drop those no longer used, compile; says what has no translation
    python tools/messages.py --check  exit status 1 where the catalogue and the source differ, or a translation is missing

Plain Python, so that neither installing nor testing needs GNU gettext.
"""

import ast
import io
import re
import struct
import sys
from collections.abc import Iterator
from pathlib import Path

__all__ = ["Catalogue", "catalogue_file", "compiled", "found_messages", "read_catalogue"]

SOURCE = Path(__file__).resolve().parent.parent / "src" / "jiaoheng"
_CALLS = {"gettext": 1, "gettext_lazy": 1, "ngettext": 2, "ngettext_lazy": 2, "_": 1}
_HEADER = (
    "Content-Type: text/plain; charset=UTF-8\nContent-Transfer-Encoding: 8bit\nLanguage: zh_Hans\nPlural-Forms: nplurals=1; plural=0;\n"
)

Message = tuple[str, str]
"""English singular and plural («» where there is none)."""
Catalogue = dict[Message, str]


def catalogue_file() -> Path:
    """The Chinese catalogue."""
    return SOURCE / "locale" / "zh_Hans" / "LC_MESSAGES" / "django.po"


def found_messages() -> dict[Message, list[str]]:
    """Every message of the source with the files that use it."""
    found: dict[Message, list[str]] = {}
    for file in sorted([*SOURCE.rglob("*.py"), *SOURCE.rglob("templates/**/*.html")]):
        text = file.read_text(encoding="utf-8")
        where = file.relative_to(SOURCE).as_posix()
        for message in _in_template(text, where) if file.suffix == ".html" else _in_python(text):
            places = found.setdefault(message, [])
            if where not in places:
                places.append(where)
    return found


def _in_python(text: str) -> Iterator[Message]:
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in _CALLS:
            words = [one.value for one in node.args[: _CALLS[node.func.id]] if isinstance(one, ast.Constant) and isinstance(one.value, str)]
            if words:
                yield words[0], words[1] if len(words) > 1 else ""


def _in_template(text: str, where: str) -> Iterator[Message]:
    """Django turns a template into something like Python; the calls in it are found there."""
    from django.utils.translation.template import templatize

    call = re.compile(r"""\b(n?gettext|_)\(u?('(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")(?:\s*,\s*u?('(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"))?""")
    for found in call.finditer(templatize(text, origin=where)):
        plural = str(ast.literal_eval(found[3])) if found[1] == "ngettext" and found[3] else ""
        yield str(ast.literal_eval(found[2])).replace("%%", "%"), plural.replace("%%", "%")


def read_catalogue(file: Path) -> Catalogue:
    """The translations of a .po file."""
    catalogue: Catalogue = {}
    parts: dict[str, str] = {}
    key = ""
    for line in [*file.read_text(encoding="utf-8").splitlines(), ""] if file.is_file() else []:
        said = re.match(r'(msgid_plural|msgid|msgstr(?:\[0\])?)\s+(".*")$', line)
        if said:
            key = said[1].removesuffix("[0]")
            parts[key] = ast.literal_eval(said[2])
        elif line.startswith('"'):
            parts[key] += ast.literal_eval(line)
        elif not line.strip():
            if parts.get("msgid"):
                catalogue[parts["msgid"], parts.get("msgid_plural", "")] = parts.get("msgstr", "")
            parts = {}
    return catalogue


def written(catalogue: Catalogue, places: dict[Message, list[str]]) -> str:
    """The catalogue as a .po file, in the order of the English words."""
    out = io.StringIO()
    out.write('msgid ""\nmsgstr ""\n' + "".join(f"{_quoted(line)}\n" for line in _HEADER.splitlines(keepends=True)))
    for (singular, plural), chinese in sorted(catalogue.items()):
        out.write(f"\n#: {' '.join(places.get((singular, plural), []))}\nmsgid {_quoted(singular)}\n")
        out.write(f"msgid_plural {_quoted(plural)}\nmsgstr[0] {_quoted(chinese)}\n" if plural else f"msgstr {_quoted(chinese)}\n")
    return out.getvalue()


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\t", "\\t") + '"'


def compiled(catalogue: Catalogue) -> bytes:
    """The catalogue as a .mo file: https://www.gnu.org/software/gettext/manual/html_node/MO-Files.html"""
    pairs = {"": _HEADER} | {(f"{one}\0{many}" if many else one): chinese for (one, many), chinese in catalogue.items() if chinese}
    entries = sorted((english.encode(), chinese.encode()) for english, chinese in pairs.items())
    start = 7 * 4 + 16 * len(entries)
    texts, ids, translations = b"", [], []
    for place, table in ((0, ids), (1, translations)):
        for entry in entries:
            table += [len(entry[place]), start + len(texts)]
            texts += entry[place] + b"\0"
    head = struct.pack("<7I", 0x950412DE, 0, len(entries), 28, 28 + 8 * len(entries), 0, 0)
    return head + struct.pack(f"<{4 * len(entries)}I", *ids, *translations) + texts


def main() -> int:
    import django
    from django.conf import settings

    settings.configure(USE_I18N=True)
    django.setup()
    file, places = catalogue_file(), found_messages()
    kept = read_catalogue(file)
    catalogue = {message: kept.get(message, "") for message in places}
    missing = [one for (one, _many), chinese in sorted(catalogue.items()) if not chinese]
    for one in missing:
        print(f"no translation: {one}")
    text, binary = written(catalogue, places), compiled(catalogue)
    if "--check" in sys.argv:
        same = file.is_file() and file.read_text(encoding="utf-8") == text and file.with_suffix(".mo").read_bytes() == binary
        return 0 if same and not missing else 1
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
    file.with_suffix(".mo").write_bytes(binary)
    print(f"{len(catalogue)} messages, {len(missing)} without translation")
    return 0


if __name__ == "__main__":
    sys.exit(main())
