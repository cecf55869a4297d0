"""Organisation change: the tree is altered by bureau officers only, and every alteration leaves a version and a line in the trail.

Changes when who may alter the tree changes.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from jiaoheng.access import trail
from jiaoheng.access.account import Account, Refused, Role
from jiaoheng.access.change import Change
from jiaoheng.access.scope import check_covers
from jiaoheng.organisations.organisation import Organisation
from jiaoheng.organisations.organisation_version import keep_versions, states

__all__ = ["check_may_alter_tree", "may_alter_tree", "organisations_followed", "store_organisation"]


def check_may_alter_tree(account: Account, organisation: Organisation | None = None) -> None:
    """Refuse unless the account is a bureau officer's, above the organisation."""
    bureau = account.organisation is not None and not account.organisation.is_school
    if account.role != Role.OFFICER or not bureau:
        raise Refused(_("Schools, campuses and catchment areas are altered by bureau officers. Ask one to do it."))
    if organisation is not None:
        check_covers(organisation.path, account)


def may_alter_tree(account: Account, organisation: Organisation | None = None) -> bool:
    """The same rule asked quietly."""
    try:
        check_may_alter_tree(account, organisation)
    except Refused:
        return False
    return True


@contextmanager
def organisations_followed(codes: Iterable[str], *, by: Account | None, reason: str) -> Iterator[None]:
    """What alters these organisations inside leaves versions and, where somebody is signed in, lines in the trail. One transaction."""
    with transaction.atomic():
        before = states(codes)
        yield
        altered = keep_versions(before, by=by.username if by else "", reason=reason)
        if by is not None and altered:
            action, kind = trail.Action.CHANGED, Organisation._meta.label
            entries = [trail.Entry(action, kind, str(one.key), one.path, one.before, one.after) for one in altered]
            trail.record(entries, by=by, reason=reason)


def store_organisation(organisation: Organisation, *, change: Change) -> Organisation:
    """Alter one organisation that is there, where it stands in the tree left as it is. Raises: Refused, in words."""
    held = Organisation.objects.get(pk=organisation.pk)
    check_may_alter_tree(change.by, held)
    if (held.code, held.parent_id, held.path) != (organisation.code, organisation.parent_id, organisation.path):
        raise Refused(_("Code and place in the tree are not altered here. Hand in the list of organisations."))
    try:
        organisation.full_clean()
    except ValidationError as error:
        raise Refused(" ".join(error.messages)) from None
    with organisations_followed([organisation.code], by=change.by, reason=change.reason):
        organisation.save()
    return organisation
