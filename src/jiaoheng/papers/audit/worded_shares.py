"""Worded shares: rates whose own words say what was divided by what, so that no other figures need be tried.

Changes when another wording names the part and the whole of a rate. `shares` looks for figures that fit where the
words are silent.
"""

__all__ = ["constant_bases", "own_total", "shares_together", "worded_share"]

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from jiaoheng.papers.audit.figure import Figure, Page, Role
from jiaoheng.papers.audit.relation import Relation, digit_slip, larger_than_whole, make, number, ratio_fits
from jiaoheng.papers.audit.totals import add_up, sum_relation

_RATE_NAME = re.compile(r"([\u4e00-\u9fff]{2})(?:(?:学校|教师)?率|学校占|校数占|人数占)(?:均|分别)?(?:达到|约为|达|为|是|约)?$")
_NOT_OF_THE_CLAUSE = re.compile(r"三年|毛|平均|增|满意|知晓|同比|较|比上|计划|目标|任务|预算|入学|入园|升学|覆盖|普惠")
_FURNITURE = frozenset(("个", "张", "套", "床", "台", "单人套"))
_SAID = re.compile(r"(?:现有|共有|达到|共|有|达|为)+$")
_OWN = re.compile(r"^占?(?:所?占)?(?:比例|比重|比|总数的?)?(?:为|达|约)?$")


def constant_bases(page: Page) -> dict[str, Figure]:
    """For each thing counted the figure that the text states most often, four times or more: what numbered items about
    one and the same whole are reckoned from."""
    often: Counter[tuple[str, float]] = Counter()
    first: dict[tuple[str, float], Figure] = {}
    for figure in page.figures:
        if figure.role is Role.LEVEL and figure.quantity.exact and figure.value >= 20:
            key = figure.dimension, figure.value
            often[key] += 1
            first[key] = figure
    bases: dict[str, Figure] = {}
    for key, times in often.most_common(20):
        if times >= 4:
            bases.setdefault(key[0], first[key])
    return bases


def worded_share(page: Page, sentence: Sequence[Figure], place: int, bases: dict[str, Figure]) -> Relation | None:
    """甲16所,完好学校10所,完好率62.5%: the figure said to be 完好 over the one that stands before it."""
    rate = sentence[place]
    named = _RATE_NAME.search(rate.quantity.before)
    if named is None or _NOT_OF_THE_CLAUSE.search(rate.quantity.before) or rate.quantity.number > 100:
        return None
    stem = named.group(1)
    for n in range(place - 1, max(-1, place - 3), -1):
        part = sentence[n]
        if part.role is not Role.LEVEL or part.depth != rate.depth or rate.start - part.end > 30:
            continue
        said_after = page.plain[part.end : min(part.end + 24, rate.start - len(named.group()))]
        if stem not in part.quantity.before and stem not in said_after and not (stem == "配备" and "有" in part.quantity.before):
            continue
        whole = next((f for f in reversed(sentence[max(0, n - 3) : n]) if f.role is Role.LEVEL and f.depth == rate.depth), None)
        base = bases.get(part.dimension)
        if (whole is None or whole.dimension != part.dimension != "人") and base is not None and base.value > part.value:
            step = rate.quantity.step
            computed = part.value / base.value * 100
            if _fit(part, base.value, rate) or digit_slip(rate.quantity.number, round(computed / step) * step, step):
                return _judged(page, [base], part, rate, 0.7, 0.45, widest=10.0)
        if whole is None:
            return _more_than_there_are(page, part, stem)
        if whole.value < max(2.0, part.value * 0.98) or part.start - whole.end > 30:
            return None
        alike = whole.dimension == part.dimension
        if not alike and not (whole.dimension == "人" and part.dimension in _FURNITURE):
            return None
        return _judged(page, [whole], part, rate, 0.85, 0.65 if alike else 0.55, widest=12.0 if alike else 20.0)
    return None


def _more_than_there_are(page: Page, part: Figure, stem: str) -> Relation | None:
    """小学9所。…规范小学达12所,规范率…: more of a kind than the text says there are in all."""
    noun = _SAID.sub("", part.quantity.before)
    noun = noun[noun.find(stem) + len(stem) :][:4]
    if len(noun) < 2 or part.quantity.leaning:
        return None
    for whole in reversed(page.figures[max(0, part.index - 24) : part.index]):
        if whole.role is not Role.LEVEL or whole.dimension != part.dimension or whole.depth:
            continue
        said = _SAID.sub("", whole.quantity.before)
        if said.endswith(noun) and len(said) <= len(noun) + 4:
            if whole.high >= part.low or part.value > whole.value * 2 or whole.quantity.leaning:
                return None
            return larger_than_whole(page, whole, part, confidence=0.55)
    return None


def own_total(page: Page, sentence: Sequence[Figure]) -> Iterator[Relation]:
    """A a人,占x%;B b人,占y%;C c人: two shares or more of one list, whose whole is the sum of the list itself."""
    pairs: list[tuple[int, Figure, Figure]] = []
    for n in range(len(sentence) - 1):
        part, rate = sentence[n], sentence[n + 1]
        if (
            part.role is Role.LEVEL
            and rate.role is Role.SHARE
            and not part.quantity.leaning
            and part.depth == 0
            and (rate.depth == 0 or (rate.depth == 1 and page.plain[part.end : part.end + 1] == "("))
            and _OWN.match(rate.quantity.before)
            and rate.start - part.end < 16
        ):
            pairs.append((n, part, rate))
    if not 2 <= len(pairs) <= 8:
        return
    dimension = pairs[0][1].dimension
    listed = [f for f in sentence if f.role is Role.LEVEL and f.dimension == dimension and f.depth == 0][:24]
    first, last = listed.index(pairs[0][1]) if pairs[0][1] in listed else -1, pairs[-1][1]
    if first < 0 or last not in listed:
        return
    final = listed.index(last)
    for begin in range(first, max(-1, first - 3), -1):
        for end in range(final, min(len(listed), final + 3)):
            members = listed[begin : end + 1]
            total = sum(f.value for f in members)
            fits = [bool(_fit(part, total, rate)) for _, part, rate in pairs]
            if len(members) < 2 or not sum(fits) or sum(fits) < len(fits) - 1:
                continue
            if not all(fits) and len(members) < 3:
                continue
            for _, part, rate in pairs:
                relation = _judged(page, members, part, rate, 0.8, 0.6, widest=10.0)
                if relation is not None:
                    yield relation
            return


def shares_together(page: Page, sentence: Sequence[Figure]) -> Iterator[Relation]:
    """本科占x%,专科占y%,合计z%: shares of one whole that are added."""
    shares = [f for f in sentence if f.role is Role.SHARE]
    for n in range(2, len(shares)):
        total = shares[n]
        if not _TOGETHER.search(total.quantity.before) or total.quantity.leaning or total.value <= 0:
            continue
        parts: list[Figure] = []
        for part in reversed(shares[:n]):
            if ";" in page.plain[part.end : (parts[-1] if parts else total).start] or part.depth != total.depth:
                break
            parts.append(part)
        readings = [parts[size - 1 :: -1] for size in range(len(parts), 1, -1)]
        holding = next((p for p in readings if add_up(total, p)), None)
        if holding is not None:
            yield sum_relation(page, total, holding, 0.85, "the shares add up to it")
        elif len(parts) == 2 and 0.5 < sum(f.value for f in parts) / total.value < 2:
            yield sum_relation(page, total, parts[::-1], 0.6, "the shares do not add up to it", holds=False)


_TOGETHER = re.compile(r"(?:合计|共计|总计|一共|共占|累计占|两者|两项)(?:占|为|达|共)*[^,]{0,6}$")


def _fit(part: Figure, total: float, rate: Figure) -> str:
    share = part.value / total * 100 if total else 0.0
    return ratio_fits(share, share, rate.quantity.number, rate.quantity.step)


def _judged(
    page: Page, wholes: Sequence[Figure], part: Figure, rate: Figure, sure: float, doubt: float, *, widest: float
) -> Relation | None:
    """The share, as it holds or does not; None where it is so far off that something else must be meant."""
    total = sum(f.value for f in wholes)
    if total <= 0:
        return None
    fit = _fit(part, total, rate)
    computed = part.value / total * 100
    step = rate.quantity.step
    slip = digit_slip(rate.quantity.number, round(computed / step) * step, step)
    if not fit and not slip and abs(computed - rate.quantity.number) > widest:
        return None
    if not fit and (rate.quantity.leaning or part.quantity.leaning):
        return None
    base = wholes[0].printed if len(wholes) == 1 else "(" + "+".join(f.printed for f in wholes) + ")"
    reason = {
        "rounded": "the part over the whole gives the rate",
        "truncated": "the part over the whole gives the rate, cut off rather than rounded",
    }.get(fit, f"the part over the whole is {computed:.2f}%")
    figures = [*wholes, part, rate] if len(wholes) == 1 else [*wholes, rate]
    return make(
        page,
        "share",
        figures,
        f"{number(part.value)}/{base}*100",
        computed=computed,
        stated=rate.quantity.number,
        holds=bool(fit),
        confidence=sure if fit else min(0.8, doubt + 0.1 * slip),
        reason=reason,
        rounded=fit == "truncated",
    )
