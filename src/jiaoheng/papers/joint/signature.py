"""Signature 签发: a leader signs a joint paper; from then on nothing of it changes, and it can be proved that nothing has.

Changes when what is signed changes. Kept are the text, the record of every figure, the definitions behind them, and the documents in every
format; one hash stands over all of it and over the snapshot's, and the trail, which is sealed, names that hash.
"""

import hashlib
import json
import tempfile
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext as _

from jiaoheng.access.account import Account, Refused
from jiaoheng.access.kept_content import content_place, keep_bytes
from jiaoheng.access.trail import Action, TrailLine
from jiaoheng.papers.joint.definitions import definitions_of, laid_over
from jiaoheng.papers.joint.joint_paper import Deed, JointPaper, deed, note
from jiaoheng.papers.joint.kept_snapshot import verified_snapshot
from jiaoheng.papers.joint.paper_audit import PaperAudit, check_may_sign, open_findings, present_audit, unaccepted
from jiaoheng.papers.joint.part_version import latest
from jiaoheng.papers.joint.whole_text import WholeText, drawn_from, whole_text
from jiaoheng.papers.paper import FORMATS, PaperStopped, record_again, write_texts
from jiaoheng.papers.paper_record import PaperRecord
from jiaoheng.snapshots.snapshot import SnapshotRefused

__all__ = ["Checked", "PaperSignature", "check_may_be_signed", "documents", "kept_document", "sign", "verify"]

_SCHEMA = "jiaoheng-signed-paper/1"


class PaperSignature(models.Model):
    """What was signed. `documents` maps each format to the SHA-256 of its file; `content_hash` stands over everything."""

    scope_path: ClassVar[str] = "paper__organisation__path"

    paper = models.OneToOneField(JointPaper, models.PROTECT, related_name="signature")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)
    audit = models.ForeignKey(PaperAudit, models.PROTECT, related_name="+")
    text = models.TextField()
    record_json = models.TextField()
    definitions_json = models.TextField()
    versions = models.JSONField(default=list)
    documents = models.JSONField(default=dict)
    content_hash = models.CharField(max_length=64)

    class Meta:
        ordering = ["-pk"]

    def __str__(self) -> str:
        return self.content_hash[:16]

    @property
    def record(self) -> PaperRecord:
        return PaperRecord.from_json(self.record_json)

    @property
    def computed_hash(self) -> str:
        """The hash that the kept content gives."""
        return _hash_of(self.paper, self.text, self.record_json, self.definitions_json, self.versions, self.documents)


@dataclass(frozen=True)
class Checked:
    """One thing that was verified: what, whether it holds, and what was found."""

    what: str
    holds: bool
    found: str


def check_may_be_signed(paper: JointPaper, whole: WholeText) -> PaperAudit:
    """The audit of the paper as it stands. Raises: Refused where something is still to be done, in words."""
    waiting = unaccepted(paper)
    if waiting:
        raise Refused(_("Not accepted yet: {parts}.").format(parts="、".join(waiting[:6])))
    audit = present_audit(paper, whole)
    if audit is None:
        raise Refused(_("The paper as it stands has not been audited. The editor in charge asks for the audit."))
    left = open_findings(audit)
    if left:
        raise Refused(_("{n} findings of the audit do not hold. Correct the text, or set each aside with a reason.").format(n=len(left)))
    return audit


def sign(paper: JointPaper, *, by: Account, seen: str) -> PaperSignature:
    """Sign and lock. `seen`: the hash of the text that the leader had before their eyes. Raises: Refused, PaperStopped."""
    check_may_sign(by, paper)
    whole = whole_text(paper)
    audit = check_may_be_signed(paper, whole)
    if audit.text_hash != seen:
        raise Refused(_("The text was changed since you read it. Read it again."))
    files, record = documents(whole)
    kept = {suffix: keep_bytes("signed_papers", content) for suffix, content in files.items()}
    definitions = json.dumps(definitions_of(record, settings.RULEBOOK_OVERLAY), ensure_ascii=False, sort_keys=True)
    with deed(paper):
        now = whole_text(paper)
        if now.text != whole.text or unaccepted(paper):
            raise Refused(_("The text was changed since you read it. Read it again."))
        versions = [[part.place, latest(part).number] for part in now.parts]
        signed = PaperSignature(
            paper=paper, by=by, audit=audit, text=whole.text, record_json=record.as_json(), definitions_json=definitions,
            versions=versions, documents=kept,
        )  # fmt: skip
        signed.content_hash = signed.computed_hash
        note(
            paper, Deed.SIGNED, by=by, action=Action.APPROVED, words=_("content hash {hash}").format(hash=signed.content_hash),
            after={"content": signed.content_hash, "snapshot": paper.snapshot, "audit": audit.pk},
        )  # fmt: skip
        signed.save(force_insert=True)
    return signed


def documents(whole: WholeText, *, unsigned: str = "", only: str = "") -> tuple[dict[str, bytes], PaperRecord]:
    """The paper in every format (or in one), and its record. Markdown comes as a .zip with its charts. Raises: PaperStopped."""
    paper, template, files = whole.paper, whole.template, dict[str, bytes]()
    record: PaperRecord | None = None
    public = template.front.get("public", "").lower() in ("true", "yes")
    with tempfile.TemporaryDirectory() as name, drawn_from(paper, public=public) as evidence:
        outputs = [Path(name) / suffix[1:] / f"paper{suffix}" for suffix in ([f".{only}"] if only else FORMATS)]
        for output in outputs:
            output.parent.mkdir()
        for written in write_texts(
            template, paper.template, evidence.snapshot, outputs, language=paper.language, area=paper.organisation.code,
            period=paper.period, overlay=settings.RULEBOOK_OVERLAY, evidence=evidence, unsigned=unsigned,
        ):  # fmt: skip
            record, form = written.record, written.file.suffix[1:]
            files[form] = _packed(written.file.parent) if form == "md" else written.file.read_bytes()
    if record is None:
        raise PaperStopped(f"«{only}» is not a format that papers have.")
    return files, record


def kept_document(signed: PaperSignature, form: str) -> bytes:
    """A signed document as it was signed. Raises: Refused where its file is missing or was changed."""
    digest = str(signed.documents.get(form, ""))
    try:
        content = _place(digest).read_bytes()
    except OSError:
        raise Refused(_("The file of the signed paper is missing. Restore the data folder from a backup.")) from None
    if hashlib.sha256(content).hexdigest() != digest:
        raise Refused(_("The file of the signed paper was changed. Restore the data folder from a backup."))
    return content


def verify(signed: PaperSignature, overlay: Path | None = None) -> list[Checked]:
    """Everything that can be proved of a signed paper, each with what was found."""
    paper = signed.paper
    found = [
        Checked(_("Hash over text, figures, definitions and documents"), signed.computed_hash == signed.content_hash, signed.computed_hash),
        _versions_checked(signed),
        *(_document_checked(signed, form) for form in signed.documents),
    ]
    line = TrailLine.objects.filter(object_type="papers.JointPaper", object_id=str(paper.pk), action=Action.APPROVED).last()
    named = line is not None and json.loads(line.after).get("content") == signed.content_hash and line.computed_hash() == line.hash
    found.append(Checked(_("Line of the trail that names this hash"), named, str(line.number) if line else "–"))
    try:
        snapshot = verified_snapshot(paper.snapshot)
        found.append(Checked(_("Snapshot, file by file"), True, snapshot.hash))
        with laid_over(json.loads(signed.definitions_json), overlay) as rulebook:
            again = record_again(signed.record, snapshot, overlay=rulebook)
        found.append(_figures_checked(signed.record, again))
    except SnapshotRefused as error:
        found.append(Checked(_("Snapshot, file by file"), False, str(error)))
    except PaperStopped as error:
        found.append(Checked(_("Figures drawn again by the paper's own definitions"), False, str(error)))
    return found


def _figures_checked(kept: PaperRecord, again: PaperRecord) -> Checked:
    now = {figure.key: figure.text for figure in again.figures}
    other = [figure.label for figure in kept.figures if now.get(figure.key) != figure.text]
    words = _("{n} figures, all the same").format(n=len(kept.figures)) if not other else "、".join(other[:5])
    return Checked(_("Figures drawn again by the paper's own definitions"), not other, words)


def _versions_checked(signed: PaperSignature) -> Checked:
    present = whole_text(signed.paper)
    numbers = [[part.place, latest(part).number] for part in present.parts]
    return Checked(_("Parts are those that were signed"), present.text == signed.text and numbers == signed.versions, str(len(numbers)))


def _document_checked(signed: PaperSignature, form: str) -> Checked:
    try:
        kept_document(signed, form)
    except Refused as error:
        return Checked(_("Document .{form}").format(form=form), False, str(error))
    return Checked(_("Document .{form}").format(form=form), True, str(signed.documents[form]))


def _hash_of(paper: JointPaper, text: str, record: str, definitions: str, versions: list[list[int]], files: Mapping[str, str]) -> str:
    said: list[Any] = [_SCHEMA, paper.pk, paper.title, paper.organisation.code, paper.period, paper.language, paper.snapshot, text, record,
                       definitions, versions, sorted(files.items())]  # fmt: skip
    return hashlib.sha256(json.dumps(said, ensure_ascii=False, separators=(",", ":")).encode()).hexdigest()


def _packed(folder: Path) -> bytes:
    """A folder as a .zip, the same bytes for the same files."""
    place = folder / "packed.zip"
    with zipfile.ZipFile(place, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in sorted(one for one in folder.rglob("*") if one.is_file() and one != place):
            archive.writestr(zipfile.ZipInfo(file.relative_to(folder).as_posix(), (1980, 1, 1, 0, 0, 0)), file.read_bytes())
    return place.read_bytes()


def _place(digest: str) -> Path:
    return content_place("signed_papers", digest)
