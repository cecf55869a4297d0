"""Ledger row: one entry of a ledger: its answers, where it stands, who has it, and the days that lists sort by.

Changes when what is kept of a row changes. What happened to it is in its events (`row_event.py`); the standing here is what they add up
to, kept beside so that a list of a million rows can be filtered and sorted by the database.
"""

from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from jiaoheng.access.scope import ScopedQuerySet
from jiaoheng.access.sealed_field import EncryptedText
from jiaoheng.ledgers.ledger_version import LedgerVersion, sealed_paths
from jiaoheng.ledgers.sealed_answers import joined, opened
from jiaoheng.organisations.organisation import Organisation

__all__ = ["MARKS", "LedgerRow", "Source"]

MARKS = ("mark_1", "mark_2", "mark_3")
"""Columns that hold the answers a ledger is filtered by; `row_answers.marked_questions` says which questions they are."""


class Source(models.TextChoices):
    WEB = "web", _("web page")
    PHONE = "phone", _("phone")
    WORKBOOK = "workbook", _("workbook")
    COMMAND = "command", _("command")


class LedgerRow(models.Model):
    """One entry. `answers` is nested like the form, values typed as JSON; a mask stands for each that is sealed, and `personal` has those
    (`sealed_answers.py`; `given` puts them together). `organisation` is whose row it is, so who may see it.

    `events` counts what happened: whoever acts says how many they saw. `due_on` is the nearest running deadline, of the clock `clock`.
    `on_time` is the judgement of the closed row; None while it runs, or where it ended otherwise. `look_on` is the day on which the
    scheduler next looks at the row; `counted_by` names the rule and calendar that its days were counted by; `also_due` has the deadlines of
    other running clocks, so that it can be said when one of them moves.
    """

    scope_path: ClassVar[str] = "organisation__path"

    version = models.ForeignKey(LedgerVersion, models.PROTECT, related_name="rows")
    ledger = models.CharField(_("ledger"), max_length=100)
    instance_id = models.CharField(max_length=200)
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+", verbose_name=_("organisation"))
    process = models.CharField(_("process"), max_length=100, blank=True)
    state = models.CharField(_("state"), max_length=100, blank=True)
    title = models.CharField(_("title"), max_length=300, blank=True)
    answers: "models.JSONField[Any, Any]" = models.JSONField(_("answers"), default=dict)
    personal = EncryptedText()
    holder = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+", db_index=False, verbose_name=_("who has it")
    )
    holder_office = models.ForeignKey(
        Organisation, models.SET_NULL, null=True, blank=True, related_name="+", db_index=False, verbose_name=_("office")
    )
    opened_on = models.DateField(_("opened"))
    due_on = models.DateField(_("due"), null=True, blank=True)
    clock = models.CharField(max_length=100, blank=True)
    also_due = models.TextField(blank=True, editable=False)
    look_on = models.DateField(null=True, blank=True, editable=False)
    counted_by = models.CharField(max_length=16, blank=True, editable=False)
    closed_on = models.DateField(_("closed"), null=True, blank=True)
    on_time = models.BooleanField(_("on time"), null=True, blank=True)
    merged_into = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="merged_rows", db_index=False)
    events = models.PositiveIntegerField(default=0)
    mark_1 = models.CharField(max_length=100, blank=True)
    mark_2 = models.CharField(max_length=100, blank=True)
    mark_3 = models.CharField(max_length=100, blank=True)
    source = models.CharField(_("source"), max_length=20, choices=Source.choices, default=Source.WEB)
    entered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", db_index=False, verbose_name=_("entered by")
    )
    entered_at = models.DateTimeField(_("entered"), auto_now_add=True)

    objects = models.Manager.from_queryset(ScopedQuerySet)()

    class Meta:
        ordering = ["-opened_on", "-pk"]
        verbose_name = _("ledger row")
        constraints = [models.UniqueConstraint(fields=["instance_id"], name="row_instance_once")]
        # A row that moves is written anew into every index: there is none that nothing asks for.
        indexes = [
            # A list: one ledger, in a state or not, newest or most urgent first.
            models.Index(fields=["ledger", "-opened_on", "-id"], name="row_ledger_opened"),
            models.Index(fields=["ledger", "state", "-opened_on", "-id"], name="row_ledger_state_opened"),
            models.Index(fields=["ledger", "state", "due_on", "-id"], name="row_ledger_state_due"),
            models.Index(fields=["ledger", "organisation", "state"], name="row_ledger_organisation"),
            models.Index(fields=["ledger", "mark_1", "-opened_on", "-id"], name="row_ledger_mark_1"),
            models.Index(fields=["ledger", "mark_2", "-opened_on", "-id"], name="row_ledger_mark_2"),
            models.Index(fields=["ledger", "-opened_on", "-id"], condition=models.Q(on_time=False), name="row_ledger_judged_late"),
            models.Index(fields=["merged_into"], condition=models.Q(merged_into__isnull=False), name="row_merged_into"),
            # My desk: what is open, the most urgent first, of few schools or of all.
            models.Index(fields=["due_on", "id"], condition=models.Q(closed_on=None), name="row_open_due"),
            models.Index(fields=["organisation", "due_on"], condition=models.Q(closed_on=None), name="row_open_organisation_due"),
            models.Index(fields=["holder", "due_on"], condition=models.Q(closed_on=None), name="row_open_holder_due"),
            # The scheduler: what is to be looked at today, and what was counted by another calendar.
            models.Index(fields=["look_on"], condition=models.Q(closed_on=None), name="row_open_look"),
            models.Index(fields=["process", "counted_by"], condition=models.Q(closed_on=None), name="row_open_counted_by"),
        ]

    def __str__(self) -> str:
        return self.title or f"#{self.pk}"

    @property
    def sealed(self) -> dict[str, Any]:
        """The sealed answers by place, in clear: for rules. What a person sees of them goes through `answer_opening.py`."""
        return opened(self.personal.clear) if self.personal is not None else {}

    @property
    def sealed_paths(self) -> frozenset[str]:
        """Paths of its answers that stay sealed: by the marks of now, and those that were sealed before: a correction opens none."""
        root = self.version.form.root.path
        own = {"/".join([root, *(step for step in place.split("/") if not step.isdigit())]) for place in self.sealed}
        return sealed_paths(self.version) | own

    @property
    def given(self) -> dict[str, Any]:
        """The answers as they were given, sealed ones in clear: for rules that compare and check."""
        return joined(self.answers, self.sealed) if self.personal is not None else self.answers
