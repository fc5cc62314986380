"""The practitioners, organizations, devices and places that a document names."""

from __future__ import annotations

from typing import Any

from medbridge.normalize.ccda import people
from medbridge.normalize.ccda.document import Document, EntryError
from medbridge.normalize.ccda.identifiers import business_id, identifiers
from medbridge.normalize.ccda.making import make
from medbridge.normalize.ccda.nodes import Node
from medbridge.normalize.ccda.tree import anyhow, every, first, words
from medbridge.normalize.hl7v2.context import compact


def practitioner(document: Document, entity: Node | None) -> dict[str, str]:
    """Reference to the Practitioner of an assignedAuthor, assignedEntity or participant; {} when nobody is named.

    Each is made once per document. Without an identifier the id follows from the name and what else is said.
    """
    person = first(entity, "assignedPerson") or first(entity, "associatedPerson") or first(entity, "playingEntity")
    if entity is None or entity.all("assignedAuthoringDevice"):
        return {}
    found = people.names(person)
    if not found and not identifiers(document, entity):
        return {}
    reference = _once(document, "assignedEntity[Practitioner]", entity, words(person))
    return compact({"reference": reference, "display": people.display(found)})


def organization(document: Document, element: Node | None) -> dict[str, str]:
    """Reference to the Organization; {} of nothing."""
    name = words(first(element, "name")) or words(first(element, "desc"))
    if element is None or not (name or identifiers(document, element)):
        return {}
    return compact({"reference": _once(document, "organization[Organization]", element, name), "display": name})


def device(document: Document, entity: Node | None) -> dict[str, str]:
    """Reference to the Device of an assignedAuthor; {} when a person wrote."""
    if entity is None or not entity.all("assignedAuthoringDevice"):
        return {}
    name = words(first(entity, "assignedAuthoringDevice"))
    return compact({"reference": _once(document, "author[Device]", entity, name), "display": name})


def anyone(document: Document, entity: Node | None) -> dict[str, str]:
    """A practitioner, else a device, else the organization that is represented."""
    return (
        practitioner(document, entity)
        or device(document, entity)
        or organization(document, first(entity, "representedOrganization"))
    )


def location(document: Document, role: Node | None) -> dict[str, str]:
    """Reference to the Location of a service delivery location or healthCareFacility."""
    if role is None:
        return {}
    name = words(first(role, "playingEntity/name") or first(role, "location/name"))
    if not name and not identifiers(document, role) and not every(role, "code") and not every(role, "addr"):
        return {}
    return compact({"reference": _once(document, "place[Location]", role, name), "display": name})


def author_of(statement: Node) -> Node | None:
    """The statement's last author (who answers for it), else the last of the act around it."""
    for path in ("author/assignedAuthor", "../../author/assignedAuthor"):
        if found := anyhow(statement, path):
            return found[-1]
    return None


def _once(document: Document, name: str, element: Node, said: str) -> str:
    key = f"{name} {said} {[(each.get('root'), each.get('extension')) for each in element.all('id')]}"
    if key not in document.people:
        try:
            document.people[key] = make(document, name, element)
        except EntryError:
            document.people[key] = ""
    return document.people[key]


def entity_key(document: Document, node: Node) -> str:
    """The business id of who is named; "" where the content must do."""
    found: list[dict[str, Any]] = identifiers(document, node)
    return business_id(found[0]) if found else ""
