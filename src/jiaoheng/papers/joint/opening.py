"""Opening: a joint paper begins, from a template of the rulebook or from a signed paper that is to be corrected.

Changes when a joint paper begins otherwise.
"""

from pathlib import Path

from django.utils.translation import gettext as _

from jiaoheng.access.account import Account, Refused
from jiaoheng.access.trail import Action
from jiaoheng.organisations.organisation import Organisation
from jiaoheng.papers.joint.joint_paper import Deed, JointPaper, check_may_lead, deed, may_read_whole, note
from jiaoheng.papers.joint.kept_snapshot import keep_snapshot, kept_snapshot
from jiaoheng.papers.joint.paper_part import PaperPart
from jiaoheng.papers.joint.part_version import first_version, present_text
from jiaoheng.papers.joint.splitting import WrittenPart, split
from jiaoheng.papers.paper import template_of
from jiaoheng.snapshots.snapshot import Snapshot

__all__ = ["correct_paper", "open_paper"]


def open_paper(
    template: str,
    organisation: Organisation,
    snapshot: Snapshot,
    *,
    title: str,
    period: str,
    language: str,
    by: Account,
    overlay: Path | None = None,
    deepest: int = 1,
) -> JointPaper:
    """A joint paper about an organisation, in the parts of the template (`deepest`: see `split`). Raises: Refused, PaperStopped."""
    check_may_lead(by, organisation)
    if period not in snapshot.school_years:
        raise Refused(_("The snapshot has no figures of {period}.").format(period=period))
    parts = split(template_of(template, language, overlay).text, deepest)
    paper = JointPaper(
        organisation=organisation, template=template, title=_titled(title), language=language, period=period, snapshot=snapshot.hash,
        snapshot_day=snapshot.date, owner=by,
    )  # fmt: skip
    return _begun(paper, parts, snapshot, by=by, words=_("from the template {template}").format(template=template))


def correct_paper(signed: JointPaper, snapshot: Snapshot | None = None, *, title: str, by: Account) -> JointPaper:
    """A new joint paper with the text of a signed one, which stays as it is. `snapshot`: a newer one; the signed one's if none is given.

    Raises: Refused.
    """
    check_may_lead(by, signed.organisation)
    if not signed.locked or not may_read_whole(by, signed):
        raise Refused(_("Only a signed paper has a corrected edition; one that is not signed yet is edited itself."))
    snapshot = snapshot or kept_snapshot(signed.snapshot)
    if signed.period not in snapshot.school_years:
        raise Refused(_("The snapshot has no figures of {period}.").format(period=signed.period))
    parts = [WrittenPart(part.title, present_text(part)) for part in signed.parts.all()]
    paper = JointPaper(
        organisation=signed.organisation, template=signed.template, title=_titled(title), language=signed.language, period=signed.period,
        snapshot=snapshot.hash, snapshot_day=snapshot.date, owner=by, follows=signed,
    )  # fmt: skip
    return _begun(paper, parts, snapshot, by=by, words=_("from the signed paper {number}").format(number=signed.pk))


def _begun(paper: JointPaper, parts: list[WrittenPart], snapshot: Snapshot, *, by: Account, words: str) -> JointPaper:
    keep_snapshot(snapshot)
    with deed(paper):
        paper.save()
        after = {"template": paper.template, "snapshot": paper.snapshot, "period": paper.period, "follows": paper.follows_id}
        note(paper, Deed.OPENED, by=by, words=words, action=Action.ADDED, after=after)
        for place, one in enumerate(parts):
            first_version(PaperPart.objects.create(paper=paper, place=place, title=one.title), one.text, by=by, words=words)
    return paper


def _titled(title: str) -> str:
    title = " ".join(title.split())
    if not title:
        raise Refused(_("Give the paper a title."))
    return title[:200]
