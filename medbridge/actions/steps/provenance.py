"""Provenance: from each record a message became, back to the message (its id and SHA-256)."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import uuid5

from medbridge.accounts.actor import Actor
from medbridge.actions.steps.intent import Intent, Outcome
from medbridge.inbox.models import Message
from medbridge.records.store import Stored, instant

_AGENT = "http://terminology.hl7.org/CodeSystem/provenance-participant-type"


def provenances(message: Message, outcomes: Sequence[Outcome], *, actor: Actor, at: datetime) -> list[Intent]:
    """One Provenance for each Patient the message wrote about, and one for what is about nobody.

    Never one for two people: it would open to the one what was written about the other.
    """
    groups: dict[str | None, list[Stored]] = {}
    for outcome in outcomes:
        if outcome.stored is not None:
            groups.setdefault(outcome.stored.patient, []).append(outcome.stored)
    return [
        Intent("Provenance", "PUT", "Provenance", _resource(message, versions, actor, at),
               id=str(uuid5(message.id, patient or "")), patient=patient)
        for patient, versions in groups.items()
    ]  # fmt: skip


def _resource(message: Message, versions: Sequence[Stored], actor: Actor, at: datetime) -> dict[str, Any]:
    return {
        "resourceType": "Provenance",
        "target": [{"reference": version.subject} for version in versions],
        "recorded": instant(at),
        "agent": [
            {
                "type": {"coding": [{"system": _AGENT, "code": "transmitter"}]},
                "who": {"reference": f"Organization/{actor.hospital}", "display": actor.name or actor.username},
            }
        ],
        "entity": [{"role": "source", "what": {"identifier": _identifier(message), "display": _describe(message)}}],
    }


def _identifier(message: Message) -> dict[str, str]:
    return {"system": "urn:ietf:rfc:3986", "value": f"urn:uuid:{message.id}"}


def _describe(message: Message) -> str:
    control = f" {message.control_id}" if message.control_id else ""
    return f"{message.kind} message{control}, SHA-256 {bytes(message.digest).hex()}"
