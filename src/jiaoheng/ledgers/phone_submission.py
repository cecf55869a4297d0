"""Phone submission: what an ODK client sends becomes a row; sent again, in parts or corrected, it is still that one row.

Changes when submissions from phones are taken in another way. A phone that is refused keeps what it has, so every refusal says what to do.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from jiaoheng.access.account import Account, Refused
from jiaoheng.access.prepared_query import PreparedQuery
from jiaoheng.ledgers.attachment import Attachment, keep_file
from jiaoheng.ledgers.form import Field
from jiaoheng.ledgers.form_submission import Checked, Identity, check_openrosa, read_identity
from jiaoheng.ledgers.ledger_row import LedgerRow, Source
from jiaoheng.ledgers.ledger_version import LedgerVersion, VersionState
from jiaoheng.ledgers.published_ledger import ledger_processes, published_ledgers
from jiaoheng.ledgers.row_answers import stored_answers
from jiaoheng.ledgers.row_entry import add_row, attach, check_may_add
from jiaoheng.ledgers.row_move import correct

_Datasets = Mapping[str, list[dict[str, str]]]

__all__ = ["Conflict", "Faulty", "NoSuchForm", "Taken", "take_submission"]


_STORED = PreparedQuery(lambda instance: LedgerRow.objects.filter(instance_id=instance).select_related("organisation"), "instance")
_VERSIONS = PreparedQuery(
    lambda form, version: LedgerVersion.objects.filter(form_id=form, version=version).order_by("-pk")[:1], "form", "version"
)


class NoSuchForm(Refused):
    """The form or its version is not known here."""


class Faulty(Refused):
    """Answers do not hold by the form's own rules."""


class Conflict(Refused):
    """Another submission with the same identity is stored already."""


@dataclass(frozen=True)
class Taken:
    """What became of it. `new` is False where the row was there already. `missing`: files that the answers name and that have not come."""

    row: LedgerRow
    new: bool
    missing: tuple[str, ...]


def take_submission(
    xml: bytes, files: Mapping[str, bytes], *, by: Account, at: datetime, datasets_of: Callable[[LedgerVersion], _Datasets] | None = None
) -> Taken:
    """Store a submission with the files that came with it. `datasets_of`: the files beside a form, as its expressions ask them.

    Raises: SubmissionUnreadable, NoSuchForm, Faulty, Conflict, Refused.
    """
    check_may_add(by)
    identity = read_identity(xml)
    version = _version_sent(identity)
    form = version.form
    datasets = datasets_of(version) if datasets_of else None
    checked = check_openrosa(form, xml, now=timezone.localtime(at).replace(tzinfo=None), datasets=datasets)
    if not identity.instance_id:
        raise Faulty(_("The submission has no instance ID. Send it with ODK Collect or another OpenRosa client."))
    known = next(iter(_STORED.rows(instance=identity.instance_id)), None)
    if known is None and version.state == VersionState.WITHDRAWN:
        raise Refused(
            _("Version {version} of this form was withdrawn. Fetch the new version and enter it there.").format(version=version.version)
        )
    if known is None and checked.faults:
        raise Faulty(" ".join(fault.label.in_language(get_language() or "zh-hans") for fault in checked.faults))
    kept = _kept(checked, files, by)
    if known is not None:
        row, new = _same(known, checked, by), False
        with transaction.atomic():
            attach(row, kept)
    elif identity.replaces:
        row, new = _corrected(identity, checked, by, at, kept), False
    else:
        process = next((name for name, process in ledger_processes().items() if process.ledger == version.ledger), "")
        row, new = add_row(version, checked, by=by, at=at, process=process, source=Source.PHONE, files=kept)
        if not new:  # the same came at the same moment by another way: the files that came this way belong to it too
            attach(row, kept)
    named = checked.attachments
    have = set(row.attachments.values_list("name", flat=True)) if named else set()
    return Taken(row, new, tuple(name for name in named if name not in have))


def _version_sent(identity: Identity) -> LedgerVersion:
    """The version that a submission is of. Raises: NoSuchForm."""
    sent = {"form": identity.form_id, "version": identity.version}
    found = _VERSIONS.rows(**sent)
    if not found:
        published_ledgers()  # the rulebook may have brought a form that nobody has asked for yet
        found = _VERSIONS.rows(**sent)
    if found:
        return found[0]
    if not LedgerVersion.objects.filter(form_id=identity.form_id).exists():
        raise NoSuchForm(_("There is no form “{form}” here. Look at the server's address in the phone.").format(form=identity.form_id))
    raise NoSuchForm(
        _("Form “{form}” has no version {version} here. Fetch the blank form again.").format(
            form=identity.form_id, version=identity.version or "–"
        )
    )


def _same(known: LedgerRow, checked: Checked, by: Account) -> LedgerRow:
    if not by.covers(known.organisation.path) and known.entered_by_id != by.pk:
        raise Refused(_("This belongs to an organisation outside your scope. Ask your bureau's administrator to add it."))
    first = known.happened.filter(kind="corrected").order_by("number").first()
    given = known.given
    as_sent = first.answers_before if first is not None and first.before else given
    if stored_answers(checked) not in (given, as_sent):
        raise Conflict(_("A submission with this identity and other answers is stored as number {number}.").format(number=known.pk))
    return known


def _corrected(identity: Identity, checked: Checked, by: Account, at: datetime, kept: list[Attachment]) -> LedgerRow:
    """An edit sent from the phone: the row that it replaces is corrected and takes the new identity."""
    before = LedgerRow.objects.filter(instance_id=identity.replaces).first()
    if before is None:
        raise Conflict(_("This corrects a submission that is not stored, or was corrected since. Fetch it again."))
    with transaction.atomic():
        row = correct(before.pk, checked, by=by, seen=before.events, at=at, note=_("Corrected on the phone"), files=kept)
        row.instance_id = identity.instance_id
        row.save(update_fields=["instance_id"])
    return row


def _kept(checked: Checked, files: Mapping[str, bytes], by: Account) -> list[Attachment]:
    """The files that the answers name; what else a client sends along (such as its own log) is left."""
    kinds = {
        asked.value: asked.member.kind
        for asked in checked.asked
        if isinstance(asked.member, Field) and asked.member.data_type == "binary" and asked.value
    }
    return [keep_file(content, name, account=by, question=kinds[name]) for name, content in files.items() if name in kinds]
