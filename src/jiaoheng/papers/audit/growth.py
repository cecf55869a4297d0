"""Growth: a level, a change and a rate that must agree; and a change in percentage points between two rates.

Changes when reports word a change in another way. The rate may stand paragraphs after its figures: then the words
must match.
"""

__all__ = ["find_growth"]

import itertools
import re
from collections.abc import Iterator

from jiaoheng.papers.audit.figure import Figure, Page, Role
from jiaoheng.papers.audit.relation import Relation, make, number, ratio_fits

_WORDS = re.compile(r"[\u4e00-\u9fff]{2,}")
_IDLE = re.compile(
    r"比上年|比去年|较上年|较去年|同比|上年|去年|增长率?|增加|增幅|减少|下降|提高|人数|总数|达到?|为|今年|全[县市区省]|其中|分别|再|又|实现|年均"
)
_YEAR = re.compile(r"(?:20[0-9]{2}年|今年|去年|上年)(?:我[县市区]|全[县市区])?")
_YEARLY = re.compile(r"年均|年平均|每年|年递增")
_BACK = 24  # figures looked back over for the level and the change behind a rate


def find_growth(page: Page) -> Iterator[Relation]:
    """Every rate of change with the figures it was reckoned from, and every change in points with its two rates."""
    for sentence in page.sentences.values():
        yield from _differences(page, sentence)
        yield from _listed(page, sentence)
        settled: set[int] = set()
        yield from _respectively(page, sentence, settled)
        for place, figure in enumerate(sentence):
            if figure.start in settled:
                continue
            if figure.role is Role.GROWTH and not _YEARLY.search(figure.quantity.before):
                found = _beside(page, sentence, place) or _far(page, figure)
                if found is not None:
                    yield found
            elif figure.role is Role.POINTS:
                points = _points(page, sentence, place)
                if points is not None:
                    yield points


def _listed(page: Page, sentence: list[Figure]) -> Iterator[Relation]:
    """三年分别为a、b、c,同比分别增长x%、y%、z%: each rate but the first follows from two neighbours."""
    if "分别" not in page.plain[max(0, sentence[0].start - 30) : sentence[-1].start]:
        return
    runs: list[list[Figure]] = []
    for figure in sentence:
        if figure.role not in (Role.LEVEL, Role.GROWTH):
            continue
        last = runs[-1][-1] if runs else None
        if (
            last is not None
            and (last.role, last.dimension) == (figure.role, figure.dimension)
            and page.plain[last.end : figure.start].strip() in ("、", "和", "及")
        ):
            runs[-1].append(figure)
        else:
            runs.append([figure])
    for levels, rates in itertools.pairwise(run for run in runs if len(run) >= 3):
        if levels[0].role is not Role.LEVEL or rates[0].role is not Role.GROWTH or len(levels) != len(rates):
            continue
        if any(level.low <= 0 for level in levels):
            continue
        steps = zip(levels, levels[1:], rates[1:], strict=False)
        found = [_rate(page, new, None, old, rate, 0.75) for old, new, rate in steps]
        if any(relation.holds for relation in found):
            yield from found


def _respectively(page: Page, sentence: list[Figure], settled: set[int]) -> Iterator[Relation]:
    """甲由a提高到b,乙由c提高到d,分别增长x%和y%: as many rates as pairs, place by place. `settled` takes the rates of
    such a list; where the pairs are fewer or more nobody can tell whose each is."""
    n = 0
    while n < len(sentence):
        rates = [sentence[n]]
        while n + len(rates) < len(sentence):
            following = sentence[n + len(rates)]
            joined = page.plain[rates[-1].end : following.start].strip() in ("、", "和", "及", "与", ",")
            if not joined or following.role is not Role.GROWTH or rates[0].role is not Role.GROWTH:
                break
            rates.append(following)
        if len(rates) > 1 and "分别" in page.plain[max(0, rates[0].start - 12) : rates[0].start]:
            pairs = _pairs_of(page, sentence[:n])
            settled.update(rate.start for rate in rates)
            if len(pairs) == len(rates):
                for (new, change, old), rate in zip(pairs, rates, strict=True):
                    base = old.value if old is not None else new.value - (change.value * change.sign if change is not None else 0)
                    if base > 0:
                        yield _rate(page, new, change, old, rate, 0.75)
        n += len(rates)


def _pairs_of(page: Page, before: list[Figure]) -> list[tuple[Figure, Figure | None, Figure | None]]:
    """Neighbouring figures that are a level and its former value, or a level and its change, since the last `;`."""
    pairs: list[tuple[Figure, Figure | None, Figure | None]] = []
    taken = -1
    for n, (first, second) in enumerate(itertools.pairwise(before)):
        if ";" in page.plain[first.end : second.start]:
            pairs = []
        if first.dimension != second.dimension or n <= taken:
            continue
        if first.role is Role.PREVIOUS and second.role is Role.LEVEL:
            pairs.append((second, None, first))
        elif first.role is Role.LEVEL and second.role is Role.PREVIOUS:
            pairs.append((first, None, second))
        elif first.role is Role.LEVEL and second.role is Role.CHANGE:
            pairs.append((first, second, None))
        else:
            continue
        taken = n + 1
    return pairs


def _rate(page: Page, new: Figure, change: Figure | None, old: Figure | None, rate: Figure, confidence: float) -> Relation:
    """The rate checked against level and change, or against level and previous level."""
    step, printed = rate.quantity.step, rate.quantity.number
    lean = rate.quantity.leaning
    if old is not None:
        base_low, base_high = old.low, old.high
        delta_low, delta_high = new.low - old.high, new.high - old.low
        computed = (new.value - old.value) / old.value * 100
        shown = f"({new.printed}-{old.printed})/{old.printed}*100"
        figures = [new, old, rate]
    else:
        assert change is not None
        before = new.value - change.value * change.sign
        base_low, base_high = (
            new.low - max(change.sign * change.low, change.sign * change.high),
            new.high - min(change.sign * change.low, change.sign * change.high),
        )
        delta_low, delta_high = sorted((change.low * change.sign, change.high * change.sign))
        computed = change.value * change.sign / before * 100
        factor = change.quantity.scale / new.quantity.scale
        d = change.printed if factor == 1 else number(change.quantity.number * factor)
        shown = f"{d}/({new.printed}{'-' if change.sign > 0 else '+'}{d})*100"
        figures = [new, change, rate]
    if base_low <= 0:
        base_low = base_high = max(base_high, 1e-9)
    ends = [d / b * 100 * rate.sign for d in (delta_low, delta_high) for b in (base_low, base_high)]
    fit = ratio_fits(min(ends), max(ends), printed, step)
    if (
        not fit
        and lean in ("about", "above", "below", "at least")
        and abs(computed * rate.sign - printed) <= max(abs(printed) * 0.08, step)
    ):
        fit = "rounded"
    value = computed * rate.sign if rate.sign * computed >= 0 else computed
    reason = "the rate agrees with the two figures" + (", truncated rather than rounded" if fit == "truncated" else "")
    if not fit:
        reason = f"the rate should be {value:.2f}%"
        if change is not None and new.low > 0 and ratio_fits(change.low / new.high * 100, change.high / new.low * 100, printed, step):
            reason = f"the change was divided by the new figure; of the old one it is {value:.2f}%"
            confidence = max(confidence, 0.85)
        elif value < 0 < printed:
            reason = "the figures fall where the rate rises"
    return make(
        page,
        "growth",
        figures,
        shown,
        computed=value,
        stated=printed,
        holds=bool(fit),
        confidence=confidence,
        reason=reason,
        rounded=fit == "truncated",
    )


def _beside(page: Page, sentence: list[Figure], place: int) -> Relation | None:
    """The level and change, or the level and previous level, just before (or just after) a rate in its sentence."""
    rate = sentence[place]
    before = [f for f in sentence[max(0, place - 5) : place] if f.depth == rate.depth or f.depth == 0]
    level = next((f for f in reversed(before) if f.role is Role.LEVEL), None)
    readings: list[tuple[Figure, Figure | None, Figure | None, float]] = []
    if before:
        last = before[-1]
        if last.role is Role.CHANGE and last.subject is not None and last.subject.dimension == last.dimension:
            readings.append((last.subject, last, None, 0.85))
        if last.role is Role.PREVIOUS and last.dimension != "%" and last.subject is not None and last.subject.dimension == last.dimension:
            readings.append((last.subject, None, last, 0.85))
        if len(before) >= 2 and last.role is Role.LEVEL and before[-2].role is Role.PREVIOUS and before[-2].dimension == last.dimension:
            readings.append((last, None, before[-2], 0.85))
        changes = [f for f in before if f.role is Role.CHANGE]
        if level is not None and changes and changes[-1].dimension == level.dimension and changes[-1].index > level.index:
            readings.append((level, changes[-1], None, 0.6))
        olds = [f for f in before if f.role is Role.PREVIOUS]
        if level is not None and olds and olds[-1].dimension == level.dimension:
            readings.append((level, None, olds[-1], 0.7))
        if last.role is Role.CHANGE and rate.start - last.end <= 6 and (new := _named_before(page, last)) is not None:
            readings.append((new, last, None, 0.7))
        following = sentence[place + 1] if place + 1 < len(sentence) else None
        if level is not None and following is not None and following.role is Role.CHANGE and following.dimension == level.dimension:
            readings.append((level, following, None, 0.6))
    change = next((f for f in reversed(before) if f.role is Role.CHANGE), None)
    if change is not None and (rate.start - change.end) < 12:  # 受理56件,办结53件;比上年减少12件: of the first perhaps
        others = [f for f in sentence[max(0, place - 8) : place] if f.role is Role.LEVEL and f.dimension == change.dimension]
        readings += [(f, change, None, 0.5) for f in reversed(others) if f is not change.subject and f.depth <= rate.depth]
    first: Relation | None = None
    for new, change, old, confidence in readings:
        if (old is not None and old.value <= 0) or (change is not None and new.value - change.value * change.sign <= 0):
            continue
        if new.quantity.upper is not None:
            continue
        relation = _rate(page, new, change, old, rate, confidence)
        if relation.holds:
            return relation
        off = abs((relation.computed or 0) - rate.quantity.number)
        if off > max(60.0, 2 * rate.quantity.number):
            relation = _rate(page, new, change, old, rate, min(confidence, 0.45))
        first = first or relation
    return first


def _named_before(page: Page, change: Figure) -> Figure | None:
    """与上年比较,卫生人员增加3人(增长5%): the last level of that name and unit before the sentence of a change."""
    name = _CHANGED.sub("", change.quantity.before)
    if len(name) < 3 or change.subject is not None:
        return None
    for figure in reversed(page.figures[max(0, change.index - _BACK) : change.index]):
        if figure.role is Role.LEVEL and figure.dimension == change.dimension and figure.sentence < change.sentence:
            words = _SAID.sub("", figure.quantity.before)
            if words.endswith(name):
                return figure
    return None


_CHANGED = re.compile(r"^(?:其中|全[国省市县区])|(?:总?数|人数)?(?:比上年|比去年|同比)?(?:净?增加|增长|减少|下降|增|减)了?$")
_SAID = re.compile(r"(?:总?数|人数|共|有|为|达到?)+$")


def _far(page: Page, rate: Figure) -> Relation | None:
    """A rate without figures beside it: level and change in earlier sentences whose words it shares and whose
    arithmetic it fits."""
    names = _names(rate.quantity.before)
    if not names or (rate.quantity.step >= 1 and rate.quantity.number < 10):
        return None
    tried: list[tuple[bool, Relation]] = []
    for figure in page.figures[max(0, rate.index - _BACK) : rate.index]:
        if figure.role is not Role.CHANGE or figure.subject is None or figure.subject.dimension != figure.dimension:
            continue
        subject = figure.subject
        if figure.index - subject.index > 2 or subject.value - figure.value * figure.sign <= 0:
            continue
        context = page.plain[max(page.start_of_sentence(subject.sentence) - 30, 0) : subject.start]
        if any(name in context for name in names):
            direct = any(name in subject.quantity.before for name in names) and subject.quantity.before[:2] != "其中"
            tried.append((direct, _rate(page, subject, figure, None, rate, 0.75)))
    holding = [r for _, r in tried if r.holds]
    if holding:
        return holding[-1]
    close = [r for direct, r in tried if abs((r.computed or 0) - rate.quantity.number) < 12 and (direct or len(tried) == 1)]
    if len(close) == 1:
        doubt = close[0]
        return Relation(
            doubt.kind,
            doubt.parts,
            doubt.expression,
            doubt.computed,
            doubt.stated,
            False,
            0.4,
            "question",
            doubt.explanation,
        )
    return None


def _names(before: str) -> list[str]:
    """Two-character words that say whose rate it is."""
    return [word[i : i + 2] for word in _WORDS.findall(_IDLE.sub(" ", before)) for i in range(len(word) - 1)]


def _points(page: Page, sentence: list[Figure], place: int) -> Relation | None:
    """由A%提高到B%,提高C个百分点; or B%, 比上年的A%提高C个百分点."""
    points = sentence[place]
    before = sentence[max(0, place - 4) : place]
    if re.search(r"比全[省市国]|平均", points.quantity.before):
        return None
    rates = [f for f in before if f.dimension == "%" and f.role in (Role.SHARE, Role.PREVIOUS)]
    old = next((f for f in reversed(rates) if f.role is Role.PREVIOUS), None)
    if old is None:
        return None
    new = next((f for f in reversed(rates) if f is not old), None)
    if new is None:
        return None
    computed = new.value - old.value
    tolerance = (new.quantity.step + old.quantity.step + points.quantity.step) / 2 if points.quantity.leaning == "" else 1.0
    holds = abs(computed - points.value * points.sign) <= tolerance + 1e-9 or abs(abs(computed) - points.value) <= 1e-9
    exact = abs(abs(computed) - points.value) < 1e-9
    return make(
        page,
        "difference",
        [new, old, points],
        f"{new.printed}-{old.printed}",
        computed=abs(computed),
        stated=points.quantity.number,
        holds=holds,
        confidence=0.85,
        rounded=holds and not exact,
        reason="the two rates lie that far apart" if holds else f"the two rates lie {abs(computed):.2f} points apart",
    )


def _two_years(first: Figure, second: Figure) -> bool:
    """2021年小学招生…人,2022年小学招生…人: one thing in two years."""
    years = [_YEAR.match(f.quantity.before) for f in (first, second)]
    if not years[0] or not years[1] or years[0].group() == years[1].group():
        return False
    return first.quantity.before[years[0].end() :] == second.quantity.before[years[1].end() :]


def _differences(page: Page, sentence: list[Figure]) -> Iterator[Relation]:
    """由A增加到B,增加C; B,比上年的A增加C: a change between two levels."""
    for place, change in enumerate(sentence):
        if change.role is not Role.CHANGE or place < 2:
            continue
        first, second = sentence[place - 2], sentence[place - 1]
        if first.dimension != change.dimension or second.dimension != change.dimension:
            continue
        roles = {first.role, second.role}
        yearly = roles == {Role.LEVEL} and _two_years(first, second)
        if roles != {Role.LEVEL, Role.PREVIOUS} and not yearly:
            continue
        new, old = (first, second) if second.role is Role.PREVIOUS else (second, first)
        scale = change.quantity.scale
        computed = (new.value - old.value) * change.sign / scale
        low, high = sorted(((new.low - old.high) * change.sign, (new.high - old.low) * change.sign))
        noise = 1e-9 * max(1.0, abs(new.value))
        holds = low <= change.high + noise and high >= change.low - noise
        yield make(
            page,
            "difference",
            [new, old, change],
            f"{new.printed}-{old.printed}" if change.sign > 0 else f"{old.printed}-{new.printed}",
            computed=computed,
            stated=change.quantity.number,
            holds=holds,
            confidence=0.85,
            rounded=holds and abs(computed - change.quantity.number) > 1e-9,
            reason="the two levels lie that far apart" if holds else f"the two levels lie {number(round(abs(computed), 6))} apart",
        )
