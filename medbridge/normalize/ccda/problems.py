"""Problem concerns, problem observations and diagnoses -> Condition. Source: HL7 C-CDA on FHIR, CF-problems."""

from __future__ import annotations

from typing import Any

from medbridge.normalize.ccda import codes, times
from medbridge.normalize.ccda.authors import recorded
from medbridge.normalize.ccda.identifiers import identifiers
from medbridge.normalize.ccda.resources import Context, EntryError
from medbridge.normalize.ccda.tree import anyhow, attribute, first, negated, related, templates
from medbridge.normalize.ccda.xml import Element
from medbridge.normalize.hl7v2.context import compact

PROBLEM = "2.16.840.1.113883.10.20.22.4.4"
STATUS = "2.16.840.1.113883.10.20.22.4.6"
PROBLEM_LISTS = {"11450-4", "11348-0", "75310-3"}  # problem list, past history, health concerns
STATUSES = {"55561003": "active", "73425007": "inactive", "413322009": "resolved", "277022003": "remission"}
BY_CONCERN = {"active": "active", "suspended": "inactive", "aborted": "inactive", "completed": "resolved"}
ANY_PROBLEM = {"55607006", "64572001", "404684003"}  # problem, disease, finding: what "no known ..." negates


def concern(context: Context, act: Element) -> list[str]:
    """An act around problem observations: concern, encounter, admission, discharge or surgical diagnosis."""
    below = [each for each in anyhow(act, "entryRelationship/observation") if _is_problem(each)]
    if not below:
        raise EntryError("holds no problem observation")
    return [reference for each in below if (reference := problem(context, each, act))]


def _is_problem(observation: Element) -> bool:
    return PROBLEM in templates(observation) or not templates(observation)


def problem(context: Context, observation: Element, act: Element | None = None) -> str:
    """Adds the Condition and returns the reference to it. Raises EntryError when nothing says what the problem is."""
    code = _code(context, observation)
    period = first(observation, "effectiveTime")
    onset, abatement = times.start(context, period), times.moment(context, first(period, "high"))
    if onset and abatement and abatement[:10] < onset[: len(abatement[:10])]:
        context.problem(observation, "the problem ends before it starts; the end is left out")
        abatement = ""
    verification = "refuted" if negated(observation) and not _nothing_known(observation) else "confirmed"
    wrong = attribute(observation, "statusCode", "code") == "nullified"
    status = _status(observation, act, bool(anyhow(period, "high")))
    category = "problem-list-item" if context.section in PROBLEM_LISTS else "encounter-diagnosis"
    resource = {
        "resourceType": "Condition",
        "identifier": identifiers(context, observation),
        "clinicalStatus": {} if wrong else codes.term("condition-clinical", status),
        "verificationStatus": codes.term("condition-ver-status", "entered-in-error" if wrong else verification),
        "category": [codes.term("condition-category", category)],
        "code": code,
        "bodySite": [site] if (site := codes.concept(context, first(observation, "targetSiteCode"))) else [],
        "subject": context.about(),
        "onsetDateTime": onset,
        "abatementDateTime": abatement,
        **recorded(context, observation, act),
    }
    return context.add(compact(resource), observation)


def _code(context: Context, observation: Element) -> dict[str, Any]:
    if _nothing_known(observation):
        return codes.snomed("160245001", "No current problems or disability")
    values = anyhow(observation, "value")
    code = codes.concept(context, values[0] if values else None)
    text = codes.text_of(context, first(observation, "text"))
    if not code and not text:
        raise EntryError("has neither a coded value nor a text that says what the problem is")
    return code or {"text": text}


def _nothing_known(observation: Element) -> bool:
    return negated(observation) and attribute(observation, "value", "code") in ANY_PROBLEM


def _status(observation: Element, act: Element | None, ended: bool) -> str:
    """The status observation says it; else an end, known or not, says that it is over; else the concern's state."""
    said = [attribute(each, "value", "code") for each in related(observation, STATUS)]
    if said and said[0] in STATUSES and not (ended and said[0] == "55561003"):
        return STATUSES[said[0]]
    if ended:
        return "resolved"
    return BY_CONCERN.get(attribute(act, "statusCode", "code"), "active")
