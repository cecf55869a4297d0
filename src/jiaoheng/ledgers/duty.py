"""Duty: which accounts act as which actor of a process (school, safety office, leader …).

Changes when who may act is decided otherwise. The rulebook says by role who acts (`duties/*.yaml`); a bureau may name accounts instead,
and then only those act.
"""

from collections.abc import Mapping
from functools import cache
from pathlib import Path

from django.conf import settings
from django.db import models, transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from jiaoheng.access import trail
from jiaoheng.access.account import Account, Refused, Role
from jiaoheng.ledgers.events import Actor
from jiaoheng.ledgers.process import Process
from jiaoheng.rulebook.loader import Rule, load_rules

__all__ = ["Duty", "DutyRule", "actor_of", "actors_of", "end_duty", "name_duty", "roles_of"]


class DutyRule(Rule):
    """Roles by actor: `{school: [clerk], leader: [leader]}`. The rule `default` holds for actors that no other rule names."""

    roles: Mapping[str, list[str]]
    others: list[str] = []


class Duty(models.Model):
    """One account acts as one actor of one process."""

    account = models.ForeignKey(Account, models.CASCADE, related_name="duties", verbose_name=gettext_lazy("account"))
    process = models.CharField(gettext_lazy("process"), max_length=100)
    actor = models.CharField(gettext_lazy("acts as"), max_length=100)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account", "process", "actor"], name="duty_once")]
        indexes = [models.Index(fields=["process", "actor"], name="duty_actor")]

    def __str__(self) -> str:
        return f"{self.account}: {self.process}/{self.actor}"


def name_duty(account: Account, process: str, actor: str, *, by: Account, reason: str) -> Duty:
    """From now on this account acts as the actor; accounts that only have the role no longer do. Raises: Refused."""
    if not account.is_active or account.organisation is None:
        raise Refused(_("This account is not active, or belongs to no organisation. Choose another one."))
    with transaction.atomic():
        duty, fresh = Duty.objects.get_or_create(account=account, process=process, actor=actor)
        if not fresh:
            raise Refused(_("{account} is named for this already.").format(account=account))
        _recorded(trail.Action.ADDED, duty, by, reason)
    return duty


def end_duty(duty: Duty, *, by: Account, reason: str) -> None:
    """The account no longer acts as the actor. Where it was the last one named, the roles decide again."""
    with transaction.atomic():
        _recorded(trail.Action.REMOVED, duty, by, reason)
        duty.delete()


def _recorded(action: trail.Action, duty: Duty, by: Account, reason: str) -> None:
    """Raises: Refused where no reason is given, or the account named is not within the namer's reach."""
    if not reason.strip():
        raise Refused(_("Say why: a change without a reason is not kept."))
    where = duty.account.organisation.path if duty.account.organisation else ""
    if not by.covers(where):
        raise Refused(_("This account belongs to an organisation outside your scope."))
    said = {"account": duty.account.username, "process": duty.process, "actor": duty.actor}
    before, after = ({}, said) if action == trail.Action.ADDED else (said, {})
    trail.record([trail.Entry(action, Duty._meta.label, str(duty.pk), where, before, after)], by=by, reason=reason.strip())


def roles_of(process: str, actor: str) -> set[str]:
    """The roles that act as the actor where nobody is named."""
    return _roles(_rules(settings.RULEBOOK_OVERLAY), process, actor)


def actor_of(account: Account, name: str, process: Process, *, named: Mapping[tuple[str, str], set[int]] | None = None) -> Actor:
    """The account as the process knows it. `named`: all duties, where they are at hand."""
    if named is None:
        named = duties_named([name])
    rules = _rules(settings.RULEBOOK_OVERLAY)
    acts_as = set()
    for actor in process.actors:
        accounts = named.get((name, actor))
        if (account.pk in accounts) if accounts else (account.role in _roles(rules, name, actor)):
            acts_as.add(actor)
    return Actor(account.get_full_name() or account.username, frozenset(acts_as))


def actors_of(account: Account, processes: Mapping[str, Process]) -> dict[str, Actor]:
    """The account in each of many processes, with one query."""
    named = duties_named(list(processes))
    return {name: actor_of(account, name, process, named=named) for name, process in processes.items()}


def duties_named(processes: list[str]) -> dict[tuple[str, str], set[int]]:
    """Accounts that were named, by process and actor."""
    found: dict[tuple[str, str], set[int]] = {}
    for process, actor, account in Duty.objects.filter(process__in=processes).values_list("process", "actor", "account_id"):
        found.setdefault((process, actor), set()).add(account)
    return found


def _roles(rules: Mapping[str, DutyRule], process: str, actor: str) -> set[str]:
    for key in (process, "default"):
        if key in rules and actor in rules[key].roles:
            return set(rules[key].roles[actor])
    return set(rules["default"].others) if "default" in rules else {Role.OFFICER}


@cache
def _rules(overlay: Path | None) -> dict[str, DutyRule]:
    return load_rules("duties", DutyRule, overlay)
