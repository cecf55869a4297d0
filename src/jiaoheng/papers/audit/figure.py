"""Figures in their places: each quantity of a text with its role (a level, a change, a rate…), its sentence and its
bracket.

Changes when a report says in a new way what a figure is. The rooms beside this one relate figures to each other.
"""

__all__ = ["Figure", "Page", "Role", "read_page"]

import re
from bisect import bisect_right
from dataclasses import dataclass, field
from enum import Enum

from jiaoheng.texts.punctuation import bracket_depths, gaps, plain, sentence_ends
from jiaoheng.texts.quantity import Quantity, quantities_of_plain


class Role(Enum):
    """What a figure says."""

    LEVEL = "level"  # how many there are
    CHANGE = "change"  # how many more or fewer than before
    GROWTH = "growth"  # by how many per cent more or fewer
    POINTS = "points"  # by how many percentage points more or fewer
    SHARE = "share"  # how many per cent of a whole
    AVERAGE = "average"  # how much for each pupil, class, …
    PREVIOUS = "previous"  # how many there were
    OTHER = "other"  # an age, a duration, a rank, a mark

    __hash__ = object.__hash__  # roles are keys of many small tables; the members are one of a kind


@dataclass(slots=True, eq=False)
class Figure:
    """A quantity and what surrounds it. `sign` is −1 for a decrease; `subject` is the level a change or rate belongs
    to; `times` is how many names 甲、乙、丙各N gives the number to, and `value` is all of them together."""

    quantity: Quantity
    index: int
    role: Role
    sign: int
    sentence: int
    paragraph: int
    depth: int
    bracket: int
    value: float
    dimension: str
    start: int
    end: int
    low: float
    high: float
    subject: "Figure | None" = None
    times: int = 1

    @property
    def label(self) -> str:
        """What it counts, in the text's own words."""
        q = self.quantity
        words = _GLUE.sub("", q.before)
        return words if len(words) >= 2 or not q.after else words + q.after

    @property
    def printed(self) -> str:
        """The figure's number as it is printed, without its unit."""
        number = self.quantity.number * self.times
        return f"{number:.10g}" if number < 1e10 else f"{number:.0f}"


@dataclass(slots=True)
class Page:
    """A text read for its figures: all of them in order, and again by sentence. `original` maps each place of `text`
    to its place in the text given, where spaces between Chinese characters were left out; else it is empty."""

    text: str
    plain: str
    figures: list[Figure]
    sentences: dict[int, list[Figure]] = field(default_factory=dict)
    brackets: list[tuple[int, int, int]] = field(default_factory=list)
    sentence_end: list[int] = field(default_factory=list)
    original: list[int] = field(default_factory=list)

    def start_of_sentence(self, sentence: int) -> int:
        return self.sentence_end[sentence - 1] if sentence else 0

    def end_of_sentence(self, sentence: int) -> int:
        return self.sentence_end[sentence] if sentence < len(self.sentence_end) else len(self.plain)


_NEWLINE = re.compile("\n")
_GLUE = re.compile(r"^(?:其中|分别|全[县市区省乡镇校]|我[县市区省乡镇校]|共有|现有|共|有|含|包括|和|及|与|为|达到?|的|约|近|已|至|在)+")
_CHANGE = re.compile(
    r"(?P<verb>净?增加额?|增长率?|增幅|增速|净增|上升|提高|提升|扩大|增收|增多|(?<!新)增|减少|下降率?|降低|降幅|降|减|回落|缩小"
    r"|(?:比|较|多于|少于)[^,]{1,14}(?:多|少|高|高出|低|超|超出))(?:了|幅度|比例|约|近|为|是|达|数|人数|\s)*(?P<minus>-?)$"
)
_FALL = re.compile(r"减|降|少|低|回落|缩小")
_TO = re.compile(r"(?:到|至|为|达到?)(?:约|了)?$")
_AVERAGE = re.compile(r"[生人师户校班园]均|平均|每[生人所校班名个位](?!年)|标准(?!化)(?:为|达|是)?[^,]{0,6}$")
_QUALIFIED = re.compile(r"(?:合格|达标)(?:学?校|的)?(?:数|有)?$")
_FUND = re.compile(r"均公用经费[^,。]{0,2}(?:补助|拨款|投入|资金|支出)$")
_BEFORE = re.compile(
    r"(?:上一?年|去年|上年度|上学年|前年|上期|[12][0-9]{3}年|同期|年初|原来|原有|上届)(?:同期|度|末|底|初|秋季?|春季?)?的?(?:约|为)?$"
)
_FROM = re.compile(r"(?:^|[^来])[由从自][^,]{0,12}$|^[由从]")
_REACHES = re.compile(r"^(?:的)?(?:,)?(?:逐步|逐年)?(?:提高|提升|上升|增加|增长|发展|下降|减少|扩大|降低|增|升|降|减)?(?:到|至)")
_RANK = re.compile(r"(?:(?<![目之以当日此学])前|第|居|位列|满)$")
_CHANGED_WORD = re.compile(r"同比|比上年|比去年|较上年|较去年|年均增长")
_THRESHOLD = re.compile(r"(?:及?以[上下内])(?:的?[\u4e00-\u9fff])")
_TIME = frozenset(
    (
        "年",
        "个月",
        "天",
        "小时",
        "分钟",
        "周",
        "秒",
        "岁",
        "周岁",
        "分",
        "倍",
        "折",
        "届",
        "级",
        "度",
        "期",
        "课时",
        "学时",
        "折",
        "层",
    )
)
_MEASURED = frozenset(("元", "平方米"))


def read_page(text: str) -> Page:
    """The figures of a text in their places. Linear in the length of the text."""
    text, same, original = _closed_up(text, plain(text))
    found = quantities_of_plain(text, same)
    ends = sentence_ends(same)
    brackets = bracket_depths(same)
    page = Page(text, same, [], {}, brackets, ends, original)
    lines = [match.start() for match in _NEWLINE.finditer(same)]
    open_brackets: list[int] = []
    next_bracket = 0
    previous: Figure | None = None
    for index, q in enumerate(found):
        while next_bracket < len(brackets) and brackets[next_bracket][0] < q.start:
            open_brackets.append(next_bracket)
            next_bracket += 1
        while open_brackets and brackets[open_brackets[-1]][1] <= q.start:
            open_brackets.pop()
        while open_brackets and not (brackets[open_brackets[-1]][0] < q.start < brackets[open_brackets[-1]][1]):
            open_brackets.pop()
        bracket = open_brackets[-1] if open_brackets else -1
        role, sign = _role(q, found[index + 1] if index + 1 < len(found) else None, same)
        if (
            q.before in ("", "和", "及", "与")
            and previous is not None
            and q.dimension == previous.quantity.dimension
            and role in (Role.LEVEL, Role.SHARE)
            and same[previous.end : q.start].strip() in ("、", "和", "及", "与")
        ):
            role, sign = previous.role, previous.sign  # 分别增长3%、4%、8%
        low, high = interval(q)
        times = 1
        if q.before.endswith("各") and role is Role.LEVEL:
            times = _names_before(same, q.start)
            if times < 2:
                times, role = 1, Role.OTHER
        dimension = q.dimension
        if not dimension and q.scale > 1 and (said := _UNIT_SAID.search(q.before)):  # 诊疗人次84.7亿
            dimension = "人次" if said.group() == "人次" else "人"
        if not dimension and q.scale > 1 and bracket >= 0:  # 43.2万平方米(学前5.4万、…)
            host = next((f for f in reversed(page.figures[-_LIST:]) if f.end <= brackets[bracket][0]), None)
            if host is not None and brackets[bracket][0] - host.end <= 2 and host.quantity.scale > 1:
                dimension = host.dimension
        figure = Figure(
            q,
            index,
            role,
            sign,
            bisect_right(ends, q.start),
            bisect_right(lines, q.start),
            brackets[bracket][2] if bracket >= 0 else 0,
            bracket,
            q.number * q.scale * times,
            dimension,
            q.start,
            q.end,
            low * times,
            high * times,
            times=times,
        )
        page.figures.append(figure)
        page.sentences.setdefault(figure.sentence, []).append(figure)
        previous = figure
    _give_subjects(page)
    return page


_UNIT_SAID = re.compile(r"(?:人次|人数|人口|学生|在校生)(?=(?:达到?|为|约|共|有)?$)")
_LIST = 12  # figures back to the host of a bracket
_EACH = re.compile(r"[和与及]?各$")
_TWO_NAMES = re.compile(r"(?<=[\u4e00-\u9fff])[和与及](?=[\u4e00-\u9fff])")


def _names_before(same: str, start: int) -> int:
    """How many names 甲、乙、丙各N lists before its number; 0 where they cannot be told."""
    begin = max(0, start - 80)
    for position in range(start - 1, begin - 1, -1):
        if same[position] in ",;。:()\n" or same[position].isdigit():
            begin = position + 1
            break
    else:
        return 0
    listed = _EACH.sub("", same[begin:start].strip())
    names = listed.split("、")
    return 0 if "等" in listed else len(names) + len(_TWO_NAMES.findall(names[-1]))


def _closed_up(text: str, same: str) -> tuple[str, str, list[int]]:
    """Text and plain text without the gaps between Chinese characters, and where each character stood."""
    found = gaps(same)
    if not found:
        return text, same, []
    original: list[int] = []
    old: list[str] = []
    new: list[str] = []
    at = 0
    for start, end in [*found, (len(same), len(same))]:
        original.extend(range(at, start))
        old.append(text[at:start])
        new.append(same[at:start])
        at = end
    original.append(len(same))
    return "".join(old), "".join(new), original


def _role(q: Quantity, following: Quantity | None, same: str) -> tuple[Role, int]:
    before, dimension = q.before, q.dimension
    change = _CHANGE.search(before) if before else None
    if change is None and not before:  # the verb may end just before a bracket or a space
        change = None
    if change is not None:
        sign = -1 if _FALL.search(change.group("verb")) else 1
        if change.group("minus"):
            sign = -sign
        if dimension == "%":
            return Role.GROWTH, sign
        if dimension == "百分点":
            return Role.POINTS, sign
        if dimension not in _TIME:
            return Role.CHANGE, sign
    if dimension == "百分点":
        return Role.POINTS, -1 if _FALL.search(before) else 1
    if dimension == "%":
        if following is not None and _FROM.search(before) and _REACHES.match(same[q.end : q.end + 8]):
            return Role.PREVIOUS, 1
        if _BEFORE.search(before):
            return Role.PREVIOUS, 1
        return Role.SHARE, 1
    if "/" in dimension:
        return Role.AVERAGE, 1
    if q.leaning in ("at least", "at most") and _THRESHOLD.match(q.after):
        return Role.OTHER, 1
    if dimension in _TIME or (before and _RANK.search(before)):
        return Role.OTHER, 1
    if _FROM.search(before) and _REACHES.match(same[q.end : q.end + 8]):
        return Role.PREVIOUS, 1
    if _AVERAGE.search(before) and not _QUALIFIED.search(before) and "率" not in before[-3:] and not _FUND.search(before):
        return Role.AVERAGE, 1
    if before and same[q.start - len(before) - 1 : q.start - len(before)] == "(" and _BEFORE.fullmatch(before):
        return Role.PREVIOUS, 1
    if _BEFORE.search(before) and ("比" in before or "较" in before or "由" in before or "从" in before):
        return Role.PREVIOUS, 1
    return Role.LEVEL, 1


def interval(q: Quantity) -> tuple[float, float]:
    """Between which values the truth behind a printed figure lies, when it was rounded; wider for 约, 余, 近, 以上."""
    value = q.number * q.scale
    half = 0.0 if q.scale == 1 and q.step == 1 and q.dimension != "%" else q.step / 2
    if q.upper is not None:
        return value, q.upper * q.scale
    if not q.leaning:
        return value - half, value + half
    if q.leaning == "about":
        digits = len(str(round(q.number * q.scale / q.step)).rstrip("0")) if q.step else 0
        slack = max(q.step if digits >= 3 else abs(value) * 0.05, half)
        return value - slack, value + slack
    if q.leaning in ("above", "at least"):
        return value - half, value + max(abs(value) * 0.1, half)
    return value - max(abs(value) * 0.1, half), value + half


def _give_subjects(page: Page) -> None:
    """Each change, growth, previous value or average gets the nearest level before it in its sentence."""
    for figures in page.sentences.values():
        last: Figure | None = None
        for figure in figures:
            if figure.role is Role.LEVEL:
                last = figure
            elif last is not None and figure.role is not Role.OTHER:
                figure.subject = last
