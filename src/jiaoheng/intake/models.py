"""The database tables of the intake floor."""

from jiaoheng.intake.provenance import Import, SourceFile, SourceRow

__all__ = ["Import", "SourceFile", "SourceRow"]
