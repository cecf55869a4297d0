"""Classes through the intake: known school, grade taught, what is new, what is left out, who is asked for."""

import pytest

from jiaoheng.access import trail
from jiaoheng.access.account import Account, Refused
from jiaoheng.intake.taking_in import take_in
from jiaoheng.organisations.organisation import Organisation
from jiaoheng.registers.school_class import SchoolClass
from tests.intake.conftest import codes

HEAD = ["学校标识码", "学校名称", "学年", "年级", "班号", "班级类型"]
FIRST = ["1001", "晨光小学", "2025-2026", "一年级", "1班", "普通班"]


@pytest.fixture
def officer(district) -> Account:
    return Account.objects.create(username="officer", role="officer", organisation=district)


def test_classes_are_stored_with_history_and_trail(officer, taken):
    report = taken([HEAD, FIRST, [*FIRST[:4], "一年级（2）班", None]], account=officer)
    file = report.files[0]
    assert (file.register, file.accepted, file.new, file.changed, file.causes) == ("classes", 2, 2, 0, [])
    assert [(row.grade, row.name, row.kind) for row in SchoolClass.objects.order_by("name")] == [
        ("1", "1", "ordinary"),
        ("1", "2", "ordinary"),
    ]
    assert SchoolClass.history.filter(history_type="+").count() == 2
    assert trail.TrailLine.objects.filter(object_type="registers.SchoolClass", action="added").count() == 2 and trail.verify() == []


def test_a_second_import_says_what_changed_and_what_is_left_out(officer, taken):
    taken([HEAD, FIRST, [*FIRST[:4], "2班", "普通班"], ["1002", "春晖小学", *FIRST[2:]]], account=officer)
    report = taken([HEAD, [*FIRST[:5], "复式班"]], account=officer)
    file = report.files[0]
    assert (file.accepted, file.new, file.changed, file.fields) == (1, 0, 1, {"class_kind": 1})
    assert [one["record"] for one in file.left_out] == ["2025-2026 1-2"]  # the other school is not in the file
    assert SchoolClass.objects.count() == 3 and SchoolClass.objects.get(school__code="1001", name="1").kind == "multigrade"
    assert trail.verify() == [] and SchoolClass.history.filter(history_type="~").count() == 1


def test_a_school_may_be_named_and_a_grade_must_be_taught(officer, taken):
    report = taken(
        [HEAD[1:5], ["晨光小学", "2025", "1", "3"], ["没有这所", "2025", "1", "3"], ["春晖小学", "2025", "七年级", "3"]], account=officer
    )
    assert sorted(codes(report)) == ["CLS-33", "CLS-52"] and report.files[0].accepted == 1
    assert SchoolClass.objects.get().school == Organisation.objects.get(code="1001")


def test_persons_are_not_stored_without_an_account(district, written):
    with pytest.raises(Refused):
        take_in([written("classes.xlsx", [HEAD, FIRST])])


def test_a_dry_run_says_the_same_and_stores_nothing(officer, taken):
    report = taken([HEAD, FIRST], account=officer, dry_run=True)
    assert report.files[0].new == 1 and not SchoolClass.objects.exists() and not trail.TrailLine.objects.exists()
