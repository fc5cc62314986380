"""One page of a compartment on its way out, and the access records of it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any, NoReturn

from medbridge.accounts.actor import Actor
from medbridge.actions.read_record import HIDDEN
from medbridge.actions.steps import paging
from medbridge.actions.steps.access import note
from medbridge.actions.steps.judging import cleared
from medbridge.audit.record import Deed
from medbridge.fhir import references, terms
from medbridge.fhir.outcome import FhirError, Issue
from medbridge.records import everything
from medbridge.records.everything import Part
from medbridge.records.search import Hit
from medbridge.records.statement import Predicate

# Of what they refer to only this is beyond the compartment: who treated, where, and with what (R4's own examples).
REFERRED = (
    "Endpoint",
    "HealthcareService",
    "Location",
    "Medication",
    "Organization",
    "Practitioner",
    "PractitionerRole",
)
# From an Observation to a PractitionerRole, its Organization, and what that is part of.
ROUNDS = 3
# What came with earlier pages and need not come again is in the page link: 4 kB of the 16 that a URL may have.
MOST_KNOWN = 200


@dataclass(frozen=True)
class Everything:
    """hits: of the compartment. referred: what they refer to outside it, once for all pages together (if less than
    MOST_KNOWN)."""

    hits: list[Hit]
    next: str | None
    referred: list[Hit] = field(default_factory=list)


@dataclass(frozen=True)
class Asked:
    """Whose compartment ("Patient/x"), which part of it, and from where on."""

    actor: Actor
    at: datetime
    target: str
    part: Part = field(default_factory=Part)
    limit: int = 1000
    cursor: str | None = None

    @property
    def after(self) -> int:
        """The number of the last row before. Raises FhirError 400 for a page link of another reader or request."""
        return self._before[1]

    @cached_property
    def _before(self) -> tuple[list[int], int]:
        """Keys of what is known already, and the last row."""
        if not self.cursor:
            return [], 0
        known, after = paging.unseal(self.actor, self._spelled, self.cursor)
        return [int(key) for key in known.split()], after

    @property
    def _spelled(self) -> str:
        part = self.part
        moments: list[Any] = [each.isoformat() if each else "" for each in (part.since, part.start, part.end)]
        return f"{self.target}/$everything?{','.join(part.types)}&{'&'.join(moments)}"

    @property
    def type(self) -> str:
        return self.target.partition("/")[0]

    def page(self, hits: Sequence[Hit], *, whose: str | None, seen: Predicate) -> Everything:
        """hits: one more than the limit when there is another page. Types beyond the token's scopes are left out.

        seen: what the actor may see, of what they refer to as well.
        """
        more, last = len(hits) > self.limit, hits[: self.limit]
        scoped = [hit for hit in last if self.actor.scopes.allow(hit.type, "r")]
        allowed = cleared(scoped, actor=self.actor, at=self.at)
        touched: dict[str | None, list[int]] = {} if allowed else {whose: []}
        for hit in allowed:
            touched.setdefault(hit.patient, []).append(hit.version_pk)
        deeds = [
            Deed("everything", self.type, self.target, each, count=len(given), versions=given)
            for each, given in touched.items()
        ]
        note(self.actor, deeds, at=self.at)
        known = set(self._before[0])
        referred = self._referred(allowed, known, seen)
        if not more:
            return Everything(allowed, None, referred)
        spelled = " ".join(map(str, sorted(known)[:MOST_KNOWN]))
        return Everything(allowed, paging.seal(self.actor, self._spelled, spelled, last[-1].pk), referred)

    def _referred(self, hits: Sequence[Hit], known: set[int], seen: Predicate) -> list[Hit]:
        """Adds to `known` what it returns."""
        types = [type for type in REFERRED if self.actor.scopes.allow(type, "r")]
        found: list[Hit] = []
        for _ in range(ROUNDS):
            named = references.named((hit.body for hit in hits), types)
            wanted = {terms.key(type, id) for type, id in named} - known - {hit.key for hit in hits}
            read = everything.of_keys(wanted, self.part, visible=seen) if wanted else []
            hits = cleared(read, actor=self.actor, at=self.at)
            known |= {hit.key for hit in hits}
            found += hits
            if not hits:
                break
        return found

    def refuse(self, whose: str | None) -> NoReturn:
        """As for what never was: 404; the person concerned learns of the attempt."""
        note(self.actor, [Deed("everything", self.type, self.target, whose, False, HIDDEN, count=0)], at=self.at)
        raise FhirError(404, [Issue("not-found", f"{self.target} is not known.")])
