"""PN, AD and TEL -> HumanName, Address and ContactPoint."""

from __future__ import annotations

from typing import Any

from medbridge.normalize.ccda.nodes import Node
from medbridge.normalize.ccda.tree import every, words
from medbridge.normalize.hl7v2.context import compact
from medbridge.normalize.hl7v2.names import IDEOGRAPHS

# EntityNameUse; source: C-CDA on FHIR, ConceptMap CF-NameUse (L, the legal name, is the one "normally used").
NAME_USES = {"L": "usual", "C": "official", "OR": "official", "A": "nickname", "P": "nickname", "ASGN": "usual"}
PLACE_USES = {"H": "home", "HP": "home", "HV": "home", "WP": "work", "DIR": "work", "PUB": "work", "TMP": "temp"}
POINT_USES = {**PLACE_USES, "MC": "mobile"}
SCHEMES = {"tel": "phone", "fax": "fax", "mailto": "email", "http": "url", "https": "url", "sms": "sms"}
STREET = ("streetAddressLine", "streetName", "houseNumber", "additionalLocator", "unitID", "postBox")


def display(found: list[dict[str, Any]]) -> str:
    """One line of the first name."""
    if not found:
        return ""
    name = found[0]
    return (
        name.get("text") or " ".join([*name.get("prefix", []), *name.get("given", []), name.get("family", "")]).strip()
    )


def names(parent: Node | None) -> list[dict[str, Any]]:
    return [each for name in every(parent, "name") for each in _names(name)]


def _names(element: Node) -> list[dict[str, Any]]:
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


def _whole(element: Node, joined: str) -> str:
    """A name sent in one piece, or a Chinese one in parts: it is written without the space a reader would put in."""
    return joined if IDEOGRAPHS.fullmatch(joined) else "" if joined else words(element)


def addresses(parent: Node | None) -> list[dict[str, Any]]:
    return [found for each in every(parent, "addr") if (found := address(each))]


def address(element: Node) -> dict[str, Any]:
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


def telecoms(parent: Node | None) -> list[dict[str, Any]]:
    return [found for each in every(parent, "telecom") if (found := telecom(each))]


def telecom(element: Node) -> dict[str, Any]:
    written = " ".join((element.get("value") or "").split())
    scheme, colon, rest = written.partition(":")
    system = SCHEMES.get(scheme.lower(), "") if colon else "phone"
    value = written if system in ("url", "") else rest if colon else written
    use = next((POINT_USES[code] for code in element.get("use", "").split() if code in POINT_USES), "")
    return compact({"system": system or "other", "value": value.strip(), "use": use}) if value.strip() else {}
