"""Functions of single fields whose meaning no data type has: each says the field and why a plain row does not do."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from medbridge.normalize.hl7v2 import attachments, codes, identifiers, people, values
from medbridge.normalize.hl7v2.context import Context, compact
from medbridge.normalize.hl7v2.message import Element, Segment
from medbridge.normalize.hl7v2.tables import IMAGING, LABORATORY
from medbridge.normalize.packs import Convert, Factory, Place, Spec, Unmapped

EXTENSION = "http://hl7.org/fhir/StructureDefinition/"
RECORD_NUMBERS = {"MR", "PI"}  # the identifier types that name a patient inside the hospital
CDC_RACE = "urn:oid:2.16.840.1.113883.6.238"
CATEGORY = "http://terminology.hl7.org/CodeSystem/observation-category"


def quiet_code(spec: Spec) -> Convert:
    """A code by the table; one that it does not know is no fault of the sender: the row's value stands."""
    table = spec.codes or {}

    def convert(node: Element, place: Place) -> str | None:
        found = table.get(node.part(1))
        return (found[0] if found else "") or spec.value or None

    return convert


def told_code(words: str) -> Factory:
    """A code by the table; one that it does not know is reported in `words` ("sex {} is not in HL7 table 0001")."""

    def factory(spec: Spec) -> Convert:
        table = spec.codes or {}

        def convert(node: Element, place: Place) -> str | None:
            sent = node.part(1)
            if (found := table.get(sent)) is None and sent:
                place.scope.unmapped.append(Unmapped(node.place, spec.table, sent, node.part(2)))
                place.scope.problem(node.segment.at(node.field), words.format(repr(sent[:20])), "unmapped")
            return (found[0] if found else spec.value) or None

        return convert

    return factory


def absent_status(spec: Spec) -> Convert:
    def convert(node: Segment, place: Place) -> str:
        place.scope.problem(node.at(11), "result status '' is not in HL7 table 0085", "unmapped")
        return spec.value

    return convert


def patient_key(fields: tuple[int, ...]) -> Factory:
    """The first MR or PI identifier, else the first of all, of a PID or MRG segment."""

    def factory(spec: Spec) -> Convert:
        def convert(node: Segment, place: Place) -> str | None:
            found = [
                identifier
                for field in fields
                for element in node.all(field)
                if (identifier := identifiers.quiet_person_identifier(place.scope.context, element))
            ]
            own = next((each for each in found if _types(each) & RECORD_NUMBERS), found[0] if found else None)
            return identifiers.business_id(own) if own else None

        return convert

    return factory


def _types(identifier: dict[str, Any]) -> set[str]:
    return {coding["code"] for coding in identifier.get("type", {}).get("coding", [])}


def birth_time(spec: Spec) -> Convert:
    """A time without an offset is no moment, and then there is no extension."""

    def convert(node: Element, place: Place) -> dict[str, Any] | None:
        moment = place.scope.context.instant(node)
        return {"url": f"{EXTENSION}patient-birthTime", "valueDateTime": moment} if moment else None

    return convert


def county(spec: Spec) -> Convert:
    """PID-12 belongs to the address that names none itself; else it is an address of its own."""

    def convert(node: Element, place: Place) -> None:
        name = node.part(2) or node.part(1)
        addresses = place.element.setdefault("address", [])
        if len(addresses) == 1 and "district" not in addresses[0]:
            addresses[0]["district"] = name
        elif name not in [each.get("district") for each in addresses]:
            addresses.append({"district": name})

    return convert


def us_core(spec: Spec) -> Convert:
    """Race and ethnicity as US Core writes them: CDC's codes as ombCategory or detailed, and the words."""

    def convert(node: Element, place: Place) -> dict[str, Any] | None:
        words = node.part(2) or node.part(1)
        coding = compact({"system": CDC_RACE, "code": node.part(1), "display": node.part(2)})
        known = len(node.part(1)) == 6 and node.part(1)[4:5] == "-"
        parts = [{"url": "ombCategory", "valueCoding": coding}] if known else []
        return {"url": spec.value, "extension": [*parts, {"url": "text", "valueString": words}]} if words else None

    return convert


def citizenship(spec: Spec) -> Convert:
    def convert(node: Element, place: Place) -> dict[str, Any] | None:
        found = codes.concept(place.scope.context, node)
        return {"url": spec.value, "extension": [{"url": "code", "valueCodeableConcept": found}]} if found else None

    return convert


def report(words: str, field: int) -> Factory:
    """Nothing but a problem: what is missing for the resource to be found again."""

    def factory(spec: Spec) -> Convert:
        return lambda node, place: place.scope.problem(node.at(field), words)

    return factory


def days(context: Context, element: Element) -> dict[str, Any]:
    found = values.quantity(element.part(1), {"unit": "days", "system": values.UCUM, "code": "d"})
    return found if found and found["value"] >= 0 else {}


def diagnosis_code(spec: Spec) -> Convert:
    """DG1-3 in the system that it names, else the one DG1-2 (coding method, up to 2.3) names; DG1-4 is the words."""

    def convert(node: Segment, place: Place) -> dict[str, Any] | None:
        place.scope.used += [*node.all(2), *node.all(3), *node.all(4)]
        found = _diagnosis(place.scope.context, node)
        if not found:
            reason = "a diagnosis code or description is required; the diagnosis is left out"
            place.scope.problem(node.at(3), reason)
        return found or None

    return convert


def _diagnosis(context: Context, dg1: Segment) -> dict[str, Any]:
    method = dg1.value(2)
    system = codes.system(context, method, "", dg1.at(3)) if method else ""
    return compact({**codes.concept(context, dg1.first(3), system), "text": dg1.value(4) or dg1.value(3, 2)})


def diagnosis_key(spec: Spec) -> Convert:
    def convert(node: Segment, place: Place) -> str | None:
        return key_of(_diagnosis(place.scope.context, node)) or None

    return convert


def key_of(concept: dict[str, Any]) -> str:
    """A coded value as business id: system and code, or its text where there is no code."""
    return next((f"{c['system']}|{c['code']}" for c in concept.get("coding", [])), concept.get("text", ""))


def reactions(spec: Spec) -> Convert:
    """AL1-5: each repetition is a manifestation of the one reaction."""

    def convert(node: Segment, place: Place) -> dict[str, Any] | None:
        place.scope.used += node.all(5)
        found = [{"text": text} for each in node.all(5) if (text := each.part(2) or each.part(1))]
        return {"manifestation": found} if found else None

    return convert


def coded_reaction(context: Context, element: Element) -> dict[str, Any]:
    found = codes.concept(context, element)
    return {"manifestation": [found]} if found else {}


def remark(node: Segment, place: Place) -> str:
    """The text of a run of NTE lines, told by the first of them: senders break one remark into many lines."""
    notes = node.group.segments.get("NTE", [node]) if node.group else [node]
    if notes[0] is not node:
        place.scope.used += [*node.all(3), *node.all(4)]
        return ""
    place.scope.used += [*node.all(3), *node.all(4)]
    text = "\n".join(line.whole() for nte in notes for line in nte.all(3))
    return text if text.strip() else ""


def annotation(spec: Spec) -> Convert:
    def convert(node: Segment, place: Place) -> dict[str, Any] | None:
        text = remark(node, place)
        return {"text": text} if text else None

    return convert


def noted(spec: Spec) -> Convert:
    """A remark on what has no note in R4, as an extension."""

    def convert(node: Segment, place: Place) -> dict[str, Any] | None:
        text = remark(node, place)
        return {"url": spec.value, "valueAnnotation": {"text": text}} if text else None

    return convert


def effective(spec: Spec) -> Convert:
    """OBR-7, or OBR-7 to OBR-8 where the collection lasted."""

    def convert(node: Segment, place: Place) -> dict[str, Any] | None:
        place.scope.used += [*node.all(7), *node.all(8)]
        start, end = (place.scope.context.date_time(node.first(number)) for number in (7, 8))
        if start and end and end != start:
            return {"effectivePeriod": {"start": start, "end": end}}
        return {"effectiveDateTime": start or end} if start or end else None

    return convert


def section(context: Context, element: Element) -> dict[str, Any]:
    """OBR-24 as the category people search by; a section that is neither laboratory nor imaging has none."""
    sent = element.part(1)
    code = "laboratory" if sent in LABORATORY else "imaging" if sent in IMAGING else ""
    return {"coding": [{"system": CATEGORY, "code": code}]} if code else {}


def copy_to(spec: Spec) -> Convert:
    def convert(node: Element, place: Place) -> dict[str, Any] | None:
        name = people.display(people.practitioner(place.scope.context, node))
        return {"url": spec.value, "valueString": name} if name else None

    return convert


def quantity_with(spec: Spec) -> Convert:
    """A number whose unit stands in another field of the segment, which the row's value names."""
    field = int(spec.value)

    def convert(node: Element, place: Place) -> dict[str, Any] | None:
        place.scope.used += node.segment.all(field)
        return values.quantity(node.part(1), values.unit(node.segment.first(field))) or None

    return convert


def end_by_minutes(spec: Spec) -> Convert:
    """An end that is sent as a duration: the start and the minutes of the field that the row's value names."""
    field = int(spec.value)

    def convert(node: Element, place: Place) -> str | None:
        start, unit = place.scope.context.instant(node), node.segment.value(field + 1).upper()
        length = values.whole_number(node.segment.value(field))
        if not start or length is None or unit not in ("", "MIN", "M", "MINUTES", "S", "SEC", "H", "HR", "HOURS"):
            return None
        place.scope.used += [*node.segment.all(field), *node.segment.all(field + 1)]
        scale = 60 if unit.startswith("H") else 1 / 60 if unit.startswith("S") else 1
        try:
            return (datetime.fromisoformat(start) + timedelta(minutes=length * scale)).isoformat()
        except (ValueError, OverflowError):
            return None

    return convert


def administered_at(context: Context, element: Element) -> dict[str, Any]:
    """RXA-11 (LA2): as a PL in its first components, and the facility in the fourth."""
    return people.location(context, element)


def content(spec: Spec) -> Convert:
    """The OBX of a document: files as they are, and all lines of text together as one."""

    def convert(node: Segment, place: Place) -> list[dict[str, Any]] | None:
        groups = node.group.groups.get("OBSERVATION", []) if node.group else []
        found, lines = [], []
        for obx in _lines(groups):
            place.scope.used += [*obx.all(5), *obx.all(2), *obx.all(3), *obx.all(11)]
            kind = obx.value(2)
            if kind in ("ED", "RP"):
                read = attachments.encapsulated if kind == "ED" else attachments.pointer
                found += [made for each in obx.all(5) if (made := read(place.scope.context, each))]
            else:
                lines += [each.whole() for each in obx.all(5)]
        if text := attachments.text_attachment("\n".join(lines)):
            found.append(text)
        return [{"attachment": each} for each in found] or None

    return convert


def _lines(groups: list[Any]) -> list[Segment]:
    found = [segment for group in groups for segment in group.segments.get("OBX", [])]
    return [line for segment in found for line in (segment, *(segment.continued or []))]


def money(context: Context, element: Element) -> dict[str, Any]:
    """CP, or a plain number: .1 is MO, whose parts are the amount and the currency."""
    price = element.component(1)
    amount = values.number(price.part(1))
    return {} if amount is None else compact({"value": amount, "currency": price.part(2).upper()})


def text_of(context: Context, element: Element) -> str:
    return element.part(2) or element.part(1) or element.part(9)
