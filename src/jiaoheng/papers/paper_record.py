"""Paper record: what a written paper says of itself: template, snapshot, and every figure with what it was made from.

Changes when what is kept of a written paper changes. The record is the `.json` form of a paper, and travels inside every `.docx`, so that
the document can be held against its snapshot long after (`explaining`).
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import date
from typing import Self
from urllib.parse import quote, unquote

from jiaoheng import __version__
from jiaoheng.measures.measure import Measure
from jiaoheng.papers.figure import Figure

__all__ = ["SCHEMA", "NotARecord", "PaperRecord", "RecordedFigure", "recorded"]

SCHEMA = "jiaoheng-paper/1"


class NotARecord(ValueError):
    """The text is not the record of a paper. The message says why."""


@dataclass(frozen=True)
class RecordedFigure:
    """One figure as printed, unrounded, and as found: what it is about, which records, numerator and denominator, and who accepted them.

    `definition` is the measure's formula and version at the time of writing; empty for what no measure gives.
    """

    number: int
    about: str
    label: str
    organisation: str
    organisation_name: str
    stage: str
    stage_name: str
    period: str
    more: str
    text: str
    value: float | None
    numerator: float | None
    denominator: float | None
    link: str
    definition: Mapping[str, str]
    accepted_by: tuple[str, ...] = ()

    @property
    def key(self) -> tuple[str, str, str, str, str, str]:
        """What the figure is of, without what it says."""
        return self.about, self.label, self.organisation, self.stage, self.period, self.more


@dataclass(frozen=True)
class PaperRecord:
    """A written paper: everything needed to write it again from the same snapshot. `unsigned` marks a draft."""

    title: str
    template: str
    template_text: str
    language: str
    area: str
    period: str
    snapshot: str
    day: date
    figures: tuple[RecordedFigure, ...]
    made_with: str = f"jiaoheng {__version__}"
    unsigned: str = ""

    @property
    def origin(self) -> str:
        """Template, language, area, school year and snapshot in one line."""
        return f"{SCHEMA} " + " ".join(quote(part) for part in (self.template, self.language, self.area, self.period, self.snapshot))

    @staticmethod
    def of_origin(line: str) -> tuple[str, str, str, str, str]:
        """The parts of an `origin`. Raises: NotARecord."""
        schema, *parts = line.split()
        if schema != SCHEMA or len(parts) != 5:
            raise NotARecord("This is not the origin of a paper.")
        template, language, area, period, snapshot = map(unquote, parts)
        return template, language, area, period, snapshot

    def as_json(self) -> str:
        """The record as JSON text, the same for the same paper."""
        plain = {"schema": SCHEMA, **asdict(self), "day": self.day.isoformat()}
        if not self.unsigned:
            del plain["unsigned"]
        plain["template_sha256"] = hashlib.sha256(self.template_text.encode()).hexdigest()
        return json.dumps(plain, ensure_ascii=False, indent=1) + "\n"

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Raises: NotARecord."""
        try:
            read = json.loads(text)
            if read.pop("schema") != SCHEMA:
                raise NotARecord("The record was written by another version of this program.")
            read.pop("template_sha256", None)
            figures = tuple(RecordedFigure(**{**one, "accepted_by": tuple(one["accepted_by"])}) for one in read.pop("figures"))
            return cls(**{**read, "day": date.fromisoformat(read["day"]), "figures": figures})
        except NotARecord:
            raise
        except (ValueError, TypeError, KeyError, AttributeError):
            raise NotARecord("The record of the paper cannot be read: it was damaged.") from None


def recorded(figures: Iterable[Figure], definitions: Mapping[str, Measure], accepted_by: Mapping[str, tuple[str, ...]]) -> tuple[
    RecordedFigure, ...
]:  # fmt: skip
    """The figures of a paper, as they are kept. `accepted_by`: by organisation, who accepted the rows below it."""
    kept = []
    for figure in figures:
        measure = definitions[figure.about] if figure.about in definitions else None  # noqa: SIM401 -- a catalogue raises in words
        which = figure.filter
        kept.append(
            RecordedFigure(
                figure.number, figure.about, figure.label, which.organisation, which.organisation_name, which.stage, which.stage_name,
                which.period, which.more, figure.text, figure.value, figure.numerator, figure.denominator, figure.link,
                _definition(measure), accepted_by.get(which.organisation, ()),
            )
        )  # fmt: skip
    return tuple(kept)


def _definition(measure: Measure | None) -> dict[str, str]:
    if measure is None:
        return {}
    parts = {"numerator": measure.numerator, "denominator": measure.denominator, "where": measure.where}
    return {
        "version": measure.definition_version,
        "source": str(measure.source),
        **{name: str(part) for name, part in parts.items() if part},
    }
