"""Staff: who works at the schools and kindergartens in each year, with title, qualification and subject, and where for a time.

Changes when the example's staff change. Teachers of every stage, those above the required qualification, backbone teachers and PE and
arts teachers are as many as the yearly figures say; of the last year 90 rotate (32 of them to a rural or town school) and 82 hold a
higher title than the year before.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache
from math import ceil

import numpy as np
import polars as pl

from jiaoheng.intake.example.district import Place
from jiaoheng.intake.example.figures import YEARS, declared
from jiaoheng.intake.example.invented import bank_cards, identity_numbers, phones, staff_names
from jiaoheng.intake.example.stays import starts

__all__ = ["PROMOTED", "ROTATED", "Appointed", "Member", "staff"]

ROTATED = (61, 74, 90)
"""Rotations by year, within primary and junior schools; so many of them lead out of town:"""
_TO_THE_COUNTRY = (18, 25, 32)
PROMOTED = (64, 82)
"""Teachers of primary and junior schools with a higher title than the year before, from the second year on."""
HIRED_BY_THE_DISTRICT = 68
"""Of the last year's new teachers: without an established post."""

_TURNOVER = 0.024
_ABOVE = {"primary": ("30", "20"), "junior": ("20", "10"), "senior": ("10", "10"), "preschool": ("30", "20")}
"""Education above what the stage requires: the usual one and the higher one of some."""
_REQUIRED = {"primary": "40", "junior": "30", "senior": "20", "preschool": "40"}
_TITLES = ("none", "second", "first", "senior")
_SUBJECTS = {
    "preschool": ("",),
    "primary": ("语文", "语文", "语文", "数学", "数学", "英语", "科学", "道德与法治", "信息技术"),
    "junior": ("语文", "数学", "英语", "物理", "化学", "生物", "历史", "地理", "道德与法治", "信息技术"),
    "senior": ("语文", "数学", "英语", "物理", "化学", "生物", "历史", "地理", "思想政治", "信息技术"),
}
_UNDECLARED = {"teachers_above_qualification": 0.55, "backbone_teachers": 0.02, "pe_arts_teachers": 0.0}
"""Shares among teachers of whom the yearly figures do not say it: those of kindergartens."""
_PE_ARTS = ("体育", "体育", "音乐", "美术")
_CERTIFICATES = {"preschool": "kindergarten", "primary": "primary", "junior": "junior", "senior": "senior"}
_OTHERS = {"support": 0.05, "worker": 0.055}


@dataclass(slots=True)
class Member:
    """One person employed. `years`: the school years, counted from 0, in which the person is there on 1 September; the lists that follow
    hold one code for each of all the years."""

    number: int
    place: Place
    stage: str
    post: str
    years: range
    born: date
    man: bool
    employed_on: date
    left_on: date | None
    established: bool
    certificate: str
    registration_due: date | None
    training_hours: int
    education: list[str] = field(default_factory=list)
    title: list[str] = field(default_factory=list)
    backbone: list[str] = field(default_factory=list)
    subject: list[str] = field(default_factory=list)
    titled: list[date | None] = field(default_factory=list)
    name: str = ""
    identity_number: str = ""
    phone: str = ""
    bank_card: str = ""

    @property
    def staff_number(self) -> str:
        return f"9901{self.number:06}"

    def degree(self, year: int) -> str:
        return {"10": "3", "20": "4"}.get(self.education[year], "none")


@dataclass(frozen=True, slots=True)
class Appointed:
    """A time at another school than one's own."""

    member: Member
    place: Place
    kind: str
    since: date
    until: date


@cache
def staff(seed: int, schools: frozenset[str] | None = None) -> tuple[tuple[Member, ...], tuple[Appointed, ...]]:
    """Everybody who is employed in any of the years, and everybody's times at other schools."""
    rng = np.random.default_rng([seed, 3])
    figures: dict[tuple[str, str], list[Mapping[str, int]]] = {}
    places: dict[str, Place] = {}
    for row in declared(seed):
        if schools is None or row.place.code in schools:
            places[row.place.code] = row.place
            figures.setdefault((row.place.code, row.stage), []).append(row.figures)
    members: list[Member] = []
    for (code, stage), by_year in figures.items():
        teachers = list(_of_unit(rng, places[code], stage, by_year))
        _qualify(rng, teachers, stage, by_year)
        members += teachers
        members += _others(rng, places[code], stage, by_year[-1]["teachers"])
    for number, member in enumerate(members, 1):
        member.number = number
    compulsory = [member for member in members if member.stage in ("primary", "junior") and member.post == "teacher"]
    _promote(rng, compulsory, schools is None)
    _hire(rng, compulsory)
    _name(rng, members)
    return tuple(members), tuple(_rotations(rng, compulsory, list(places.values()), schools is None))


def _of_unit(rng: np.random.Generator, place: Place, stage: str, figures: Sequence[Mapping[str, int]]) -> Iterator[Member]:
    """Teachers of one stage of one school: some leave each summer, and as many come as the next year's figure wants."""
    first = len(YEARS) - len(figures)
    there: list[Member] = []
    for year, figure in enumerate(figures, first):
        if year > first:
            oldest = sorted(there, key=lambda member: member.born)
            leaving = max(round(len(there) * _TURNOVER + rng.random() - 0.5), len(there) - figure["teachers"], 0)
            for member in oldest[: (leaving + 1) // 2] + oldest[len(oldest) - leaving // 2 :]:  # half retire, half are young and move
                member.years, member.left_on = range(member.years.start, year), date(starts(year).year, 7, 31)
                there.remove(member)
        for _ in range(figure["teachers"] - len(there)):
            new = _member(rng, place, stage, "teacher", year, fresh=year > first)
            there.append(new)
            yield new


def _member(rng: np.random.Generator, place: Place, stage: str, post: str, year: int, *, fresh: bool) -> Member:
    """A person who is there from a year on: newly employed in that summer, or of any age in the first."""
    age = int(rng.integers(22, 29)) if fresh else int(rng.integers(24, 59))
    man = bool(rng.random() < {"preschool": 0.03, "primary": 0.24, "junior": 0.38, "senior": 0.47}[stage])
    age = min(age, 59 if man else 54)
    begin = starts(year)
    born = date(begin.year - age, 1, 1) + timedelta(days=int(rng.integers(0, 243)))
    employed_in = begin.year if fresh else max(born.year + 22, (place.since or begin).year, begin.year - age + 22)
    employed = date(min(employed_in, begin.year), 8, 15 + int(rng.integers(0, 15)))
    private = place.ownership != "public"
    unqualified = 0.11 if stage == "preschool" else 0.0
    certificate = "none" if post != "teacher" or rng.random() < unqualified else _CERTIFICATES[stage]
    due = None if certificate == "none" else date(2018 + int(rng.choice([0, 1, 2, 3, 4, 5], p=[0.02, 0.2, 0.2, 0.2, 0.2, 0.18])), 6, 30)
    return Member(
        0, place, stage, post, range(year, len(YEARS)), born, man, employed, None, not private and (post != "worker" or rng.random() < 0.3),
        certificate, due, int(rng.integers(9, 45)) * 10 if post == "teacher" else 0,
    )  # fmt: skip


def _qualify(rng: np.random.Generator, members: list[Member], stage: str, figures: Sequence[Mapping[str, int]]) -> None:
    """Education, backbone level, subject and title, so that the declared figures hold; nobody loses a qualification."""
    first = len(YEARS) - len(figures)
    orders = {
        name: {
            id(member): (member.years.start, place) for member, place in zip(members, rng.permutation(len(members)).tolist(), strict=True)
        }
        for name in ("teachers_above_qualification", "backbone_teachers", "pe_arts_teachers")
    }
    held: dict[str, list[set[int]]] = {name: [] for name in orders}
    for year in range(len(YEARS)):
        there = [member for member in members if year in member.years]
        figure = figures[year - first] if year >= first else {}
        for name, order in orders.items():
            wanted = figure.get(name, round(len(there) * _UNDECLARED[name]))
            before = held[name][-1] if held[name] else set()
            ranked = sorted(there, key=lambda member: (id(member) not in before, order[id(member)]))
            held[name].append({id(member) for member in ranked[:wanted]})
    for member in members:
        usual, higher = _ABOVE[stage]
        above = higher if rng.random() < 0.45 else usual
        backbone = str(rng.choice(["county", "city", "province", "national"], p=[0.66, 0.25, 0.08, 0.01]))
        subject, arts = str(rng.choice(_SUBJECTS[stage])), str(rng.choice(_PE_ARTS))
        school_level = rng.random() < 0.1
        for year in range(len(YEARS)):
            member.education.append(above if id(member) in held["teachers_above_qualification"][year] else _REQUIRED[stage])
            counted = id(member) in held["backbone_teachers"][year]
            member.backbone.append(backbone if counted else "school" if school_level else "")
            member.subject.append(arts if id(member) in held["pe_arts_teachers"][year] else subject)
        member.title = [_title(rng, member)] * len(YEARS)
        member.titled = [_titled(member)] * len(YEARS)


def _title(rng: np.random.Generator, member: Member) -> str:
    """By years of service; in kindergartens fewer people have a title at all."""
    service = 2018 - member.employed_on.year
    if member.stage == "preschool" and (member.place.ownership != "public" or rng.random() < 0.3):
        return "none"
    rising = (service > 1) + (service > 8 and rng.random() < 0.8) + (service > 17 and rng.random() < 0.42)
    return _TITLES[int(rising)]


def _titled(member: Member) -> date | None:
    """Since when a first-grade or senior title is held, as far as that was before the first of the years; a first title is no promotion."""
    service = {"first": 9, "senior": 18}.get(member.title[0])
    return None if service is None else date(min(member.employed_on.year + service, int(YEARS[0][:4]) - 1), 12, 1)


def _others(rng: np.random.Generator, place: Place, stage: str, teachers: int) -> Iterator[Member]:
    """Management, teaching support and workers: who are there throughout."""
    counts = {"management": 1 + teachers // 45 if stage != "senior" else 1}
    counts |= {post: ceil(teachers * share) for post, share in _OTHERS.items()}
    if stage == "preschool":
        counts = {"management": 1 if teachers > 3 else 0, "support": teachers // 2, "worker": teachers // 6}
    for post, count in counts.items():
        for _ in range(count):
            member = _member(rng, place, stage, post, 0, fresh=False)
            level = {"management": "20", "support": "30", "worker": "70"}[post]
            member.education, member.backbone, member.subject = [level] * 3, [""] * 3, [""] * 3
            member.title = ["first" if post == "management" and place.ownership == "public" else "none"] * len(YEARS)
            member.titled = [_titled(member)] * len(YEARS)
            yield member


def _promote(rng: np.random.Generator, teachers: Sequence[Member], whole: bool) -> None:
    """Give exactly so many teachers a lower title in the years before their promotion."""
    promoted: set[int] = set()
    for year, count in enumerate(PROMOTED, 1):
        able = [
            member
            for member in teachers
            if year in member.years
            and year - 1 in member.years
            and member.title[year] in ("first", "senior")
            and id(member) not in promoted
        ]
        for index in rng.choice(len(able), min(count, len(able)) if whole else min(3, len(able)), replace=False).tolist():
            member = able[index]
            promoted.add(id(member))
            lower = _TITLES[_TITLES.index(member.title[year]) - 1]
            member.title = [lower] * year + member.title[year:]
            on = date(starts(year).year, 6, 1) + timedelta(days=int(rng.integers(0, 80)))
            member.titled = [date(2014, 12, 1) if lower == "first" else None] * year + [on] * (len(YEARS) - year)


def _hire(rng: np.random.Generator, teachers: Sequence[Member]) -> None:
    new = [member for member in teachers if member.years.start == len(YEARS) - 1]
    for index in rng.permutation(len(new))[:HIRED_BY_THE_DISTRICT].tolist():
        new[index].established = False


def _rotations(rng: np.random.Generator, teachers: Sequence[Member], places: Sequence[Place], whole: bool) -> Iterator[Appointed]:
    """A school year at another school of the same stage."""
    been: set[int] = set()
    for year, (count, outward) in enumerate(zip(ROTATED, _TO_THE_COUNTRY, strict=True)):
        able = [member for member in teachers if year in member.years and id(member) not in been and member.place.locale == "urban"]
        drawn = rng.permutation(len(able))[: count if whole else 2].tolist()
        for number, index in enumerate(drawn):
            member = able[index]
            others = [
                place
                for place in places
                if place.code != member.place.code
                and member.stage in {teaching.stage for teaching in place.teaches}
                and ((place.locale != "urban") == (number < outward))
            ]
            if not others:
                continue
            been.add(id(member))
            yield Appointed(member, others[int(rng.integers(len(others)))], "rotation", starts(year), date(starts(year).year + 1, 9, 1))


def _name(rng: np.random.Generator, members: Sequence[Member]) -> None:
    men = np.array([member.man for member in members])
    births = pl.Series([member.born for member in members], dtype=pl.Date)
    areas = pl.Series(rng.choice(["990101", "990101", "990101", "990102", "990203", "990400"], len(members)).tolist())
    columns = (
        staff_names(rng, men),
        identity_numbers(areas, births, pl.Series(men)),
        phones(len(members), first=1_000_000),
        bank_cards(len(members), first=1_000_000),
    )
    for member, name, identity, phone, card in zip(members, *columns, strict=True):
        member.name, member.identity_number, member.phone, member.bank_card = name, identity, phone, card
