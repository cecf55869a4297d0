"""Scope: which organisations a reader sees; the one place where lists, pages, exports and rows are narrowed.

Changes when what a reader may see on the pages changes. The rule itself is the account's (`access`); here it is asked.
"""

from collections.abc import Mapping
from datetime import date

from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest
from django.utils.translation import gettext as _

from jiaoheng.access.account import Account, check_may_read
from jiaoheng.intake.provenance import Import
from jiaoheng.organisations.organisation import PATH_SEPARATOR, SCHOOL_KINDS, Organisation
from jiaoheng.registers.campus import open_on

__all__ = [
    "ancestors_in_scope",
    "area_asked_for",
    "codes_in_scope",
    "imports_of",
    "organisation_in_scope",
    "reader",
    "schools_of",
    "schools_that_report",
    "whole_imports_of",
]


def reader(request: HttpRequest) -> Account:
    """The account that reads this page. Pages are behind sign-in, so there is one."""
    if not isinstance(request.user, Account):
        raise Http404
    return request.user


def schools_of(account: Account, area: Organisation | None = None) -> QuerySet[Organisation]:
    """The schools in the account's scope, of one area where it is given."""
    schools = account.scope.filter(kind__in=SCHOOL_KINDS)
    return schools.filter(Q(path=area.path) | Q(path__startswith=area.path + PATH_SEPARATOR)) if area else schools


def schools_that_report(account: Account, area: Organisation, on: date) -> QuerySet[Organisation]:
    """Of them those that statistics are expected of: open on the day, and no training institutions, which file none."""
    return schools_of(account, area).filter(open_on(on)).exclude(kind="training_institution")


def organisation_in_scope(account: Account, code: str) -> Organisation:
    """The organisation with this code. Raises: Http404 where there is none, Refused where it is not the reader's to see."""
    organisation = Organisation.objects.filter(code=code).first()
    if organisation is None:
        raise Http404(_("No organisation has the code “{code}”.").format(code=code))
    check_may_read(account, organisation)
    return organisation


def area_asked_for(request: HttpRequest) -> Organisation | None:
    """The organisation named in the address, or the reader's own. Raises like `organisation_in_scope`."""
    account = reader(request)
    code = request.GET.get("area") or request.GET.get("organisation")
    return organisation_in_scope(account, code) if code else account.organisation


def ancestors_in_scope(account: Account, organisation: Organisation) -> list[Organisation]:
    """The organisations from the top of the reader's scope down to this one."""
    codes = organisation.path.split(PATH_SEPARATOR)
    return [node for node in Organisation.objects.filter(code__in=codes).order_by("path") if account.covers(node.path)]


def codes_in_scope(account: Account, paths: Mapping[str, str], area: Organisation | None = None) -> set[str]:
    """Of organisations given as code → path (a snapshot's), the codes in the reader's scope, below one area where it is given."""
    below = area.path + PATH_SEPARATOR if area else ""
    return {code for code, path in paths.items() if account.covers(path) and (not area or path == area.path or path.startswith(below))}


def imports_of(account: Account) -> QuerySet[Import]:
    """The imports that the reader brought or that fed an organisation in the reader's scope; whoever sees the whole tree sees all."""
    imports = Import.objects.select_related("source_file", "account")
    own = account.organisation
    if own is None:
        return imports.none()
    if own.parent_id is None:
        return imports
    below = Q(rows__organisation__path=own.path) | Q(rows__organisation__path__startswith=own.path + PATH_SEPARATOR)
    touched = Import.objects.filter(below).values("pk")
    return imports.filter(Q(account=account) | Q(pk__in=touched))


def whole_imports_of(account: Account) -> QuerySet[Import]:
    """The imports that the reader sees whole, with counts, causes and totals: the own ones, or all for who sees the whole tree.

    Of another's workbook a reader sees the rows of the own scope only: its causes quote cells of other schools.
    """
    imports = imports_of(account)
    sees_all = account.organisation is not None and account.organisation.parent_id is None
    return imports if sees_all else imports.filter(account=account)
