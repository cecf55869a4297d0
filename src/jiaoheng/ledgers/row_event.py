"""Row event: what happened to a row, as it is stored. Lines are added; the database refuses a second line of the same number.

Changes when what is kept of an event changes. The rules of what may happen are in `events.py`.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, cast

from django.conf import settings
from django.db import models
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from jiaoheng.access.sealed_field import EncryptedText
from jiaoheng.ledgers.events import Event, Kind
from jiaoheng.ledgers.ledger_row import LedgerRow
from jiaoheng.ledgers.sealed_answers import joined, opened, sealed_text

__all__ = ["UNCOUNTED", "NotEdited", "RowEvent", "stored_event"]

UNCOUNTED = ("note", "before", "personal", "words")
"""Columns that `RowEvent.as_counted` does not look at."""


class NotEdited(TypeError):
    """A fault of the program: an event was about to be changed or taken away."""


class RowEvent(models.Model):
    """One event of one row, with the account beside the name that was written down then. `before`: answers that a correction replaced.

    Masks stand in `fields` and `before` for what is sealed; `personal` has it: `fields` by column, `before` by place. What people wrote is
    sealed in `words` and shown to whoever may read the row; `note` has what the program wrote.
    """

    row = models.ForeignKey(LedgerRow, models.PROTECT, related_name="happened", db_index=False)  # its number's index begins with it
    number = models.PositiveIntegerField()
    kind = models.CharField(_("what"), max_length=20)
    on = models.DateField(_("day"))
    recorded_at = models.DateTimeField(_("recorded"))
    account = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", db_index=False)
    by = models.CharField(_("who"), max_length=150)
    origin = models.CharField(_("from"), max_length=100, blank=True)
    to = models.CharField(_("to"), max_length=200, blank=True)
    note = models.TextField(_("note"), blank=True)
    fields: "models.JSONField[Any, Any]" = models.JSONField(default=dict)
    before: "models.JSONField[Any, Any]" = models.JSONField(default=dict)
    personal = EncryptedText()
    words = EncryptedText()
    clock = models.CharField(max_length=100, blank=True)
    pause = models.CharField(max_length=100, blank=True)
    days = models.IntegerField(null=True)

    class Meta:
        ordering = ["row", "number"]
        constraints = [models.UniqueConstraint(fields=["row", "number"], name="row_event_once")]

    def __str__(self) -> str:
        return f"{self.row_id}/{self.number} {self.kind}"

    def save(self, *args: Any, **options: Any) -> None:
        if not self._state.adding:
            raise NotEdited("an event is not edited; add another")
        super().save(*args, **options)

    def delete(self, *args: Any, **options: Any) -> tuple[int, dict[str, int]]:
        raise NotEdited("an event is not taken away; add another")

    @property
    def sealed(self) -> dict[str, dict[str, Any]]:
        """What is sealed of it, in clear: for rules."""
        return opened(self.personal.clear) if self.personal is not None else {}

    @property
    def answers_before(self) -> dict[str, Any]:
        """The answers that a correction replaced, as they were given."""
        return joined(self.before.get("answers", {}), self.sealed.get("before", {}))

    @cached_property
    def written(self) -> dict[str, Any]:
        """What somebody wrote, in clear: the `note`, and the `fields` that are words."""
        return opened(self.words.clear) if self.words is not None else {}

    @property
    def as_event(self) -> Event:
        """The event as the rules read it, with what was written."""
        plain, fields = self.as_counted, self.written.get("fields", {})
        return replace(plain, note=self.written.get("note", "") or self.note, fields={**plain.fields, **fields})

    @property
    def as_counted(self) -> Event:
        """The event as clocks and lists count it: nothing is opened."""
        return Event(
            number=self.number,
            kind=cast(Kind, self.kind),
            on=self.on,
            recorded_at=self.recorded_at,
            by=self.by,
            to=self.to,
            fields=self.fields,
            clock=self.clock,
            pause=self.pause,
            days=self.days,
        )


def stored_event(
    row: LedgerRow,
    event: Event,
    *,
    account: Any,
    origin: str,
    before: dict[str, Any] | None = None,
    sealed: Mapping[str, Mapping[str, Any]] | None = None,
    words: Mapping[str, Any] | None = None,
) -> RowEvent:
    """The event as a line to store. `sealed`, `words`: what masks stand for in its fields and in what stood before; what was written."""
    return RowEvent(
        row=row, number=event.number, kind=event.kind, on=event.on, recorded_at=event.recorded_at, account=account, by=event.by,
        origin=origin, to=event.to, fields=dict(event.fields), before=before or {}, clock=event.clock, pause=event.pause,
        days=event.days, personal=sealed_text({name: said for name, said in (sealed or {}).items() if said}),
        words=sealed_text(words or {}),
    )  # fmt: skip
