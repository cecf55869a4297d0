"""Class pages: the classes of a school year with their sizes on a day, and who is in one class on a day, as known now or earlier.

Changes when the list of classes or a roster shows something else. Sizes are counted from enrolments; what is too large is the rulebook's.
"""

from datetime import date, datetime, time
from typing import Any

import django_filters
import django_tables2 as tables
from django import forms
from django.conf import settings
from django.db.models import Count, DateField, QuerySet, Value
from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from jiaoheng.access.account import Account, may_enter
from jiaoheng.organisations.school_year import SchoolYear
from jiaoheng.registers.enrolment import class_roster
from jiaoheng.registers.period import holding
from jiaoheng.registers.pupil import Pupil
from jiaoheng.registers.school_class import SchoolClass
from jiaoheng.rulebook.class_size import class_size_limits, limit_passed
from jiaoheng.rulebook.codes import code_table
from jiaoheng.web.registers.columns import CodeColumn, DayColumn, NumberColumn, RegisterTable, SchoolColumn
from jiaoheng.web.registers.listing import Listing, RegisterFilter, code_filter, school_filter
from jiaoheng.web.registers.pupil_list import day_asked
from jiaoheng.web.registers.pupil_page import class_words
from jiaoheng.web.words import in_language

__all__ = ["CLASSES", "ROSTER"]

_ANY = gettext_lazy("any")
_COLOURS = {1: "warn", 2: "bad", 3: "bad"}
_DAY = forms.DateInput(attrs={"type": "date"})


def _size_choices() -> list[tuple[str, str]]:
    return [(key, in_language(step.label)) for key, step in class_size_limits(settings.RULEBOOK_OVERLAY).items()]


class ClassFilter(RegisterFilter):
    """By school, grade, kind and size."""

    school = school_filter(gettext_lazy("School"), any_words=_ANY)
    grade = code_filter("grade", gettext_lazy("Grade"), _ANY)
    kind = code_filter("class_kind", gettext_lazy("Kind of class"), _ANY)
    step = django_filters.ChoiceFilter(label=gettext_lazy("Size"), method="by_step", choices=_size_choices, empty_label=_ANY)
    on = django_filters.DateFilter(label=gettext_lazy("As of"), method="as_of", widget=_DAY)

    def by_step(self, found: Any, name: str, value: str) -> Any:
        step = class_size_limits(settings.RULEBOOK_OVERLAY)[value]
        day = self.form.cleaned_data.get("on") or timezone.localdate()
        stages = code_table("grade", settings.RULEBOOK_OVERLAY).codes
        keys = [pk for pk, grade, size in found.values_list("pk", "grade", "size")
                if grade in stages and step.passed(size, grade, stages[grade].group or "", day)]  # fmt: skip
        return found.filter(pk__in=keys)

    def as_of(self, found: QuerySet[SchoolClass], name: str, value: date) -> QuerySet[SchoolClass]:
        return found  # the day is in the sizes already: see `_classes`


class ClassTable(RegisterTable):
    """One line a class."""

    school = SchoolColumn(gettext_lazy("School"), order_by=("school__name_zh", "school__name_en"))
    grade = CodeColumn(gettext_lazy("Grade"), "grade")
    name = tables.Column(
        verbose_name=gettext_lazy("Class"), linkify=lambda record: f"{reverse('roster', args=[record.pk])}?on={record.day}"
    )
    kind = CodeColumn(gettext_lazy("Kind of class"), "class_kind")
    head_teacher = tables.Column(verbose_name=gettext_lazy("Head teacher"), default="–", order_by="head_teacher__name")
    size = NumberColumn(gettext_lazy("Pupils"))
    step = tables.Column(verbose_name=gettext_lazy("Size"), empty_values=(), orderable=False)

    class Meta(RegisterTable.Meta):
        empty_text = gettext_lazy("No class fits. Classes come in by workbook, or are made on a school's own list.")

    def render_step(self, record: Any) -> str:
        step = self._step(record)
        return format_html('<span class="pill {}">{}</span>', _COLOURS.get(step.severity, "bad"), in_language(step.label)) if step else ""

    def value_step(self, record: Any) -> str:
        step = self._step(record)
        return in_language(step.label) if step else ""

    def _step(self, record: Any) -> Any:
        code = code_table("grade", settings.RULEBOOK_OVERLAY).codes.get(record.grade)
        return limit_passed(record.size, record.grade, (code.group if code else "") or "", record.day, settings.RULEBOOK_OVERLAY)


def _classes(request: HttpRequest, account: Account) -> Any:
    day = day_asked(request)
    stays = holding(day, since="enrolments__entered_on", until="enrolments__left_on")
    found: QuerySet[SchoolClass] = SchoolClass.objects.for_account(account).filter(school_year=str(SchoolYear.of(day)))
    return found.select_related("school", "head_teacher").annotate(
        size=Count("enrolments", filter=stays), day=Value(day, output_field=DateField())
    )


def _beside_classes(request: HttpRequest, account: Account) -> dict[str, Any]:
    day = day_asked(request)
    words = _("School year {year}, counted on {day}. Large includes very large.").format(year=SchoolYear.of(day), day=day)
    actions = [(reverse("add", args=["class"]), _("Make a class"), True)] if may_enter(account) else []
    stages = code_table("grade", settings.RULEBOOK_OVERLAY).codes
    rows = [(size, grade) for size, grade in _classes(request, account).values_list("size", "grade") if grade in stages]
    tiles = [(_("Classes"), f"{len(rows):,}", "", _("on the day"))]
    by_severity: dict[int, list[Any]] = {}
    for step in class_size_limits(settings.RULEBOOK_OVERLAY).values():
        by_severity.setdefault(step.severity, []).append(step)
    for severity, steps in sorted(by_severity.items()):
        passed = sum(any(step.passed(size, grade, stages[grade].group or "", day) for step in steps) for size, grade in rows)
        colour = "is-bad" if passed and severity > 1 else ""
        tiles.append((in_language(steps[0].label), f"{passed:,}", colour, _("; ").join(step.source for step in steps)))
    return {"lead": words, "actions": actions, "tiles": tiles[:4]}


CLASSES = Listing(
    name="classes",
    title=gettext_lazy("Classes"),
    lead="",
    table=ClassTable,
    rows=_classes,
    filters=ClassFilter,
    beside=_beside_classes,
)


class RosterTable(RegisterTable):
    """One line a pupil of the class."""

    pupil = tables.Column(verbose_name=gettext_lazy("Full name"), accessor="name", linkify=lambda record: record["address"])
    student_number = tables.Column(verbose_name=gettext_lazy("Student number"), default="–", attrs={"td": {"class": "mono tight"}})
    sex = CodeColumn(gettext_lazy("Sex"), "sex")
    birth_date = DayColumn(gettext_lazy("Birth date"))
    entered_on = DayColumn(gettext_lazy("Entered on"))
    entry_kind = CodeColumn(gettext_lazy("Kind of entry"), "entry_kind")
    left_on = DayColumn(gettext_lazy("Left on"))

    class Meta(RegisterTable.Meta):
        empty_text = gettext_lazy("Nobody is in this class on that day.")


def _known_asked(request: HttpRequest) -> datetime | None:
    """The end of the day in the address (`known`): what the register said then; None for now."""
    try:
        day = parse_date(request.GET.get("known", ""))
    except ValueError:
        return None
    return timezone.make_aware(datetime.combine(day, time.max)) if day and day < timezone.localdate() else None


def _roster(request: HttpRequest, account: Account, school_class: int) -> list[dict[str, Any]]:
    """Who is in the class on the day; rows of the past are rebuilt from history, and so are the names."""
    group = get_object_or_404(SchoolClass.objects.for_account(account), pk=school_class)
    pairs = class_roster(group, on=day_asked(request), known_at=_known_asked(request))
    mine = set(Pupil.objects.for_account(account).filter(pk__in=[child.pk for _stay, child in pairs]).values_list("pk", flat=True))
    lines = []
    for stay, child in pairs:
        said = {name: getattr(child, name) for name in ("name", "student_number", "sex", "birth_date")}
        stayed = {name: getattr(stay, name) for name in ("entered_on", "entry_kind", "left_on")}
        lines.append({**said, **stayed, "address": reverse("pupil", args=[child.pk]) if child.pk in mine else None})
    return lines


def _beside_roster(request: HttpRequest, account: Account, school_class: int) -> dict[str, Any]:
    group = get_object_or_404(SchoolClass.objects.for_account(account).select_related("school", "head_teacher"), pk=school_class)
    known, day = _known_asked(request), day_asked(request)
    lead = _("{school}, school year {year}. Who is in the class on {day}").format(school=group.school, year=group.school_year, day=day)
    lead += _(", as the register said at the end of {day}.").format(day=known.date()) if known else _(", as known now.")
    if group.head_teacher:
        lead += " " + _("Head teacher: {name}.").format(name=group.head_teacher.name)
    actions = [(reverse("edit", args=["class", group.pk]), _("Edit the class"), False)] if may_enter(account) else []
    return {"heading": class_words(group), "lead": lead, "actions": actions, "known": request.GET.get("known", ""), "day": day}


ROSTER = Listing(
    name="roster",
    title=gettext_lazy("Roster"),
    lead="",
    table=RosterTable,
    rows=_roster,
    of_persons=True,
    beside=_beside_roster,
    template="web/registers/roster.html",
)
