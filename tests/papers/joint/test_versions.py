"""Versions: nothing written is ever lost, and who wrote which paragraph follows from them."""

import pytest
from django.db import DatabaseError, transaction

from jiaoheng.access.account import Refused
from jiaoheng.access.trail import TrailLine
from jiaoheng.papers.joint.authorship import authors, paragraphs
from jiaoheng.papers.joint.joint_paper import papers_of
from jiaoheng.papers.joint.paper_part import accept, assign, hand_in, may_write, parts_waiting_for, return_part
from jiaoheng.papers.joint.part_version import difference, latest, present_text, restore, save


def test_a_paper_opens_in_the_parts_of_its_template(paper):
    assert [part.title for part in paper.parts.all()] == ["", "基本情况", "教师队伍", "下一步工作"]
    assert all(latest(part).number == 1 for part in paper.parts.all())
    assert TrailLine.objects.filter(object_type="papers.JointPaper", object_id=str(paper.pk), action="added").count() == 1


def test_every_save_is_a_version_and_an_old_one_comes_back_as_a_new_one(paper):
    part = paper.parts.get(place=2)
    first = present_text(part)
    assert save(part, "# 教师队伍\r\n\r\n新的。\r\n", seen=1, by=paper.owner, words="重写").version.number == 2
    assert present_text(part) == "# 教师队伍\n\n新的。\n"
    assert save(part, "# 教师队伍\n\n新的。\n", seen=2, by=paper.owner).version.number == 2  # nothing new, no version
    assert restore(part, 1, by=paper.owner).number == 3
    assert present_text(part) == first
    assert [version.restores for version in part.versions.all()] == [None, None, 1]


def test_the_second_of_two_writers_is_told_and_loses_nothing(paper, account):
    part, second = paper.parts.get(place=2), account("officer", name="second")
    assign(part, office=None, person=second, due_on=None, by=paper.owner)
    save(part, "甲写的\n", seen=1, by=paper.owner)
    saved = save(part, "乙写的\n", seen=1, by=second)
    assert saved.theirs and saved.version.beside and saved.version.text == "乙写的\n" and saved.present.text == "甲写的\n"
    assert present_text(part) == "甲写的\n"
    assert save(part, "甲写的，乙补的\n", seen=saved.present.number, by=second).version.number == 4


def test_a_version_is_never_overwritten_in_the_database(paper):
    version = latest(paper.parts.get(place=1))
    version.text = "改了"
    with pytest.raises(DatabaseError), transaction.atomic():
        version.save()


def test_paragraphs_keep_their_author_until_they_change(paper, account):
    part, second = paper.parts.get(place=2), account("officer", name="second")
    assign(part, office=None, person=second, due_on=None, by=paper.owner)
    save(part, "# 题\n\n第一段。\n\n第二段。\n", seen=1, by=paper.owner)
    save(part, "# 题\n\n第二段。\n\n新的一段\n两行。\n\n第一段。\n", seen=2, by=second)
    found = authors(part.versions.all())
    assert [(one.text, one.by.username, one.version, one.line) for one in found] == [
        ("# 题", paper.owner.username, 2, 1),
        ("第二段。", paper.owner.username, 2, 3),
        ("新的一段\n两行。", "second", 3, 5),
        ("第一段。", paper.owner.username, 2, 8),
    ]
    assert paragraphs("") == []


def test_a_difference_names_lines_and_marks_signs():
    old, new = "同\n有10所学校\n尾\n" + "x\n" * 9, "同\n有12所学校\n尾\n" + "x\n" * 9
    lines = difference(old, new)
    assert [line.kind for line in lines] == ["same", "removed", "added", "same", "same"]
    assert ("0", True) in lines[1].pieces and ("2", True) in lines[2].pieces
    assert difference("a", "a") == []


def test_a_part_goes_from_hand_to_hand(paper, account):
    part, office = paper.parts.get(place=2), account("officer", "D/B1")
    stranger, leader, clerk = account("officer", "D/B2"), account("leader"), account("clerk")
    assert list(papers_of(stranger)) == [] and list(papers_of(clerk)) == [] and list(papers_of(leader)) == [paper]
    with pytest.raises(Refused):
        save(part, "x", seen=1, by=office)
    assign(part, office=office.organisation, person=None, due_on=None, by=paper.owner)
    assert list(papers_of(office)) == [paper] and parts_waiting_for(office) == [part] and parts_waiting_for(stranger) == []
    with pytest.raises(Refused):
        save(part, "x", seen=1, by=stranger)
    save(part, "办公室写的\n", seen=1, by=office)
    hand_in(part, by=office)
    assert not may_write(office, part) and parts_waiting_for(office) == [] and parts_waiting_for(paper.owner) == [part]
    with pytest.raises(Refused):
        accept(part, by=office)
    with pytest.raises(Refused):
        return_part(part, by=paper.owner, reason=" ")
    return_part(part, by=paper.owner, reason="数据不全")
    assert part.reason == "数据不全" and may_write(office, part)
    hand_in(part, by=office)
    accept(part, by=paper.owner)
    with pytest.raises(Refused):
        save(part, "x", seen=2, by=paper.owner)
    assert [event.deed for event in part.events.all()] == ["assigned", "written", "handed_in", "returned", "handed_in", "accepted"]


def test_a_part_is_not_given_to_a_school_or_a_clerk(paper, account):
    part, school = paper.parts.get(place=2), account("clerk", "D/A")
    for office, person in ((school.organisation, None), (None, school), (None, None)):
        with pytest.raises(Refused):
            assign(part, office=office, person=person, due_on=None, by=paper.owner)
