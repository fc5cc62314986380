"""Goals, devices, payers, notes, relatives: what no row can say."""

from __future__ import annotations

from base64 import b64decode, b64encode
from binascii import Error
from typing import Any

from medbridge.normalize.ccda import codes, medications, observations, participants, times
from medbridge.normalize.ccda.document import Document, EntryError
from medbridge.normalize.ccda.identifiers import business_id, identifier
from medbridge.normalize.ccda.making import make
from medbridge.normalize.ccda.nodes import Node
from medbridge.normalize.ccda.tree import anyhow, attribute, every, first
from medbridge.normalize.hl7v2.context import compact

UDI = "2.16.840.1.113883.3.3719"
PLAIN = "text/plain; charset=utf-8"
# What a browser might run is kept in the original and not offered as a document of its own.
ACTIVE_TYPES = ("text/html", "application/xhtml+xml", "image/svg+xml")
SUBSCRIBERS = {
    "SELF": "self",
    "SPS": "spouse",
    "HUSB": "spouse",
    "WIFE": "spouse",
    "CHILD": "child",
    "DEPEN": "child",
    "PRN": "parent",
    "FAMDEP": "other",
}


def goal_description(document: Document, statement: Node) -> dict[str, Any]:
    found = observations.code(document, statement)
    text = codes.text_of(document, first(statement, "text"))
    aim = observations.value(document, statement).get("valueString", "")
    return {**found, "text": found.get("text") or text or aim} if found.get("text") or text or aim else found


def goal_start(document: Document, element: Node) -> str:
    return times.start(document, element).partition("T")[0]


def goal_target(document: Document, statement: Node) -> dict[str, Any]:
    """target.measure with detail[x]; gol-1: a measure is required where there is a detail."""
    found = observations.value(document, statement)
    fitting = {name.replace("value", "detail"): each for name, each in found.items() if name.startswith("value")}
    fitting.pop("detailDateTime", None)
    if not fitting or not (measure := codes.concept(document, first(statement, "code"))):
        return {}
    return {"measure": measure, **fitting}


def expressed_by(document: Document, statement: Node) -> dict[str, str]:
    """The author; an author who bears the patient's own number is the patient."""
    return participants.practitioner(document, participants.author_of(statement))


def display_of(document: Document, element: Node) -> str:
    return str(codes.concept(document, element).get("text", ""))


def family_sex(document: Document, element: Node) -> dict[str, Any]:
    known = document.pack.codes["gender"].get(attribute(element, ".", "code").upper())
    if known is None:
        return {}
    return {"coding": [{"system": "http://hl7.org/fhir/administrative-gender", "code": known[0]}]}


def device_of(document: Document, role: Node) -> dict[str, str]:
    return {"reference": make(document, "device[Device]", role)}


def device_key(document: Document, role: Node) -> str:
    """By UDI or other number, within the patient: an implant is one thing."""
    found = next((i for each in role.all("id") if (i := identifier(document, each))), None)
    return f"{document.subject} {business_id(found)}" if found else ""


def device_identifier(document: Document, element: Node) -> str:
    """The device identifier inside a UDI: GS1's (01), HIBCC's and ICCBA's begin otherwise and stay whole."""
    text = attribute(element, ".", "extension")
    return text[4:18] if text.startswith("(01)") and text[4:18].isdecimal() else text


def supplied_device(document: Document, statement: Node) -> dict[str, str]:
    """The product of a supply. Raises EntryError when none is named."""
    for role in every(statement, "participant[@typeCode='PRD' or @typeCode='DEV']/participantRole"):
        return device_of(document, role)
    for product in every(statement, "product/manufacturedProduct"):
        return {"reference": make(document, "material[Device]", product)}
    raise EntryError("names no product")


def payer(document: Document, entity: Node) -> dict[str, str]:
    """The payer as an organization where only the role is numbered."""
    if entity.all("representedOrganization"):
        return {}
    return participants.organization(document, entity)


def relationship(document: Document, element: Node) -> dict[str, Any]:
    found = codes.concept(document, element)
    known = SUBSCRIBERS.get(attribute(element, ".", "code").upper())
    own = {"system": "http://terminology.hl7.org/CodeSystem/subscriber-relationship", "code": known}
    return {**found, "coding": [own, *found.get("coding", [])]} if known else found


def note_date(document: Document, act: Node) -> str:
    return times.instant(document, first(act, "author/time"))


def note_text(document: Document, element: Node) -> dict[str, Any]:
    """Attachment of a note's text: embedded, or the part of the narrative that it refers to."""
    if element.get("representation") == "B64":
        return attachment(document, element)
    text = codes.text_of(document, element)
    return {"contentType": PLAIN, "data": b64encode(text.encode()).decode("ascii")} if text else {}


def attachment(document: Document, element: Node) -> dict[str, Any]:
    """Attachment of an ED: base64 or text inside, or a reference to what is kept elsewhere."""
    kind = attribute(element, ".", "mediaType") or "text/plain"
    if kind.partition(";")[0].strip().lower() in ACTIVE_TYPES:
        kind = "text/plain"
    address = attribute(element, "reference", "value")
    if address and not address.startswith("#"):
        return {"contentType": kind, "url": address}
    text = "".join(each for each in element.content if isinstance(each, str))
    if element.get("representation") != "B64":
        said = codes.text_of(document, element)
        return {"contentType": PLAIN, "data": b64encode(said.encode()).decode("ascii")} if said else {}
    try:
        raw = b64decode("".join(text.split()), validate=True)
    except (Error, ValueError):
        document.problem(element, "is said to be base64 and is not; it is kept in the original")
        return {}
    if element.get("compression"):
        document.problem(element, "is compressed; it is kept in the original", "unmapped")
        return {}
    return {"contentType": kind, "data": b64encode(raw).decode("ascii")} if raw else {}


def point_or_period(document: Document, element: Node) -> dict[str, str]:
    point = times.point(document, element)
    return {"start": point, "end": point} if point else times.period(document, element)


def instruction(document: Document, act: Node) -> str:
    text = codes.text_of(document, first(act, "text"))
    return text or str(codes.concept(document, next(iter(act.all("code")), None)).get("text", ""))


def specimen(document: Document, role: Node) -> dict[str, str]:
    return {"reference": make(document, "specimen[Specimen]", role)}


def collected(document: Document, element: Node) -> dict[str, Any]:
    found = times.when(document, element, "collected")
    return {"collection": found} if found else {}


def concern_status(document: Document, element: Node) -> dict[str, Any]:
    known = document.pack.codes["concern-status"].get(attribute(element, ".", "code"), ("active",))
    return codes.term("condition-clinical", known[0])


def participation(document: Document, element: Any) -> dict[str, Any]:
    kind = element.text()
    names = {"ATND": "attender", "ADM": "admitter", "CON": "consultant", "DIS": "discharger", "REF": "referrer"}
    return codes.term("v3-ParticipationType", kind, names[kind]) if kind in names else {}


def encounter_status(document: Document, statement: Node) -> str:
    """By the time, where no status is sent: a point, or an end, says that it is over (C-CDA on FHIR, CF-encounters)."""
    element = first(statement, "effectiveTime")
    if attribute(statement, "statusCode", "code"):
        return ""
    over = times.moment(document, element) or times.moment(document, first(element, "high"))
    return "finished" if over else "unknown"


def self_pay(document: Document, statement: Node) -> dict[str, str]:
    """Coverage.payor is required: where no payer is named it is not known, and the patient is not said to pay."""
    if anyhow(statement, "performer/assignedEntity"):
        return {}
    return {"display": "unknown"}


def paired(organizer: Node) -> bool:
    """One systolic and one diastolic pressure: which belong together is only then beyond doubt."""
    return all(len(anyhow(organizer, f"component/observation[code/@code='{code}']")) == 1 for code in PRESSURES)


PRESSURES = ("8480-6", "8462-4")


def blood_pressure(document: Document, organizer: Node) -> dict[str, str]:
    """One Observation with two components (FHIR's vital signs profile of the blood pressure)."""
    if not paired(organizer):
        return {}
    for each in every(organizer, "component/observation"):
        if attribute(each, "code", "code") in PRESSURES:
            document.accounts.take(each)
    return compact({"reference": make(document, "pressure[Observation]", organizer)})


def pressure_key(document: Document, organizer: Node) -> str:
    for code in PRESSURES:
        for each in every(organizer, f"component/observation[code/@code='{code}']/id"):
            if found := identifier(document, each):
                return f"{document.subject} blood pressure {business_id(found)}"
    return ""


def dispensed(document: Document, statement: Node) -> dict[str, Any]:
    """The product, else the drug of the activity that the supply belongs to."""
    try:
        return medications.drug(document, statement)
    except EntryError:
        around = statement.parent.parent if statement.parent is not None else None
        if around is None or around.tag != "substanceAdministration":
            raise
        return medications.drug(document, around)


def report_code(document: Document, organizer: Node) -> dict[str, Any]:
    try:
        return observations.code(document, organizer)
    except EntryError:
        return {"text": "Results"}


def medication(document: Document, statement: Node) -> dict[str, Any]:
    """medication[x]: a concept, or a Medication where more than the drug's name is said (C-CDA on FHIR)."""
    found = medications.drug(document, statement)
    if not any(every(statement, path) for path in MORE):
        return {"medicationCodeableConcept": found}
    reference = make(document, "drug[Medication]", statement)
    return {"medicationReference": {"reference": reference, "display": found.get("text", "")}}


MORE = (
    "administrationUnitCode",
    "consumable/manufacturedProduct/manufacturerOrganization/name",
    "consumable/manufacturedProduct/manufacturedMaterial/lotNumberText",
    "participant[@typeCode='CSM']/participantRole/playingEntity/code",
)


def role_class(document: Document, element: Any) -> dict[str, Any]:
    """RoleClass of the header's participant: next of kin, emergency contact."""
    names = {"NOK": "next of kin", "ECON": "emergency contact", "GUARD": "guardian", "CAREGIVER": "caregiver"}
    code = element.text()
    return codes.term("v3-RoleClass", code, names[code]) if code in names else {}


def service_key(document: Document, service: Node) -> str:
    """The team of one document's service: by the document."""
    root = service.parent.parent if service.parent is not None else None
    found = next((i for each in every(root, "id") if (i := identifier(document, each))), None)
    return f"{document.subject} service {business_id(found)}" if found else ""
