"""PN, ON, AD and TEL: names, addresses and telecommunication."""

from __future__ import annotations

from typing import Any

from medbridge.normalize.ccda.context import Context
from medbridge.normalize.ccda.elements import Node, attribute, child, children, stated, text
from medbridge.normalize.hl7v2.context import compact
from medbridge.normalize.hl7v2.names import IDEOGRAPHS, REPRESENTATION_URL, display

NAME_USES = {"L": "official", "P": "nickname", "A": "anonymous", "ASGN": "usual", "C": "official"}
REPRESENTATIONS = {"ABC", "IDE", "SYL"}  # ISO 21090 entity name uses; FHIR has an extension of that name for them
ADDRESS_USES = {"H": "home", "HP": "home", "HV": "home", "WP": "work", "DIR": "work", "TMP": "temp", "BAD": "old"}
TELECOM_USES = {"H": "home", "HP": "home", "HV": "home", "WP": "work", "DIR": "work", "MC": "mobile", "TMP": "temp"}
SCHEMES = {"tel": "phone", "fax": "fax", "x-text-fax": "fax", "mailto": "email", "http": "url", "https": "url"}
CALLED = "CL"  # name part qualifier "call me"
AT_BIRTH = "BR"


def names(context: Context, node: Node | None) -> list[dict[str, Any]]:
    """The names of a person: each PN, and the nicknames and birth names that qualifiers hide in it."""
    found = [name for each in stated(children(node, "name")) for name in human_names(context, each)]
    return [name for n, name in enumerate(found) if name not in found[:n]]


def human_names(context: Context, node: Node) -> list[dict[str, Any]]:
    """PN -> HumanName; [] when empty."""
    parts = {part: _parts(node, part) for part in ("family", "given", "prefix", "suffix")}
    maiden, nickname = _parts(node, "family", AT_BIRTH), _parts(node, "given", CALLED)
    family = " ".join(parts["family"] or maiden)
    lists = {part: parts[part] for part in ("given", "prefix", "suffix")}
    whole = text(node) if not (family or parts["given"]) else ""
    if not whole and len(parts["given"]) <= 1 and IDEOGRAPHS.fullmatch(joined := family + "".join(parts["given"])):
        whole = joined  # written without a space, which a reader of the parts cannot know
    name = compact({"text": whole, "family": family, **lists})
    if not name:
        return []
    main = _used(node, name) | compact({"period": context.period(child(node, "validTime"))})
    born = [{"use": "maiden", "family": " ".join(maiden)}] if maiden and parts["family"] else []
    called = [{"use": "nickname", "given": nickname}] if nickname and name.get("given") else []
    return [main, *born, *called]


def _parts(node: Node, part: str, qualifier: str = "") -> list[str]:
    """Parts with the qualifier; without one asked for, those that are neither birth nor call name."""
    found = []
    for each in stated(children(node, part)):
        qualifiers = set(attribute(each, "qualifier").split())
        wanted = qualifier in qualifiers if qualifier else not qualifiers & {CALLED, AT_BIRTH}
        if wanted and (value := text(each)):
            found.append(value)
    return found


def _used(node: Node, name: dict[str, Any]) -> dict[str, Any]:
    uses = attribute(node, "use").split()
    use = next((NAME_USES[each] for each in uses if each in NAME_USES), "")
    represented = [{"url": REPRESENTATION_URL, "valueCode": each} for each in uses if each in REPRESENTATIONS]
    return compact({"extension": represented[:1], "use": use, **name})


def display_name(context: Context, person: Node | None) -> str:
    """One line: the first name of a person."""
    return next((display(name) for name in names(context, person)), "")


def address(context: Context, node: Node) -> dict[str, Any]:
    """AD -> Address; {} when it holds nothing."""
    part = {name: text(child(node, name)) for name in ("city", "county", "state", "postalCode", "country")}
    lines = [line for each in stated(children(node, "streetAddressLine")) if (line := text(each))]
    where = {
        "line": lines,
        "city": part["city"],
        "district": part["county"],
        "state": part["state"],
        "postalCode": part["postalCode"],
        "country": part["country"],
    }
    found = compact(where) or compact({"text": text(node)})
    if not found:
        return {}
    uses = attribute(node, "use").split()
    use = next((ADDRESS_USES[each] for each in uses if each in ADDRESS_USES), "")
    kind = "postal" if "PST" in uses else ""
    return compact({"use": use, "type": kind, **found, "period": context.period(child(node, "useablePeriod"))})


def addresses(context: Context, node: Node | None) -> list[dict[str, Any]]:
    return [found for each in stated(children(node, "addr")) if (found := address(context, each))]


def telecom(node: Node) -> dict[str, Any]:
    """TEL -> ContactPoint; {} without a value. A value without a scheme is a telephone number."""
    scheme, colon, rest = attribute(node, "value").partition(":")
    system = SCHEMES.get(scheme.strip().lower(), "other") if colon else "phone"
    value = f"{scheme}:{rest}" if system in ("url", "other") else (rest if colon else scheme)
    if not value.strip():
        return {}
    uses = [TELECOM_USES[each] for each in attribute(node, "use").split() if each in TELECOM_USES]
    return compact({"system": system, "value": value.strip(), "use": uses[0] if uses else ""})


def telecoms(node: Node | None) -> list[dict[str, Any]]:
    return [found for each in stated(children(node, "telecom")) if (found := telecom(each))]
