"""Addresses of the joint papers' pages.

Changes when a page of them is added.
"""

from django.urls import URLPattern, path

from jiaoheng.web.joint.deeds import joint_paper_hand_over, part_act
from jiaoheng.web.joint.editor import joint_part, part_measures, part_preview
from jiaoheng.web.joint.overview import joint_paper, joint_paper_body, joint_paper_download, joint_paper_whole
from jiaoheng.web.joint.paper_list import joint_paper_new, joint_papers
from jiaoheng.web.joint.part_versions import part_versions
from jiaoheng.web.joint.signing import joint_paper_audit, joint_paper_correct, joint_paper_set_aside, joint_paper_sign, joint_paper_verify

__all__ = ["joint_addresses"]

_PAPER = "joint-papers/<int:number>/"
_PART = f"{_PAPER}parts/<int:place>/"

joint_addresses: list[URLPattern] = [
    path("joint-papers/", joint_papers, name="joint-papers"),
    path("joint-papers/new/", joint_paper_new, name="joint-paper-new"),
    path(_PAPER, joint_paper, name="joint-paper"),
    path(f"{_PAPER}whole/", joint_paper_whole, name="joint-whole"),
    path(f"{_PAPER}whole/body/", joint_paper_body, name="joint-whole-body"),
    path(f"{_PAPER}download.<str:form>", joint_paper_download, name="joint-download"),
    path(f"{_PAPER}hand-over/", joint_paper_hand_over, name="joint-hand-over"),
    path(f"{_PAPER}audit/", joint_paper_audit, name="joint-audit"),
    path(f"{_PAPER}set-aside/", joint_paper_set_aside, name="joint-set-aside"),
    path(f"{_PAPER}sign/", joint_paper_sign, name="joint-sign"),
    path(f"{_PAPER}verify/", joint_paper_verify, name="joint-verify"),
    path(f"{_PAPER}correct/", joint_paper_correct, name="joint-correct"),
    path(_PART, joint_part, name="joint-part"),
    path(f"{_PART}preview/", part_preview, name="joint-part-preview"),
    path(f"{_PART}measures/", part_measures, name="joint-part-measures"),
    path(f"{_PART}versions/", part_versions, name="joint-part-versions"),
    path(f"{_PART}do/<str:step>/", part_act, name="joint-part-act"),
]
