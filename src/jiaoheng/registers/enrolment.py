"""Enrolment 学籍: which pupil is on the books of which school, in which year, grade and class, between which days.

Changes when the rules of entering, leaving and transferring change. `entered_on` is the first day on the books, `left_on` the first day no
longer on them; a transfer leaves one school and enters the other on the same day. Knows nothing of measures, papers or pages.
"""

from datetime import date, datetime
from typing import Any, ClassVar, Self

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

from jiaoheng.access.account import Refused
from jiaoheng.access.change import Change, Recorded, altering, check_approved
from jiaoheng.organisations.organisation import PATH_SEPARATOR, Organisation
from jiaoheng.organisations.school_year import SCHOOL_YEAR_STARTS, SchoolYear
from jiaoheng.registers.code_field import CodeField
from jiaoheng.registers.period import holding
from jiaoheng.registers.pupil import Pupil
from jiaoheng.registers.school_class import SchoolClass, teaches
from jiaoheng.rulebook.codes import code_table

__all__ = ["Enrolment", "active", "class_roster", "class_sizes", "enrol", "go_on", "roster", "transfer", "withdraw"]


class Enrolment(Recorded):
    """One stay of one pupil in one class (or grade) of one school within one school year.

    `came_from` links to the stay that this one goes on from: the other school's in a transfer, the same school's for a new grade or class.
    """

    scope_path: ClassVar[str] = "school__path"
    of_persons: ClassVar[bool] = True

    pupil = models.ForeignKey(Pupil, models.PROTECT, related_name="enrolments", verbose_name=_("pupil"))
    school = models.ForeignKey(Organisation, models.PROTECT, related_name="school_enrolments", verbose_name=_("school"))
    school_year = models.CharField(_("school year"), max_length=9)
    grade = CodeField(_("grade"), table="grade", max_length=3)
    school_class = models.ForeignKey(SchoolClass, models.PROTECT, null=True, blank=True, related_name="enrolments", verbose_name=_("class"))
    entered_on = models.DateField(_("entered on"))
    entry_kind = CodeField(_("kind of entry"), table="entry_kind")
    left_on = models.DateField(_("left on"), null=True, blank=True)
    exit_kind = CodeField(_("kind of exit"), table="exit_kind", blank=True)
    came_from = models.OneToOneField("self", models.PROTECT, null=True, blank=True, related_name="went_to", verbose_name=_("came from"))

    class Meta:
        ordering = ["school__path", "grade", "school_class__name", "pupil__name", "pk"]
        verbose_name = _("enrolment")
        verbose_name_plural = _("enrolments")
        indexes = [models.Index(fields=["school", "entered_on", "left_on"], name="enrolment_roster")]
        constraints = [
            models.UniqueConstraint(
                fields=["pupil"],
                condition=models.Q(left_on__isnull=True),
                name="enrolment_one_active",
                violation_error_message=_("This pupil is on the books of a school already. Ask for a transfer."),
            ),
            models.CheckConstraint(
                condition=models.Q(left_on__isnull=True) | models.Q(left_on__gte=models.F("entered_on")),
                name="enrolment_dates_in_order",
                violation_error_message=_("A pupil cannot leave before entering. Correct one of the two dates."),
            ),
            models.CheckConstraint(
                condition=models.Q(left_on__isnull=True, exit_kind="") | (models.Q(left_on__isnull=False) & ~models.Q(exit_kind="")),
                name="enrolment_exit_has_kind_and_date",
                violation_error_message=_("An exit has both a date and a kind. Enter the other one too."),
            ),
            models.CheckConstraint(
                condition=models.Q(came_from__isnull=True) | ~models.Q(came_from=models.F("id")),
                name="enrolment_not_from_itself",
                violation_error_message=_("A stay cannot go on from itself."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.pupil} {self.school} {self.school_year}"

    def needs_approval(self, known: Self | None) -> bool:
        """An exit, any change of one, another school, and taking a stay out altogether; going on in the same school needs none."""
        if known is None or known.school_id != self.school_id:
            return True
        if (known.left_on, known.exit_kind) == (self.left_on, self.exit_kind):
            return False
        inside = code_table("exit_kind").of_group("inside")
        return self.exit_kind not in inside or known.exit_kind not in ("", *inside)

    def clean(self) -> None:
        super().clean()
        if not teaches(self.school, self.grade):
            raise ValidationError({"grade": _("{school} does not teach this grade.").format(school=self.school)})
        year = SchoolYear.of(self.entered_on)
        if self.school_year != str(year):
            raise ValidationError(
                {"school_year": _("{day} is not in the school year {year}.").format(day=self.entered_on, year=self.school_year)}
            )
        if self.left_on and self.left_on > date(year.starts_in + 1, *SCHOOL_YEAR_STARTS):
            raise ValidationError({"left_on": _("A stay ends with its school year. Enter the next year as a new stay.")})
        if self.school_class and (self.school_class.school_id, self.school_class.school_year, self.school_class.grade) != (
            self.school_id, self.school_year, self.grade,
        ):  # fmt: skip
            raise ValidationError({"school_class": _("This class belongs to another school, year or grade.")})


def enrol(
    pupil: Pupil,
    school: Organisation,
    *,
    grade: str,
    on: date,
    kind: str = "admission",
    school_class: SchoolClass | None = None,
    change: Change,
) -> Enrolment:
    """Put a pupil on the books of a school; the school then keeps the pupil's record.

    Raises: Refused for a pupil who is on some school's books that day or later, a grade not taught, a school that is not open that day.
    """
    if kind not in code_table("entry_kind").of_group("new"):
        raise Refused(_("This kind of entry is made by a transfer or by going on in the same school."))
    with altering(change):
        return _entered(pupil, school, grade=grade, on=on, kind=kind, school_class=school_class, came_from=None, change=change)


def withdraw(enrolment: Enrolment, *, on: date, kind: str, change: Change) -> Enrolment:
    """Take a pupil off the books from a day on. Raises: Refused unless another account has approved."""
    table = code_table("exit_kind")
    if kind not in table or table.codes[kind].group in ("linked", "inside"):
        raise Refused(_("This kind of exit is made by a transfer or by going on in the same school."))
    check_approved(change)
    with altering(change):
        return _left(enrolment, on=on, kind=kind, change=change)


def transfer(
    enrolment: Enrolment, school: Organisation, *, on: date, grade: str = "", school_class: SchoolClass | None = None, change: Change
) -> Enrolment:
    """Move a pupil to another school on a day; both stays are linked. Raises: Refused unless another account has approved."""
    check_approved(change)
    if school.pk == enrolment.school_id:
        raise Refused(_("The pupil is at this school already. For another class, enter a change of class."))
    with altering(change):
        left = _left(enrolment, on=on, kind="transfer_out", change=change)
        return _entered(
            left.pupil,
            school,
            grade=grade or left.grade,
            on=on,
            kind="transfer_in",
            school_class=school_class,
            came_from=left,
            change=change,
        )


def go_on(
    enrolment: Enrolment, *, on: date, kind: str, grade: str = "", school_class: SchoolClass | None = None, change: Change
) -> Enrolment:
    """Go on in the same school from a day on: the next grade, the same grade again, another class."""
    if kind not in code_table("entry_kind").of_group("inside"):
        raise Refused(_("This is not a way of going on in the same school."))
    with altering(change):
        left = _left(enrolment, on=on, kind=kind, change=change)
        return _entered(
            left.pupil, left.school, grade=grade or left.grade, on=on, kind=kind, school_class=school_class, came_from=left, change=change
        )


def active(pupil: Pupil) -> Enrolment | None:
    """The stay that has not ended."""
    found: Enrolment | None = Enrolment.objects.filter(pupil=pupil, left_on__isnull=True).select_related("school", "school_class").first()
    return found


def roster(place: Organisation, *, on: date, known_at: datetime | None = None) -> "models.QuerySet[Enrolment]":
    """The stays on the books of a school, or of every school of an area, on a day.

    known_at: as the register said at that moment (rows are then rebuilt from history and not related to today's).
    """
    here = models.Q(school__path=place.path) | models.Q(school__path__startswith=place.path + PATH_SEPARATOR)
    rows: Any = Enrolment.objects.select_related("pupil", "school", "school_class")
    if known_at is not None:
        rows = Enrolment.history.as_of(known_at)
    found: models.QuerySet[Enrolment] = rows.filter(here & holding(on, since="entered_on", until="left_on"))
    return found


def class_roster(group: SchoolClass, *, on: date, known_at: datetime | None = None) -> list[tuple[Enrolment, Pupil]]:
    """Who is in a class on a day, by name; with `known_at`, as the register said at that moment, names included."""
    stays: Any = Enrolment.objects.all() if known_at is None else Enrolment.history.as_of(known_at)
    found = list(stays.filter(holding(on, since="entered_on", until="left_on"), school_class_id=group.pk))
    told: Any = Pupil.objects.all() if known_at is None else Pupil.history.as_of(known_at)
    children = {child.pk: child for child in told.filter(pk__in=[stay.pupil_id for stay in found])}
    pairs = [(stay, children[stay.pupil_id]) for stay in found if stay.pupil_id in children]
    return sorted(pairs, key=lambda pair: (pair[1].name, pair[1].birth_date, pair[1].pk))


def class_sizes(place: Organisation, *, on: date) -> dict[int, int]:
    """For the classes of a place by their key: how many pupils are on their books on a day; a class without pupils has 0."""
    here = models.Q(school__path=place.path) | models.Q(school__path__startswith=place.path + PATH_SEPARATOR)
    stays = holding(on, since="enrolments__entered_on", until="enrolments__left_on")
    classes = SchoolClass.objects.filter(here, school_year=str(SchoolYear.of(on)))
    return dict(classes.annotate(size=models.Count("enrolments", filter=stays)).order_by().values_list("pk", "size"))


def _entered(
    pupil: Pupil, school: Organisation, *, grade: str, on: date, kind: str, school_class: SchoolClass | None, came_from: Enrolment | None,
    change: Change,
) -> Enrolment:  # fmt: skip
    if pupil.merged_into_id is not None:
        raise Refused(_("This row is a duplicate of another pupil. Enter the pupil that it was merged into."))
    if not school.is_school:
        raise Refused(_("{school} is not a school. Choose a school.").format(school=school))
    if (school.valid_from and on < school.valid_from) or (school.valid_to and on > school.valid_to):
        raise Refused(_("{school} is not open on {day}.").format(school=school, day=on))
    if on < pupil.birth_date:
        raise Refused(_("The pupil was not born on {day}. Correct the day or the birth date.").format(day=on))
    for stay in Enrolment.objects.filter(pupil=pupil).select_related("school"):
        if stay.left_on is None:
            raise Refused(
                _("This pupil is on the books of {school} since {day}. Ask for a transfer.").format(school=stay.school, day=stay.entered_on)
            )
        if stay.left_on > on and stay.left_on > stay.entered_on:
            raise Refused(
                _("This pupil was on the books of {school} until {day}; enter a day from then on.").format(
                    school=stay.school, day=stay.left_on
                )
            )
    entered = Enrolment(
        pupil=pupil, school=school, school_year=str(SchoolYear.of(on)), grade=grade, school_class=school_class, entered_on=on,
        entry_kind=kind, came_from=came_from,
    ).store(change=change)  # fmt: skip
    if pupil.keeper_id != school.pk:
        kept = Pupil._base_manager.select_related("keeper").get(pk=pupil.pk)
        kept.keeper = pupil.keeper = school
        kept.store(change=change)
    return entered


def _left(enrolment: Enrolment, *, on: date, kind: str, change: Change) -> Enrolment:
    stay = Enrolment.objects.select_related("pupil", "school").get(pk=enrolment.pk)
    if stay.left_on is not None:
        raise Refused(_("This pupil left {school} on {day} already.").format(school=stay.school, day=stay.left_on))
    stay.left_on, stay.exit_kind = on, kind
    ended: Enrolment = stay.store(change=change)
    return ended
