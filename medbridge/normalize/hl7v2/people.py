"""XCN, XON, HD, PL: the Practitioners, Organizations and Locations that a message names in passing.

They have no `$key`: their id follows from what the message says of them. A hospital's messages spell one doctor in many
ways; each spelling is a resource of its own that never changes, and the shared identifier tells they are one.
"""

from __future__ import annotations

from typing import Any

from medbridge.normalize.hl7v2 import identifiers, names
from medbridge.normalize.hl7v2.context import Context, compact
from medbridge.normalize.hl7v2.message import Element


def practitioner(context: Context, element: Element) -> dict[str, Any]:
    """XCN (or CNN, the first component of an NDL): .1 id, .2 to .7 name, .9 assigning authority, .13 type of the id."""
    number = element.part(1)
    authority = identifiers.authority(context, element.component(9), "practitioner") if number else ""
    identifier = compact({"type": identifiers.identifier_type(element.part(13)), "system": authority, "value": number})
    name = names.human_name(element.part(2), element.part(3), element.part(4))
    if name:
        name["prefix"] = [part for part in (element.part(6),) if part]
        name["suffix"] = [part for part in (element.part(5), element.part(7)) if part]
    return compact({"identifier": [identifier] if number else [], "name": [compact(name)] if name else []})


def display(resource: dict[str, Any]) -> str:
    name = resource.get("name", "")
    return names.display(name[0]) if isinstance(name, list) and name else str(name)


def organization(context: Context, element: Element) -> dict[str, Any]:
    """XON: .1 name, .3 or .10 number, .6 its authority, .7 its type."""
    number = element.part(10) or element.part(3)
    system = identifiers.authority(context, element.component(6), "organization") if number else ""
    kind = identifiers.identifier_type(element.part(7)) if number else {}
    identifier = compact({"type": kind, "system": system, "value": number})
    return compact({"identifier": [identifier] if number else [], "name": element.part(1)})


def organization_of_code(context: Context, element: Element) -> dict[str, Any]:
    """CWE that names an organization: manufacturers, producers."""
    number = element.part(1)
    system = context.local_system(element.part(3) or element.segment.at(element.field))
    identifier = [{"system": system, "value": number}] if number and element.part(2) else []
    return compact({"identifier": identifier, "name": element.part(2) or number})


def organization_of_authority(context: Context, element: Element) -> dict[str, Any]:
    """HD: a namespace, or a universal id and its type."""
    universal = element.part(2)
    identifier = {"system": "urn:ietf:rfc:3986", "value": identifiers.authority(context, element, "")}
    return compact({"identifier": [identifier] if universal else [], "name": element.part(1) or universal})


LEVELS = ((4, "si"), (7, "bu"), (8, "lvl"), (1, "wa"), (2, "ro"), (3, "bd"))  # PL component -> location-physical-type
LEVEL_NAMES = {"si": "Site", "bu": "Building", "lvl": "Level", "wa": "Ward", "ro": "Room", "bd": "Bed"}
PHYSICAL_TYPE = "http://terminology.hl7.org/CodeSystem/location-physical-type"


def location(context: Context, element: Element) -> dict[str, Any]:
    """PL: facility, building, floor, point of care, room, bed, as far as they are sent; the last gives the type."""
    parts = [(part, level) for number, level in LEVELS if (part := element.part(number))]
    if not parts:
        return compact({"name": element.part(9)})
    level = parts[-1][1]
    coding = {"system": PHYSICAL_TYPE, "code": level, "display": LEVEL_NAMES[level]}
    identifier = {"system": context.local_system("location"), "value": "/".join(part for part, _ in parts)}
    return compact(
        {
            "identifier": [identifier],
            "name": element.part(9) or ", ".join(part for part, _ in parts),
            "mode": "instance",
            "physicalType": {"coding": [coding]},
        }
    )
