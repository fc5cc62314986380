"""The accounting of disclosures: every access by others to a person's records, to take away."""

from datetime import datetime

from django.conf import settings

from medbridge.accounts.actor import Actor
from medbridge.accounts.models import Role
from medbridge.actions.read_accesses import list_accesses
from medbridge.actions.steps.access import note, refuse
from medbridge.audit.models import Access
from medbridge.audit.record import Deed


def account_disclosures(*, actor: Actor, at: datetime) -> tuple[list[Access], bool]:
    """The newest DISCLOSURES_LIMIT, newest first, and whether these are all. Raises FhirError 403 for others.

    Itself an access, of which a record is left.
    """
    if actor.role != Role.PATIENT:
        refuse(actor, "account", "AuditEvent", "Only a patient's own account is given its disclosures.", at=at)
    limit = settings.DISCLOSURES_LIMIT
    found = list_accesses(actor=actor, at=at, limit=limit + 1, others_only=True)
    shown = found[:limit]
    deeds = [Deed("account", "AuditEvent", "AuditEvent", each, count=len(shown)) for each in sorted(actor.patients)]
    note(actor, deeds, at=at)
    return shown, len(found) <= limit
