"""Quantities: every figure of a Chinese text with its value, its unit, its precision and its exact place.

Changes when reports write figures in a new way. Dates, document numbers, list numbers, ordinals and names are not
quantities.
"""

__all__ = ["Quantity", "quantities", "quantities_of_plain"]

import re
from dataclasses import dataclass

from jiaoheng.texts.numeral import CHINESE_DIGITS, parse_chinese
from jiaoheng.texts.punctuation import plain
from jiaoheng.texts.unit import MAGNITUDES, UNIT_PATTERN, dimension_of


@dataclass(frozen=True, slots=True)
class Quantity:
    """One figure. `number` is as printed (23.9 in 23.9万元), `unit` as printed with its magnitude (万元).

    value      number × scale, in the bare unit (239000 元)
    dimension  what the unit counts (人 for 人, 名, 位); figures of one dimension can be added
    step       the size of its last printed place, in the bare unit: 1000 for 23.9万元; a truth rounded to it may lie
    half a step away
    upper      the upper end of a range (1-2所), else None
    leaning    "" exact; "about" (约, 左右); "above" (余, 多, 近 is "below"); "at least" (以上); "at most" (以内)
    before     what is written between the last mark and the figure: what it counts, mostly
    after      what is written between its unit and the next mark or figure
    """

    start: int
    end: int
    text: str
    number: float
    scale: float
    unit: str
    dimension: str
    step: float
    upper: float | None
    leaning: str
    before: str
    after: str
    spelled: bool

    @property
    def value(self) -> float:
        return self.number * self.scale

    @property
    def exact(self) -> bool:
        """A whole number of things, counted one by one, to which no rounding applies."""
        return self.scale == 1 and self.step == 1 and not self.leaning and self.upper is None


_NUMBER = (
    r"(?<=[\u4e00-\u9fff])[0-9]+\. [0-9]{1,2}(?![0-9])"
    r"|[0-9]{1,3}(?:,[0-9]{3})+(?![0-9])(?:\.[0-9]+)?|[0-9]+(?:[.。][0-9]+)?"
)
_SLIP = r"(?<![A-Za-z0-9])(?:[lIoO]{1,2}[0-9][0-9lIoO,]*|[0-9]+[lIoO][0-9lIoO,]*)(?:\.[0-9]+)?(?![A-Za-z])"
_MAGNITUDE = r"(?:百万|千万|十万|万亿|百亿|[百千万亿])"
_FIGURE = re.compile(
    rf"(?P<slip>{_SLIP})\s?(?P<sm>{_MAGNITUDE})?\s?(?P<su>{UNIT_PATTERN})"
    rf"|(?P<n>{_NUMBER})"
    rf"(?:\s?(?:%?\s?[-~—至到]+)\s?(?P<hi>[0-9]+(?:\.[0-9]+)?)(?=\s?(?:{_MAGNITUDE})?\s?{UNIT_PATTERN}))?"
    rf"\s{{0,2}}(?P<l1>[余多来])?\s?(?P<m>{_MAGNITUDE})?(?P<l2>[余多])?\s{{0,2}}(?P<u>{UNIT_PATTERN})?(?P<l3>[余多](?![种数少]))?"
)
_SPELLED_UNIT = (
    r"(?:人次|人|名|位|个百分点|个月|个|所|处|项|件|份|篇|幅|册|本|台|套|间|座|栋|幢|元|平方米|亩|公里|米"
    r"|家|户|村|县市|县区|区县|县|乡|镇|校|场次|场|次|期|批|门|科|类|支|条|块|辆|班|节|堂|倍|届|岁|年)"
)
_SPELLED = re.compile(
    rf"百分之(?P<percent>[{CHINESE_DIGITS}]{{1,6}}(?:点[{CHINESE_DIGITS}]{{1,4}})?)"
    rf"|(?<![第{CHINESE_DIGITS}])(?P<numeral>[{CHINESE_DIGITS}]{{1,9}})(?:分之(?P<over>[{CHINESE_DIGITS}]{{1,5}})"
    rf"|(?P<lean>[余多]?)(?P<unit>{_SPELLED_UNIT})(?![{CHINESE_DIGITS}]))"
)
_MARK = re.compile(r"[,。;:、()!?\n“”《》〈〉\[\]…]|——|\.(?=[^0-9])")
_NOTE = re.compile(r"(?<=[\u4e00-\u9fff])\[[0-9]{1,2}\]")
_NOT_NEAR = frozenset(("节约", "合约", "预约", "公约", "条约", "附近", "最近", "临近", "就近"))
_NEAR = {"约": "about", "近": "below", "超": "above", "达约": "about", "大约": "about"}
_NOT_BEFORE = re.compile(r"(?:[A-Za-z/@_〔〕\[\]+#*×=\\·.-]|第|国|[0-9],|№|编号|电话|电话:|QQ|邮编|ISBN)$")
_NOT_AFTER = re.compile(
    r"\s?(?:[A-Za-z@_〕\]+#×*=\\·]|号(?!召)|月(?!/)|日(?!/|均)|时(?!间)|级(?![)])|届|年(?=代|度)|[-—/][0-9]|:[0-9]{2}|\.[0-9])"
)
_YEAR = re.compile(r"\s?(?:年|[-—~至/.]\s?(?:19|20)?[0-9]{2}|春|秋|届|级|学年|财年)")
_LIST_END = re.compile(r"\s?(?:[、)]|\.(?![0-9])|．)")
_LIST_START = "。;:!?\n\r "
_AT_LEAST = re.compile(r"\s?(及?以上)")
_AT_MOST = re.compile(r"\s?(?:(及?以[下内])|之内)")
_ABOUT = re.compile(r"\s?(?:左右|上下)")
_RATE_WORD = re.compile(r"(?:(?:率|占比|比例|比重)(?:分别)?(?:达到|达|为|是|约为|约)?|占(?:总数|[^,。地面、]{0,10}[的数])?)\s?$")


_NAMED_RATE = re.compile(r"(?:合格|达标|开设|入学|毕业|巩固|普及|及格|配备|完好|覆盖)率(?:为|达到?|是)$")


def quantities(text: str) -> list[Quantity]:
    """Every quantity of a text in reading order; `text[q.start:q.end] == q.text` for each."""
    return quantities_of_plain(text, plain(text))


def quantities_of_plain(text: str, same: str) -> list[Quantity]:
    """As `quantities`, for a caller that already has the plain spelling of the text."""
    found = [*_in_digits(text, same), *_in_characters(text, same)]
    found.sort(key=lambda raw: raw[0])
    return _with_surroundings(text, same, found)


_LONGEST_NUMBER = 16  # characters; longer runs of digits are codes, not quantities
_Raw = tuple[int, int, float, float, str, float, float | None, str, bool]
"""start, end, number, scale, unit, step, upper, leaning, spelled"""


def _in_digits(text: str, same: str) -> list[_Raw]:
    found: list[_Raw] = []
    for match in _FIGURE.finditer(same):
        start, end = match.span()
        slip, digits, high, early, magnitude, middle, unit, late, slip_magnitude, slip_unit = match.group(
            "slip", "n", "hi", "l1", "m", "l2", "u", "l3", "sm", "su"
        )
        if slip is not None:
            digits = slip.translate(_SLIPS)
            magnitude, unit = slip_magnitude, slip_unit
        if unit is None and magnitude is None and not _stands_alone(same, start, match.end("n"), digits):
            continue
        if not _is_quantity(same, start, match.end("n") if slip is None else end, end, digits, unit):
            continue
        if "。" in digits:
            if unit is None:
                digits = digits.split("。")[0]
                end = start + len(digits)
            digits = digits.replace("。", ".")
        bare = digits.replace(",", "").replace(" ", "")
        if len(bare) > _LONGEST_NUMBER:
            continue
        number = float(bare)
        scale = MAGNITUDES.get(magnitude or "", 1.0)
        if unit is None and magnitude is None:
            end = start + len(digits) if slip is None else end
            if (
                _RATE_WORD.search(same, max(0, start - 14), start)
                and (number <= 100 or (number < 200 and _NAMED_RATE.search(same, max(0, start - 14), start)))
                and not same.startswith(("人", "%"), end)
            ):
                unit = "%"
        if magnitude in ("百", "千") and unit is None:
            magnitude, scale, end = None, 1.0, start + len(digits)
        if same[end - 1] in " \n":
            end = start + len(same[start:end].rstrip())
        places = len(bare) - bare.index(".") - 1 if "." in bare else 0
        step = scale / 10**places
        leaning = "above" if early or middle or late else ""
        found.append(
            (
                start,
                end,
                number,
                scale,
                (magnitude or "") + (unit or ""),
                step,
                float(high) if high and float(high) > number else None,
                leaning,
                False,
            )
        )
    return found


_SLIPS = {ord("l"): "1", ord("I"): "1", ord("o"): "0", ord("O"): "0"}


def _stands_alone(same: str, start: int, end: int, digits: str) -> bool:
    """A figure without a unit counts only where it closes a clause after words, as in 在园幼儿11312, or follows a
    rate."""
    if end < len(same) and same[end] not in ",。;、)\n " and not same.startswith("左右", end):
        return False
    before = same[start - 1 : start]
    if not ("\u4e00" <= before <= "\u9fff" or before in ": "):
        return False
    return bool(digits) and "\u4e00" <= same[max(0, start - 2) : start].strip(" :")[:1] <= "\u9fff"


def _is_quantity(same: str, start: int, number_end: int, end: int, digits: str, unit: str | None) -> bool:
    """False for dates, document numbers, ordinals, list numbers, ratios in slogans (2+1) and parts of names."""
    before = same[start - 1 : start]
    if before and (before in "第〔[+#×=*@_·/№." or (before.isascii() and before.isalpha())) and not (before == "." and unit):
        return False
    if before == "-" and same[start - 2 : start - 1].isdigit():
        return False
    if unit is None or unit in ("年", "级", "届", "期", "号", "分", "天"):
        if len(digits) == 4 and digits[:2] in ("19", "20") and (unit in ("年", "级", "届") or _YEAR.match(same, number_end)):
            return False
        if _NOT_AFTER.match(same, number_end) and unit not in ("年", "天", "分"):
            return False
        if unit is None and len(digits) > 1 and digits[0] == "0" and digits[1] != ".":
            return False
        if unit is None and len(digits) == 4 and digits[:2] in ("19", "20"):
            return False
    following = same[end : end + 1]
    if following and (following in "+〕]@" or (following.isascii() and following.isalpha())):
        return False
    if len(digits) <= 2 and unit is None and _LIST_END.match(same, number_end):
        if before in ("", "(") or before in _LIST_START:
            return False
    elif unit is None and before in ("“", "‘", '"', "'", "《"):
        return False
    return True


def _in_characters(text: str, same: str) -> list[_Raw]:
    found: list[_Raw] = []
    for match in _SPELLED.finditer(same):
        percent, numeral, over, lean, unit = match.group("percent", "numeral", "over", "lean", "unit")
        start, end = match.span()
        if percent is not None:
            whole, _, rest = percent.partition("点")
            value = parse_chinese(whole)
            if value is None:
                continue
            decimals = "".join(str(parse_chinese(c) or 0) for c in rest)
            found.append((start, end, float(f"{value}.{decimals or 0}"), 1.0, "%", 10.0 ** -len(decimals), None, "", True))
            continue
        value = parse_chinese(numeral)
        if value is None or (value == 0 and len(numeral) > 1):
            continue
        if over is not None:
            above = parse_chinese(over)
            if above is not None and 0 < above < value:
                found.append((start, end, above * 100 / value, 1.0, "", 1e-9, None, "", True))
            continue
        if same[start - 1 : start] in ("“", "‘", "·") and unit in ("个", "项", "类", "年"):
            continue
        if value == 1 and (
            numeral != "一"
            or same[end : end + 1] not in (",", "。", ";", "、", ")", "(", "\n")
            or unit in ("年", "个月", "次", "期", "类", "批", "块", "个", "位", "条")
        ):
            continue
        if unit == "年" and (same[end : end + 1] in ("级", "制", "来") or value > 100):
            continue
        if unit in ("村", "乡", "镇", "校", "县", "班", "科", "期", "届", "岁") and (
            value > 100
            or (len(numeral) == 1 and (unit not in ("镇", "乡", "县", "校") or numeral == "一" or same[start - 1 : start] in "大小老"))
        ):
            continue
        if numeral[0] in "百千万亿" and len(numeral) == 1:
            continue
        if len(numeral) == 1 and unit in ("家", "本", "部", "元", "里") and same[end : end + 1] not in ",。;、) ":
            continue  # 三家小学, 三本线 are names
        found.append((start, end, float(value), 1.0, unit, 1.0, None, "above" if lean else "", True))
    return found


def _with_surroundings(text: str, same: str, found: list[_Raw]) -> list[Quantity]:
    """The quantities with the words before and after each, and what those words do to its precision."""
    noted = found and "[" in same
    if noted:  # 在园幼儿[4]48人: a note's number is neither a mark nor a word
        same = _NOTE.sub(lambda match: "\u200b" * len(match.group()), same)
    marks = [match.end() for match in _MARK.finditer(same)] if found else []
    marks.append(len(same) + 1)
    made: list[Quantity] = []
    last_end, at = 0, 0
    count = len(found)
    for i, (start, end, number, scale, unit, step, upper, leaning, spelled) in enumerate(found):
        if start < last_end:
            continue
        while marks[at] <= start:
            at += 1
        clause = marks[at - 1] if at else 0
        before = same[max(clause, last_end, start - 40) : start].strip()
        if noted and "\u200b" in before:
            before = before.replace("\u200b", "")
        ahead = at
        while marks[ahead] <= end:
            ahead += 1
        next_start = found[i + 1][0] if i + 1 < count else len(same)
        stop = min(marks[ahead] - 1, next_start, end + 30)
        after = same[end:stop].replace("\u200b", "").strip() if noted else same[end:stop].strip()
        if not leaning and before and before[-1] in "约近超" and before[-2:] not in _NOT_NEAR:
            leaning = _NEAR[before[-1]]
        if after and after[0] in "以及左上之":
            if _AT_LEAST.match(after):
                leaning = "at least"
            elif _AT_MOST.match(after):
                leaning = "at most"
            elif _ABOUT.match(after):
                leaning = "about"
        bare_unit = unit.lstrip("百千万亿十") if scale != 1.0 else unit
        made.append(
            Quantity(
                start,
                end,
                text[start:end],
                number,
                scale,
                unit,
                dimension_of(bare_unit),
                step,
                upper,
                leaning,
                before,
                after,
                spelled,
            )
        )
        last_end = end
    return made
