"""Verdict view: a standard's verdict as a template speaks of it, every number in it a figure.

Changes when papers tell a verdict in another way.
"""

from collections.abc import Iterable, Sequence
from decimal import Decimal

from jiaoheng.papers.draft import Block, Draft
from jiaoheng.papers.evidence import NotThere, Organisation
from jiaoheng.papers.figure import Figure, plain
from jiaoheng.papers.number_style import rounded, written
from jiaoheng.standards.verdict import ItemVerdict, SchoolVerdict, Verdict

__all__ = ["SchoolView", "VerdictView"]

_MARK = {"met": "", "near": "△", "short": "×", "not_reported": ""}


class SchoolView:
    """One judged school (or stage of one)."""

    def __init__(self, draft: Draft, verdict: Verdict, school: SchoolVerdict) -> None:
        self._draft, self._verdict, self._school = draft, verdict, school
        self.code, self.stage, self.passes = school.organisation, school.stage, school.passes
        self.name = draft.evidence.organisation(school.organisation).name
        self.stage_name = draft.evidence.word("stage", school.stage)

    def figure(self, measure: str) -> Figure:
        return self._draft.looked_up(measure, self.code, self.stage, self._verdict.period)

    @property
    def lacking(self) -> list[Figure]:
        """What the school lacks, each a phrase such as «缺3名体育艺术教师»."""
        return [self._lack(item) for item in self._school.items if item.shortfall]

    @property
    def not_reported(self) -> list[str]:
        """The names of the measures that the school did not report."""
        return [item.item.short.in_language(self._draft.evidence.language) for item in self._school.items if item.meets is None]

    def cell(self, item: ItemVerdict) -> str:
        """The value with its mark: △ misses the threshold but not the floor, × lies below it, – not reported."""
        evidence = self._draft.evidence
        figure = self._draft.figure(
            evidence.value(item.measure, self.code, self.stage, self._verdict.period),
            evidence.measure(item.measure),
            self._draft.which(self.code, self.stage, self._verdict.period),
        )
        if figure is None:
            return "–" if item.meets is None else f"∞{_MARK[item.grade]}"
        return f"{figure}{_MARK[item.grade]}"

    def _lack(self, item: ItemVerdict) -> Figure:
        language = self._draft.evidence.language
        label = self._draft.evidence.measure(item.measure).label.in_language(language)
        label = f"{label}缺口" if self._draft.chinese else f"{label}, shortfall"
        which = self._draft.which(self.code, self.stage, self._verdict.period, f"{'≥' if item.item.better == 'more' else '≤'} {_decimal(item.threshold)}")
        return self._draft.figures.note(
            item.measure, label, which, item.shortfall, item.shortfall_text(language), numerator=item.numerator, denominator=item.denominator
        )


class VerdictView:
    """A verdict over the paper's area."""

    def __init__(self, draft: Draft, verdict: Verdict) -> None:
        self._draft, self._verdict = draft, verdict
        self._language = draft.evidence.language
        self.label = verdict.standard.label.in_language(self._language)
        self.source = verdict.standard.source.document
        note = verdict.standard.source.note
        self.note = note.in_language(self._language) if note else ""
        self.passes, self.stages = verdict.passes, verdict.stages

    def judged(self, stage: str | None = None) -> Figure:
        found = self._of(stage)
        return self._count("纳入评判的学校（段）" if self._draft.chinese else "schools judged", found, found, stage)

    def passed(self, stage: str | None = None) -> Figure:
        found = self._of(stage)
        return self._count("达标学校（段）" if self._draft.chinese else "schools that pass", [one for one in found if one.passes], found, stage)

    def failed(self, stage: str | None = None) -> Figure:
        found = self._of(stage)
        words = "未达标学校（段）" if self._draft.chinese else "schools that fail"
        return self._count(words, [one for one in found if one.passes is False], found, stage)

    def undecided(self, stage: str | None = None) -> Figure:
        found = self._of(stage)
        words = "因缺数据未能判定的学校（段）" if self._draft.chinese else "schools left open for want of figures"
        return self._count(words, [one for one in found if one.passes is None], found, stage)

    def share(self, stage: str | None = None) -> Figure:
        """Passed of judged, as a percentage."""
        found = self._of(stage)
        return self._share(found, None, stage)

    def threshold(self, measure: str, stage: str) -> str:
        """The threshold in force, as the rulebook writes it."""
        return _decimal(self._verdict.standard.threshold(measure, stage, self._verdict.on))

    @property
    def rule(self) -> str:
        """The rule by which a school passes, in words."""
        rule, items = self._verdict.standard.school_rule, len(self._verdict.standard.items)
        share = f"{rounded(float(rule.rest_share) * 100, 0)}%" if rule.rest_share is not None else ""
        if self._draft.chinese:
            return f"每校{items}项指标至少{rule.at_least}项达标" + (f"，余项不低于标准的{share}" if share else "")
        rest = f", and the rest at least {share} of their thresholds" if share else ""
        return f"every school meets at least {rule.at_least} of {items} thresholds{rest}"

    def schools(self, stage: str | None = None, *, failing: bool = False, limit: int = 60) -> list[SchoolView]:
        found = [one for one in self._of(stage) if not failing or one.passes is False]
        return [SchoolView(self._draft, self._verdict, one) for one in found[:limit]]

    def lacking(self, stage: str | None = None) -> list[Figure]:
        """What all schools of the area lack together, a phrase for each measure: the sum of the schools' own shortfalls."""
        phrases = []
        for item in self._verdict.standard.items:
            found = [one for school in self._of(stage) for one in school.items if one.measure == item.measure and one.shortfall]
            total = sum(one.shortfall or 0 for one in found)
            if total:
                label = self._draft.evidence.measure(item.measure).label.in_language(self._language)
                label = f"{label}缺口合计" if self._draft.chinese else f"{label}, shortfall of all schools"
                which = self._draft.which(None, stage or "all", self._verdict.period, f"{len(found)}")
                about = f"standard:{self._verdict.standard.id}"
                phrases.append(self._draft.figures.note(about, label, which, total, item.lacking.said(total, self._language), numerator=total))
        return phrases

    def table(self, stage: str, title: str | None = None, limit: int = 60) -> Block:
        """Schools of a stage against the measures; those that fail first where there are more than `limit`."""
        schools = self._of(stage)
        if not schools:
            raise NotThere(f"The standard judged no school of the stage «{stage}» here. Stages judged: {', '.join(self.stages)}.")
        if len(schools) > limit:
            schools = sorted(schools, key=lambda one: (one.passes is not False, -one.pupils))[:limit]
        zh, standard = self._draft.chinese, self._verdict.standard
        words = {True: "达标" if zh else "passes", False: "未达标" if zh else "fails", None: "待补报" if zh else "open"}
        rows = []
        for school in schools:
            view = SchoolView(self._draft, self._verdict, school)
            rows.append([plain(view.name), *(view.cell(item) for item in school.items), words[school.passes]])
        rows.append(self._variation_row(stage))
        sign = {item.measure: "≥" if item.better == "more" else "≤" for item in standard.items}
        headings = ["学校" if zh else "School"]
        headings += [plain(f"{i.short.in_language(self._language)} {sign[i.measure]}{self.threshold(i.measure, stage)}") for i in standard.items]
        headings.append("判定" if zh else "Verdict")
        name = self._draft.evidence.word("stage", stage)
        note, widths = self._legend(), [20, *([11] * len(standard.items)), 9]
        caption = title or (f"{name}{self.label}判定" if zh else f"{self.label}: {name.lower()}")
        return self._draft.add_table(headings, rows, right=range(1, len(headings) - 1), title=plain(caption), note=note, widths=widths)

    def _legend(self) -> str:
        """What the marks of the table mean."""
        share = self._verdict.standard.school_rule.rest_share
        if share is None:
            return "× 未达到标准；– 未填报。" if self._draft.chinese else "× misses the threshold; – not reported."
        percent = f"{rounded(float(share) * 100, 0)}%"
        if self._draft.chinese:
            return f"△ 低于标准，但不低于标准的{percent}；× 低于标准的{percent}；– 未填报。"
        return f"△ below the threshold, but at {percent} of it or above; × below {percent} of it; – not reported."

    def by_level(self, level: str, stage: str | None = None, title: str | None = None) -> Block:
        """Areas of a level: schools judged, passed, the share, and what their schools lack together."""
        zh, items = self._draft.chinese, self._verdict.standard.items
        areas = self._draft.evidence.at(level)
        paths = {code: one.path for code, one in self._draft.evidence.organisations.items()}
        below = {one.path: one for one in areas}
        groups: dict[str, list[SchoolVerdict]] = {one.code: [] for one in areas}
        for school in self._of(stage):
            steps = paths[school.organisation].split("/")
            for depth in range(len(steps), 0, -1):
                found = below.get("/".join(steps[:depth]))
                if found:
                    groups[found.code].append(school)
                    break
        rows = [self._level_row(one, groups[one.code], stage, items_of=[i.measure for i in items]) for one in areas if groups[one.code]]
        headings = [self._draft.evidence.word("kind", level), *(("评判", "达标", "达标率") if zh else ("Judged", "Pass", "Share"))]
        headings += [f"{'缺' if zh else 'Lacking '}{item.lacking.noun.in_language(self._language)}" for item in items]
        return self._draft.add_table(
            [plain(text) for text in headings], rows, right=range(1, len(headings)),
            title=plain(title or (f"各{headings[0]}{self.label}判定" if zh else f"{self.label} by {headings[0].lower()}")),
        )  # fmt: skip

    def variations_table(self, title: str | None = None) -> Block:
        """The coefficients of variation by stage, against their limits."""
        zh = self._draft.chinese
        rows = []
        for variation in self._verdict.standard.variations:
            row = [plain(self._draft.evidence.measure(variation.of).label.in_language(self._language))]
            for stage in self.stages:
                row.append(self._variation_cell(variation.measure, stage))
            rows.append(row)
        headings = ["指标" if zh else "Measure"]
        for stage in self.stages:
            limits = {one.limit for one in self._verdict.variations if one.stage == stage}
            limit = f" ≤{_decimal(next(iter(limits)))}" if len(limits) == 1 else ""
            headings.append(f"{self._draft.evidence.word('stage', stage)}{limit}")
        caption = title or ("校际差异系数" if zh else "Coefficients of variation between schools")
        note = "× 超过限值。" if zh else "× above the limit."
        return self._draft.add_table(headings, rows, right=range(1, len(headings)), title=plain(caption), note=note)

    def _level_row(self, one: Organisation, schools: Sequence[SchoolVerdict], stage: str | None, *, items_of: Iterable[str]) -> list[str]:
        zh = self._draft.chinese
        passed = [school for school in schools if school.passes]
        row = [
            plain(one.name),
            str(self._count("纳入评判的学校（段）" if zh else "schools judged", schools, schools, stage, one.code)),
            str(self._count("达标学校（段）" if zh else "schools that pass", passed, schools, stage, one.code)),
            str(self._share(schools, one.code, stage)),
        ]
        for measure in items_of:
            total = sum(item.shortfall or 0 for school in schools for item in school.items if item.measure == measure)
            label = self._draft.evidence.measure(measure).label.in_language(self._language)
            label = f"{label}缺口合计" if zh else f"{label}, shortfall of all schools"
            which = self._draft.which(one.code, stage or "all", self._verdict.period)
            row.append(str(self._draft.figures.note(f"standard:{self._verdict.standard.id}", label, which, total, written(total), numerator=total)))
        return row

    def _variation_row(self, stage: str) -> list[str]:
        by_item = {rule.of: rule.measure for rule in self._verdict.standard.variations}
        cells = [self._variation_cell(by_item[item.measure], stage) if item.measure in by_item else "" for item in self._verdict.standard.items]
        mine = [one.meets for one in self._verdict.variations if one.stage == stage]
        words = ("超限", "未超限") if self._draft.chinese else ("above limit", "within limit")
        said = words[0] if False in mine else words[1] if mine and None not in mine else "–"
        return ["**差异系数**" if self._draft.chinese else "**Variation**", *cells, said]

    def _variation_cell(self, measure: str, stage: str) -> str:
        found = next((one for one in self._verdict.variations if (one.measure, one.stage) == (measure, stage)), None)
        if found is None or found.value is None:
            return "–"
        label = self._draft.evidence.measure(measure).label.in_language(self._language)
        which = self._draft.which(None, stage, self._verdict.period, f"≤ {_decimal(found.limit)}")
        about = f"standard:{self._verdict.standard.id}"
        figure = self._draft.figures.note(
            about, label, which, found.value, written(found.value, "", 3), numerator=found.covered, denominator=found.of
        )
        return f"{figure}{'' if found.meets else '×'}"

    def _of(self, stage: str | None) -> list[SchoolVerdict]:
        if stage is not None and stage not in self._verdict.standard.stages:
            raise NotThere(f"The standard does not judge the stage «{stage}». Stages: {', '.join(self._verdict.standard.stages)}.")
        return [one for one in self._verdict.schools if stage is None or one.stage == stage]

    def _count(
        self, words: str, found: Sequence[SchoolVerdict], of: Sequence[SchoolVerdict], stage: str | None, organisation: str | None = None
    ) -> Figure:
        which = self._draft.which(organisation, stage or "all", self._verdict.period)
        label = f"{self.label}：{words}" if self._draft.chinese else f"{self.label}: {words}"
        return self._draft.figures.note(
            f"standard:{self._verdict.standard.id}", label, which, len(found), written(len(found)), numerator=len(found), denominator=len(of)
        )

    def _share(self, schools: Sequence[SchoolVerdict], organisation: str | None, stage: str | None) -> Figure:
        passed = sum(one.passes is True for one in schools)
        value = passed / len(schools) if schools else None
        which = self._draft.which(organisation, stage or "all", self._verdict.period)
        label = f"{self.label}：达标率" if self._draft.chinese else f"{self.label}: share that passes"
        return self._draft.figures.note(
            f"standard:{self._verdict.standard.id}", label, which, value, written(value, "share", 1), numerator=passed, denominator=len(schools)
        )


def _decimal(number: Decimal) -> str:
    """2000 and 0.9 as the rulebook means them, without trailing zeros or powers."""
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
