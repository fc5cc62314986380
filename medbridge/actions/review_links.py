"""Review doubtful links: a hospital's engineer says whether two Patients are one person."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Q

from medbridge.accounts.actor import Actor
from medbridge.accounts.models import Role
from medbridge.actions.steps.access import note, own, refuse
from medbridge.audit.record import Deed
from medbridge.fhir.outcome import FhirError, Issue
from medbridge.fhir.parse import parse
from medbridge.identity import link
from medbridge.identity.models import Candidate, Link, State
from medbridge.records import read


@dataclass(frozen=True)
class Side:
    """One of the two Patients; `resource` only where it is the reviewer's own hospital's."""

    patient: str
    hospital: str
    resource: dict[str, Any] | None


@dataclass(frozen=True)
class Doubt:
    """A pair to decide on. `reasons` say what the index compared."""

    candidate: int
    reasons: list[str]
    sides: tuple[Side, Side]
    at: datetime


def list_doubts(*, actor: Actor, at: datetime, limit: int = 100) -> list[Doubt]:
    """Open pairs in which the actor's hospital has a Patient, oldest first.

    What another hospital knows of its Patient is not shown: the reasons are what the reviewer may go by.
    """
    _check_engineer(actor, at)
    rows = list(_involving(actor).filter(state=State.OPEN).order_by("at")[:limit])
    ids = {patient for row in rows for patient in (row.a, row.b)}
    hospitals = dict(Link.objects.filter(patient__in=ids).values_list("patient", "hospital"))
    mine = [("Patient", id) for id, hospital in hospitals.items() if hospital == actor.hospital]
    found = {each.id: parse(each.body) for each in read.many(mine, visible=own(actor, at))}
    note(actor, [Deed("search", "Patient", "Patient", id, reason="identity review") for id in sorted(found)], at=at)
    return [
        Doubt(
            row.pk, list(row.reasons), (_side(row.a, hospitals, found), _side(row.b, hospitals, found)), row.at
        )
        for row in rows
    ]  # fmt: skip


def settle_doubt(*, actor: Actor, at: datetime, candidate: int, same: bool) -> None:
    """The reviewer's word. Raises FhirError 403, 404 for a pair of others, 409 when the word cannot be taken."""
    _check_engineer(actor, at)
    row = _involving(actor).filter(pk=candidate).first()
    if row is None:
        raise FhirError(404, [Issue("not-found", "There is no such pair to decide on.")])
    reason = "one person" if same else "two persons"
    deeds = [
        Deed("update", "Patient", f"Patient/{id}", id, reason=f"said by review: {reason}") for id in (row.a, row.b)
    ]
    try:
        with transaction.atomic():
            link.settle(candidate, accept=same, by=actor.username, at=at)
            note(actor, deeds, at=at)
    except (link.SettleError, Candidate.DoesNotExist) as error:
        raise FhirError(409, [Issue("conflict", str(error))]) from None


def _involving(actor: Actor) -> Any:
    mine = Link.objects.filter(hospital=actor.hospital).values("patient")
    return Candidate.objects.filter(Q(a__in=mine) | Q(b__in=mine))


def _side(patient: str, hospitals: dict[str, str], found: dict[str, dict[str, Any]]) -> Side:
    return Side(patient, hospitals.get(patient, ""), found.get(patient))


def _check_engineer(actor: Actor, at: datetime) -> None:
    if actor.role != Role.ENGINEER or not actor.hospital:
        refuse(actor, "search", "Patient", f"The role {actor.role} may not review who is the same person.", at=at)
