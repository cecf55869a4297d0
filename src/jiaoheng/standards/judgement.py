"""Judgements: what people decided and scored where figures cannot tell, read from files: YAML, or CSV as a spreadsheet saves it.

Changes when what a judgement can say changes. A file with one fault is refused whole, with file and line.
"""

import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import AliasChoices, ConfigDict, Field, ValidationError, model_validator

from jiaoheng.rulebook.loader import Refusal, Rule, RulebookFaulty, RuleFault, load_rule_file
from jiaoheng.standards.assessment import Assessment

__all__ = ["EvidenceFile", "Judgement", "Judgements", "Review", "judgement_files", "load_judgements"]

_DECISIONS = {"达标": "met", "符合": "met", "未达标": "missed", "不达标": "missed", "不符合": "missed", "待定": "open", "": "open"}


Decision = Literal["met", "missed", "open"]


class EvidenceFile(Rule):
    """A file that was handed in as evidence; its content is kept under its hash."""

    name: str
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    media_type: str


class Review(Rule):
    """What a reviewer says of an item, beside what the area says of itself."""

    decision: Decision = "open"
    score: Annotated[Decimal | None, Field(ge=0)] = None
    words: str = ""
    by: str
    day: Annotated[date, Field(alias="date")]

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class Judgement(Rule):
    """One decision on one item of one assessment and area. `met` and `missed` say on what evidence, by whom and when.

    `self_score` is the area's own, `reviewer_score` the inspectors'; both are kept. So are both decisions: the area's own `decision`, and
    a `review` by another person, which holds where there is one.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    standard: Annotated[str, Field(validation_alias=AliasChoices("standard", "标准"))]
    area: Annotated[str, Field(validation_alias=AliasChoices("area", "地区代码"))]
    item: Annotated[str, Field(validation_alias=AliasChoices("item", "条目"))]
    period: Annotated[str | None, Field(validation_alias=AliasChoices("period", "学年"))] = None
    decision: Annotated[Decision, Field(validation_alias=AliasChoices("decision", "结论"))] = "open"
    self_score: Annotated[Decimal | None, Field(ge=0, validation_alias=AliasChoices("self_score", "自评得分"))] = None
    reviewer_score: Annotated[Decimal | None, Field(ge=0, validation_alias=AliasChoices("reviewer_score", "复核得分"))] = None
    evidence: Annotated[str, Field(validation_alias=AliasChoices("evidence", "佐证材料"))] = ""
    by: Annotated[str, Field(validation_alias=AliasChoices("by", "评定人"))] = ""
    day: Annotated[date | None, Field(alias="date", validation_alias=AliasChoices("date", "日期"))] = None
    links: tuple[str, ...] = ()
    files: tuple[EvidenceFile, ...] = ()
    review: Review | None = None

    @model_validator(mode="after")
    def _vouched_for(self) -> Self:
        if self.decision != "open" and not (self.evidence.strip() and self.by.strip() and self.day):
            raise Refusal(
                "a decision names its evidence, by whom and on which day (evidence, by, date)",
                "结论要写明佐证材料、评定人和日期",
                "evidence",
            )
        if self.review and self.review.by == self.by:
            raise Refusal("reviewed by another person than the one who judged", "复核人不能是自评人本人", "review")
        return self

    @property
    def held(self) -> Decision:
        """The decision that holds: the reviewer's where there is one."""
        return self.review.decision if self.review and self.review.decision != "open" else self.decision

    @property
    def reviewed_score(self) -> Decimal | None:
        """The reviewer's score, entered with a review or in a file."""
        return self.review.score if self.review and self.review.score is not None else self.reviewer_score


class _File(Rule):
    judgements: tuple[Judgement, ...]


class Judgements:
    """Judgements by item. Of two on the same item the one for the school year asked goes before one that names none."""

    def __init__(self, judgements: Iterable[Judgement] = ()) -> None:
        self._found = {(one.standard, one.area, one.item, one.period): one for one in judgements}

    def of(self, standard: str, area: str, item: str, period: str) -> Judgement | None:
        """The judgement of one item, or None."""
        return self._found.get((standard, area, item, period)) or self._found.get((standard, area, item, None))

    def stands(self, one: Judgement) -> bool:
        """Whether the same item of the same area and period is judged here."""
        return (one.standard, one.area, one.item, one.period) in self._found

    def __len__(self) -> int:
        return len(self._found)


def judgement_files(overlay: Path | None) -> list[Path]:
    """The files of judgements in a bureau's own folder (`judgements/`)."""
    folder = overlay / "judgements" if overlay else None
    return sorted(file for file in folder.iterdir() if file.suffix in {".yaml", ".csv"}) if folder and folder.is_dir() else []


def load_judgements(files: Sequence[Path], assessments: Mapping[str, Assessment]) -> Judgements:
    """Every judgement of the files. Raises: RulebookFaulty, naming file and line of each fault."""
    found: list[Judgement] = []
    faults: list[RuleFault] = []
    seen: set[tuple[str, str, str, str | None]] = set()
    for file in files:
        try:
            read = list(_read_csv(file)) if file.suffix.lower() == ".csv" else _read_yaml(file, assessments)
        except RulebookFaulty as faulty:
            faults.extend(faulty.faults)
            continue
        for line, one in read:
            expected = _expected(one, assessments)
            key = (one.standard, one.area, one.item, one.period)
            if expected or key in seen:
                faults.append(RuleFault(file, line, one.item, expected or "one judgement an item; it stands twice"))
            seen.add(key)
            found.append(one)
    if faults:
        raise RulebookFaulty(faults)
    return Judgements(found)


def _read_yaml(file: Path, assessments: Mapping[str, Assessment]) -> list[tuple[int, Judgement]]:
    def check(rule: _File) -> Iterator[tuple[tuple[str | int, ...], str]]:
        for place, one in enumerate(rule.judgements):
            if expected := _expected(one, assessments):
                yield ("judgements", place), expected

    return [(1, one) for one in load_rule_file(file, _File, check).judgements]


def _read_csv(file: Path) -> Iterator[tuple[int, Judgement]]:
    faults = []
    try:
        with file.open(encoding="utf-8-sig", newline="") as source:
            reader = csv.DictReader(source)
            rows = [(reader.line_num, row) for row in reader]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise RulebookFaulty([RuleFault(file, 1, "", f"a CSV file in UTF-8 that can be read; {error}")]) from None
    for line, row in rows:
        try:
            yield line, Judgement.model_validate(_cells(row))
        except ValidationError as error:
            faults += [RuleFault(file, line, ".".join(map(str, one["loc"])), str(one["msg"])) for one in error.errors()]
    if faults:
        raise RulebookFaulty(faults)


def _cells(row: Mapping[Any, Any]) -> dict[str, Any]:
    """Empty cells are not there; Chinese decisions are read as ours."""
    told = {str(name or "extra").strip(): str(cell).strip() for name, cell in row.items() if cell not in (None, "")}
    for name in ("decision", "结论"):
        if name in told:
            told[name] = _DECISIONS.get(told[name], told[name])
    return told


def _expected(one: Judgement, assessments: Mapping[str, Assessment]) -> str:
    """What is wrong with a judgement, or nothing."""
    if one.standard not in assessments:
        return f"an assessment of the rulebook, not «{one.standard}»"
    item = next((item for item in assessments[one.standard].every_item() if item.id == one.item), None)
    if item is None:
        return f"an item of «{one.standard}», not «{one.item}»"
    for score in (one.self_score, one.reviewed_score):
        if score is not None and (item.points is None or score > item.points):
            return f"a score of at most {item.points} points" if item.points else "no score: the item has no points"
    return ""
