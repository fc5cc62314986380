"""What a write wants, and what became of it: the vocabulary of all writing actions."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

from medbridge.fhir.patch import Patch
from medbridge.records.matches import Match
from medbridge.records.read import Found
from medbridge.records.store import Stored


@dataclass(frozen=True)
class Intent:
    """One resource to create, update, patch or delete.

    `resource` None deletes, or waits for `patch`; `id` None lets the server choose. `criteria`: a search; what it finds
    keeps a POST from creating, and is what a PUT, PATCH or DELETE without `id` means (FHIR R4 http.html#cond-update).
    `fresh`: the id of what a conditional update creates, where the body names none.
    `place` is the FHIRPath that errors start with ("Bundle.entry[3].resource" or the type). `names` are the texts other
    entries may refer to it by. `patient` overrides the compartment that the index finds. `message`: which it came in,
    where a write carries out several.
    """

    type: str
    method: str
    place: str
    resource: dict[str, Any] | None = None
    id: str | None = None
    names: tuple[str, ...] = ()
    if_match: int | None = None
    create_only: bool = False
    criteria: str | None = None
    fresh: str | None = None
    patch: Patch | None = None
    only_if_absent: bool = False
    patient: str | None = None
    message: UUID | None = None


@dataclass(frozen=True)
class Part:
    """The entry of a kept message that a write carries out: however often that is tried, it is done once.

    `since`: what others changed after this moment is newer than the message and stays.
    """

    message: UUID
    entry: int = 0
    since: datetime | None = None

    @property
    def id(self) -> str:
        """The id of what the entry creates, the same at every attempt."""
        return str(uuid5(self.message, str(self.entry)))


@dataclass(frozen=True)
class Outcome:
    """What one intent came to: status 200, 201 or 204 and the version, or the match that made a create unnecessary."""

    status: int
    stored: Stored | None = None
    existing: Found | None = None

    @property
    def subject(self) -> str:
        version = self.stored or self.existing
        return version.subject if version else ""


@dataclass
class Plan:
    """Intents on their way through a write; `names` maps what entries call each other to "Type/id".

    By position: `existing` is what made a create unnecessary, `matched` what the criteria of another intent found;
    `unmatched` are the positions of those whose criteria found nothing.
    """

    intents: list[Intent]
    names: dict[str, str] = field(default_factory=dict)
    existing: dict[int, Found] = field(default_factory=dict)
    matched: dict[int, Match] = field(default_factory=dict)
    unmatched: set[int] = field(default_factory=set)

    def writes(self, position: int) -> bool:
        """Whether there is a record to write: not for a create that is not needed, nor a deletion of nothing."""
        return position not in self.existing and self.intents[position].id is not None
