"""The example's past: another name, a merger, training institutions; through the intake and kept with its days."""

from datetime import date

import pytest

from jiaoheng.access.account import Account, Refused
from jiaoheng.access.trail import verify
from jiaoheng.intake.example.district import places
from jiaoheng.intake.example.history import make_example_history
from jiaoheng.organisations.organisation import Organisation
from jiaoheng.registers.licence import AnnualInspection, Licence
from jiaoheng.registers.succession import FormerName, predecessors


@pytest.fixture
def tree(db: None) -> None:
    """The example's directory."""
    for place in places(2018):
        parent = Organisation.objects.filter(code=place.parent).first()
        path = f"{parent.path}/{place.code}" if parent else place.code
        stages = ",".join(one.stage for one in place.teaches)
        said = {"name_zh": place.name_zh, "name_en": place.name_en, "kind": place.kind, "stages": stages, "valid_from": place.since}
        Organisation.objects.create(code=place.code, path=path, parent=parent, **said)


def test_the_past_is_kept_with_its_days_and_codes(tree: None) -> None:
    with pytest.raises(Refused):
        make_example_history()
    Account.objects.create(username="officer", role="officer", organisation=Organisation.objects.get(code="990101"))
    assert make_example_history() == 10
    school = Organisation.objects.get(code="2199000011")
    former = FormerName.objects.get(organisation=school)
    assert (school.name_zh, former.name_zh, former.until) == ("向阳小学", "清源第二小学", date(2017, 9, 1))
    before = predecessors(Organisation.objects.get(code="2199000018"))
    assert [(one.code, one.valid_to) for one in before] == [("2199000091", date(2017, 8, 31)), ("2199000092", date(2017, 8, 31))]
    assert Licence.objects.filter(organisation__kind="training_institution").count() == 2
    assert AnnualInspection.objects.filter(organisation__kind="training_institution").count() == 6
    assert verify() == []
    with pytest.raises(Refused, match="already"):
        make_example_history()
