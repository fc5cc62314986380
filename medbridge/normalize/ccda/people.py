"""PN, AD, TEL; and the practitioners and organizations that a document names."""

from __future__ import annotations

from typing import Any

from medbridge.normalize.ccda import codes
from medbridge.normalize.ccda.identifiers import identifiers
from medbridge.normalize.ccda.resources import Context
from medbridge.normalize.ccda.tree import every, first, words
from medbridge.normalize.ccda.xml import Element
from medbridge.normalize.hl7v2.context import compact
from medbridge.normalize.hl7v2.names import IDEOGRAPHS

NAME_USES = {"L": "official", "P": "nickname", "ASGN": "usual"}  # EntityNameUse
PLACE_USES = {"H": "home", "HP": "home", "HV": "home", "WP": "work", "DIR": "work", "PUB": "work", "TMP": "temp"}
POINT_USES = {**PLACE_USES, "MC": "mobile"}
SCHEMES = {"tel": "phone", "fax": "fax", "mailto": "email", "http": "url", "https": "url", "sms": "sms"}
STREET = ("streetAddressLine", "streetName", "houseNumber", "additionalLocator", "unitID", "postBox")


def names(parent: Element | None) -> list[dict[str, Any]]:
    return [each for name in every(parent, "name") for each in _names(name)]


def _names(element: Element) -> list[dict[str, Any]]:
    """A call-me name (qualifier CL) is a nickname beside the legal one, not one more of its given names."""
    given = every(element, "given")
    called = [words(each) for each in given if each.get("qualifier") == "CL"]
    family = " ".join(filter(None, (words(each) for each in every(element, "family"))))
    own = [text for each in given if each.get("qualifier") != "CL" and (text := words(each))]
    parts = {
        "family": family,
        "given": own,
        "prefix": [text for each in every(element, "prefix") if (text := words(each))],
        "suffix": [text for each in every(element, "suffix") if (text := words(each))],
    }
    whole = compact({"text": _whole(element, "".join([family, *own]))})
    nickname = compact({"use": "nickname", "given": [text for text in called if text]})
    use = NAME_USES.get(element.get("use", "").split(" ")[0], "")
    found = compact({"use": use, **whole, **parts})
    return [each for each in (found, nickname) if each.keys() - {"use"}]


def _whole(element: Element, joined: str) -> str:
    """A name sent in one piece, or a Chinese one in parts: it is written without the space a reader would put in."""
    return joined if IDEOGRAPHS.fullmatch(joined) else "" if joined else words(element)


def addresses(parent: Element | None) -> list[dict[str, Any]]:
    return [found for each in every(parent, "addr") if (found := address(each))]


def address(element: Element) -> dict[str, Any]:
    def part(*tags: str) -> str:
        return " ".join(text for tag in tags for each in every(element, tag) if (text := words(each)))

    parts = compact(
        {
            "line": [text for tag in STREET for each in every(element, tag) if (text := words(each))],
            "city": part("city"),
            "district": part("county", "precinct"),
            "state": part("state"),
            "postalCode": part("postalCode"),
            "country": part("country"),
        }
    )
    found = parts or compact({"text": words(element)})
    use = next((PLACE_USES[code] for code in element.get("use", "").split() if code in PLACE_USES), "")
    return compact({"use": use, **found}) if found else {}


def telecoms(parent: Element | None) -> list[dict[str, Any]]:
    return [found for each in every(parent, "telecom") if (found := telecom(each))]


def telecom(element: Element) -> dict[str, Any]:
    written = " ".join((element.get("value") or "").split())
    scheme, colon, rest = written.partition(":")
    system = SCHEMES.get(scheme.lower(), "") if colon else "phone"
    value = written if system in ("url", "") else rest if colon else written
    use = next((POINT_USES[code] for code in element.get("use", "").split() if code in POINT_USES), "")
    return compact({"system": system or "other", "value": value.strip(), "use": use}) if value.strip() else {}


def practitioner(context: Context, entity: Element | None) -> dict[str, str]:
    """Reference to the Practitioner of an assignedAuthor or assignedEntity; {} when no person is named.

    Without an identifier there is only the name, and names do not tell people apart: then it is a display, no resource.
    """
    found = names(first(entity, "assignedPerson"))
    known = identifiers(context, entity) if entity is not None else []
    display = display_name(found)
    if entity is None or not (display or known) or first(entity, "assignedAuthoringDevice") is not None:
        return {}
    if not known:
        return {"display": display}
    resource = {
        "resourceType": "Practitioner",
        "identifier": known,
        "name": found,
        "telecom": telecoms(entity),
        "address": addresses(entity),
        "qualification": [{"code": role}] if (role := codes.concept(context, first(entity, "code"))) else [],
    }
    return compact({"reference": context.add(compact(resource), entity), "display": display})


def display_name(found: list[dict[str, Any]]) -> str:
    if not found:
        return ""
    name = found[0]
    return (
        name.get("text") or " ".join([*name.get("prefix", []), *name.get("given", []), name.get("family", "")]).strip()
    )


def organization(context: Context, element: Element | None) -> dict[str, str]:
    """Reference to the Organization, or its name alone when it has no identifier; {} of nothing."""
    name = words(first(element, "name"))
    if element is None or not (name or identifiers(context, element)):
        return {}
    known = identifiers(context, element)
    if not known:
        return {"display": name}
    resource = {
        "resourceType": "Organization",
        "identifier": known,
        "name": name,
        "telecom": [{k: v for k, v in each.items() if (k, v) != ("use", "home")} for each in telecoms(element)],
        "address": [{k: v for k, v in each.items() if (k, v) != ("use", "home")} for each in addresses(element)],
    }
    return compact({"reference": context.add(compact(resource), element), "display": name})


def performers(context: Context, statement: Element) -> list[dict[str, str]]:
    entities = every(statement, "performer/assignedEntity")
    return [found for each in entities if (found := practitioner(context, each))]
