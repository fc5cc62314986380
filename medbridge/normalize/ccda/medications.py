"""What is taken, how often, until when: what no row can say. Source: HL7 C-CDA on FHIR, CF-medications."""

from __future__ import annotations

from typing import Any

from medbridge.normalize.ccda import codes, times, values
from medbridge.normalize.ccda.document import Document, EntryError
from medbridge.normalize.ccda.nodes import Node
from medbridge.normalize.ccda.tree import anyhow, attribute, every, first, negated
from medbridge.normalize.hl7v2.context import compact

SIG = "entryRelationship/substanceAdministration[code/@code='76662-6' or template='2.16.840.1.113883.10.20.22.4.147']"
PERIOD_UNITS = {"s", "min", "h", "d", "wk", "mo", "a"}
MINUTES = {"s": 1 / 60, "min": 1, "h": 60, "d": 1440, "wk": 10080}
EVENTS = {"HS", "WAKE", "C", "CM", "CD", "CV", "AC", "ACM", "ACD", "ACV", "PC", "PCM", "PCD", "PCV"}


def drug(document: Document, statement: Node) -> dict[str, Any]:
    """CodeableConcept of the product. Raises EntryError when nothing names it."""
    product = first(statement, "consumable/manufacturedProduct") or first(statement, "product/manufacturedProduct")
    for material in ("manufacturedMaterial", "manufacturedLabeledDrug"):
        inside = first(product, material)
        named = codes.concept(document, next(iter(anyhow(inside, "code")), None))
        if named := named or compact({"text": codes.text_of(document, first(inside, "name"))}):
            return named
    if negated(statement):
        return codes.snomed("787481004", "No known medications")
    if named := codes.concept(document, next(iter(anyhow(statement, "code")), None)):
        return named
    if text := codes.text_of(document, first(statement, "text")):
        return {"text": text}
    raise EntryError("names no drug or vaccine")


def sig(document: Document, statement: Node) -> str:
    written = [codes.text_of(document, first(each, "text")) for each in anyhow(statement, SIG)]
    return next(filter(None, [*written, codes.text_of(document, first(statement, "text"))]), "")


def bounds(document: Document, statement: Node) -> dict[str, str]:
    """From when to when: of the effectiveTime that does not say how often."""
    element = next((each for each in every(statement, "effectiveTime") if each.type not in REPEATED), None)
    return times.period(document, element)


REPEATED = ("PIVL_TS", "EIVL_TS")


def timing(document: Document, statement: Node) -> dict[str, Any]:
    """Timing of all effectiveTimes, also those inside a SXPR_TS; bounds only for what is ordered."""
    repeat: dict[str, Any] = {}
    if statement.get("moodCode", "EVN") != "EVN" and (limits := bounds(document, statement)):
        repeat["boundsPeriod"] = limits
    event = ""
    for each in (*anyhow(statement, "effectiveTime"), *anyhow(statement, "effectiveTime/comp")):
        if each.type == "PIVL_TS" or each.all("period"):
            repeat.update(_frequency(first(each, "period")))
        elif each.type == "EIVL_TS" or each.all("event"):
            repeat.update(_event(each))
        elif statement.get("moodCode", "EVN") != "EVN":
            event = event or times.moment(document, each)
    return compact({"event": [event] if event else [], "repeat": repeat})


def _event(element: Node) -> dict[str, Any]:
    code = attribute(element, "event", "code")
    if code not in EVENTS:
        return {}
    found: dict[str, Any] = {"when": [code]}
    offset = values.quantity(first(element, "offset")) or values.quantity(first(element, "offset/low"))
    minutes = float(offset["value"]) * MINUTES.get(offset.get("unit", ""), 0) if offset else 0
    # Timing invariant tim-9: "before or after" needs an event that has a before and after.
    return {**found, "offset": round(minutes)} if minutes >= 1 and code not in ("C", "CM", "CD", "CV") else found


def _frequency(period: Node | None) -> dict[str, Any]:
    """Once in each period, which may be a range ("every 4 to 6 hours")."""
    exact = values.quantity(period)
    low, high = (values.quantity(first(period, bound)) for bound in ("low", "high"))
    shortest = exact or low or high
    if not shortest or shortest.get("code") not in PERIOD_UNITS or shortest["value"] <= 0:
        return {}
    found = {"frequency": 1, "period": shortest["value"], "periodUnit": shortest["code"]}
    same_unit = bool(high) and not exact and high.get("code") == shortest["code"] and high["value"] > shortest["value"]
    return {**found, "periodMax": high["value"]} if same_unit else found
