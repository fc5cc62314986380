"""What a consent would change, told to the person before she gives or revokes it. Nothing is stored."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from medbridge.accounts.actor import Actor
from medbridge.accounts.models import Role
from medbridge.actions.grant_consent import Grant, consent
from medbridge.actions.steps import explaining
from medbridge.actions.steps.access import note, refuse, visible
from medbridge.actions.steps.consenting import author, bindings
from medbridge.audit.record import Deed
from medbridge.consent.explain import Change, changes
from medbridge.consent.rules import Node, Row, nodes
from medbridge.fhir.outcome import FhirError, Issue
from medbridge.fhir.parse import parse
from medbridge.records import read

__all__ = ["Change", "Preview", "preview_grant", "preview_revocation"]

_NEW = "new"


@dataclass(frozen=True)
class Preview:
    """`whole`: whether all records and all readers were looked at."""

    changes: list[Change]
    whole: bool


def preview_grant(*, actor: Actor, at: datetime, patient: str, grant: Grant) -> Preview:
    """What grant_consent with the same arguments would open and hide now. Raises FhirError 403 as it does."""
    if patient not in actor.patients or actor.role != Role.PATIENT:
        reason = "You can give consent for your own records only: Consent.patient must be a Patient that is you."
        refuse(actor, "preview", "Consent", reason, at=at)
    given = {**consent(patient=patient, grant=grant, at=at), "id": _NEW}
    rows, whole = _rows(actor, at)
    before = explaining.bound(rows)
    return _preview(at, rows, before, [*before, *nodes(given, bindings=bindings(actor))], whole)


def preview_revocation(*, actor: Actor, at: datetime, consent: str) -> Preview:
    """What revoke_consent would open and hide now. Raises FhirError 404 for a consent that is not the person's own."""
    own = {parse(body)["id"] for _, body in read.consents_of(author(actor))} if actor.role == Role.PATIENT else set()
    if consent not in own:
        raise FhirError(404, [Issue("not-found", f"Consent/{consent} is not known.")])
    rows, whole = _rows(actor, at)
    before = explaining.bound(rows)
    return _preview(at, rows, before, [node for node in before if node.consent != consent], whole)


def _rows(actor: Actor, at: datetime) -> tuple[list[Row], bool]:
    patients = sorted(actor.patients)
    rows, whole = explaining.rows_of(actor, patients, visible=visible(actor, at))
    note(actor, [Deed("preview", "Consent", f"Patient/{each}", each, count=len(rows)) for each in patients], at=at)
    return rows, whole


def _preview(at: datetime, rows: Sequence[Row], before: list[Node], after: list[Node], whole: bool) -> Preview:
    rows = explaining.referred(rows, [*before, *after])
    asking = explaining.readers([*before, *after], rows)
    listed = asking[: explaining.MOST_READERS]
    found = changes(before, after, rows, listed, explaining.policy(at))
    return Preview(found, whole and len(listed) == len(asking))
