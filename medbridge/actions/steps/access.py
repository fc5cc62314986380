"""What every action asks first: may this actor do this at all, and which rows exist for it."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from django.conf import settings

from medbridge.accounts.actor import Actor
from medbridge.accounts.models import Account, Certificate, Role
from medbridge.accounts.scopes import EVERYTHING, parse
from medbridge.accounts.tokens import actor_of
from medbridge.audit.record import Deed, Who, record
from medbridge.consent.compile import Visible
from medbridge.consent.purpose import BREAK_THE_GLASS
from medbridge.consent.rules import Request, readers
from medbridge.database import walled
from medbridge.fhir.outcome import FhirError, Issue
from medbridge.inbox.models import Message
from medbridge.inbox.store import Sender

LISTENER = "listener:"
WRITERS = (Role.FEED, Role.ENGINEER, Role.CLINICIAN)
# A person consents; an operator decides what can be searched by (steps.defining).
WRITES_ALONE: dict[str, tuple[str, ...]] = {Role.PATIENT: ("Consent",), Role.OPERATOR: ("SearchParameter",)}
_NAMES = {"c": "create", "r": "read", "u": "update", "d": "delete", "s": "search"}


def listener_actor(hospital: str) -> Actor:
    """The sender behind a listener that is configured for one hospital."""
    return Actor(f"{LISTENER}{hospital}", f"MLLP listener of {hospital}", Role.FEED, hospital, "TREAT", EVERYTHING)


def feed_actor(username: str) -> Actor:
    """A sender that showed its certificate. An account that is gone, closed or may not write has no power."""
    account = Account.objects.filter(username=username, is_active=True).first()
    if account is None or account.role not in WRITERS or not account.hospital:
        raise FhirError(403, [Issue("forbidden", f"The account “{username}” may not send messages.")])
    return actor_of(account, purpose="TREAT", scopes=EVERYTHING)


def certificate_owner(fingerprint: str) -> str | None:
    """The account that this TLS client certificate (SHA-256, hexadecimal) was registered for."""
    found = Certificate.objects.filter(fingerprint=fingerprint, account__is_active=True)
    return found.values_list("account__username", flat=True).first()


def operator_actor(command: str) -> Actor:
    """Whoever has the machine, running a command without naming an account."""
    return Actor(f"operator:{command}", f"Operator's {command}", Role.OPERATOR, "", "HOPERAT", EVERYTHING)


def signature(actor: Actor) -> Sender:
    """What is kept with a message, for carrying it out later with this power and no other."""
    return Sender(actor.username, actor.purpose, actor.scopes.text)


def sender(message: Message) -> Actor:
    """Who sent a kept message, with the power of then: the account as it is now, or the listener.

    An account that is gone or closed has no power left; the message becomes a dead letter that says so.
    """
    if message.sender.startswith(LISTENER):
        return listener_actor(message.hospital)
    account = Account.objects.filter(username=message.sender, is_active=True).first()
    if account is None:
        return Actor(message.sender, message.sender, "", message.hospital, message.purpose, parse(""))
    return actor_of(account, purpose=message.purpose, scopes=parse(message.scopes))


def account_actor(username: str) -> Actor:
    """An account as it acts from the command line. Raises FhirError 404 when there is none."""
    account = Account.objects.filter(username=username, is_active=True).first()
    if account is None:
        raise FhirError(404, [Issue("not-found", f"There is no account “{username}”.")])
    return actor_of(account, purpose="TREAT", scopes=EVERYTHING)


def who(actor: Actor) -> Who:
    return Who(
        actor.request, actor.username, actor.name, actor.hospital, actor.role, actor.practitioner, actor.purpose,
        actor.reason, actor.address, actor.groups,
    )  # fmt: skip


def request_of(actor: Actor, at: datetime) -> Request:
    return Request(
        hospital=actor.hospital or None, practitioner=actor.practitioner or None, role=str(actor.role),
        groups=actor.groups, patients=actor.patients, purpose=actor.purpose, at=at,
    )  # fmt: skip


def visible(actor: Actor, at: datetime) -> Visible:
    """The consent predicate of this actor now."""
    request = request_of(actor, at)
    # The second wall is told who reads by another way than the predicate, and with less.
    person = actor.role == Role.PATIENT
    walled.face(
        actor.role, "" if person else actor.hospital, readers(request), actor.patients if person else ()
    )  # fmt: skip
    return Visible(request, custodian_rule=settings.CUSTODIAN_RULE, nothing=is_over(actor))


def is_over(actor: Actor) -> bool:
    """A member's token outlives the membership; then it opens nothing (DESIGN 5.5). Nor does one without a reason."""
    member = f"Group/{settings.EMERGENCY_GROUP}" in actor.groups
    return actor.purpose == BREAK_THE_GLASS and not (member and actor.reason)


def own(actor: Actor, at: datetime) -> Visible:
    """What a write may refer to, match on and change: what the writer may see, as far as it is the writer's own.

    Without the first half a reference or a conditional create would feel for rows that a consent hides from a
    clinician, or that belong to other patients of the person's hospital.
    """
    seen = visible(actor, at)
    return replace(seen, custodian=actor.hospital) if actor.role == Role.CLINICIAN else seen


def note(actor: Actor, deeds: Sequence[Deed], *, at: datetime) -> None:
    record(who(actor), deeds, at=at)


def check_scope(actor: Actor, type: str, letter: str, *, at: datetime, target: str = "") -> None:
    """Raises FhirError 403, leaving a record of the refusal, unless the token's scopes allow it.

    letter: one of "cruds". The refusal says nothing about whether the target exists.
    """
    if actor.scopes.allow(type, letter):
        return
    reason = f"The token's scopes ({actor.scopes.text or 'none'}) do not allow {_NAMES[letter]} on {type}."
    refuse(actor, _NAMES[letter], type, reason, at=at, target=target)


def check_writer(actor: Actor, type: str, *, at: datetime) -> None:
    """Raises FhirError 403, leaving a record of the refusal, unless the role may write this type."""
    if reason := forbidden(actor, type):
        refuse(actor, "update", type, reason, at=at)


def forbidden(actor: Actor, type: str) -> str:
    """Why the role may not write this type, or nothing.

    Nobody writes an AuditEvent: it would stand beside MedBridge's own access records and could not be told apart. Nor
    Parameters, which R4 gives no endpoint: no compartment says whose data such a one holds.
    """
    if type == "AuditEvent":
        return "Access records are MedBridge's own; an AuditEvent cannot be written."
    if type == "Parameters":
        return "Parameters are sent to operations and answered by them; they are not stored."
    if (actor.hospital and actor.role in WRITERS) or type in WRITES_ALONE.get(actor.role, ()):
        return ""
    return f"An account with the role {actor.role} may not write {type}."


def refuse(actor: Actor, action: str, type: str, reason: str, *, at: datetime, target: str = "") -> None:
    """Record the refusal, then raise FhirError 403.

    The caller must not be inside the transaction that will be rolled back by this error, or the record goes with it.
    """
    note(actor, [Deed(action, type, target or type, allowed=False, reason=reason, count=0)], at=at)
    raise FhirError(403, [Issue("forbidden", reason)])
