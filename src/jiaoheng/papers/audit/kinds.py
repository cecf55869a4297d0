"""Kinds of parts: the usual ways Chinese education reports divide a whole (by stage, by ownership, by award, by sex…).

Changes when another customary division is met. A list whose members all belong to one division is meant to be
complete more often than not.
"""

__all__ = ["Division", "division_of", "divisions_of"]

import re
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Division:
    """One customary division. `complete` is how often such a list covers its whole; `exclusive` whether its members
    cannot overlap."""

    name: str
    pattern: re.Pattern[str]
    complete: float
    exclusive: float


_DIVISIONS = (
    Division("sex", re.compile(r"[男女]"), 0.9, 0.9),
    Division("award", re.compile(r"[特一二三四]等奖|优秀奖|优胜奖|鼓励奖|组织奖|入围奖|[金银铜]奖|第[一二三]名"), 0.75, 0.85),
    Division(
        "ownership",
        re.compile(r"公办|民办|集体办|企业办|公立|私立|部门办|社会办|国办|省办|地方公|公建|企事业"),
        0.85,
        0.85,
    ),
    Division("candidates", re.compile(r"应届|往届|文科|理科|艺[体术]|体育类|文史|理工|历史类|物理类"), 0.75, 0.8),
    Division("level", re.compile(r"国家级|国家奖|国培|省级|省培|市级|市培|地级|州级|县级|区级|校级|镇级"), 0.7, 0.75),
    Division(
        "stage",
        re.compile(
            r"小学|初中|高中|中职|职高|职校|职业|技工|幼儿|幼师|学前|特教|特校|特殊教育|一贯制|完全?中|完小|中学|普高|教学点|校点|村小|中心校|中心园|专门学校|工读|大学|高校|进修|中专(?![任业])|电大|义务教育|初级|高级中"
        ),
        0.85,
        0.85,
    ),
    Division(
        "place",
        re.compile(r"城区|城市|城镇|县城|县镇|镇区|农村|乡村|乡镇|县直|市直|区直|县属|市属|区属|省属|街道|山区|坝区|县外|县内"),
        0.75,
        0.75,
    ),
    Division("funds", re.compile(r"中央|省级|市级|县级|区级|自筹|财政|上级|专项|配套|地方|社会|捐"), 0.65, 0.7),
    Division("employment", re.compile(r"在职|离退休|退休|离休|\)休|在编|编外|临聘|代课|聘用|特岗|正式|合同"), 0.7, 0.75),
    Division("age", re.compile(r"岁|以下|以上"), 0.75, 0.75),
    Division("title", re.compile(r"高级|中级|初级|副高|正高|特级|一级|二级|三级|未定级|未评"), 0.4, 0.7),
    Division("schooling", re.compile(r"研究生|硕士|博士|本科|专科|大专|中专(?![任业])|高中"), 0.4, 0.7),
    Division(
        "outcome",
        re.compile(r"整改|落实|移交|处[理置]|销号|办结|完成|竣工|开工|在建|新建|续建|未|已|合格|通过|录取|不|停"),
        0.45,
        0.6,
    ),
)


def division_of(labels: Sequence[str]) -> Division | None:
    """The division that all labels but at most one (of four or more) belong to, or None."""
    allowed = 1 if len(labels) >= 4 else 0
    for division in _DIVISIONS:
        search = division.pattern.search
        if sum(search(label) is None for label in labels) <= allowed:
            return division
    return None


def divisions_of(labels: Sequence[str]) -> list[Division]:
    """Every division that all labels belong to."""
    return [division for division in _DIVISIONS if all(map(division.pattern.search, labels))]
