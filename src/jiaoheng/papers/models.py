"""The database tables of the papers floor: papers that offices write together."""

from jiaoheng.papers.joint.comment import PartComment
from jiaoheng.papers.joint.joint_paper import JointPaper, PaperEvent
from jiaoheng.papers.joint.paper_audit import PaperAudit, SetAside
from jiaoheng.papers.joint.paper_part import PaperPart
from jiaoheng.papers.joint.part_version import PartVersion
from jiaoheng.papers.joint.signature import PaperSignature

__all__ = ["JointPaper", "PaperAudit", "PaperEvent", "PaperPart", "PaperSignature", "PartComment", "PartVersion", "SetAside"]
