"""What the rows of a C-CDA pack may `use`: datatypes by the name of their FHIR type, and what no row can say."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from medbridge.normalize.ccda import (
    codes,
    conditions,
    medications,
    observations,
    participants,
    patient,
    people,
    plans,
    times,
    values,
)
from medbridge.normalize.ccda.accounting import STATEMENTS
from medbridge.normalize.ccda.document import Document
from medbridge.normalize.ccda.identifiers import business_id, identifier
from medbridge.normalize.ccda.nodes import Attribute, Node
from medbridge.normalize.ccda.statements import convert
from medbridge.normalize.ccda.tree import attribute, every, first
from medbridge.normalize.hl7v2.context import compact
from medbridge.normalize.packs import SHARED, Convert, Factory, Place, Spec

Plain = Callable[[Document, Node], Any]


def plain(function: Plain) -> Factory:
    """A function of the document and the node that needs nothing of the row; "" and {} are nothing."""

    def convert(node: Any, place: Place) -> Any:
        found = function(place.scope.context, node)
        return (compact(found) if found.__class__ is dict else found) or None

    return lambda spec: convert


def entry_key(document: Document, node: Node) -> str:
    """The statement's first id, within the patient: systems also copy an id from one patient to the next."""
    found = next((i for each in node.all("id") if (i := identifier(document, each))), None)
    return f"{document.subject} {business_id(found)}" if found else ""


def statement(spec: Spec) -> Convert:
    """The node is a statement that becomes a resource of its own: the reference to it. `value`: types that fit here."""
    fitting = tuple(f"{kind}/" for kind in spec.value.split())

    def made(node: Any, place: Place) -> dict[str, str] | None:
        if node.tag not in STATEMENTS:
            return None
        found = [each for each in convert(place.scope.context, node) if each.startswith(fitting or "")]
        return {"reference": found[0]} if found else None

    return made


def when(spec: Spec) -> Convert:
    """A point in time or a period, under the name that `value` says (`effective`)."""
    return lambda node, place: times.when(place.scope.context, node, spec.value) or None


def annotation(document: Document, act: Node) -> dict[str, Any]:
    """Comment activity -> Annotation (C-CDA on FHIR, "Comment -> Annotation")."""
    text = codes.text_of(document, first(act, "text"))
    author = first(act, "author")
    who = participants.practitioner(document, first(author, "assignedAuthor"))
    found = {"authorReference": who, "time": times.moment(document, first(author, "time")), "text": text}
    return compact(found) if text else {}


def string(document: Document, node: Node | Attribute) -> str:
    return node.text() if isinstance(node, Attribute) else codes.text_of(document, node)


def author(document: Document, node: Node) -> dict[str, str]:
    return participants.practitioner(document, participants.author_of(node))


def quantity(spec: Spec) -> Convert:
    return lambda node, place: values.quantity(node) or None


def simple(spec: Spec) -> Convert:
    """Without a comparator: "at least 5" is no dose."""

    def read(node: Any, place: Place) -> dict[str, Any] | None:
        found = values.quantity(node)
        return found if found and "comparator" not in found else None

    return read


def whole(spec: Spec) -> Convert:
    """A positive or unsigned integer; what is none is left out."""
    least = 1 if spec.type == "positiveInt" else 0

    def read(node: Any, place: Place) -> int | None:
        text = node.text()
        return int(text) if values.INTEGER.fullmatch(text) and int(text) >= least else None

    return read


def repeats(spec: Spec) -> Convert:
    """repeatNumber counts the first dispense, too; numberOfRepeatsAllowed does not (C-CDA on FHIR, CF-medications)."""

    def read(node: Any, place: Place) -> int | None:
        text = attribute(node, ".", "value") or attribute(node, "high", "value")
        return max(int(text) - 1, 0) if values.INTEGER.fullmatch(text) else None

    return read


def language(document: Document, node: Node) -> dict[str, Any]:
    code = attribute(node, ".", "code")
    return {"coding": [{"system": "urn:ietf:bcp:47", "code": code}]} if code else {}


def names(document: Document, node: Node) -> dict[str, Any]:
    found = people.names(node.parent)
    return found[0] if found else {}


def person_names(document: Document, entity: Node) -> dict[str, Any]:
    """All names of the person that an assigned entity, or a participant, is played by."""
    return {"name": [found for tag in PERSONS for person in entity.all(tag) for found in people.names(person)]}


PERSONS = ("assignedPerson", "associatedPerson", "informationRecipient", "playingEntity")


def business(read: Callable[[Node], dict[str, Any]]) -> Plain:
    """Organizations have no home (R4 invariants org-2 and org-3)."""
    return lambda document, node: {k: v for k, v in read(node).items() if (k, v) != ("use", "home")}


def quiet_code(spec: Spec) -> Convert:
    """A code by the table; what is not in it is left out without a word, another element says it."""
    table = spec.codes or {}

    def convert(node: Any, place: Place) -> str | None:
        found = table.get(node.text() if not isinstance(node, Node) else attribute(node, ".", "code"))
        return found[0] or None if found else None

    return convert


def unpaired(spec: Spec) -> Convert:
    """A member of a panel, unless it is a part of the blood pressure that the panel has already."""
    inner = statement(spec)

    def made(node: Any, place: Place) -> dict[str, str] | None:
        pressure = attribute(node, "code", "code") in plans.PRESSURES and node.tag == "observation"
        if pressure and plans.paired(node.parent.parent):
            return None
        return inner(node, place) if node.tag in STATEMENTS else None

    return made


def performers(document: Document, node: Node) -> dict[str, Any]:
    """The first performer that is somebody, else the author."""
    for each in every(node, "performer/assignedEntity"):
        if found := participants.anyone(document, each):
            return {k: v for k, v in found.items() if k in ("reference", "display")}
    return author(document, node)


DATATYPES: dict[str, Plain] = {
    "Identifier": identifier,
    "CodeableConcept": codes.concept,
    "Coding": codes.coding,
    "dateTime": times.point,
    "date": times.day,
    "instant": times.instant,
    "Period": times.period,
    "Range": lambda document, node: values.bounds(node),
    "Ratio": lambda document, node: values.ratio(node),
    "Annotation": annotation,
    "HumanName": names,
    "Address": lambda document, node: people.address(node),
    "ContactPoint": lambda document, node: people.telecom(node),
    "string": string,
    "markdown": string,
}
OWN: dict[str, Plain] = {
    "entryKey": entry_key,
    "entityKey": participants.entity_key,
    "patient": lambda document, node: document.about(),
    "visit": lambda document, node: {"reference": document.visit} if document.visit else {},
    "start": times.start,
    "authored": times.authored,
    "author": author,
    "performer": performers,
    "practitioner": participants.practitioner,
    "anyone": participants.anyone,
    "organization": participants.organization,
    "location": participants.location,
    "language": language,
    "text": lambda document, node: node.text(),
    "words": lambda document, node: node.words(),
    "said": observations.said,
    "observationCode": observations.code,
    "observationCategory": observations.category,
    "range": observations.reference_range,
    "panelTime": observations.panel_time,
    "problemCode": conditions.code,
    "problemStatus": conditions.status,
    "problemVerification": conditions.verification,
    "problemCategory": conditions.category,
    "abatement": conditions.abatement,
    "substance": conditions.substance,
    "allergyStatus": conditions.allergy_status,
    "allergyVerification": conditions.allergy_verification,
    "drug": medications.drug,
    "medication": plans.medication,
    "roleClass": plans.role_class,
    "serviceKey": plans.service_key,
    "timing": medications.timing,
    "dosageText": medications.sig,
    "boundsPeriod": medications.bounds,
    "encounterClass": observations.encounter_class,
    "encounterType": observations.encounter_type,
    "encounterStatus": plans.encounter_status,
    "participation": plans.participation,
    "patientNames": patient.names,
    "patientIdentifiers": patient.identifiers,
    "birthTime": patient.birth_time,
    "gender": patient.gender,
    "maritalStatus": patient.marital_status,
    "race": patient.race,
    "ethnicity": patient.ethnicity,
    "socialExtension": patient.social,
    "personNames": person_names,
    "businessTelecom": business(people.telecom),
    "businessAddress": business(people.address),
    "seen": lambda document, node: document.accounts.take(node),
    "concernStatus": plans.concern_status,
    "instructionText": plans.instruction,
    "dispensedDrug": plans.dispensed,
    "specimenOf": plans.specimen,
    "collected": plans.collected,
    "reportCode": plans.report_code,
    "bloodPressure": plans.blood_pressure,
    "pressureKey": plans.pressure_key,
    "familySex": plans.family_sex,
    "goalDescription": plans.goal_description,
    "goalStart": plans.goal_start,
    "goalTarget": plans.goal_target,
    "expressedBy": plans.expressed_by,
    "displayOf": plans.display_of,
    "deviceOf": plans.device_of,
    "deviceKey": plans.device_key,
    "deviceIdentifier": plans.device_identifier,
    "suppliedDevice": plans.supplied_device,
    "payer": plans.payer,
    "selfPay": plans.self_pay,
    "relationshipToSubscriber": plans.relationship,
    "noteDate": plans.note_date,
    "noteText": plans.note_text,
    "attachment": plans.attachment,
    "pointOrPeriod": plans.point_or_period,
}
FUNCTIONS: dict[str, Factory] = {
    **SHARED,
    **{name: plain(function) for name, function in {**DATATYPES, **OWN}.items()},
    "value": SHARED["value"],
    "observed": plain(observations.value),
    "observedTime": plain(observations.time),
    "statement": statement,
    "when": when,
    "positiveInt": whole,
    "unsignedInt": whole,
    "integer": whole,
    "repeats": repeats,
    "quietCode": quiet_code,
    "unpaired": unpaired,
    "SimpleQuantity": simple,
    **dict.fromkeys(("Quantity", "Age", "Duration", "Count", "Money"), quantity),
}
