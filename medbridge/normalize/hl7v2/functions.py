"""What rows of HL7 v2 packs may use: HL7's data types, by the names its own maps give them, and FHIR's primitives."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from medbridge.normalize.hl7v2 import (
    attachments,
    codes,
    contacts,
    fields,
    identifiers,
    names,
    people,
    schedules,
    values,
)
from medbridge.normalize.hl7v2.context import Context, compact
from medbridge.normalize.hl7v2.message import Element
from medbridge.normalize.hl7v2.tables import V2, Code
from medbridge.normalize.packs import SHARED, Convert, Factory, Place, Spec, Unmapped

Read = Callable[[Context, Element], Any]


def plain(read: Read) -> Factory:
    """A function of the message's context and the element alone."""

    def factory(spec: Spec) -> Convert:
        return lambda node, place: read(place.scope.context, node) or None

    return factory


def concept(spec: Spec) -> Convert:
    """CWE and its kin -> CodeableConcept: the translation first, the sender's own code always after it."""
    if spec.codes is None:
        return lambda node, place: codes.concept(place.scope.context, node, spec.value) or None
    table = {code: Code(*row) for code, row in spec.codes.items()}

    def convert(node: Element, place: Place) -> dict[str, Any] | None:
        return codes.translated(place.scope, node, table, spec) or None

    return convert


def coding(spec: Spec) -> Convert:
    """The first coding of a concept (Encounter.class)."""
    whole = concept(spec)

    def convert(node: Element, place: Place) -> dict[str, Any] | None:
        found = (whole(node, place) or {}).get("coding")
        return found[0] if found else None

    return convert


def code(spec: Spec) -> Convert:
    """A code in FHIR's terms. What the table does not know is reported, and the row's value stands instead."""
    if spec.codes is None:
        return lambda node, place: "".join(node.part(1).split()) or None
    table = spec.codes

    def convert(node: Element, place: Place) -> str | None:
        sent = node.part(1)
        if (row := table.get(sent)) is not None:
            return row[0] or None
        if sent:
            place.scope.unmapped.append(Unmapped(node.place, spec.table, sent, node.part(2)))
            place.scope.problem(node.place, f"{sent[:20]!r} is not in the table {spec.table}; left out", "unmapped")
        return spec.value or None

    return convert


def identifier(read: Callable[[Context, Element], dict[str, Any]]) -> Factory:
    """An Identifier; the row's value names its type in table 0203 where the field itself says no type."""

    def factory(spec: Spec) -> Convert:
        kind = identifiers.identifier_type(spec.value)

        def convert(node: Element, place: Place) -> dict[str, Any] | None:
            found = read(place.scope.context, node)
            return ({"type": kind, **found} if kind else found) or None

        return convert

    return factory


def telecom(spec: Spec) -> Convert:
    """XTN; the row's value is the use that the field itself means (home, work)."""
    return lambda node, place: contacts.telecom(node, spec.value) or None


def annotated(spec: Spec) -> Convert:
    """Text as it is laid out, indentation kept (ST, TX, FT)."""
    return lambda node, place: node.whole() or None


def obx_value(spec: Spec) -> Convert:
    """OBX-5 by OBX-2, with OBX-6: value[x] of the Observation, as a one-member object."""

    def convert(node: Element, place: Place) -> dict[str, Any] | None:
        for line in (node.segment, *(node.segment.continued or [])):
            place.scope.used += [each for number in (2, 3, 4, 5, 6, 11) for each in line.all(number)]
        return values.value(place.scope.context, node.segment) or None

    return convert


def key_of_concept(context: Context, element: Element) -> str:
    """A coded value as part of a business id: system and code, or its text where there is no code."""
    found = codes.concept(context, element)
    return next((f"{c['system']}|{c['code']}" for c in found.get("coding", [])), found.get("text", ""))


def key_of_identifier(read: Read) -> Read:
    def key(context: Context, element: Element) -> str:
        found = read(context, element)
        return identifiers.business_id(found) if found else ""

    return key


def number(context: Context, element: Element) -> Any:
    return values.number(element.part(1))


def whole_number(context: Context, element: Element) -> int | None:
    return values.whole_number(element.part(1))


def display_name(context: Context, element: Element) -> str:
    return " ".join(names.display(name) for name in names.from_xpn(context, element)[:1])


def registered_language(context: Context, element: Element) -> dict[str, Any]:
    """Two-letter codes are BCP 47 whatever PID-15.3 calls them; others stay the sender's."""
    written = element.part(1)
    primary = written.split("-")[0]
    if not (len(primary) == 2 and primary.isascii() and primary.isalpha()):
        return codes.concept(context, element)
    coding = {"system": "urn:ietf:bcp:47", "code": "-".join([primary.lower(), *written.split("-")[1:]])}
    return compact({"coding": [coding], "text": element.part(2)})


def event_coding(context: Context, element: Element) -> dict[str, Any]:
    """MSG: the trigger event in table 0003."""
    return compact({"system": f"{V2}0003", "code": element.part(2), "display": "^".join(element.parts)})


FUNCTIONS: dict[str, Factory] = {
    **SHARED,
    **dict.fromkeys(("string", "markdown"), annotated),
    **dict.fromkeys(("ID[string]", "CWE[string]", "IS[string]", "ST[string]", "XON[string]"), SHARED["string"]),
    **dict.fromkeys(("code", "CWE[code]", "ID[code]", "IS[code]", "CQ[code]", "MSG[code]"), code),
    **{f"{type}[CodeableConcept]": concept for type in ("CWE", "CNE", "CE", "CF", "IS", "ID", "ST")},
    "CodeableConcept": concept,
    **dict.fromkeys(("CWE[Coding]", "ID[Coding]", "Coding"), coding),
    "ID[boolean]": SHARED["boolean"],
    **dict.fromkeys(("dateTime", "DTM[dateTime]", "TS[dateTime]", "DR[dateTime]"), plain(Context.date_time)),
    "instant": plain(Context.instant),
    "date": plain(Context.day),
    "time": plain(Context.clock),
    "decimal": plain(number),
    **dict.fromkeys(("integer", "unsignedInt", "positiveInt", "NM[positiveInt]"), plain(whole_number)),
    "CX[Identifier]": identifier(identifiers.from_cx),
    "CX[string]": SHARED["string"],
    "CX[person]": identifier(identifiers.person_identifier),
    "ST[person]": identifier(identifiers.number_of_state),
    "ST[Identifier]": identifier(identifiers.from_text),
    "PLN[Identifier]": identifier(identifiers.from_pln),
    "DLN[Identifier]": identifier(identifiers.from_dln),
    "CWE[Identifier]": identifier(identifiers.from_cwe),
    **{f"EI[Identifier{n}]": identifier(identifiers.from_ei) for n in ("", "-Extension", "-Organization", "-System")},
    "EIP[Identifier-PlacerAssignedIdentifier]": identifier(lambda c, e: identifiers.from_ei(c, e.component(1))),
    "EIP[Identifier-FillerAssignedIdentifier]": identifier(lambda c, e: identifiers.from_ei(c, e.component(2))),
    "XPN[HumanName]": plain(names.from_xpn),
    "XPN[string]": plain(display_name),
    "XAD[Address]": plain(contacts.address),
    "XTN[ContactPoint]": telecom,
    "XCN[Practitioner]": plain(people.practitioner),
    "NDL[Practitioner]": plain(lambda c, e: people.practitioner(c, e.component(1))),
    "XON[Organization]": plain(people.organization),
    "CWE[Organization]": plain(people.organization_of_code),
    "HD[Organization]": plain(people.organization_of_authority),
    **dict.fromkeys(("PL[Location]", "DLD[Location-Discharge]"), plain(people.location)),
    "HD[uri]": plain(lambda c, e: identifiers.authority(c, e, "application")),
    "CWE[Quantity]": plain(lambda c, e: values.unit(e)),
    "CQ[Quantity]": plain(values.composite_quantity),
    "NM[Quantity]": plain(lambda c, e: values.quantity(e.part(1), {})),
    "DR[Period]": plain(schedules.period),
    "RPT[Timing]": plain(schedules.repeat_pattern),
    "RI[Timing]": plain(schedules.repeat_interval),
    "ED[Attachment]": plain(attachments.encapsulated),
    "RP[Attachment]": plain(attachments.pointer),
    "PID-15[language]": plain(registered_language),
    "MSG[Coding]": plain(event_coding),
    "OBX[value]": obx_value,
    "OBX-7[range]": plain(lambda c, e: values.reference_range(e.segment)),
    "key": plain(lambda c, e: e.part(1)),
    "whole": plain(lambda c, e: e.written),
    "key[concept]": plain(key_of_concept),
    "key[CX]": plain(key_of_identifier(identifiers.from_cx)),
    "key[EI]": plain(key_of_identifier(identifiers.from_ei)),
    "whole text": annotated,
    "CWE text": plain(fields.text_of),
    "CP[Money]": plain(fields.money),
    "key[patient]": fields.patient_key((3, 2, 4)),
    "key[merged]": fields.patient_key((1, 4, 2)),
    "key[DG1]": fields.diagnosis_key,
    "PID-7[birthTime]": fields.birth_time,
    "PID-8[code]": fields.told_code("sex {} is not in HL7 table 0001; left out"),
    "PID-10[race]": fields.us_core,
    "PID-10[other]": fields.us_core,
    "PID-12[county]": fields.county,
    "PID-26[citizenship]": fields.citizenship,
    "PV1-2[code]": fields.quiet_code,
    "PV1[unnamed]": fields.report("no visit number and no admission time (PV1-44); the visit is kept as told here", 19),
    "NK1[unnamed]": fields.report("a contact needs a name, an address, a telephone or an organization; left out", 2),
    "PV2-11[days]": plain(fields.days),
    "DG1[code]": fields.diagnosis_code,
    "AL1[unnamed]": fields.report("an allergen is required; the allergy is left out", 3),
    "AL1-5[reaction]": fields.reactions,
    "IAM-5[reaction]": plain(fields.coded_reaction),
    "NTE[Annotation]": fields.annotation,
    "NTE[note]": fields.noted,
    "OBR-7[effective]": fields.effective,
    "OBR-24[category]": plain(fields.section),
    "OBR-25[code]": fields.told_code("result status {} is not in HL7 table 0123"),
    "OBR-28[copy]": fields.copy_to,
    "OBX-11[code]": fields.told_code("result status {} is not in HL7 table 0085"),
    "OBX-11[absent]": fields.absent_status,
    "RXO-2[quantity]": fields.quantity_with,
    "RXA-11[Location]": plain(fields.administered_at),
    "TXA[content]": fields.content,
    "end by minutes": fields.end_by_minutes,
}
