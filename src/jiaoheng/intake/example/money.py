"""Money and posts: the funds of three fiscal years and the approved posts, of the bureau, the schools and the kindergartens.

Changes when the example's funds change. The sums of the last year follow a published report of 2018: 272,351,700 yuan of the district for
salaries, 1,556,200 of the province for 68 hired teachers, 2,320,000 of the district for running costs, 34,000 for boarders, 20,206,000
of funds left over from earlier years, 20,210,000 of education surcharge.
"""

import random
from collections.abc import Iterator, Mapping, Sequence

import polars as pl

from jiaoheng.intake.example.district import COUNTY, places
from jiaoheng.intake.example.figures import YEARS, Declared, apportioned, declared
from jiaoheng.intake.example.staff import Member

__all__ = ["FISCAL_YEARS", "establishment_rows", "fund_rows"]

FISCAL_YEARS = tuple(int(year[:4]) for year in YEARS)

_SHARE_OF_LAST = (0.86, 0.93, 1.0)
_SALARIES, _HIRED, _RUNNING, _BOARDERS = 272_351_700_00, 1_556_200_00, 2_320_000_00, 34_000_00  # cents
_WITH_DORMITORY = ("3199000104", "3199000202", "3499000203")
# The bureau's own lines of the last year: source, purpose, yuan received, share spent.
_OF_BUREAU = (
    ("county", "projects", 20_206_000, 0.981),
    ("surcharge", "buildings", 11_000_000, 1.0),
    ("surcharge", "equipment", 9_210_000, 1.0),
    ("county", "equipment", 10_000_000, 0.972),
    ("city", "buildings", 17_870_000, 0.914),
    ("province", "buildings", 6_500_000, 0.958),
    ("central", "preschool_subsidy", 3_150_000, 1.0),
    ("province", "preschool_subsidy", 1_640_000, 1.0),
    ("county", "preschool_subsidy", 2_250_000, 0.993),
    ("central", "training", 640_000, 1.0),
    ("county", "training", 1_860_000, 0.947),
    ("province", "aid", 72_000, 1.0),
    ("county", "aid", 30_000, 1.0),
    ("donation", "other", 186_500, 0.82),
)
_PUPILS_A_POST = {"primary": 19.0, "junior": 13.5, "senior": 12.5}
"""Pupils a post of the national staffing norm (中央编办发〔2014〕72号)."""


def fund_rows(seed: int, members: Sequence[Member], schools: frozenset[str] | None = None) -> pl.DataFrame:
    """One row a fiscal year, organisation, source and purpose. Amounts are yuan; a kindergarten of a sponsor has no budget to state."""
    rows: list[dict[str, object]] = []
    for year, fiscal_year in enumerate(FISCAL_YEARS):
        rng = random.Random(f"{seed}:funds:{fiscal_year}")
        for source, purpose, yuan, spent in _OF_BUREAU:
            received = round(yuan * _SHARE_OF_LAST[year], -2) * 100 if year < len(FISCAL_YEARS) - 1 else yuan * 100
            rows.append(_line(fiscal_year, f"{COUNTY}JY", "示例区教育局", source, purpose, round(received), spent, budget=1.0))
        for row in _of_schools(rng, seed, members, year):
            if schools is None or row["organisation"] in schools:
                rows.append(row)
    return pl.DataFrame(rows, infer_schema_length=None)


def establishment_rows(seed: int, schools: frozenset[str] | None = None) -> pl.DataFrame:
    """Approved posts of public schools and kindergartens: those of 2012, and those that took their place in 2017."""
    pupils: dict[str, list[tuple[str, int]]] = {}
    for row in declared(seed):
        if row.school_year == YEARS[1] and row.place.ownership == "public":
            pupils.setdefault(row.place.code, []).append((row.stage, row.figures["pupils"]))
    rows = []
    for place in places(seed):
        if place.code not in pupils or (schools is not None and place.code not in schools):
            continue
        rng = random.Random(f"{seed}:{place.code}:posts")
        norm = sum(count / _PUPILS_A_POST.get(stage, 9.0) for stage, count in pupils[place.code])
        posts = max(round(norm * rng.uniform(0.99, 1.09) + 2), 2)
        spans = (
            (round(posts * 0.94), "2012-09-01", "2017-09-01", "示例区编〔2012〕8号"), (posts, "2017-09-01", None, "示例区编〔2017〕11号")
        )  # fmt: skip
        for approved, since, until, document in spans:
            if place.since and place.since.isoformat() <= since:
                rows.append(
                    {
                        "organisation": place.code, "organisation_name": place.name_zh, "approved_posts": approved, "since": since,
                        "until": until, "document": document,
                    }
                )  # fmt: skip
    return pl.DataFrame(rows, infer_schema_length=None)


def _of_schools(rng: random.Random, seed: int, members: Sequence[Member], year: int) -> Iterator[dict[str, object]]:
    """The lines of every school, whatever the edition: shares of the district's sums."""
    figures = [row for row in declared(seed) if row.school_year == YEARS[year]]
    by_place: dict[str, list[Declared]] = {}
    for row in figures:
        by_place.setdefault(row.place.code, []).append(row)
    public = [code for code, rows in by_place.items() if rows[0].place.ownership == "public"]
    staffed = _staffed(public, by_place, members, year)
    salaries = dict(zip(public, apportioned(round(_SALARIES * _SHARE_OF_LAST[year]), staffed, least=0), strict=True))
    taught = [code for code in public if any(row.stage in ("primary", "junior") for row in by_place[code])]
    running = [sum(row.figures.get("public_funds", 0) for row in by_place[code]) * 100 for code in taught]
    from_county = dict(zip(taught, apportioned(round(_RUNNING * _SHARE_OF_LAST[year]), running, least=0), strict=True))
    hired = dict(zip(taught, apportioned(_HIRED, [1] * len(taught), least=0), strict=True)) if year == len(YEARS) - 1 else {}
    for code, rows in by_place.items():
        name, children = rows[0].place.name_zh, sum(row.figures["pupils"] for row in rows)
        declared_yuan = sum(row.figures.get("public_funds", 0) for row in rows)
        if code in salaries:
            yield _line(FISCAL_YEARS[year], code, name, "county", "salaries", salaries[code], 1.0, budget=0.985)
        if code in hired:
            yield _line(FISCAL_YEARS[year], code, name, "province", "salaries", hired[code], 1.0, budget=1.0)
        if code in from_county:
            rest = declared_yuan * 100 - from_county[code]
            central = rest * 68 // 100
            yield _line(FISCAL_YEARS[year], code, name, "county", "public", from_county[code], rng.uniform(0.96, 1.0), budget=1.0)
            yield _line(FISCAL_YEARS[year], code, name, "central", "public", central, rng.uniform(0.96, 1.0), budget=1.0)
            yield _line(FISCAL_YEARS[year], code, name, "province", "public", rest - central, rng.uniform(0.96, 1.0), budget=1.0)
        if code in _WITH_DORMITORY:
            yield _line(FISCAL_YEARS[year], code, name, "county", "aid", _BOARDERS // len(_WITH_DORMITORY), 1.0, budget=1.0)
        if rows[0].stage == "preschool":
            fees = children * rng.randint(1_900, 4_200) * 100
            if declared_yuan:
                yield _line(FISCAL_YEARS[year], code, name, "county", "public", declared_yuan * 100, rng.uniform(0.97, 1.0), budget=1.0)
            yield _line(FISCAL_YEARS[year], code, name, "fees", "salaries", fees * 62 // 100, 1.0, budget=None)
            yield _line(FISCAL_YEARS[year], code, name, "fees", "public", fees * 38 // 100, rng.uniform(0.85, 1.0), budget=None)


def _staffed(codes: Sequence[str], by_place: Mapping[str, Sequence[Declared]], members: Sequence[Member], year: int) -> list[float]:
    """People on established posts of every public school; by its teachers where an edition does not hold its staff."""
    counted: dict[str, int] = {}
    for member in members:
        if member.established and year in member.years:
            counted[member.place.code] = counted.get(member.place.code, 0) + 1
    return [float(counted.get(code) or sum(row.figures["teachers"] for row in by_place[code])) for code in codes]


def _line(
    fiscal_year: int, code: str, name: str, source: str, purpose: str, received_cents: int, spent: float, *, budget: float | None
) -> dict[str, object]:
    return {
        "fiscal_year": fiscal_year,
        "organisation": code,
        "organisation_name": name,
        "source": source,
        "purpose": purpose,
        "budgeted_yuan": None if budget is None else round(received_cents * budget) / 100,
        "received_yuan": received_cents / 100,
        "spent_yuan": round(received_cents * spent) / 100,
    }
