"""The database tables of the intake floor."""

from jiaoheng.intake.provenance import Import, SourceFile, SourceRow
from jiaoheng.intake.rounds.handing_in import RoundReturn
from jiaoheng.intake.rounds.outlier import OutlierReason
from jiaoheng.intake.rounds.prefilled import RoundIssue
from jiaoheng.intake.rounds.round import Round, RoundEvent, RoundPart

__all__ = ["Import", "OutlierReason", "Round", "RoundEvent", "RoundIssue", "RoundPart", "RoundReturn", "SourceFile", "SourceRow"]
