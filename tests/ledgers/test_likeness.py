"""The same hazard at the same place again is recognised."""

from collections.abc import Callable

from jiaoheng.access.account import Account
from jiaoheng.ledgers.ledger_row import LedgerRow
from jiaoheng.ledgers.likeness import like_rows


def test_the_same_place_again_is_like_the_row_before(stored: Callable[..., LedgerRow], person: Callable[..., Account]) -> None:
    first = stored("uuid:1")
    again = stored("uuid:2", school="1001", place="教学楼 二楼（东侧）", description="通道又堆放了纸箱")  # the school by its code
    assert like_rows(again, person("officer")) == [first] and like_rows(first, person("officer")) == [again]


def test_another_place_kind_or_school_is_not_the_same(stored: Callable[..., LedgerRow], person: Callable[..., Account]) -> None:
    row = stored("uuid:1")
    stored("uuid:2", place="教学楼三楼东侧")
    stored("uuid:3", category="electrical", kind="wiring")
    stored("uuid:4", school="晨光1002小学")
    assert like_rows(row, person("officer")) == []


def test_what_an_account_may_not_see_is_not_named(stored: Callable[..., LedgerRow], person: Callable[..., Account]) -> None:
    row = stored("uuid:1")
    stored("uuid:2")
    assert like_rows(row, person("clerk", "1002")) == []
