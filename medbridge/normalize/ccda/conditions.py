"""Problems and allergies: what no row can say. Source: HL7 C-CDA on FHIR, CF-problems and CF-allergies."""

from __future__ import annotations

from typing import Any

from medbridge.normalize.ccda import codes, times
from medbridge.normalize.ccda.document import Document, EntryError
from medbridge.normalize.ccda.nodes import Node
from medbridge.normalize.ccda.tree import anyhow, attribute, first, negated
from medbridge.normalize.hl7v2.context import compact

STATUS = "entryRelationship/observation[code/@code='33999-4' or template='2.16.840.1.113883.10.20.22.4.6' " + (
    "or template='2.16.840.1.113883.10.20.22.4.28' or template='2.16.840.1.113883.10.20.1.50' "
    "or template='2.16.840.1.113883.10.20.1.39']/value"
)
ANY_PROBLEM = {"55607006", "64572001", "404684003"}  # problem, disease, finding: what "no known ..." negates
NOTHING_KNOWN = {
    "medication": ("409137002", "No known drug allergy"),
    "food": ("429625007", "No known food allergy"),
    "environment": ("428607008", "No known environmental allergy"),
    "": ("716186003", "No known allergy"),
}
# Substance, drug, pharmaceutical product, food, edible substance: what "no known allergy" negates where a system must
# name a participant.
ANY_SUBSTANCE = {"105590001", "410942007", "373873005", "255620007", "762766007"}
PLAYING = "participant/participantRole/playingEntity"


def code(document: Document, observation: Node) -> dict[str, Any]:
    """Raises EntryError when nothing says what the problem is."""
    if _nothing_known(observation):
        return codes.snomed("160245001", "No current problems or disability")
    values = anyhow(observation, "value")
    found = codes.concept(document, values[0] if values else None)
    text = codes.text_of(document, first(observation, "text"))
    if not found and not text:
        # Some systems put the diagnosis into the code, which says only what kind of problem it is elsewhere.
        found = codes.concept(document, first(observation, "code")) if not values else {}
        if not found:
            raise EntryError("has neither a coded value nor a text that says what the problem is")
    return found or {"text": text}


def _nothing_known(observation: Node) -> bool:
    return negated(observation) and attribute(observation, "value", "code") in ANY_PROBLEM


def _act(observation: Node) -> Node | None:
    """The concern around it."""
    link = observation.parent
    around = link.parent if link is not None else None
    return around if around is not None and around.tag in ("act", "organizer") else None


def _over(observation: Node) -> bool:
    """A high bound, known or not, says that it is over; only that there is no information says nothing."""
    return any(each.get("nullFlavor") in ("", "UNK") for each in anyhow(observation, "effectiveTime/high"))


def _said(document: Document, observation: Node, table: str) -> str:
    said = [each.get("code") for each in anyhow(observation, STATUS)]
    return document.pack.codes[table].get(said[0], ("",))[0] if said else ""


def status(document: Document, observation: Node) -> dict[str, Any]:
    """The status observation says it; else an end says that it is over; else the concern's state."""
    if attribute(observation, "statusCode", "code") == "nullified":
        return {}
    found, over = _said(document, observation, "problem-status"), _over(observation)
    if not found or (over and found in ("active", "recurrence", "relapse")):
        act = attribute(_act(observation), "statusCode", "code")
        found = "resolved" if over else document.pack.codes["concern-status"].get(act, ("active",))[0]
    return codes.term("condition-clinical", found)


def verification(document: Document, observation: Node) -> dict[str, Any]:
    if attribute(observation, "statusCode", "code") == "nullified":
        return codes.term("condition-ver-status", "entered-in-error")
    refuted = negated(observation) and not _nothing_known(observation)
    return codes.term("condition-ver-status", "refuted" if refuted else "confirmed")


def category(document: Document, observation: Node) -> dict[str, Any]:
    """By the section; a diagnosis of a visit, wherever it stands, is one."""
    act = _act(observation)
    if act is not None and act.parent is not None and act.parent.tag == "entryRelationship":
        return codes.term("condition-category", "encounter-diagnosis", "Encounter Diagnosis")
    table = document.pack.codes["problem-categories"]
    found = table.get(document.section) or table[""]
    return {"coding": [compact({"system": found[2], "code": found[0], "display": found[1]})]}


def abatement(document: Document, observation: Node) -> str:
    """The end, unless it is before the beginning (which is reported)."""
    period = first(observation, "effectiveTime")
    onset, end = times.start(document, period), times.moment(document, first(period, "high"))
    if onset and end and end[:10] < onset[: len(end[:10])]:
        document.problem(observation, "the problem ends before it starts; the end is left out")
        return ""
    return end


def substance(document: Document, observation: Node) -> dict[str, Any]:
    """What is not tolerated, or the statement that nothing is known. Raises EntryError when nothing says it."""
    named, wanted = _named(document, observation), attribute(first(observation, PLAYING), "code", "code")
    if negated(observation) and (not named or wanted in ANY_SUBSTANCE):
        kind = document.pack.codes["allergy-category"].get(attribute(observation, "value", "code"), ("",))[0]
        return codes.snomed(*NOTHING_KNOWN[kind])
    if named:
        return named
    # Some systems code the whole allergy ("allergy to penicillin") as the value and name no participant.
    value = next(iter(anyhow(observation, "value")), None)
    whole = codes.concept(document, value)
    if whole and attribute(value, ".", "code") not in document.pack.codes["allergy-category"]:
        return whole
    if text := codes.text_of(document, first(observation, "text")):
        return {"text": text}
    raise EntryError("names no substance, and does not say that no allergy is known")


def _named(document: Document, observation: Node) -> dict[str, Any]:
    for playing in anyhow(observation, PLAYING):
        found = codes.concept(document, next(iter(playing.all("code")), None))
        found = found or compact({"text": codes.text_of(document, first(playing, "name"))})
        if found:
            return found
    return {}


def allergy_status(document: Document, observation: Node) -> dict[str, Any]:
    if attribute(observation, "statusCode", "code") == "nullified":
        return {}
    found = _said(document, observation, "allergy-status")
    if not found:
        act = attribute(_act(observation), "statusCode", "code")
        over = _over(observation)
        found = "resolved" if over else document.pack.codes["concern-status"].get(act, ("active",))[0]
    return codes.term("allergyintolerance-clinical", found)


def allergy_verification(document: Document, observation: Node) -> dict[str, Any]:
    if attribute(observation, "statusCode", "code") == "nullified":
        return codes.term("allergyintolerance-verification", "entered-in-error")
    named = _named(document, observation)
    any_substance = attribute(first(observation, PLAYING), "code", "code") in ANY_SUBSTANCE
    refuted = negated(observation) and named and not any_substance
    return codes.term("allergyintolerance-verification", "refuted" if refuted else "confirmed")
