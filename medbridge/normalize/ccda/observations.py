"""Observations and visits: what no row can say. Source: HL7 C-CDA on FHIR, CF-results, -vitals, -social and others."""

from __future__ import annotations

from typing import Any

from medbridge.normalize.ccda import codes, times, values
from medbridge.normalize.ccda.document import Document, EntryError
from medbridge.normalize.ccda.nodes import Node
from medbridge.normalize.ccda.tree import anyhow, every, first, negated, templates
from medbridge.normalize.hl7v2.context import compact
from medbridge.normalize.hl7v2.tables import V3

# NullFlavor -> data-absent-reason; source: C-CDA on FHIR, ConceptMap CF-NullFlavorDataAbsentReason
ABSENT = {
    "ASKU": "asked-unknown",
    "NASK": "not-asked",
    "MSK": "masked",
    "NA": "not-applicable",
    "NAV": "temp-unknown",
    "NAVU": "temp-unknown",
    "NINF": "negative-infinity",
    "PINF": "positive-infinity",
    "OTH": "unsupported",
}
CLASSES = {"AMB", "EMER", "FLD", "HH", "IMP", "ACUTE", "NONAC", "OBSENC", "PRENC", "SS", "VR"}  # of v3-ActCode
# CPT's codes of visits by the place that they are for (C-CDA on FHIR, CF-encounters)
CPT_CLASSES = (("9920", "AMB"), ("9921", "AMB"), ("9922", "IMP"), ("9923", "IMP"), ("9928", "EMER"))
CLASS_NAMES = {"AMB": "ambulatory", "IMP": "inpatient encounter", "EMER": "emergency"}


def code(document: Document, statement: Node) -> dict[str, Any]:
    """What was observed or done. Raises EntryError when nothing says it."""
    found = codes.concept(document, next(iter(statement.all("code")), None))
    if found := found or compact({"text": codes.text_of(document, first(statement, "text"))}):
        return found
    if found := codes.concept(document, next(iter(anyhow(statement, "code/qualifier/value")), None)):
        return found
    if any(values.value(document, each) for each in every(statement, "value")):
        return {"text": "unknown"}  # what was found is worth more than the missing name of it
    raise EntryError("has neither a code nor a text that says what it is about")


def category(document: Document, statement: Node) -> dict[str, Any]:
    """By template, else by section."""
    table = document.pack.codes["observation-categories"]
    around = statement.parent.parent if statement.parent is not None else None
    known = templates(statement) | (templates(around) if around is not None and around.tag == "organizer" else set())
    found = next((table[each] for each in table if each in known), None) or table.get(document.section)
    return codes.term("observation-category", found[0], found[1]) if found else {}


def value(document: Document, statement: Node) -> dict[str, Any]:
    """value[x], or the reason why there is none. What is negated was looked for and not found: said in words."""
    elements = anyhow(statement, "value")
    if not elements:
        return {}
    found = next((each for one in elements if (each := values.value(document, one))), {})
    if len(elements) > 1:
        document.problem(elements[1], "an observation has one value in FHIR; the first is kept", "unmapped")
    if found and negated(statement):
        named = found.get("valueCodeableConcept", {})
        text = named.get("text") or next((c.get("display", c["code"]) for c in named.get("coding", [])), "the value")
        return {"valueString": f"not: {text}"}
    reason = ABSENT.get(elements[0].get("nullFlavor", "UNK"), "unknown")
    return found or {"dataAbsentReason": codes.term("data-absent-reason", reason)}


def said(document: Document, statement: Node) -> dict[str, Any]:
    """The statement's text as a note, where it is more than its code and value."""
    text = codes.text_of(document, first(statement, "text"))
    return {"text": text} if text else {}


def reference_range(document: Document, element: Node) -> dict[str, Any]:
    text = codes.text_of(document, first(element, "text"))
    limits = next(iter(anyhow(element, "value")), None)
    if not text and limits is not None and limits.type in ("ST", "ED"):
        text = codes.text_of(document, limits)
    means = codes.concept(document, first(element, "interpretationCode"))
    normal = not means or any(each["code"] == "N" for each in means.get("coding", []))
    kind = {} if normal else {"type": means}
    return compact({**values.bounds(limits), **kind, "text": text}) if text or values.bounds(limits) else {}


def time(document: Document, statement: Node) -> dict[str, Any]:
    """The observation's own, else that of the organizer around it."""
    found = times.when(document, first(statement, "effectiveTime"), "effective")
    around = next(iter(anyhow(statement, "../../effectiveTime")), None)
    return found or times.when(document, around, "effective")


def panel_time(document: Document, organizer: Node) -> dict[str, Any]:
    """Of the organizer, else from the first to the last of its observations."""
    if found := times.when(document, first(organizer, "effectiveTime"), "effective"):
        return found
    inner = [times.start(document, each) for each in every(organizer, "component/*/effectiveTime")]
    moments = sorted(filter(None, inner))
    if not moments:
        return {}
    if moments[0] == moments[-1]:
        return {"effectiveDateTime": moments[0]}
    return {"effectivePeriod": {"start": moments[0], "end": moments[-1]}}


def encounter_class(document: Document, statement: Node) -> dict[str, Any]:
    """A code of v3-ActCode, sent or translated; else what a CPT code implies; else that it is not known."""
    found = _codings(document, statement)
    act = next((each for each in found if each.get("system") == f"{V3}ActCode" and each["code"] in CLASSES), None)
    if act is not None:
        return act
    implied = next((name for each in found for start, name in CPT_CLASSES if each["code"].startswith(start)), "")
    if implied:
        return {"system": f"{V3}ActCode", "code": implied, "display": CLASS_NAMES[implied]}
    return {"system": f"{V3}NullFlavor", "code": "UNK", "display": "unknown"}


def encounter_type(document: Document, statement: Node) -> dict[str, Any]:
    """The code without what is the class already."""
    found = codes.concept(document, next(iter(statement.all("code")), None))
    kept = [
        each for each in found.get("coding", []) if each.get("system") != f"{V3}ActCode" or len(found["coding"]) == 1
    ]
    return compact({**found, "coding": kept})


def _codings(document: Document, statement: Node) -> list[dict[str, Any]]:
    element = next(iter(statement.all("code")), None)
    if element is None:
        return []
    return [each for one in (element, *element.all("translation")) if (each := codes.coding(document, one))]
