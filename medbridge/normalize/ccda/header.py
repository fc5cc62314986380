"""What stands before and after the sections: who the document is about, and what keeps it together."""

from __future__ import annotations

from typing import Any

from medbridge.normalize.ccda import careplan, composition, original
from medbridge.normalize.ccda.document import Document, EntryError
from medbridge.normalize.ccda.identifiers import business_id, identifier
from medbridge.normalize.ccda.making import make
from medbridge.normalize.ccda.nodes import Node
from medbridge.normalize.ccda.patient import patient
from medbridge.normalize.ccda.reader import refusal
from medbridge.normalize.ccda.sections import Body
from medbridge.normalize.ccda.tree import every, first

ROOT = "ClinicalDocument"
# Participants of the header who are somebody to the patient: RoleClass of associatedEntity.
RELATED = frozenset({"NOK", "ECON", "PRS", "CAREGIVER", "GUARD", "AGNT", "QUAL"})


def check_root(root: Node) -> None:
    """Raises NormalizeError."""
    if root.tag != ROOT:
        raise refusal("/", f"the root is {root.tag[:80]}, not {ROOT}")


def begin(document: Document, root: Node) -> None:
    """The Patient, how sensitive the document is, in which visit it was made, and whom else it names."""
    document.subject = patient(document, root)
    document.security = original.labels(document, root)
    for visit in every(root, "componentOf/encompassingEncounter")[:1]:
        _hold(document, visit)
    for entity in every(root, "participant/associatedEntity"):
        if entity.get("classCode") in RELATED and every(entity, "associatedPerson/name"):
            _made(document, "related[RelatedPerson]", entity)
    for service in every(root, "documentationOf/serviceEvent"):
        if every(service, "performer/assignedEntity"):
            document.teams += filter(None, [_made(document, "service[CareTeam]", service)])


def _hold(document: Document, visit: Node) -> None:
    """The Encounter of the header waits for what the sections say of it; those that it names do not."""
    made: list[dict[str, Any]] = []
    sink, document.sink = document.sink, made.append
    document.visit = _made(document, "encompassing[Encounter]", visit)
    document.sink = sink
    for each in made:
        if document.visit == f"{each['resourceType']}/{each['id']}":
            document.held = each
        else:
            sink(each)


def _made(document: Document, name: str, node: Node) -> str:
    document.accounts.begin(node)
    try:
        return make(document, name, node)
    except EntryError as error:
        document.problem(node, f"{error}; left out")
        return ""
    finally:
        document.accounts.end()


def finish(document: Document, root: Node, key: str, body: Body, whole: dict[str, Any]) -> None:
    """`key` names the document, `whole` is the attachment of its original."""
    if document.held:
        document.sink(document.held)
    made = composition.composition(document, root, key, body.sections)
    plan = careplan.care_plan(document, root, key, body)
    kept = original.reference(document, root, key, whole)
    composition.provenance(document, root, key, [made, plan, kept], kept)


def key_of(document: Document, root: Node) -> str | None:
    element = first(root, "id")
    found = identifier(document, element) if element is not None else {}
    return business_id(found) if found else None
