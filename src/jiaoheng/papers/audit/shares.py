"""Shares: a part, its whole and the percentage between them; also two percentages of one unstated whole, and 分别
lists.

Changes when reports word a share in another way. Where the whole is not beside the part it is looked for in earlier
sentences.
"""

__all__ = ["find_shares"]

import re
from collections.abc import Iterator, Sequence

from jiaoheng.papers.audit.figure import Figure, Page, Role
from jiaoheng.papers.audit.implied_wholes import one_whole, whole_far_apart
from jiaoheng.papers.audit.named_shares import named_share
from jiaoheng.papers.audit.relation import Relation, digit_slip, make, number, ratio_fits
from jiaoheng.papers.audit.worded_shares import constant_bases, own_total, shares_together, worded_share

_SHARE_WORD = re.compile(r"占|率|比例|比重|覆盖|达标|完成|分别")
_GROSS = re.compile(r"毛")
_OTHER_WHOLE = re.compile(r"三年|毛|平均|增[长幅]|满意|知晓|同比|较|比上|计划的|目标|任务|预算")
_WHOLE_NAMED = re.compile(
    r"占(?:全[县市区省国校镇乡])?(?P<name>[\u4e00-\u9fff]{2,8}?)(?:总人数|总数|总量|人数|数)?(?:的?(?:比例|比重)|的)?(?:为|达到?|是)?$"
)
_SAID = re.compile(r"^(?:其中|全[国省市县区州]|我[省市县区]|现|共|有|实有)+|(?:总数|总人数|共有|现有|共|有|为|达到?)+$")
_ALL = re.compile(r"全部|均已|全都|都已")
_NAME = re.compile(r"[\u4e00-\u9fff]{2,}")
_NEAR, _FAR = 14, 14
_WEAK_NAME = frozenset(("全县", "全区", "全市", "上线", "人数", "学校", "达到", "其中", "工作", "教育", "占比", "比例", "以上", "完成"))


def find_shares(page: Page) -> Iterator[Relation]:
    """Every percentage with the part and the whole it was reckoned from."""
    unexplained: list[tuple[Figure, Figure]] = []
    listed: set[int] = set()
    bases = constant_bases(page)
    for relation in _lists(page):
        listed.update(p.start for p in relation.parts)
        yield relation
    for sentence in page.sentences.values():
        pending: list[tuple[Figure, Figure]] = []
        for relation in shares_together(page, sentence):
            listed.add(relation.parts[0].start)
            yield relation
        for relation in own_total(page, sentence):
            listed.add(relation.parts[-1].start)
            yield relation
        for place, rate in enumerate(sentence):
            if rate.role is not Role.SHARE or rate.start in listed:
                continue
            found = worded_share(page, sentence, place, bases)
            if found is None:
                found = _explain(page, sentence, place)
                if found is None or not found.holds:
                    named = named_share(page, rate)
                    found = named if named is not None and (named.holds or found is None or named.confidence > found.confidence) else found
            if found is not None:
                yield found
                if found.holds or found.confidence >= 0.5:
                    continue
            part = _part_beside(sentence, place)
            if part is not None:
                pending.append((part, rate))
        yield from one_whole(page, pending)
        unexplained.extend(pending)
    yield from whole_far_apart(page)


def _part_beside(sentence: list[Figure], place: int) -> Figure | None:
    """The level just before a rate, in its clause or the one before, when the rate has words of a rate."""
    rate = sentence[place]
    if place == 0 or rate.quantity.step >= 1 or not _SHARE_WORD.search(rate.quantity.before):
        return None
    part = sentence[place - 1]
    if part.role is not Role.LEVEL or not part.quantity.exact or part.value < 20 or part.depth != rate.depth:
        return None
    return part if rate.start - part.end <= 16 else None


def _fits(part_low: float, part_high: float, whole: Figure, rate: Figure) -> str:
    if whole.low <= 0:
        return ""
    low, high = part_low / whole.high * 100, part_high / whole.low * 100
    fit = ratio_fits(low, high, rate.quantity.number, rate.quantity.step)
    if not fit and rate.quantity.leaning in ("about", "above", "below", "at least"):
        middle = (low + high) / 2
        if abs(middle - rate.quantity.number) <= max(rate.quantity.number * 0.05, rate.quantity.step):
            return "rounded"
    return fit


def _compatible(part: Figure, whole: Figure) -> bool:
    return part.dimension == whole.dimension or not part.dimension or not whole.dimension


def _explain(page: Page, sentence: list[Figure], place: int) -> Relation | None:
    rate = sentence[place]
    near = [f for f in sentence[max(0, place - _NEAR) : place] if f.role is Role.LEVEL]
    after = [f for f in sentence[place + 1 : place + 3] if f.role is Role.LEVEL and f.start - rate.end < 20]
    first = near[0].index if near else rate.index
    far = [f for f in page.figures[max(0, first - 3 * _FAR) : first] if f.role is Role.LEVEL and rate.start - f.end < 700]
    far = far[-_FAR:]
    wholes = [*far, *near]
    if rate.quantity.number >= 100 and rate.quantity.step >= 1:
        return _everything(page, near, rate)
    significant = len(str(round(rate.quantity.number / rate.quantity.step)))
    parts = [*reversed(near), *after]
    best: tuple[float, Figure, Figure, str] | None = None
    for nth, part in enumerate(parts):
        for whole in reversed(wholes):
            if whole is part or whole.value < part.value * 0.98 or not _compatible(part, whole) or whole.value < 2:
                continue
            if whole.value == part.value and rate.quantity.number != 100:
                continue
            fit = _fits(part.low, part.high, whole, rate)
            if not fit:
                continue
            together = whole.sentence == rate.sentence
            confidence = 0.9 - 0.08 * nth - (0.0 if together else 0.12) - (0.15 if fit == "truncated" else 0) - 0.25 * (significant < 2)
            confidence -= 0.1 * (part.dimension != whole.dimension)
            if best is None or confidence > best[0]:
                best = confidence, part, whole, fit
        if best is not None and nth == 0 and best[0] > 0.7:
            break
    if best is not None and (best[0] >= 0.5 or significant >= 3):
        return _share(page, best[1:2], best[2], rate, max(best[0], 0.5), best[3])
    if significant >= 3 and len(near) >= 3 and near[-1].start - near[-2].end < 16:
        pair = _pair(near[-2:], (), near[:-2], rate)
        if pair is not None:
            return _share(page, pair[0], pair[1], rate, 0.7, "rounded")
    if near and (wholly := _named_whole(page, near[-1], rate)) is not None:
        return wholly
    named: Relation | None = None
    if significant >= 3:
        named = _named_far(page, rate, far)
        if named is not None and named.holds:
            return named
    if significant >= 4:
        whole_sentence = [f for f in sentence[max(0, place - 14) : place] if f.role is Role.LEVEL]
        pair = _pair([*far[-6:], *near] if len(near) < 2 else whole_sentence, after, [*far[-4:], *whole_sentence], rate)
        if pair is not None:
            return _share(page, pair[0], pair[1], rate, 0.7, "rounded")
    return _unfit(page, sentence, place, near, far) or named


def _pair(near: Sequence[Figure], after: Sequence[Figure], wholes: Sequence[Figure], rate: Figure) -> tuple[list[Figure], Figure] | None:
    """Two parts together, as public and subsidised private places together cover a share."""
    pool = [*near, *after][-12:]
    for whole in reversed(wholes):
        if whole.low <= 0:
            continue
        for n, a in enumerate(pool):
            for b in pool[n + 1 :]:
                if (
                    a is whole
                    or b is whole
                    or a.value < 2
                    or b.value < 2
                    or a.dimension != b.dimension
                    or not _compatible(a, whole)
                    or a.value + b.value > whole.high
                ):
                    continue
                low, high = (
                    (a.low + b.low) / max(whole.high, 1e-9) * 100,
                    (a.high + b.high) / max(whole.low, 1e-9) * 100,
                )
                if ratio_fits(low, high, rate.quantity.number, rate.quantity.step) == "rounded":
                    return [a, b], whole
    return None


def _named_whole(page: Page, part: Figure, rate: Figure) -> Relation | None:
    """占幼儿园总数的93.88%: the whole is named, and stands anywhere before. Where none of that name fits, the nearest is
    meant if it comes near the rate, or misses it by one digit."""
    named = _WHOLE_NAMED.search(rate.quantity.before)
    if named is None or rate.start - part.end > 40 or rate.quantity.number >= 100:
        return None
    name = named.group("name")
    meant: Figure | None = None
    for whole in reversed(page.figures[max(0, rate.index - 200) : part.index]):
        alike = whole.role is Role.LEVEL and whole.dimension == part.dimension and whole.value > part.value
        if not alike or not whole.quantity.before.removesuffix("总数").removesuffix("共有").endswith(name):
            continue
        if _fits(part.low, part.high, whole, rate) == "rounded":
            return _share(page, [part], whole, rate, 0.75, "rounded")
        if meant is None and rate.start - whole.end < 400 and not part.quantity.leaning and not whole.quantity.leaning:
            meant = whole
    if meant is None or _OTHER_WHOLE.search(rate.quantity.before):
        return None
    computed = part.value / meant.value * 100
    step = rate.quantity.step
    slip = digit_slip(rate.quantity.number, round(computed / step) * step, step)
    if slip or abs(computed - rate.quantity.number) < 8:
        plain_name = _SAID.sub("", meant.quantity.before) == name  # 在编教师 is not 教师总数
        return _share(page, [part], meant, rate, 0.4 if not plain_name else 0.65 if slip else 0.55, "")
    return None


def _named_far(page: Page, rate: Figure, far: Sequence[Figure]) -> Relation | None:
    """Part and whole both stand in earlier sentences, and the rate names the part."""
    words = "".join(_NAME.findall(rate.quantity.before))
    names = {words[i : i + 2] for i in range(len(words) - 1)} - _WEAK_NAME
    if not names:
        return None
    pool = far[-_FAR:]
    doubt: tuple[Figure, Figure] | None = None
    for n in range(len(pool) - 1, -1, -1):
        part = pool[n]
        if (
            part.value < 5
            or rate.start - part.end > 400
            or not any(name in page.plain[max(0, part.start - 16) : part.start] for name in names)
        ):
            continue
        for whole in pool:
            if (
                whole is not part
                and whole.value > part.value
                and _compatible(part, whole)
                and _fits(part.low, part.high, whole, rate) == "rounded"
            ):
                return _share(page, [part], whole, rate, 0.65, "rounded")
            if doubt is None and whole is not part and whole.value > part.value and _compatible(part, whole) and rate.quantity.number >= 10:
                computed = part.value / whole.value * 100
                if digit_slip(rate.quantity.number, computed, rate.quantity.step) and rate.quantity.step < 1:
                    doubt = part, whole
    return _share(page, [doubt[0]], doubt[1], rate, 0.3, "") if doubt is not None else None


def _share(page: Page, parts: Sequence[Figure], whole: Figure, rate: Figure, confidence: float, fit: str) -> Relation:
    scale = whole.quantity.scale
    shown = "+".join(p.printed if p.quantity.scale == scale else number(p.value / scale) for p in parts)
    if len(parts) > 1:
        shown = f"({shown})"
    computed = sum(p.value for p in parts) / whole.value * 100
    reason = {
        "rounded": "the part over the whole gives the rate",
        "truncated": "the part over the whole gives the rate, cut off rather than rounded",
    }.get(fit, f"the part over the whole is {computed:.2f}%")
    return make(
        page,
        "share",
        [whole, *parts, rate],
        f"{shown}/{whole.printed}*100",
        computed=computed,
        stated=rate.quantity.number,
        holds=bool(fit),
        confidence=confidence,
        reason=reason,
        rounded=fit == "truncated",
    )


def _everything(page: Page, near: Sequence[Figure], rate: Figure) -> Relation | None:
    """100 %: either part equals whole, or the text says 全部."""
    if not near or rate.quantity.number > 100:
        return None
    last = near[-1]
    between = page.plain[last.end : rate.start]
    if len(between) < 16 and _ALL.search(between):
        return make(
            page,
            "share",
            [last, rate],
            f"{last.printed}/{last.printed}*100",
            computed=100.0,
            stated=100.0,
            holds=True,
            confidence=0.8,
            reason="all of them",
        )
    if not _SHARE_WORD.search(rate.quantity.before) or rate.start - last.end > 12:
        return None
    same = [f for f in near[:-1] if f.dimension == last.dimension]
    if same and same[-1].value == last.value and last.value >= 2:
        return _share(page, [last], same[-1], rate, 0.75, "rounded")
    if same and same[-1].value > last.value and not _OTHER_WHOLE.search(rate.quantity.before) and last.sentence == same[-1].sentence:
        ratio = last.value / same[-1].value
        if ratio > 0.9 and last.value > 20:
            return _share(page, [last], same[-1], rate, 0.45, "")
    return None


def _unfit(page: Page, sentence: list[Figure], place: int, near: Sequence[Figure], far: Sequence[Figure]) -> Relation | None:
    """Part and whole stand where they should, but do not give the rate."""
    rate = sentence[place]
    before = rate.quantity.before
    if not near or not _SHARE_WORD.search(before) or _OTHER_WHOLE.search(before) or rate.quantity.number > 100:
        return None
    part = near[-1]
    between = page.plain[part.end : rate.start]
    if part is not sentence[place - 1] or len(between) > 22 or part.quantity.leaning or part.quantity.upper is not None:
        return None
    rated = rate.quantity.number
    wholes = [f for f in near[:-1] if f.value > part.value and f.dimension == part.dimension]
    distant = [f for f in far if f.value > part.value and f.dimension == part.dimension and f.paragraph == rate.paragraph]
    if not wholes and not distant:
        return None
    whole = _likely_whole([*distant[-3:], *wholes], part, rated)
    beyond = whole in distant
    computed = part.value / whole.value * 100
    gap = abs(computed - rated)
    close = gap <= 10 and (computed > rated * 0.5) and (computed < rated * 2)
    slip = digit_slip(rated, round(computed / rate.quantity.step) * rate.quantity.step, rate.quantity.step)
    own = before.startswith("占") or "占" in before[:4] or "率" in before
    tight = gap <= max(1.0, 10 * rate.quantity.step) and rate.quantity.number > 10
    if not beyond and own and (close or slip):
        confidence = 0.75 if slip or tight else 0.55 if "占" in before[:3] else 0.45
    elif own and (slip or tight):
        confidence = 0.5 if slip and tight else 0.4
    elif close or slip:
        confidence = 0.35
    else:
        return _other_part(page, near, rate)
    return _share(page, [part], whole, rate, confidence, "")


def _other_part(page: Page, near: Sequence[Figure], rate: Figure) -> Relation | None:
    """An earlier part of the sentence that misses the rate by one digit: worth a question."""
    for n in range(len(near) - 2, max(-1, len(near) - 5), -1):
        part = near[n]
        for whole in reversed(near[:n]):
            if whole.value > part.value > 0 and whole.dimension == part.dimension and rate.quantity.step < 1:
                computed = part.value / whole.value * 100
                if abs(computed - rate.quantity.number) < 10 and digit_slip(rate.quantity.number, computed, rate.quantity.step):
                    return _share(page, [part], whole, rate, 0.35, "")
    return None


def _likely_whole(wholes: Sequence[Figure], part: Figure, rate: float) -> Figure:
    """The nearest whole, unless another one comes within ten points of the rate and the nearest does not."""
    nearest = wholes[-1]
    if abs(part.value / nearest.value * 100 - rate) <= 10:
        return nearest
    return min(reversed(wholes), key=lambda f: abs(part.value / f.value * 100 - rate))


def _lists(page: Page) -> Iterator[Relation]:
    """A…分别为 x、y、z; B…分别为 …; B占A的比例分别为 …%: lists of one length, place by place."""
    before: list[list[Figure]] = []
    for sentence in page.sentences.values():
        here = _columns_of(page, sentence)
        if not here:
            continue
        lists = [*(run for run in before if here[0][0].start - run[-1].end < 300), *here]
        before = here
        for n, rates in enumerate(lists):
            if rates[0].dimension != "%" or rates[0].role is not Role.SHARE:
                continue
            for part in reversed(lists[max(0, n - 6) : n]):
                done = False
                for whole in lists[max(0, n - 6) : n]:
                    if whole is part or len(part) != len(rates) or len(whole) != len(rates) or part[0].dimension != whole[0].dimension:
                        continue
                    if any(w.value < p.value or w.value <= 0 for w, p in zip(whole, part, strict=True)):
                        continue
                    fits = [_fits(p.low, p.high, w, r) for p, w, r in zip(part, whole, rates, strict=True)]
                    if not any(fits) or any(
                        abs(p.value / w.value * 100 - r.quantity.number) > 12 for p, w, r in zip(part, whole, rates, strict=True)
                    ):
                        continue
                    most = sum(map(bool, fits)) * 2 > len(fits)
                    for p, w, r, fit in zip(part, whole, rates, fits, strict=True):
                        yield _share(page, [p], w, r, (0.85 if most else 0.6) if fit else 0.7 if most else 0.4, fit)
                    done = True
                    break
                if done:
                    break


def _columns_of(page: Page, sentence: list[Figure]) -> list[list[Figure]]:
    """Runs of two or more figures of one unit joined by 、 only, after 分别."""
    runs: list[list[Figure]] = []
    for figure in sentence:
        last = runs[-1][-1] if runs else None
        if last is not None and last.dimension == figure.dimension and page.plain[last.end : figure.start].strip() in ("、", "和", ","):
            runs[-1].append(figure)
        else:
            runs.append([figure])
    return [run for run in runs if len(run) >= 2]
