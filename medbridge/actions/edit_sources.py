"""How the messages of a hospital's senders are read and answered: seen and changed by its engineer."""

import codecs
import re
from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from django.db import transaction

from medbridge.accounts.actor import Actor
from medbridge.accounts.models import Role
from medbridge.actions.steps.access import note, refuse
from medbridge.audit.record import Deed
from medbridge.fhir.outcome import FhirError, Issue
from medbridge.inbox import sources
from medbridge.inbox.models import Source

PACK = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


def list_sources(*, actor: Actor, at: datetime) -> list[Source]:
    _check(actor, at)
    return sources.sources_of(actor.hospital)


def edit_source(
    *, actor: Actor, at: datetime, sender: str, timezone: str, charset: str, answers: str, packs: Sequence[str]
) -> None:
    """sender: "" for all the hospital's senders. Raises FhirError 422 that names what no reader could use."""
    _check(actor, at)
    for fault in _faults(timezone, charset, answers, packs):
        raise FhirError(422, [Issue("value", fault)])
    with transaction.atomic():
        sources.save(hospital=actor.hospital, sender=sender, timezone=timezone, charset=charset, answers=answers,
                     packs=packs, by=actor.username, at=at)  # fmt: skip
        note(actor, [Deed("update", "Endpoint", f"source {sender or 'all'}", count=0)], at=at)


def remove_source(*, actor: Actor, at: datetime, sender: str) -> None:
    _check(actor, at)
    with transaction.atomic():
        sources.remove(hospital=actor.hospital, sender=sender)
        note(actor, [Deed("delete", "Endpoint", f"source {sender or 'all'}", count=0)], at=at)


def _check(actor: Actor, at: datetime) -> None:
    if actor.role != Role.ENGINEER or not actor.hospital:
        refuse(actor, "update", "Endpoint", f"The role {actor.role} may not set how messages are read.", at=at)


def _faults(timezone: str, charset: str, answers: str, packs: Sequence[str]) -> list[str]:
    faults = []
    try:
        ZoneInfo(timezone or "UTC")
    except (LookupError, ValueError, OSError):
        faults.append(f"“{timezone}” is not a time zone such as Asia/Shanghai.")
    try:
        "".encode(codecs.lookup(charset or "utf-8").name)
    except (LookupError, ValueError):
        faults.append(f"“{charset}” is not a character set such as gb18030.")
    if answers not in Source.Answers.values:
        faults.append(f"“{answers}” is not one of {', '.join(Source.Answers.values)}.")
    return faults + [f"“{pack}” is not the name of a pack." for pack in packs if not PACK.fullmatch(pack)]
