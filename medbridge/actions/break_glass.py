"""Break the glass: an emergency, by a member of the emergency group, with a reason; counted, and told to the person."""

import logging
from datetime import datetime, timedelta

from django.conf import settings

from medbridge.accounts.actor import Actor
from medbridge.actions.steps.access import note, refuse
from medbridge.audit.models import Access
from medbridge.audit.record import Deed
from medbridge.consent.purpose import BREAK_THE_GLASS

# Longer than a sentence is no reason that anybody reads.
REASON_MOST = 500
WINDOW = timedelta(days=1)
_DEED = "break-glass"
_log = logging.getLogger("medbridge.alarm")


def break_glass(*, actor: Actor, at: datetime, reason: str) -> str:
    """Record and count one breaking; the reason as it is kept. `actor`: with the purpose BTG.

    Raises FhirError 403 for who is not of the group, without a reason, and past GLASS_LIMIT_ACCOUNT or
    GLASS_LIMIT_HOSPITAL in a day, which is an alarm too. Two at the same moment may both be the last that is allowed.
    """
    said = " ".join(reason.split())
    if actor.purpose != BREAK_THE_GLASS or f"Group/{settings.EMERGENCY_GROUP}" not in actor.groups:
        _refuse(actor, f"{actor.username} is no member of Group/{settings.EMERGENCY_GROUP}: the glass stays whole.", at)
    if not (said and said.isprintable() and len(said) <= REASON_MOST):
        _refuse(actor, f"Breaking the glass needs a reason, one line of up to {REASON_MOST} characters.", at)
    if past := _past(actor, at):
        _log.error("alarm: breaking the glass was refused to %s of %s: %s", actor.username, actor.hospital, past)
        _refuse(actor, past, at)
    note(actor, [Deed(_DEED, "Group", f"Group/{settings.EMERGENCY_GROUP}", reason=said, count=0)], at=at)
    return said


def _past(actor: Actor, at: datetime) -> str:
    broken = Access.objects.filter(purpose=BREAK_THE_GLASS, action=_DEED, allowed=True, at__gt=at - WINDOW)
    if broken.filter(username=actor.username).count() >= settings.GLASS_LIMIT_ACCOUNT:
        return f"The limit of {settings.GLASS_LIMIT_ACCOUNT} in a day for one account is reached; ask a colleague."
    if broken.filter(hospital=actor.hospital).count() >= settings.GLASS_LIMIT_HOSPITAL:
        return f"The limit of {settings.GLASS_LIMIT_HOSPITAL} in a day for one hospital is reached; call the operator."
    return ""


def _refuse(actor: Actor, reason: str, at: datetime) -> None:
    refuse(actor, _DEED, "Group", reason, at=at, target=f"Group/{settings.EMERGENCY_GROUP}")
