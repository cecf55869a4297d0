"""Not judged: why a standard says nothing of the figures in view, and from which day it can be tried on them.

Changes when there is another reason for which nothing is judged. It judges nothing.
"""

from dataclasses import dataclass
from datetime import date

from django.http import HttpRequest
from django.utils.translation import gettext as _

from jiaoheng.organisations.organisation import Organisation
from jiaoheng.standards.standard import NotInForce
from jiaoheng.standards.verdict import NothingToJudge

__all__ = ["NotJudged", "not_judged", "rules_asked_for"]


@dataclass(frozen=True)
class NotJudged:
    """The reason in a sentence; `begins`: the day whose rules may be tried, where the standard begins later."""

    words: str
    begins: date | None = None


def not_judged(why: NothingToJudge | NotInForce | None, area: Organisation | None, *, whole: bool) -> NotJudged:
    """The reason in the reader's words; `whole`: it judges areas only, school by school nothing."""
    if isinstance(why, NotInForce) and why.begins:
        words = _("It holds from {begins} on, and these figures are of {on}: nothing was judged by it then.")
        return NotJudged(words.format(begins=why.begins, on=why.on), why.begins)
    if isinstance(why, NotInForce):
        return NotJudged(_("It no longer held on {on}, the day of these figures.").format(on=why.on))
    if area is None:
        return NotJudged(_("Your account stands at no organisation yet."))
    if whole and area.is_school:
        return NotJudged(_("It judges an area as a whole, not a single school."))
    return NotJudged(
        _(
            "No school in view has the figures that this standard judges in this school year. "
            "Choose another year above, or bring in the yearly statistics and freeze them."
        )
    )


def rules_asked_for(request: HttpRequest) -> date | None:
    """The day whose rules the reader wants tried (`rules` in the address); None where none, or no day, is given."""
    try:
        return date.fromisoformat(request.GET.get("rules", ""))
    except ValueError:
        return None
