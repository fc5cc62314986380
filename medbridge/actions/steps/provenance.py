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


def provenances(
    message: Message, outcomes: Sequence[Outcome], *, actor: Actor, at: datetime, pack: tuple[str, str] = ("", "")
) -> list[Intent]:
    """One Provenance for each Patient the message wrote about, and one for what is about nobody.

    pack: version of the mapping pack that converted the message, and which of its rows put something.

    Never one for two people: it would open to the one what was written about the other.
    """
    groups: dict[str | None, list[Stored]] = {}
    for outcome in outcomes:
        if outcome.stored is not None:
            groups.setdefault(outcome.stored.patient, []).append(outcome.stored)
    return [
        Intent("Provenance", "PUT", "Provenance", _resource(message, versions, actor, at, pack),
               id=str(uuid5(message.id, patient or "")), patient=patient)
        for patient, versions in groups.items()
    ]  # fmt: skip


def _resource(
    message: Message, versions: Sequence[Stored], actor: Actor, at: datetime, pack: tuple[str, str]
) -> dict[str, Any]:
    source = {"role": "source", "what": {"identifier": _identifier(message), "display": _describe(message)}}
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
        "entity": [source, *_mapped_by(*pack)],
    }


def _mapped_by(version: str, rows: str) -> list[dict[str, Any]]:
    """The mapping pack (docs/packs.md) and the rows that put something, by their place in that version."""
    if not version:
        return []
    what = {"identifier": {"system": "urn:medbridge:pack", "value": version}}
    return [{"role": "derivation", "what": {**what, "display": f"rows {rows}"} if rows else what}]


def _identifier(message: Message) -> dict[str, str]:
    return {"system": "urn:ietf:rfc:3986", "value": f"urn:uuid:{message.id}"}


def _describe(message: Message) -> str:
    control = f" {message.control_id}" if message.control_id else ""
    return f"{message.kind} message{control}, SHA-256 {bytes(message.digest).hex()}"
