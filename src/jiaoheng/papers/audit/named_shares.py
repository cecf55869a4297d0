"""Named shares: 甲占乙的比例为z%, where the text has said before how many 甲 and 乙 are; and 占总数的z%, where the
part's name ends in the name of its whole (普惠性幼儿园, 幼儿园).

Changes when part and whole are named in another way. `worded_shares` reads rates whose figures stand beside them.
"""

__all__ = ["named_share"]

import re

from jiaoheng.papers.audit.figure import Figure, Page, Role
from jiaoheng.papers.audit.relation import Relation, digit_slip, make, ratio_fits

_SHARE = re.compile(
    r"(?:^|[,。;:])(?P<part>[^,。;:0-9]{0,30}?)占(?P<whole>[^,。;:0-9]{1,20}?)(?:的?(?:比例|比重)|的)?(?:为|达到?|是|约为)?$"
)
_TOTAL = re.compile(r"^(?:其|全部|上述)?(?:总数|总量|总人数|总额|总校数)$")
_DROPPED = re.compile(
    r"\([^)]*\)|其中|全[国省市县区州]|我[省市县区州]|本[省市县区州]|现有|共有|共计|合计|总数|总量|人数|数量|各级各类|达到?|[0-9]+年末?|学年|年末|为|共|总|有|的|数|[\s年]"
)
_BACK = 60


def named_share(page: Page, rate: Figure) -> Relation | None:
    """The share whose part and whole are both named, if the last figures of those names stand before it."""
    begin = max(page.start_of_sentence(rate.sentence), rate.start - 60)
    said = _SHARE.search(page.plain[begin : rate.start].strip())
    if said is None or rate.quantity.leaning or not 0 < rate.quantity.number < 100:
        return None
    whole_name, part_name = said.group("whole"), _name(said.group("part"))
    before = [f for f in page.figures[max(0, rate.index - _BACK) : rate.index] if f.role is Role.LEVEL and not f.quantity.leaning]
    if not before:
        return None
    part: Figure | None
    if _TOTAL.match(whole_name):
        part = next((f for f in reversed(before[-3:]) if f.sentence == rate.sentence and f.depth == rate.depth), None)
        own = _name_of(page, part) if part is not None else ""
        whole = _whole_within(page, before, part, own)
    else:
        whole = _last_named(page, before, _name(whole_name))
        part = _last_named(page, before, part_name) if len(part_name) >= 4 else None
    if part is None or whole is None or part is whole or part.dimension != whole.dimension or part.value >= whole.value:
        return None
    exact = _TOTAL.match(whole_name) is not None or _name_of(page, whole) == _name(whole_name)
    return _judged(page, whole, part, rate, exact=exact)


def _name(words: str) -> str:
    return _DROPPED.sub("", words)


def _name_of(page: Page, figure: Figure) -> str:
    """What a figure counts, brackets inside the words left out: 在园(班)幼儿48人."""
    begin = max(page.start_of_sentence(figure.sentence), figure.start - 40)
    words = re.sub(r"\([^)]*\)", "", page.plain[begin : figure.start])
    return _name(re.split(r"[,;:。、]", words)[-1])


def _last_named(page: Page, before: list[Figure], name: str) -> Figure | None:
    if len(name) < 3:
        return None
    return next((f for f in reversed(before) if _name_of(page, f).endswith(name)), None)


def _whole_within(page: Page, before: list[Figure], part: Figure | None, own: str) -> Figure | None:
    """The last figure of whose name the part's name is a longer form."""
    if part is None or len(own) < 4:
        return None
    for figure in reversed(before):
        if figure is part or figure.dimension != part.dimension or figure.value <= part.value:
            continue
        name = _name_of(page, figure)
        if len(name) >= 3 and len(name) < len(own) and own.endswith(name):
            return figure
    return None


def _judged(page: Page, whole: Figure, part: Figure, rate: Figure, *, exact: bool) -> Relation | None:
    """`exact`: the whole is called just what the share calls it, not a kind of it (在编教师 for 教师)."""
    low, high = part.low / whole.high * 100, part.high / whole.low * 100
    step = rate.quantity.step
    fit = ratio_fits(low, high, rate.quantity.number, step)
    computed = part.value / whole.value * 100
    slip = digit_slip(rate.quantity.number, round(computed / step) * step, step)
    if not fit and not slip and abs(computed - rate.quantity.number) > 12:
        return None
    reason = {
        "rounded": "the part over the whole gives the rate",
        "truncated": "the part over the whole gives the rate, cut off rather than rounded",
    }.get(fit, f"the part over the whole is {computed:.2f}%")
    return make(
        page,
        "share",
        [whole, part, rate],
        f"{part.printed}/{whole.printed}*100"
        if part.quantity.scale == whole.quantity.scale
        else f"{part.value:.10g}/{whole.value:.10g}*100",
        computed=computed,
        stated=rate.quantity.number,
        holds=bool(fit),
        confidence=0.8 if fit else 0.4 if not exact else 0.7 if slip else 0.55,
        reason=reason,
        rounded=fit == "truncated",
    )
