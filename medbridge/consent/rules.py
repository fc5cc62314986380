"""Who may see a record: the published rules as a pure function (DESIGN.md section 5). compile.py says the same in SQL."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from medbridge.consent.provision import Node, nodes

__all__ = ["Decision", "Node", "Request", "Row", "decide", "nodes"]

DIRECTORY = ("Endpoint", "HealthcareService", "Location", "Organization", "Practitioner", "PractitionerRole")


@dataclass(frozen=True, slots=True)
class Request:
    """A signed-in reader, the purpose and the moment.

    `hospital`: bare id. `practitioner`: "Practitioner/x". `groups`: "Group/x". `patients`: Patient ids that their
    custodians confirmed to be this account's person; they count in the role "patient" only.
    """

    hospital: str | None
    practitioner: str | None
    role: str
    groups: tuple[str, ...]
    patients: tuple[str, ...]
    purpose: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Row:
    """What the rules need to know of a record. `custodian` None: the directory. `low`..`high`: clinical date, or None."""

    type: str
    id: str
    patient: str | None
    custodian: str | None
    low: datetime | None = None
    high: datetime | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """`consent`, `version` and `path` name the provision that decided; None when a standing rule did."""

    visible: bool
    consent: str | None
    path: str | None
    reason: str
    version: int | None = None


def decide(
    nodes: Iterable[Node], request: Request, row: Row, *, custodian_rule: bool = True, btg_default: bool = False
) -> Decision:
    """Whether the reader sees the record, and why. Of `nodes` only those bound to the record's Patient and custodian count.

    `btg_default`: the custodians' policy lets the glass be broken where no consent exists at all.
    """
    raise NotImplementedError
