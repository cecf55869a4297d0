"""The database tables of the intake floor."""

from jiaoheng.intake.provenance import Import, SourceFile, SourceRow
from jiaoheng.intake.remembered_mapping import RememberedMapping
from jiaoheng.intake.rounds.handing_in import RoundReturn
from jiaoheng.intake.rounds.outlier import OutlierReason
from jiaoheng.intake.rounds.prefilled import RoundIssue
from jiaoheng.intake.rounds.round import Round, RoundEvent, RoundPart
from jiaoheng.intake.upload import Upload

__all__ = [
    "Import", "OutlierReason", "RememberedMapping", "Round", "RoundEvent", "RoundIssue", "RoundPart", "RoundReturn", "SourceFile",
    "SourceRow", "Upload",
]  # fmt: skip
