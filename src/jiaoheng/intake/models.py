"""The database tables of the intake floor."""

from jiaoheng.intake.provenance import Import, SourceFile, SourceRow
from jiaoheng.intake.remembered_mapping import RememberedMapping
from jiaoheng.intake.upload import Upload

__all__ = ["Import", "RememberedMapping", "SourceFile", "SourceRow", "Upload"]
