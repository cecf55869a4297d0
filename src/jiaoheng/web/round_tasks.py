"""Round tasks: what of the collection rounds waits for the reader, for the first page and the side.

Changes when another duty of a round is shown on the first page.
"""

from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from jiaoheng.access.account import Account
from jiaoheng.intake.rounds.progress import waiting_for
from jiaoheng.intake.rounds.round import moment_shown
from jiaoheng.web.round_words import due_words

__all__ = ["Task", "round_tasks"]


@dataclass(frozen=True)
class Task:
    """One line: what, where it leads, a detail, a coloured pill."""

    words: str
    address: str
    detail: str
    colour: str
    pill: str


def round_tasks(account: Account) -> list[Task]:
    """What is late first, then what is due next."""
    waiting = waiting_for(account)
    tasks = []
    for part in waiting.to_fill:
        detail = _("{school}: {n} cells asked, due {due}").format(school=part.school, n=part.asked_cells, due=moment_shown(part.round.due))
        if part.state == "sent_back":
            detail = _("Sent back: ") + detail
        tasks.append(Task(part.round.title, _of_part(part.round_id, part.school.code), detail, *due_words(part.round)))
    for part in waiting.to_approve:
        detail = _("{school}: returned, waits for your approval").format(school=part.school)
        tasks.append(Task(part.round.title, _of_part(part.round_id, part.school.code), detail, *due_words(part.round)))
    for one, count in waiting.to_accept:
        words = ngettext("{n} school waits for acceptance", "{n} schools wait for acceptance", count).format(n=count)
        tasks.append(Task(one.title, reverse("round", args=[one.pk]) + "?state=approved", words, "warn", _("to accept")))
    for one, count in waiting.late:
        words = ngettext("{n} school is late", "{n} schools are late", count).format(n=count)
        tasks.append(Task(one.title, reverse("round", args=[one.pk]) + "?state=late", words, *due_words(one)))
    return sorted(tasks, key=lambda task: ("bad", "warn", "good", "mute").index(task.colour))


def _of_part(number: int, code: str) -> str:
    return reverse("round-school", args=[number, code])
