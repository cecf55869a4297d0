"""Paper list: the joint papers that the reader sees, and opening one.

Changes when papers are listed or opened otherwise.
"""

from typing import Any

from django import forms
from django.conf import settings
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from jiaoheng.access.account import Account, Refused
from jiaoheng.organisations.organisation import Organisation
from jiaoheng.papers.joint.joint_paper import check_may_lead, papers_of
from jiaoheng.papers.joint.opening import open_paper
from jiaoheng.papers.joint.paper_part import PartState
from jiaoheng.papers.paper import PaperStopped
from jiaoheng.web.current_snapshot import CurrentSnapshot, chosen_year
from jiaoheng.web.no_snapshot import needs_snapshot
from jiaoheng.web.paper_templates import template_titles
from jiaoheng.web.scope import reader

__all__ = ["joint_paper_new", "joint_papers", "may_open"]


class OpenForm(forms.Form):
    """From which template, about whom, called what."""

    template = forms.ChoiceField(label=gettext_lazy("Template"))
    organisation = forms.ModelChoiceField(Organisation.objects.none(), label=gettext_lazy("About"), empty_label=None)
    deepest = forms.ChoiceField(
        label=gettext_lazy("Parts to give out"),
        choices=[("1", gettext_lazy("one for each chapter")), ("2", gettext_lazy("one for each section of a chapter"))],
    )
    title = forms.CharField(label=gettext_lazy("Title in lists"), max_length=200, required=False)

    def __init__(self, *given: Any, account: Account, titles: dict[str, str], **more: Any) -> None:
        super().__init__(*given, **more)
        fields: Any = self.fields
        fields["template"].choices = list(titles.items())
        fields["organisation"].queryset = account.scope.order_by("path")
        fields["title"].help_text = _("Empty: the template's own title")


def may_open(account: Account) -> bool:
    """Whether the reader opens papers: officers of bureaus and offices."""
    if account.organisation is None:
        return False
    try:
        check_may_lead(account, account.organisation)
    except Refused:
        return False
    return True


def joint_papers(request: HttpRequest) -> HttpResponse:
    """Every joint paper that the reader sees, with how far it is."""
    account = reader(request)
    accepted = Count("parts", filter=Q(parts__state=PartState.ACCEPTED), distinct=True)
    found = papers_of(account).annotate(of=Count("parts", distinct=True), accepted=accepted).order_by("-opened_at", "-pk")
    return render(request, "web/joint/papers.html", {"papers": found, "may_open": may_open(account)})


@needs_snapshot
def joint_paper_new(request: HttpRequest, current: CurrentSnapshot) -> HttpResponse:
    """Open a paper from a template and the newest snapshot."""
    account, year = reader(request), chosen_year(request, current.years, current.year)
    if account.organisation is None:
        raise Refused(_("Your account stands at no organisation yet."))
    check_may_lead(account, account.organisation)
    titles = template_titles(account.organisation, year)
    begin = {"organisation": account.organisation, "template": request.GET.get("template", "")}
    form = OpenForm(request.POST or None, account=account, titles=titles, initial=begin)
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        title = said["title"] or template_titles(said["organisation"], year)[said["template"]]
        try:
            paper = open_paper(
                said["template"], said["organisation"], current.snapshot, title=title, period=year, language=get_language() or "zh-hans",
                by=account, overlay=settings.RULEBOOK_OVERLAY, deepest=int(said["deepest"]),
            )  # fmt: skip
        except PaperStopped as error:
            form.add_error("template", str(error))
        else:
            return redirect("joint-paper", number=paper.pk)
    return render(request, "web/joint/new.html", {"form": form, "current": current, "year": year})
