"""The tree: subtrees by path, names by language, dates in order."""

from datetime import date

import pytest
from django.db import IntegrityError, transaction
from django.utils import translation

from jiaoheng.organisations.organisation import Organisation

pytestmark = pytest.mark.django_db


def plant() -> dict[str, Organisation]:
    """A county, a township and two schools; one code begins like the other."""
    made: dict[str, Organisation] = {}
    for code, parent, kind in [("99", None, "county"), ("991", "99", "township"), ("S1", "991", "school"), ("S10", "99", "school")]:
        above = made.get(parent or "")
        path = f"{above.path}/{code}" if above else code
        made[code] = Organisation.objects.create(
            code=code, name_zh=f"校{code}", name_en=f"School {code}", kind=kind, parent=above, path=path
        )
    return made


def test_a_subtree_is_the_node_and_all_below_and_no_namesake_beside() -> None:
    nodes = plant()
    assert {node.code for node in nodes["99"].subtree} == {"99", "991", "S1", "S10"}
    assert {node.code for node in nodes["S1"].subtree} == {"S1"}


def test_the_name_is_in_the_readers_language_or_the_one_there_is() -> None:
    school = plant()["S1"]
    with translation.override("zh-hans"):
        assert str(school) == "校S1"
    with translation.override("en"):
        assert str(school) == "School S1"
        school.name_en = ""
        assert str(school) == "校S1"


def test_an_organisation_cannot_end_before_it_begins() -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Organisation.objects.create(code="X", kind="school", path="X", valid_from=date(2020, 1, 2), valid_to=date(2020, 1, 1))
    Organisation.objects.create(code="X", kind="school", path="X", valid_from=date(2020, 1, 1), valid_to=date(2020, 1, 1))
