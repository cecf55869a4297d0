"""The example district: which areas, offices, schools and kindergartens there are. All names are invented.

Changes when the example's map changes. Its make-up (26 schools of compulsory education: 19 primary, 2 nine-year, 4 junior,
1 complete secondary; 55 kindergartens: 4 public, 2 collective, 43 private, 2 attached, 4 mobile points) is that of a real urban
district of 2018, so that the pages are as full as a real one's.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from functools import cache

__all__ = ["CLERK_SCHOOL", "COUNTY", "Place", "Teaching", "places", "schools", "teachings"]

PROVINCE, CITY, COUNTY = "990000", "990100", "990101"
"""Area codes shaped as GB/T 2260 with a province number (99) that the national table does not assign."""

CLERK_SCHOOL = "2199000001"
"""The school whose clerk signs in on the example site."""

_CENTRE = (38.412, 104.836)  # open desert: no school of this map can be taken for one that stands there


@dataclass(frozen=True)
class Teaching:
    """One stage taught at a school: how many pupils it is built around, and what it lacks.

    `lacks` maps a figure to the share of a well-equipped school's level that this school has (0.9 = a tenth too little; above 1 =
    well above the others).
    """

    stage: str
    size: int
    lacks: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Place:
    """A row of the directory: an area, an office, a school or a kindergarten."""

    code: str
    name_zh: str
    name_en: str
    kind: str
    parent: str | None = None
    school_type: str = ""
    ownership: str = ""
    locale: str = ""
    since: date | None = None
    position: tuple[float, float] | None = None
    teaches: tuple[Teaching, ...] = ()


_AREAS = (
    Place(PROVINCE, "示例省", "Example Province", "province"),
    Place(CITY, "示例市", "Example City", "city", PROVINCE),
    Place(COUNTY, "示例区", "Example District", "county", CITY),
    Place(f"{COUNTY}001", "晨曦街道", "Chenxi Sub-district", "township", COUNTY, position=(38.418, 104.828)),
    Place(f"{COUNTY}002", "锦屏街道", "Jinping Sub-district", "township", COUNTY, position=(38.404, 104.852)),
    Place(f"{COUNTY}003", "清源街道", "Qingyuan Sub-district", "township", COUNTY, position=(38.391, 104.815)),
    Place(f"{COUNTY}100", "河湾镇", "Hewan Town", "township", COUNTY, position=(38.455, 104.902)),
    Place(f"{COUNTY}101", "石桥镇", "Shiqiao Town", "township", COUNTY, position=(38.352, 104.760)),
    Place(f"{COUNTY}102", "云岭镇", "Yunling Town", "township", COUNTY, position=(38.478, 104.731)),
)
_TOWNSHIPS = {place.name_zh: place for place in _AREAS if place.kind == "township"}

_BUREAU = f"{COUNTY}JY"
_OFFICES = (
    Place(_BUREAU, "示例区教育局", "Example District Education Bureau", "bureau", COUNTY, position=_CENTRE),
    Place(f"{_BUREAU}01", "办公室", "General Office", "office", _BUREAU),
    Place(f"{_BUREAU}02", "人事股", "Personnel Section", "office", _BUREAU),
    Place(f"{_BUREAU}03", "基础教育股", "Basic Education Section", "office", _BUREAU),
    Place(f"{_BUREAU}04", "学前教育股", "Preschool Section", "office", _BUREAU),
    Place(f"{_BUREAU}05", "计划财务股", "Planning and Finance Section", "office", _BUREAU),
    Place(f"{_BUREAU}06", "教育督导室", "Supervision Office", "office", _BUREAU),
    Place(f"{_BUREAU}07", "学生资助管理中心", "Student Aid Centre", "office", _BUREAU),
    Place(f"{_BUREAU}08", "教研室", "Teaching Research Office", "office", _BUREAU),
)

# name, English name, township, locale, founded, size in 2018, what it lacks
_PRIMARY_SCHOOLS: tuple[tuple[str, str, str, str, int, int, dict[str, float]], ...] = (
    ("晨光小学", "Chenguang Primary School", "晨曦街道", "urban", 1956, 1480, {"sports_area_m2": 0.62}),
    ("春晖小学", "Chunhui Primary School", "晨曦街道", "urban", 1951, 1720, {"sports_area_m2": 0.52, "teaching_area_m2": 0.80}),
    ("明德小学", "Mingde Primary School", "晨曦街道", "urban", 1963, 1310, {"sports_area_m2": 0.90}),
    ("启明小学", "Qiming Primary School", "晨曦街道", "urban", 1978, 1150, {}),
    ("锦屏小学", "Jinping Primary School", "锦屏街道", "urban", 1954, 1390, {}),
    ("育英小学", "Yuying Primary School", "锦屏街道", "urban", 1949, 1560, {"sports_area_m2": 0.48, "multimedia_classrooms": 0.90}),
    ("博文小学", "Bowen Primary School", "锦屏街道", "urban", 1985, 1080, {"teaching_area_m2": 0.92}),
    ("知行小学", "Zhixing Primary School", "锦屏街道", "urban", 1992, 940, {"sports_area_m2": 1.5}),
    ("清源小学", "Qingyuan Primary School", "清源街道", "urban", 1971, 1240, {}),
    ("星海小学", "Xinghai Primary School", "清源街道", "urban", 2013, 1420, {"sports_area_m2": 3.3}),
    ("向阳小学", "Xiangyang Primary School", "清源街道", "urban", 1968, 860, {"multimedia_classrooms": 0.93}),
    ("河湾镇中心小学", "Hewan Central Primary School", "河湾镇", "town", 1958, 720, {"teachers_above_qualification": 0.94}),
    ("柳溪小学", "Liuxi Primary School", "河湾镇", "rural", 1962, 260, {"sports_area_m2": 2.9}),
    ("白杨小学", "Baiyang Primary School", "河湾镇", "rural", 1965, 185, {"sports_area_m2": 3.4}),
    ("石桥镇中心小学", "Shiqiao Central Primary School", "石桥镇", "town", 1957, 640, {"backbone_teachers": 0.95}),
    ("青禾小学", "Qinghe Primary School", "石桥镇", "rural", 1969, 230, {"sports_area_m2": 3.1}),
    ("梨园小学", "Liyuan Primary School", "石桥镇", "rural", 1966, 150, {"sports_area_m2": 3.6}),
    ("云岭镇中心小学", "Yunling Central Primary School", "云岭镇", "town", 1959, 480, {"sports_area_m2": 2.4}),
    (
        "松涛小学", "Songtao Primary School", "云岭镇", "rural", 1970, 128,
        {"pe_arts_teachers": 0.90, "backbone_teachers": 0.90, "sports_area_m2": 3.0},
    ),
)  # fmt: skip
_JUNIOR_SCHOOLS: tuple[tuple[str, str, str, str, int, int, dict[str, float]], ...] = (
    (
        "示例区第一初级中学", "Example District First Junior School", "晨曦街道", "urban", 1952, 1880,
        {"sports_area_m2": 0.60, "equipment_value": 0.93},
    ),
    ("示例区第二初级中学", "Example District Second Junior School", "锦屏街道", "urban", 1974, 1640, {"sports_area_m2": 0.91}),
    ("示例区第三初级中学", "Example District Third Junior School", "清源街道", "urban", 1996, 1420, {}),
    ("河湾镇初级中学", "Hewan Junior School", "河湾镇", "town", 1969, 880, {"sports_area_m2": 1.5}),
)  # fmt: skip
_MIXED_SCHOOLS = (
    (
        "清源学校", "Qingyuan School", "清源街道", "urban", 2009, "nine_year",
        (Teaching("primary", 780), Teaching("junior", 690, {"pe_arts_teachers": 0.97})),
    ),
    (
        "云岭学校", "Yunling School", "云岭镇", "rural", 1972, "nine_year",
        (Teaching("primary", 330, {"sports_area_m2": 2.6}), Teaching("junior", 410, {"equipment_value": 0.90, "sports_area_m2": 1.6})),
    ),
    (
        "示例区实验中学", "Example District Experimental Secondary School", "锦屏街道", "urban", 1946, "complete_secondary",
        (Teaching("junior", 1218), Teaching("senior", 1260)),
    ),
)  # fmt: skip

_FIRST = (("童", "Tong"), ("乐", "Le"), ("彩", "Cai"), ("星", "Xing"), ("禾", "He"), ("露", "Lu"), ("暖", "Nuan"), ("悦", "Yue"))
_SECOND = (("苗", "miao"), ("心", "xin"), ("苑", "yuan"), ("语", "yu"), ("芽", "ya"), ("果", "guo"), ("帆", "fan"))
_MOBILE_POINTS = (
    ("上柳村", "Shangliu", "河湾镇"),
    ("杏沟村", "Xinggou", "石桥镇"),
    ("石坪村", "Shiping", "云岭镇"),
    ("松岭村", "Songling", "云岭镇"),
)


@cache
def places(seed: int) -> tuple[Place, ...]:
    """Every row of the directory, those above before those below. The seed moves kindergartens and positions, nothing else."""
    return (*_AREAS, *_OFFICES, *_schools(seed), *_kindergartens(seed))


def schools(seed: int) -> tuple[Place, ...]:
    """The places that teach."""
    return tuple(place for place in places(seed) if place.teaches)


def teachings(seed: int, stage: str) -> tuple[tuple[Place, Teaching], ...]:
    """Every school that teaches the stage, with what it teaches there."""
    return tuple((place, teaching) for place in schools(seed) for teaching in place.teaches if teaching.stage == stage)


def _schools(seed: int) -> Iterator[Place]:
    rng = random.Random(f"{seed}:schools")
    for number, (name_zh, name_en, township, locale, founded, size, lacks) in enumerate(_PRIMARY_SCHOOLS, 1):
        teaches = (Teaching("primary", size, lacks),)
        yield _school(rng, f"2199{number:06}", name_zh, name_en, township, locale, founded, "primary", teaches)
    for number, (name_zh, name_en, township, locale, founded, size, lacks) in enumerate(_JUNIOR_SCHOOLS, 101):
        teaches = (Teaching("junior", size, lacks),)
        yield _school(rng, f"3199{number:06}", name_zh, name_en, township, locale, founded, "junior", teaches)
    for number, (name_zh, name_en, township, locale, founded, school_type, parts) in enumerate(_MIXED_SCHOOLS, 201):
        # A nine-year school carries the category of junior schools, a complete secondary that of senior ones.
        category = "31" if school_type == "nine_year" else "34"
        yield _school(rng, f"{category}99{number:06}", name_zh, name_en, township, locale, founded, school_type, parts)


def _school(
    rng: random.Random,
    code: str,
    name_zh: str,
    name_en: str,
    township: str,
    locale: str,
    founded: int,
    school_type: str,
    teaches: tuple[Teaching, ...],
) -> Place:
    above = _TOWNSHIPS[township]
    return Place(
        code, name_zh, name_en, "school", above.code, school_type, "public", locale, date(founded, 9, 1), _near(rng, above), teaches
    )  # fmt: skip


def _kindergartens(seed: int) -> Iterator[Place]:
    rng = random.Random(f"{seed}:kindergartens")
    words = [(first_zh + second_zh, first_en + second_en) for first_zh, first_en in _FIRST for second_zh, second_en in _SECOND]
    rng.shuffle(words)
    urban = [place for place in _TOWNSHIPS.values() if place.name_zh.endswith("街道")]
    town = [place for place in _TOWNSHIPS.values() if not place.name_zh.endswith("街道")]
    founded: list[tuple[str, str, Place, str, int]] = []  # name, English name, township, ownership, children
    for number, ordinal in enumerate(("一", "二", "三", "四")):
        name_en = f"Example District Kindergarten No. {number + 1}"
        founded.append((f"示例区第{ordinal}幼儿园", name_en, (*urban, town[0])[number], "public", rng.randint(270, 350)))
    for number in range(45):
        name_zh, name_en = words[number]
        ownership = "other_public" if number < 2 else "private"
        township = rng.choices([*urban, *town], weights=(5, 5, 5, 2, 2, 1))[0]
        founded.append((f"{name_zh}幼儿园", f"{name_en} Kindergarten", township, ownership, rng.randint(75, 300)))
    for name_zh, name_en, township_name in (("云岭镇中心小学", "Yunling Central", "云岭镇"), ("柳溪小学", "Liuxi", "河湾镇")):
        township = _TOWNSHIPS[township_name]
        founded.append((f"{name_zh}附设幼儿班", f"{name_en} Attached Preschool Class", township, "public", rng.randint(38, 72)))
    for name_zh, name_en, township_name in _MOBILE_POINTS:
        township = _TOWNSHIPS[township_name]
        founded.append((f"{name_zh}巡回走教点", f"{name_en} Mobile Preschool Point", township, "public", rng.randint(11, 24)))
    for number, (name_zh, name_en, above, ownership, children) in enumerate(founded, 1):
        locale = "urban" if above in urban else "rural" if children < 80 else "town"
        since = date(rng.randint(1994, 2016), 9, 1)
        yield Place(
            f"1199{number:06}", name_zh, name_en, "kindergarten", above.code, "kindergarten", ownership, locale, since, _near(rng, above),
            (Teaching("preschool", children),),
        )  # fmt: skip


def _near(rng: random.Random, above: Place) -> tuple[float, float]:
    latitude, longitude = above.position or _CENTRE
    spread = 0.008 if above.name_zh.endswith("街道") else 0.022
    return round(latitude + rng.uniform(-spread, spread), 5), round(longitude + rng.uniform(-spread, spread) * 1.25, 5)
