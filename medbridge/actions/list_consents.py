"""The consents about a person, with what they say and who recorded them: for her desk."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from medbridge.accounts.actor import Actor
from medbridge.actions.search_records import Page, search_records
from medbridge.actions.steps.consenting import author
from medbridge.fhir.parse import parse
from medbridge.records import read


@dataclass(frozen=True)
class Recorded:
    """`own`: the person gave it herself, so she can revoke it; else a hospital recorded it."""

    resource: dict[str, Any]
    hospital: str | None
    own: bool


def list_consents(*, actor: Actor, at: datetime) -> list[Recorded]:
    """Newest first, of all Patients the account was confirmed to be. Audited as the searches it makes."""
    own = {parse(body)["id"] for _, body in read.consents_of(author(actor))}
    hits = [hit for patient in actor.patients for page in _pages(actor, at, patient) for hit in page.hits]
    hits.sort(key=lambda hit: hit.at, reverse=True)
    return [Recorded(parse(hit.body), hit.hospital, hit.id in own) for hit in hits]


def _pages(actor: Actor, at: datetime, patient: str) -> Iterator[Page]:
    pairs = [("patient", patient), ("_count", "200")]
    page = search_records(actor=actor, at=at, type="Consent", pairs=pairs)
    yield page
    while page.next:
        page = search_records(actor=actor, at=at, type="Consent", pairs=[*pairs, ("_cursor", page.next)])
        yield page
