"""A prepared query gives what the query itself gives, whatever is asked and in whichever thread, and refuses what it cannot hold."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection
from django.db.models import Q

from jiaoheng.access.account import Account
from jiaoheng.access.prepared_query import PreparedQuery
from jiaoheng.organisations.organisation import Organisation


@pytest.fixture
def people(db: None) -> None:
    top = Organisation.objects.create(code="320999", name_zh="示例区教育局", kind="bureau", path="320999")
    for number in range(3):
        place = Organisation.objects.create(code=f"s{number}", name_zh="同名小学", kind="school", parent=top, path=f"320999/s{number}")
        Account.objects.create(username=f"clerk{number}", role="clerk", organisation=place, is_active=number != 2)


def active(username: str) -> Any:
    return Account.objects.filter(username=username, is_active=True).select_related("organisation")


@pytest.mark.parametrize("username", ["clerk0", "clerk1", "clerk2", "", "username", "x' OR '1'='1", "%", "clerk0"])
def test_it_gives_what_the_query_gives(people: None, username: str, django_assert_num_queries: Any) -> None:
    prepared = PreparedQuery(active, "username")
    prepared.rows(username="clerk1")
    found = prepared.rows(username=username)
    assert found == list(active(username))
    with django_assert_num_queries(0):
        assert [account.organisation.code for account in found] == [account.username.replace("clerk", "s") for account in found]


def test_one_text_may_stand_in_several_places_and_what_changes_is_seen(people: None) -> None:
    prepared = PreparedQuery(lambda name: Organisation.objects.filter(Q(code=name) | Q(name_zh=name)).order_by("-pk"), "name")
    assert [place.code for place in prepared.rows(name="同名小学")] == ["s2", "s1", "s0"]
    Organisation.objects.filter(code="s1").update(name_zh="改名小学")
    assert [place.code for place in prepared.rows(name="同名小学")] == ["s2", "s0"]
    assert [place.code for place in prepared.rows(name="s1")] == ["s1"]


def test_a_part_of_a_text_is_refused(people: None) -> None:
    prepared = PreparedQuery(lambda name: Organisation.objects.filter(name_zh__startswith=name), "name")
    with pytest.raises(ValueError, match="not compared as it is"):
        prepared.rows(name="同名")


@pytest.mark.django_db(transaction=True)
def test_threads_do_not_mix_their_texts() -> None:
    for number in range(4):
        Account.objects.create(username=f"clerk{number}", role="clerk")
    prepared = PreparedQuery(active, "username")

    def asked(number: int) -> list[str]:
        try:
            return [account.username for _ in range(20) for account in prepared.rows(username=f"clerk{number}")]
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(asked, range(4))) == [[f"clerk{number}"] * 20 for number in range(4)]
