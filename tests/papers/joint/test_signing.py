"""Signing: audited first, locked after, and everything of it can be proved."""

import pytest
from django.db import DatabaseError, transaction

from jiaoheng.access.account import Refused
from jiaoheng.access.trail import TrailLine
from jiaoheng.measures.catalogue import load_catalogue
from jiaoheng.papers.joint.comment import comment, settle
from jiaoheng.papers.joint.definitions import redefined
from jiaoheng.papers.joint.joint_paper import JointPaper
from jiaoheng.papers.joint.opening import correct_paper
from jiaoheng.papers.joint.paper_audit import audit_paper, open_findings, present_audit, set_aside
from jiaoheng.papers.joint.part_version import PartVersion, save
from jiaoheng.papers.joint.signature import documents, kept_document, sign, verify
from jiaoheng.papers.joint.whole_text import whole_text
from tests.papers.joint.conftest import accept_all

FALSE = "# 教师队伍\n\n共有教师300名，其中男教师100名，女教师180名。\n"


@pytest.fixture
def signed(paper, account):
    accept_all(paper)
    audit = audit_paper(paper, by=paper.owner)
    assert open_findings(audit) == []
    sign(paper, by=account("leader"), seen=audit.text_hash)
    return JointPaper.objects.get(pk=paper.pk)


def test_a_typed_figure_that_does_not_hold_keeps_the_paper_from_being_signed(paper, account):
    save(paper.parts.get(place=2), FALSE, seen=1, by=paper.owner)
    accept_all(paper)
    leader, audit = account("leader"), audit_paper(paper, by=paper.owner)
    (finding,) = open_findings(audit)
    assert finding.kind == "sum" and "100+180" in finding.line and "其中男教师100名" in finding.quote
    with pytest.raises(Refused):
        sign(paper, by=leader, seen=audit.text_hash)
    for by, reason in ((paper.owner, "有教师未填报性别"), (leader, " ")):
        with pytest.raises(Refused):
            set_aside(audit, finding.key, reason=reason, by=by)
    set_aside(audit, finding.key, reason="有20名教师未填报性别", by=leader)
    assert sign(paper, by=leader, seen=audit.text_hash).content_hash


def test_nothing_is_signed_that_is_not_accepted_audited_and_read(paper, account):
    leader, audit = account("leader"), audit_paper(paper, by=paper.owner)
    with pytest.raises(Refused):
        sign(paper, by=leader, seen=audit.text_hash)
    save(paper.parts.get(place=2), "# 教师队伍\n\n改了。\n", seen=1, by=paper.owner)
    accept_all(paper)
    assert present_audit(paper) is None
    with pytest.raises(Refused):
        sign(paper, by=leader, seen=audit.text_hash)
    audit = audit_paper(paper, by=paper.owner)
    for by, seen in ((leader, "other"), (paper.owner, audit.text_hash), (account("leader", "D/A"), audit.text_hash)):
        with pytest.raises(Refused):
            sign(paper, by=by, seen=seen)


def test_a_signed_paper_refuses_every_edit(signed, account):
    part, version = signed.parts.get(place=1), PartVersion.objects.first()
    with pytest.raises(Refused):
        save(part, "x", seen=1, by=signed.owner)
    with pytest.raises(Refused):
        comment(part, "x", by=signed.owner)
    part.title = "别的"
    signed.title = "别的"
    for change in (
        part.save, signed.save, signed.signature.save, signed.signature.delete, version.delete,
        lambda: PartVersion.objects.create(part=part, number=9, text="x", by=signed.owner),
        lambda: JointPaper.objects.filter(pk=signed.pk).update(period="x"),
    ):  # fmt: skip
        with pytest.raises(DatabaseError), transaction.atomic():
            change()


def test_a_signed_paper_can_be_proved(signed):
    found = verify(signed.signature)
    assert [one.what for one in found if not one.holds] == [] and len(found) == 10
    assert TrailLine.objects.filter(action="approved", after__contains=signed.signature.content_hash).exists()
    again, record = documents(whole_text(signed))
    assert {form: kept_document(signed.signature, form) == content for form, content in again.items()} == dict.fromkeys(again, True)
    assert record.unsigned == "" and "unsigned" not in record.as_json()


def test_a_changed_document_or_text_is_found(signed, settings):
    digest = signed.signature.documents["json"]
    (settings.DATA / "signed_papers" / digest[:2] / digest).write_bytes(b"{}")
    with pytest.raises(Refused):
        kept_document(signed.signature, "json")
    signed.signature.text += "x"
    assert sum(not one.holds for one in verify(signed.signature)) == 3


def test_a_measure_defined_anew_changes_no_signed_paper(signed, overlay):
    assert redefined(signed.signature.record, load_catalogue(overlay)) == []
    (overlay / "measures").mkdir()
    (overlay / "measures" / "own.yaml").write_text(
        "pupils:\n  label: {en: Pupils, zh: 在校学生数}\n  register: annual_statistics\n  kind: total\n  numerator: sum(pupils) * 2\n"
        "  unit: {en: pupils, zh: 人}\n  decimals: 0\n  better: none\n  source: {document: 新口径}\n",
        encoding="utf-8",
    )
    (changed, *_others) = redefined(signed.signature.record, load_catalogue(overlay))
    assert changed[0] == "pupils" and "sum(pupils)" in changed[2].lower()
    assert [one.what for one in verify(signed.signature, overlay) if not one.holds] == []


def test_a_corrected_edition_names_the_old_one(signed, account):
    made = correct_paper(signed, title="合写报告（更正）", by=signed.owner)
    assert made.follows == signed and whole_text(made).text == signed.signature.text
    save(made.parts.get(place=2), "# 教师队伍\n\n更正。\n", seen=1, by=signed.owner)
    with pytest.raises(Refused):
        correct_paper(made, title="x", by=signed.owner)


def test_a_draft_is_marked_in_every_format(paper):
    files, record = documents(whole_text(paper), unsigned="草稿")
    assert record.unsigned == "草稿" and "草稿" in files["html"].decode() and "草稿" in files["json"].decode()
    assert set(files) == {"docx", "pdf", "html", "md", "json"} and files["md"].startswith(b"PK")
    assert set(documents(whole_text(paper), only="json")[0]) == {"json"}


def test_a_comment_is_answered_and_settled(paper, account):
    part, leader = paper.parts.get(place=1), account("leader")
    said = comment(part, "请核对", by=leader, quote="全区有在校学生")
    answer = comment(part, "已核对", by=paper.owner, answers=said)
    assert said.still_said("全区有在校学生{{ figure }}") and not said.still_said("别的")
    with pytest.raises(Refused):
        comment(part, "x", by=leader, answers=answer)
    with pytest.raises(Refused):
        comment(part, "x", by=account("auditor"))
    with pytest.raises(Refused):
        settle(said, by=account("officer", name="other"))
    assert settle(said, by=paper.owner).settled_by == paper.owner
