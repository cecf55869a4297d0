"""Who still owes is reminded by mail, once a day, and what waits for whom is known."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core import mail
from django.utils import timezone

from jiaoheng.access.account import Account, Refused
from jiaoheng.intake.rounds.acceptance import accept, approve
from jiaoheng.intake.rounds.handing_in import check_return, hand_in
from jiaoheng.intake.rounds.progress import late_parts, progress_of, waiting_for
from jiaoheng.intake.rounds.reminding import remind
from jiaoheng.intake.rounds.round import Round, RoundEvent, parts_of, rounds_of
from tests.intake.rounds.conftest import Bureau, part_of

Filled = Callable[..., Path]


def test_schools_that_owe_are_reminded_once_a_day(round_: Round, bureau: Bureau) -> None:
    done = remind(round_, bureau.officer)
    assert (done.mailed, done.without_address, done.today_already) == (2, 1, 0)
    assert sorted(message.to for message in mail.outbox) == [["clerk2@example.org"], ["clerk@example.org"]]
    assert "秋季统计补报" in mail.outbox[0].subject
    assert "请于本周内交回" in mail.outbox[0].body
    again = remind(round_)
    assert (again.schools, again.today_already, len(mail.outbox)) == (0, 3, 2)
    RoundEvent.objects.filter(step="remind").update(at=timezone.now() - timedelta(days=1))
    assert remind(round_).mailed == 2


def test_who_waits_for_the_head_gets_the_head_reminded(round_: Round, filled: Filled, bureau: Bureau) -> None:
    hand_in(check_return(part_of(round_), filled(part_of(round_)), bureau.clerk), bureau.clerk)
    remind(round_)
    assert ["clerk@example.org", "head@example.org"] in [message.to for message in mail.outbox]
    accept(approve(part_of(round_), bureau.head), bureau.officer)
    RoundEvent.objects.filter(step="remind").update(at=timezone.now() - timedelta(days=1))
    assert remind(round_).schools == 2, "who is accepted is left in peace"


def test_only_who_runs_the_round_reminds(round_: Round, bureau: Bureau) -> None:
    with pytest.raises(Refused):
        remind(round_, bureau.clerk)


def test_the_late_list_ends_with_the_heads_approval(round_: Round, filled: Filled, bureau: Bureau) -> None:
    path = filled(part_of(round_))
    Round.objects.filter(pk=round_.pk).update(due=timezone.now() - timedelta(minutes=1))
    late = Round.objects.get(pk=round_.pk)
    assert len(late_parts(late)) == 3
    part = hand_in(check_return(part_of(late), path, bureau.clerk), bureau.clerk)
    assert len(late_parts(late)) == 3
    part = approve(part, bureau.head)
    assert len(late_parts(late)) == 2
    assert part.is_late, "that it came late stays visible"


def test_each_sees_what_waits_for_them(round_: Round, filled: Filled, bureau: Bureau) -> None:
    def counts(account: Account) -> tuple[int, int, int]:
        waiting = waiting_for(account)
        return len(waiting.to_fill), len(waiting.to_approve), sum(count for _round, count in waiting.to_accept)

    everybody = (bureau.clerk, bureau.head, bureau.officer, bureau.other_clerk)
    assert [counts(one) for one in everybody] == [(1, 0, 0), (0, 0, 0), (0, 0, 0), (1, 0, 0)]
    hand_in(check_return(part_of(round_), filled(part_of(round_)), bureau.clerk), bureau.clerk)
    assert [counts(one) for one in everybody] == [(0, 0, 0), (0, 1, 0), (0, 0, 0), (1, 0, 0)]
    approve(part_of(round_), bureau.head)
    assert [counts(one) for one in everybody] == [(0, 0, 0), (0, 0, 0), (0, 0, 1), (1, 0, 0)]
    progress = progress_of(parts_of(bureau.officer, round_))
    assert (progress.of, progress.in_hand, progress.done) == (3, 1, 0.0)


def test_a_school_sees_its_own_part_only(round_: Round, bureau: Bureau, django_assert_max_num_queries: Any) -> None:
    assert [part.school.code for part in parts_of(bureau.other_clerk)] == ["1002"]
    assert list(rounds_of(bureau.other_clerk)) == [round_]
    nobody = Account.objects.create(username="nobody", role="officer")
    assert not parts_of(nobody).exists()
    assert not rounds_of(nobody).exists()
