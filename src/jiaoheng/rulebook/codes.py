"""Code tables: the values that a field may take, with their words, other spellings and source.

Changes when what can be said of a code changes. The tables themselves are data (`data/codes/`); a bureau's own folder may replace one
whole. Codes are stored; words are shown.
"""

import unicodedata
from functools import lru_cache
from pathlib import Path

from pydantic import Field, model_validator

from jiaoheng.rulebook.choice import Choice
from jiaoheng.rulebook.loader import Label, Rule, load_rules

__all__ = ["Code", "CodeTable", "NoSuchCode", "code_table", "load_codes"]


class NoSuchCode(ValueError):
    """The text names no value of the table; the message offers those that there are."""


class Code(Choice):
    """One value. `group` is what rules ask of it (a grade's stage, an exit's sort); `ended` codes are read and no longer chosen;
    `sensitive` ones are shown masked where the column is sealed."""

    group: str | None = None
    ended: bool = False
    sensitive: bool = False


class CodeTable(Rule):
    """One table. `verified: false` says that the source's own text was not seen, so that a bureau checks it before relying on it."""

    label: Label
    source: str
    verified: bool = True
    note: str = ""
    codes: dict[str, Code] = Field(min_length=1)

    @model_validator(mode="after")
    def _one_word_means_one_code(self) -> "CodeTable":
        meant: dict[str, str] = {}
        for code, value in self.codes.items():
            for word in (code, value.en, value.zh, *value.aliases):
                if meant.setdefault(_folded(word), code) != code:
                    raise ValueError(f"«{word}» would mean both {meant[_folded(word)]} and {code}; keep it for one of them")
        return self

    def __contains__(self, code: object) -> bool:
        return code in self.codes

    def words(self, code: str, language: str) -> str:
        """The words for a code; the code itself where the table does not know it, so that an old row still shows something."""
        value = self.codes.get(code)
        return code if value is None else value.zh if language.lower().startswith("zh") else value.en

    def parse(self, text: str) -> str:
        """The code that a cell means: by code, by words in either language, or by another spelling.

        Full-width characters, case and blanks do not matter; «1» is read as «01» where the table's codes have two digits.
        Raises: NoSuchCode with up to eight of the accepted values.
        """
        asked = _folded(text)
        for code, value in self.codes.items():
            if asked in {_folded(word) for word in (code, value.en, value.zh, *value.aliases)}:
                return code
        if asked.isdecimal() and asked.zfill(2) in self.codes:
            return asked.zfill(2)
        offered = [value.zh for value in self.codes.values() if not value.ended]
        more = " …" if len(offered) > 8 else ""
        raise NoSuchCode(f"«{text}» is not a value of {self.label.en} ({self.label.zh}). Values: {'、'.join(offered[:8])}{more}")

    def of_group(self, group: str) -> frozenset[str]:
        """The codes of one group."""
        return frozenset(code for code, value in self.codes.items() if value.group == group)


def load_codes(overlay: Path | None = None) -> dict[str, CodeTable]:
    """Every code table by id, the overlay's in place of ours. Raises: RulebookFaulty."""
    return load_rules("codes", CodeTable, overlay)


def code_table(name: str, overlay: Path | None = None) -> CodeTable:
    """One table by id; the files are read once a process. Raises: KeyError for an id that no file has."""
    return _loaded(overlay)[name]


@lru_cache(maxsize=4)
def _loaded(overlay: Path | None) -> dict[str, CodeTable]:
    return load_codes(overlay)


def _folded(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).split()).casefold()
