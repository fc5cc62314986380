"""One page of a compartment on its way out, and the access records of it."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NoReturn

from medbridge.accounts.actor import Actor
from medbridge.actions.read_record import HIDDEN
from medbridge.actions.steps import paging
from medbridge.actions.steps.access import note
from medbridge.audit.record import Deed
from medbridge.fhir.outcome import FhirError, Issue
from medbridge.records.everything import Part
from medbridge.records.search import Hit


@dataclass(frozen=True)
class Everything:
    hits: list[Hit]
    next: str | None


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
        """Raises FhirError 400 for a page link of another reader or request."""
        return paging.unseal(self.actor, self._spelled, self.cursor)[1] if self.cursor else 0

    @property
    def _spelled(self) -> str:
        part = self.part
        moments: list[Any] = [each.isoformat() if each else "" for each in (part.since, part.start, part.end)]
        return f"{self.target}/$everything?{','.join(part.types)}&{'&'.join(moments)}"

    @property
    def type(self) -> str:
        return self.target.partition("/")[0]

    def page(self, hits: Sequence[Hit], *, whose: str | None) -> Everything:
        """hits: one more than the limit when there is another page. Types beyond the token's scopes are left out."""
        more, last = len(hits) > self.limit, hits[: self.limit]
        allowed = [hit for hit in last if self.actor.scopes.allow(hit.type, "r")]
        touched = Counter(hit.patient for hit in allowed) or Counter({whose: 0})
        deeds = [Deed("everything", self.type, self.target, each, count=n) for each, n in touched.items()]
        note(self.actor, deeds, at=self.at)
        return Everything(allowed, paging.seal(self.actor, self._spelled, None, last[-1].pk) if more else None)

    def refuse(self, whose: str | None) -> NoReturn:
        """As for what never was: 404; the person concerned learns of the attempt."""
        note(self.actor, [Deed("everything", self.type, self.target, whose, False, HIDDEN, count=0)], at=self.at)
        raise FhirError(404, [Issue("not-found", f"{self.target} is not known.")])
