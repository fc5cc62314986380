"""One document on its way to resources: what the mappings need at hand, and what went wrong."""

from __future__ import annotations

from hashlib import sha256
from typing import Any
from urllib.parse import quote

from lxml import etree

from medbridge.fhir import validate
from medbridge.normalize.ccda import identifiers
from medbridge.normalize.ccda.tree import anyhow, local, place, words
from medbridge.normalize.ccda.xml import Element
from medbridge.normalize.conversion import Problem, Source
from medbridge.normalize.hl7v2.context import configured_zone
from medbridge.normalize.identity import resource_id

Resource = dict[str, Any]

# Read by a person; and each costs a walk among its siblings, which a hostile document has by the million.
MAX_PROBLEMS = 1000
# The same statement may stand in two sections; these may then differ and still tell of one thing.
BY_SECTION = {"id", "identifier", "category", "clinicalStatus", "recordedDate", "recorder", "encounter"}
# A visit named twice, in the header and in its section, is one visit whatever each says of it.
ONE_BY_ID = {"Patient", "Encounter", "Practitioner", "Organization", "DocumentReference", "Binary"}
DIRECTORY = {"Practitioner", "Organization"}


class EntryError(ValueError):
    """An entry that cannot become a resource; the sentence says what it lacks."""


class Context:
    """`subject`: reference to the Patient. `security`: labels of the document, which all its clinical content bears."""

    def __init__(self, root: Element, source: Source) -> None:
        self.root = root
        self.hospital = source.hospital
        self.zone = configured_zone(source)
        self.subject = ""
        self.section = ""
        self.security: list[dict[str, Any]] = []
        self.resources: list[Resource] = []
        self.problems: list[Problem] = []
        self._known: dict[tuple[str, str], Resource] = {}
        self._narrative: dict[str, Element] | None = None

    def problem(self, element: Element, reason: str, stage: str = "convert") -> None:
        if len(self.problems) < MAX_PROBLEMS:
            self.problems.append(Problem(stage, place(element), reason))

    def local_system(self, name: str) -> str:
        return f"urn:medbridge:{quote(self.hospital, safe='')}:{quote(name, safe='')}"

    def about(self) -> dict[str, str]:
        return {"reference": self.subject}

    def narrative(self, reference: str) -> str:
        """The text in the narrative that `#id` points to, "" when nothing has this ID."""
        if self._narrative is None:
            texts = self.root.iterfind(".//{urn:hl7-org:v3}section/{urn:hl7-org:v3}text")
            below = (each for text in texts for each in text.iter() if isinstance(each.tag, str))
            self._narrative = {each.get("ID", ""): each for each in below}
        return words(self._narrative.get(reference.removeprefix("#"))) if reference.startswith("#") else ""

    def add(self, resource: Resource, statement: Element) -> str:
        """Keeps the resource and returns the reference to it; "" when it would not be valid FHIR, which is reported.

        Its id comes from the statement's first CDA id, else from a digest of the statement.
        """
        kind = resource["resourceType"]
        # Systems also copy an id from one patient to the next; within a patient it can do no harm to another's record.
        whose = () if kind in ONE_BY_ID else (self.subject,)
        identified = {**resource, "id": resource_id(self.hospital, kind, *whose, self._business_id(statement))}
        known = self._known.get((kind, identified["id"]))
        if known is not None and kind not in ONE_BY_ID and _matter(known) != _matter(identified):
            # Two facts under one id: a copying mistake of many systems. Neither may push the other out.
            self.problem(statement, "its id is that of another entry with other content; both are kept")
            identified["id"] = resource_id(self.hospital, kind, self.subject, _digest(statement))
            known = self._known.get((kind, identified["id"]))
        return f"{kind}/{known['id']}" if known else self.keep(identified, statement)

    def keep(self, resource: Resource, statement: Element) -> str:
        kind = resource["resourceType"]
        if self.security and kind not in DIRECTORY | {"Patient"}:
            resource["meta"] = {"security": self.security}
        if found := validate.issues(resource):
            for issue in found:
                self.problem(statement, f"{issue.expression}: {issue.diagnostics}", "validate")
            return ""
        self.resources.append(resource)
        self._known[(kind, resource["id"])] = resource
        return f"{kind}/{resource['id']}"

    def _business_id(self, statement: Element) -> str:
        found = (identifiers.identifier(self, each) for each in anyhow(statement, "id"))
        return next((identifiers.business_id(each) for each in found if each), "") or _digest(statement)


def _digest(statement: Element) -> str:
    """Canonical, so that white space between attributes or the order of these is no other entry."""
    try:
        text = etree.tostring(statement, method="c14n", with_tail=False)
    except etree.C14NError:  # Canonical XML has no form for relative namespace names; such text is taken as it stands
        text = etree.tostring(statement, with_tail=False)
    return f"{local(statement)} {sha256(text).hexdigest()}"


def _matter(resource: Resource) -> Resource:
    return {key: value for key, value in resource.items() if key not in BY_SECTION}
