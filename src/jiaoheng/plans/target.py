"""Targets: the figure a clause of a plan commits to, and which way it points.

Changes when plans state a target in another way. Figures that only describe (ages, thresholds, ordinals, 各1所 in a
bracket) are none.
"""

__all__ = ["Target", "lost_dash", "targets_of"]

import re
from collections.abc import Sequence
from dataclasses import dataclass

from jiaoheng.texts.quantity import Quantity


@dataclass(frozen=True, slots=True)
class Target:
    """`op` is one of >= <= = ~ between; `value` in `unit` as printed (1.1 万人); `upper` only for between; where it
    stands."""

    op: str
    value: float
    unit: str
    start: int
    end: int
    upper: float | None = None

    def as_dict(self) -> dict[str, object]:
        value: float | int = int(self.value) if self.value == int(self.value) else self.value
        given: dict[str, object] = {"op": self.op, "value": value, "unit": self.unit}
        if self.upper is not None:
            given["max"] = int(self.upper) if self.upper == int(self.upper) else self.upper
        return given


_TIMES = frozenset(("年", "个月", "天", "周", "小时", "分钟", "岁", "周岁", "届", "级", "度", "秒", "倍"))
_AT_LEAST = re.compile(r"不少于|不低于|不得少于|至少|力争|突破|超过$")
_SPAN = re.compile(r"(?:年限|时长|时间(?!段|节点)|学时|睡眠|锻炼)[^。;]{0,60}$")
_SPANS = frozenset(("年", "小时", "分钟", "天", "学时"))
_OF_ALL = re.compile(r"(?:全[省市县区州乡镇校]|所有|现有)(?:共|的)?$")
_SCOPE = re.compile(r"(?:覆盖|涉及|惠及|面向|辖区?内?|现有)[^,。;、]{0,6}$")
_AT_MOST = re.compile(r"控制在|不超过|不高于|低于|降至|降低到|降到|下降到|减少到|压减到|不得超过|以内|以下|之内")
_FALLING = re.compile(r"辍学率|流失率|大班额|班额|事故率|犯罪率|近视率|离职率")
_AROUND = re.compile(r"左右|上下|大体|接近$|约$|约为$")
_INTAKE = re.compile(r"招生|招收|就业|培训|招录|招聘")
_KEEPS = re.compile(r"保持|维持|稳定在")
_ZERO = re.compile(
    r"(?:(?P<word>无(?=新增|因|一|重大|较大|责任|学生|辍学)|零(?=辍学|事故|增长|发生|新增)|杜绝|(?<!有效)(?:实现|全面|基本|全部)?消除|不发生|不出现|不再新增)(?P<what>[^,。;]{2,30}))"
)
_EVENT = re.compile(r"事故|事件|案件|案")
_PERSON = re.compile(r"学生|辍学|失学")
_THING = re.compile(r"大班额|班额|D级|危房|薄弱学校|空白")
_NO_TARGET_AFTER = re.compile(r"专项|改革|行动|计划|工作|方案|办法|机制")
_RATIO = re.compile(
    r"(?<![0-9:])(?P<a>[0-9]{1,3}(?:\.[0-9]+)?)\s?[::∶]\s?(?P<b>[0-9]{1,3}(?:\.[0-9]+)?)(?![0-9:])(?=[^,。;]{0,12}(?:比|$))|(?:比例?(?:达到?|为|控制在|保持)?)\s?(?P<c>[0-9]{1,3}(?:\.[0-9]+)?)[::∶](?P<d>[0-9]{1,3}(?:\.[0-9]+)?)"
)
_PAST = re.compile(r"已经?完成|已建成|已达|截至|截止|现有|目前|原有|近[两三五]年")
_MADE = re.compile(r"(?:建|创|招|引进|培养|培训|举办|组织|开展|完成|选派|评选|新增|认定|购置|开设|争取)[^,。;、]{0,8}$")
_COUNTED_NAMES = re.compile(r"^(?:工作|任务|目标|方面|环节|重点|活动|制度|工程|行动|计划|机制|体系|体|大)")


def targets_of(same: str, start: int, end: int, quantities: Sequence[Quantity]) -> list[Target]:
    """The targets stated between two places of a plain text; `quantities` are those that lie there."""
    words = same[start:end]
    zero = _nothing(same, start, end)
    found = [t for q in quantities if (t := _target(same, start, end, q)) is not None]
    if zero is not None:  # the figures beside it only say whose zero it is
        low = same.rfind(",", start, zero.start)
        high = same.find(",", zero.start, end)
        found = [t for t in found if t.end <= low or (high >= 0 and t.start > high)]
        return sorted([*found, zero], key=lambda t: t.start)
    taken = [(t.start, t.end) for t in found]
    found += [t for t in _each_one(same, start, end) if not any(low < t.end and t.start < high for low, high in taken)]
    found.sort(key=lambda t: t.start)
    for match in _RATIO.finditer(words):
        first, second = match.group("a") or match.group("c"), match.group("b") or match.group("d")
        low, high = start + match.start(), start + match.end()
        if float(second) and not any(a < high and low < b for a, b in taken):
            about = "~" if _AROUND.search(same[start:low]) else "="
            found.append(Target(about, float(first) / float(second), f"ratio {first}:{second}", low, high))
    return found


def _nothing(same: str, start: int, end: int) -> Target | None:
    """A promise that something shall not exist or happen: a target of zero."""
    match = _ZERO.search(same, start, end)
    if match is None:
        return None
    what = match.group("what")
    word = match.group("word")
    following = same[match.start("what") : end]
    thing = _EVENT.search(what) or _PERSON.search(what) or _THING.search(what)
    if thing is None or (word.endswith("消除") and (_NO_TARGET_AFTER.search(following) and "目标" not in following)):
        return None
    if word.endswith("消除") and word == "消除" and match.start() > start + 2 and same[match.start() - 1] not in ",、":
        return None
    unit = "起" if _EVENT.search(what) else "人" if _PERSON.search(what) and not _THING.search(what) else "个"
    return Target("=", 0.0, unit, match.start(), min(match.end(), end))


def _target(same: str, start: int, end: int, q: Quantity) -> Target | None:
    before = same[max(start, q.start - 24) : q.start]
    after = same[q.end : min(end, q.end + 12)]
    lasting = q.dimension in _SPANS and _lasts(same, start, q)
    if (
        (q.dimension in _TIMES and not lasting)
        or q.unit == ""
        or q.dimension == "字"
        or _in_bracket(same, q.start)
        or _PAST.search(before)
        or (q.dimension != "%" and (_SCOPE.search(before) or _OF_ALL.search(before)))
    ):
        return None
    if (
        q.dimension != "%"
        and _SCOPE.search(same[max(start, q.start - 24) : q.start].rstrip("0123456789.所个校乡镇学万 ")[-12:])
        and q.start > start + 4
    ):
        return None
    if q.text.endswith(("届", "级")) or before.endswith(("第", "前", "每", "“", "各")):
        return None
    if (
        q.leaning in ("at least", "at most")
        and re.match(r"\s?(?:及?以[上下内]|之内)的?(?!的?(?:水平|标准|目标|要求))[\u4e00-\u9fff]", after)
        and q.dimension != "%"
    ):
        return None
    if (
        q.spelled
        and q.dimension != "%"
        and (not _MADE.search(before) or _COUNTED_NAMES.match(after) or q.unit in ("项", "类", "种", "级", "届", "门", "支"))
    ):
        return None
    if _COUNTED_NAMES.match(after) and before.endswith(("、", "等")):
        return None
    if lost_dash(q):
        return None
    if q.upper is not None:
        return Target("between", q.number, q.unit, q.start, q.end, q.upper)
    return Target(_direction(same, start, q, before, after), q.number, q.unit, q.start, q.end)


def _lasts(same: str, start: int, q: Quantity) -> bool:
    """受教育年限达到10.9年, 锻炼时间不少于1小时: a length of time that is itself promised, or one of a list of figures."""
    before = same[start : q.start]
    said = re.search(r"(?:达到?|不少于|不低于|至少|为|提高到|延长到|超过|保证|保持)$", before.rstrip())
    return bool(_SPAN.search(before)) and (said is not None or "分别" in before)


_EACH_ONE = re.compile(
    r"每个?[\u4e00-\u9fff]{1,6}?(?:都|均|至少|要|力争)*(?:建有|建成|建好|办好|办有|设有|配有|建设|拥有|配备|建|有)"
    r"(?P<n>[一两二三])(?P<u>所|名|个|间|支|处)"
)


def _each_one(same: str, start: int, end: int) -> list[Target]:
    """每个乡镇都有一所中心幼儿园: one for each, written in a character."""
    return [
        Target(">=", float("一两三".find(m.group("n").replace("二", "两")) + 1), m.group("u"), m.start("n"), m.end("u"))
        for m in _EACH_ONE.finditer(same, start, end)
    ]


def _direction(same: str, start: int, q: Quantity, before: str, after: str) -> str:
    if q.leaning == "about" or _AROUND.match(after) or _AROUND.search(before):
        return "~"
    if _AT_LEAST.search(before):
        return ">="
    if q.leaning == "at most" or _AT_MOST.search(before):
        return "<="
    if q.leaning == "at least":
        return ">="
    if _FALLING.search(before) and q.dimension == "%":
        return "<="
    if _KEEPS.search(before) or (q.dimension in ("人", "人次") and _INTAKE.search(before) and "达" not in before[-3:]):
        return "="
    if q.start == start and q.dimension == "%" and q.number == 100:
        return "="
    return ">="


def lost_dash(q: Quantity) -> bool:
    """3040所 in a copied text is 30-40所 whose dash was lost: two rising halves of equal length, both round; no
    number can be told."""
    digits = q.text[: len(q.text) - len(q.unit)]
    if q.dimension != "个" or not digits.isascii() or not digits.isdigit() or len(digits) != 4:
        return False
    low, high = int(digits[:2]), int(digits[2:])
    return 10 <= low < high <= low * 2 and low % 10 == 0 and high % 10 == 0


def _in_bracket(same: str, at: int) -> bool:
    """True inside a round bracket of the same sentence, even one that a semicolon divides."""
    opened = same.rfind("(", max(0, at - 160), at)
    return opened >= 0 and not any(mark in same[opened:at] for mark in ")。\n")
