"""A Consent's provision tree flattened into rows that can be matched one by one (FHIR R4 consent.html).

What this cut cannot evaluate fails closed: a permit that depends on it grants nothing, a deny applies without it.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from medbridge.consent import purpose
from medbridge.fhir.dates import EARLIEST, LATEST, interval

Json = dict[str, Any]

RESOURCE_TYPES = "http://hl7.org/fhir/resource-types"
READING = frozenset({"access", "use", "disclose"})
# Actors that are the source of the data or a party to the consent, and not someone whom it lets read (v3 RoleCode).
NOT_READERS = frozenset({"CST", "AUT", "INF", "GRANTOR", "CONSENTER"})
# A consent to be treated, or an advance directive, says nothing on who may read (consentscope).
NOT_DISCLOSURE = frozenset({"treatment", "adr"})
_ACTOR = re.compile(r"((?:Organization|Practitioner|Group)/[A-Za-z0-9.-]{1,64})(?:/_history/[A-Za-z0-9.-]{1,64})?")
_RECORD = re.compile(r"([A-Z][A-Za-z]+/[A-Za-z0-9.-]{1,64})(?:/_history/[A-Za-z0-9.-]{1,64})?")
_EVALUATED = frozenset(
    {"type", "period", "actor", "action", "purpose", "class", "dataPeriod", "data", "provision", "id", "extension"}
)


@dataclass(frozen=True, slots=True)
class Node:
    """One provision of one consent, bound to one Patient's data at one custodian.

    `actors`, `purposes` and `starts`..`ends` (both included) are its own or inherited; None means any. `classes`,
    `instances` and `data_low`..`data_high` are its own. `never`: it can match nothing, but shows that a consent exists.
    """

    consent: str
    version: int
    patient: str
    custodian: str
    depth: int
    path: str
    permit: bool
    never: bool
    actors: tuple[str, ...] | None
    purposes: tuple[str, ...] | None
    starts: datetime | None
    ends: datetime | None
    classes: tuple[str, ...] | None
    instances: tuple[str, ...] | None
    data_low: datetime | None
    data_high: datetime | None


def nodes(consent: Json, *, bindings: Sequence[tuple[str, str]] = (), version: int = 1) -> list[Node]:
    """Every provision, once for each (Patient id, custodian) it binds. Empty unless the consent is active."""
    raise NotImplementedError
