"""Report: what an import read, stored, left as it was and sent back, file by file and cause by cause.

Changes when what a report says changes. `as_dict` is a contract: the command prints it, other programs read it.
"""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from jiaoheng.intake.altered_cells import AlteredCell
from jiaoheng.intake.causes import Cause
from jiaoheng.intake.proposal import Proposal
from jiaoheng.intake.total import Total

__all__ = ["FileReport", "IntakeReport"]


@dataclass
class FileReport:
    """One sheet that fed one register, or one file from which nothing could be taken (`refused`).

    read = accepted + unchanged + rejected; accepted = new + changed. `fields`: field → rows in which it changed. `left_out`: what the
    register holds of the sheet's organisations and the sheet does not name (`organisation`, `record`, as they may be shown). `asked`:
    requests that wait for approval because of this sheet. `altered`: the first cells that differ. `returned` is the marked copy, where
    rows were rejected. `proposals`: what the sheets of a refused file seem to hold, to be confirmed.
    """

    file: str
    register: str = ""
    sheet: str = ""
    read: int = 0
    accepted: int = 0
    unchanged: int = 0
    rejected: int = 0
    new: int = 0
    changed: int = 0
    asked: int = 0
    of_persons: bool = False
    fields: dict[str, int] = field(default_factory=dict)
    left_out: list[dict[str, str]] = field(default_factory=list)
    causes: list[Cause] = field(default_factory=list)
    totals: list[Total] = field(default_factory=list)
    returned: Path | None = None
    refused: bool = False
    sha256: str = ""
    altered: list[AlteredCell] = field(default_factory=list)
    proposals: list[Proposal] = field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        """The file's part of the report's JSON."""
        proposals = {"proposals": [proposal.as_dict() for proposal in self.proposals]} if self.proposals else {}
        return {
            "file": self.file,
            "register": self.register,
            "read": self.read,
            "accepted": self.accepted,
            "unchanged": self.unchanged,
            "rejected": self.rejected,
            "causes": [cause.as_dict() for cause in self.causes],
            **proposals,
            **({"difference": self.difference} if self.of_persons else {}),
        }

    @property
    def difference(self) -> dict[str, Any]:
        """How the sheet differs from the register, in numbers."""
        return {
            "new": self.new,
            "changed": self.changed,
            "fields": self.fields,
            "left_out": len(self.left_out),
            "asked": self.asked,
        }


@dataclass
class IntakeReport:
    """The whole command: its files in the order they were taken in."""

    files: list[FileReport] = field(default_factory=list)
    dry_run: bool = False
    seconds: float = 0.0

    @property
    def exit_status(self) -> int:
        """0 all accepted, 1 some rows (or files) rejected, 2 nothing could be read."""
        if all(file.refused for file in self.files):
            return 2
        return 1 if any(file.rejected or file.refused for file in self.files) else 0

    @property
    def changed_nothing(self) -> bool:
        """Whether everything readable stood in the registers already."""
        return not any(file.accepted for file in self.files)

    def as_dict(self) -> dict[str, Any]:
        """Exactly what `--format json` prints."""
        return {"files": [file.as_dict() for file in self.files]}
