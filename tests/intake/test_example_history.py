"""The example's registers taken in year by year: what the register then holds is the history that the example was made from."""

from collections import Counter
from pathlib import Path

import pytest

from jiaoheng.access.account import Account
from jiaoheng.intake.example import SMALL_EDITION, write_example
from jiaoheng.intake.example.figures import YEARS
from jiaoheng.intake.example.rolls import Rolls
from jiaoheng.intake.example.staff import staff
from jiaoheng.intake.example.workbooks import DIRECTORY, REGISTERS, TAKEN_IN
from jiaoheng.intake.taking_in import take_in
from jiaoheng.organisations.organisation import Organisation
from jiaoheng.registers.appointment import Appointment
from jiaoheng.registers.enrolment import Enrolment
from jiaoheng.registers.pupil import Pupil
from jiaoheng.registers.staff import Staff

SEED = 2018


@pytest.mark.slow
@pytest.mark.django_db
def test_importing_the_years_in_order_gives_the_true_history(tmp_path: Path) -> None:
    write_example(tmp_path, SEED, schools=SMALL_EDITION)
    take_in([tmp_path / TAKEN_IN / DIRECTORY])
    district = Organisation.objects.get(code="990101")
    officer, reviewer = (Account.objects.create(username=name, role="officer", organisation=district) for name in ("officer", "reviewer"))
    for year in (*YEARS, "各年"):
        files = sorted((tmp_path / REGISTERS).glob(f"{year}-*.xlsx"))
        report = take_in(files, account=officer, approved_by=reviewer)
        assert not any(file.rejected or file.refused for file in report.files), [file.causes for file in report.files]
    rolls = Rolls.of(SEED, SMALL_EDITION)
    number, units = rolls.children["student_number"].to_list(), rolls.flows.units
    true = Counter(
        (number[stay.child], units[stay.unit].place.code, YEARS[stay.year], str(stay.grade), stay.entered_on, stay.entry_kind, stay.left_on,
         stay.exit_kind)
        for stay in rolls.flows.stays
    )  # fmt: skip
    stays = Enrolment.objects.values_list(
        "pupil__student_number", "school__code", "school_year", "grade", "entered_on", "entry_kind", "left_on", "exit_kind"
    )
    assert Counter(stays) == true
    assert Pupil.objects.count() == len(number)
    seats = Enrolment.objects.filter(left_on=None).values_list("pupil__student_number", "grade", "school_class__name")
    assert Counter(seats) == Counter((number[stay.child], str(stay.grade), str(stay.class_number)) for stay in rolls.flows.rolls[-1])
    members, times = staff(SEED, SMALL_EDITION)
    assert set(Staff.objects.filter(left_on=None).values_list("staff_number", flat=True)) == {
        member.staff_number for member in members if len(YEARS) - 1 in member.years
    }
    assert Appointment.objects.filter(kind="rotation").count() == len(times)
    again = take_in(sorted((tmp_path / REGISTERS).glob(f"{YEARS[-1]}-*.xlsx")), account=officer, approved_by=reviewer)
    assert again.changed_nothing
