"""One document on its way to resources: what the mappings need at hand, what was made, and what went wrong."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import quote

from medbridge.normalize.ccda.accounting import Accounts
from medbridge.normalize.ccda.known import Known, digest
from medbridge.normalize.ccda.nodes import Node
from medbridge.normalize.conversion import Conversion, Problem, Source
from medbridge.normalize.hl7v2.context import configured_zone
from medbridge.normalize.identity import resource_id
from medbridge.normalize.packs import Pack, Scope, Trace, Unmapped
from medbridge.normalize.packs.making import fill
from medbridge.normalize.packs.mending import mended

Resource = dict[str, Any]

# Read by a person; a hostile document has them by the million.
MAX_PROBLEMS = 1000
# The same statement may stand in two sections; these may then differ and still tell of one thing.
BY_SECTION = frozenset({"id", "identifier", "category", "clinicalStatus", "recordedDate", "recorder", "encounter"})
# A visit named twice, in the header and in its section, is one visit whatever each says of it.
ONE_BY_ID = frozenset(
    {"Patient", "Encounter", "Practitioner", "Organization", "Composition", "DocumentReference", "Binary"}
)
DIRECTORY = frozenset({"Practitioner", "Organization"})


class EntryError(ValueError):
    """An entry that cannot become a resource; the sentence says what it lacks."""


class Document:
    """`subject`: reference to the Patient. `security`: labels of the document, which all its clinical content bears.

    section: LOINC code of the section that is being converted. visit: reference to the Encounter of the header, which
    is `held` back until the sections have been read.
    """

    def __init__(self, source: Source, pack: Pack, sink: Callable[[Resource], None], *, traced: bool = False) -> None:
        self.source, self.pack = source, pack
        self.hospital = source.hospital
        self.zone = configured_zone(source)
        self.subject = self.visit = self.section = ""
        self.security: list[dict[str, Any]] = []
        self.problems: list[Problem] = []
        self.people: dict[str, str] = {}
        self.teams: list[str] = []
        self.trace: list[Trace] | None = [] if traced else None
        self.rows: dict[str, None] = {}
        self.unmapped: list[Unmapped] = []
        self._absorbed: set[int | str] = set()
        self._told: set[tuple[int, str]] = set()
        self.accounts = Accounts()
        self.sink = sink
        self.held: Resource | None = None
        self._known = Known()
        self._narrative: dict[str, Node] = {}

    def problem(self, element: Node, reason: str, stage: str = "convert") -> None:
        # A function that is asked twice finds the same fault twice.
        if len(self.problems) < MAX_PROBLEMS and (id(element), reason) not in self._told:
            self._told.add((id(element), reason))
            self.problems.append(Problem(stage, element.place, reason))

    def local_system(self, name: str) -> str:
        return f"urn:medbridge:{quote(self.hospital, safe='')}:{quote(name, safe='')}"

    def about(self) -> dict[str, str]:
        return {"reference": self.subject}

    def id(self, kind: str, *business_id: str) -> str:
        return resource_id(self.hospital, kind, *business_id)

    def learn(self, texts: Iterable[Node], *, forget: bool = False) -> None:
        """The narrative that references may point into. forget: that of earlier sections is not needed any more."""
        if forget:
            self._narrative = {}
        for text in texts:
            for each in text.iter():
                if name := each.get("ID"):
                    self._narrative.setdefault(name, each)

    def narrative(self, reference: str) -> str:
        """The text in the narrative that `#id` points to, "" when nothing has this ID. Some senders forget the #."""
        found = self._narrative.get(reference.removeprefix("#"))
        return found.words() if found is not None else ""

    def absorb(self, statement: Node, kind: str) -> None:
        """The Patient has what the statement, of that kind, says."""
        self._absorbed |= {id(statement), kind}

    def absorbed(self, known: Node | str) -> bool:
        return (known if isinstance(known, str) else id(known)) in self._absorbed

    def fresh(self, statement: Node) -> None:
        """The next entry. Elements are known by identity, and those of an entry before may be gone."""
        self.accounts.begin(statement)
        self._told.clear()

    def pending(self, statement: Node) -> bool:
        """Neither a map nor the row of another statement has taken it."""
        return not self.accounts.handled(statement)

    def account(self, scope: Scope) -> None:
        """What one run of the pack used, could not map, or had to report."""
        self.rows.update(scope.fired)
        self.unmapped += scope.unmapped[: MAX_PROBLEMS - len(self.unmapped)]
        self.problems += scope.problems[: MAX_PROBLEMS - len(self.problems)]
        self.accounts.used(scope.used)

    def conversion(self, resources: list[Resource], key: str | None) -> Conversion:
        counted, version = self.accounts.result(), self.pack.version
        return Conversion(
            resources, self.problems, key, counted, version, self.pack.numbers(self.rows),
            unmapped=self.unmapped, trace=self.trace or [],
        )  # fmt: skip

    def keep(self, resource: Resource, statement: Node) -> str:
        """Keeps the resource and returns the reference to it; "" when it would not be valid FHIR, which is reported."""
        kind = resource["resourceType"]
        key = f"{kind}/{resource['id']}"
        matter = _matter(resource) if kind not in ONE_BY_ID else 1
        known = self._known.get(key)
        if known and known != matter:
            # Two facts under one id: a copying mistake of many systems. Neither may push the other out.
            self.problem(statement, "its id is that of another entry with other content; both are kept")
            resource["id"] = self.id(kind, self.subject, key, f"{matter:x}")
            key = f"{kind}/{resource['id']}"
            known = self._known.get(key)
        if known:
            if self.held and key == self.visit:
                _merge(self.held, resource)
            return key
        if self.security and kind not in DIRECTORY | {"Patient"}:
            resource["meta"] = {"security": self.security}
        if not self.valid(resource, statement):
            return ""
        self._known.put(key, matter)
        self.sink(resource)
        return key

    def valid(self, resource: Resource, statement: Node) -> bool:
        """Takes out, and reports, what would not be valid FHIR. False: nothing valid remains."""
        scope = Scope(self.source)
        kept = mended([resource], scope)
        for problem in scope.problems:
            self.problem(statement, problem.reason, "validate")
        return bool(kept)


def _merge(visit: Resource, more: Resource) -> None:
    """What a section adds to the visit that the header named: the one says who was there, the other why."""
    for name, unknown in (("status", "unknown"), ("class", "UNK")):
        value = visit.get(name)
        if (value.get("code") if isinstance(value, dict) else value) == unknown:
            visit[name] = more[name]
    fill(visit, {name: value for name, value in more.items() if name not in ("id", "meta")})


def _matter(resource: Resource) -> int:
    said = {key: value for key, value in resource.items() if key not in BY_SECTION}
    return digest(json.dumps(said, sort_keys=True, default=str).encode())
