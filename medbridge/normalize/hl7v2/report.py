"""ORC, OBR, OBX, NTE groups of ORU^R01 -> DiagnosticReport and its Observations."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from medbridge.normalize.conversion import NormalizeError, Problem
from medbridge.normalize.hl7v2 import codes, identifiers
from medbridge.normalize.hl7v2.clinical import key_of
from medbridge.normalize.hl7v2.context import Context, compact
from medbridge.normalize.hl7v2.message import Message, Segment
from medbridge.normalize.hl7v2.names import practitioner
from medbridge.normalize.hl7v2.observation import category, observation, remarks
from medbridge.normalize.hl7v2.tables import REPORT_STATUS, lookup

NOTE_URL = "http://hl7.org/fhir/5.0/StructureDefinition/extension-DiagnosticReport.note"  # R4 reports have no note
LINES = {"TX", "FT"}


@dataclass(slots=True)
class Order:
    """One OBR with the ORC before it and the results and notes after it."""

    obr: Segment
    orc: Segment | None
    notes: list[Segment] = field(default_factory=list)
    results: list[tuple[Segment, list[Segment]]] = field(default_factory=list)


def orders(message: Message) -> list[Order]:
    """The ORDER_OBSERVATION groups in the order sent. Raises NormalizeError for an OBX before any OBR."""
    found: list[Order] = []
    orc: Segment | None = None
    for segment in message.segments:
        if segment.name == "ORC":
            orc = segment
        elif segment.name == "OBR":
            found.append(Order(segment, orc))
            orc = None
        elif segment.name == "OBX":
            if not found:
                raise NormalizeError(Problem("convert", segment.place(1), "an OBR is required before its results"))
            found[-1].results.append((segment, []))
        elif segment.name == "NTE" and found:
            (found[-1].results[-1][1] if found[-1].results else found[-1].notes).append(segment)
    if not found:
        raise NormalizeError(Problem("convert", "OBR", "at least one OBR is required"))
    return found


def report(context: Context, order: Order, subject: str, visit: str) -> list[dict[str, Any]]:
    """The DiagnosticReport, then its Observations. Raises NormalizeError naming the missing field."""
    obr = order.obr
    code = codes.concept(context, obr.first(4))
    if not code:
        raise NormalizeError(Problem("convert", obr.place(4), "a universal service identifier is required"))
    found = order_numbers(context, order)
    key = report_key(context, obr, (identifiers.business_id(found[-1]), key_of(code)))
    context_of = compact({"subject": {"reference": subject}, "encounter": compact({"reference": visit})})
    results = observations(context, order, key, context_of)
    notes = [{"url": NOTE_URL, "valueAnnotation": note} for note in remarks(order.notes)]
    document = {
        "resourceType": "DiagnosticReport",
        "id": context.id("DiagnosticReport", *key),
        "extension": notes,
        "identifier": found,
        "status": status(context, obr),
        "category": section(obr),
        "code": code,
        **context_of,
        **effective(context, obr, period=True),
        "issued": context.instant(obr.first(22)),
        "resultsInterpreter": interpreters(context, obr),
        "result": [{"reference": f"Observation/{result['id']}"} for result in results],
    }
    return [compact(document), *results]


def report_key(context: Context, obr: Segment, key: tuple[str, ...]) -> tuple[str, ...]:
    """Filler number and service; where one message has two such OBRs (cultures do), also the place among its OBRs."""
    taken = context.id("DiagnosticReport", *key) in [resource["id"] for resource in context.resources]
    return (*key, str(obr.number)) if taken else key


def order_numbers(context: Context, order: Order) -> list[dict[str, Any]]:
    """Placer (ORC-2, OBR-2) then filler number (ORC-3, OBR-3): the last is what the report is known by."""
    found = []
    for number, kind in ((2, "PLAC"), (3, "FILL")):
        elements = [segment.first(number) for segment in (order.obr, order.orc) if segment]
        if identifier := next(filter(None, (identifiers.from_ei(context, e, kind) for e in elements)), None):
            found.append(identifier)
    if not found:
        raise NormalizeError(Problem("convert", order.obr.place(3), "a filler order number is required"))
    return found


def status(context: Context, obr: Segment) -> str:
    code = obr.value(25)
    if code not in REPORT_STATUS:
        context.problem(obr.place(25), f"result status {code[:10]!r} is not in HL7 table 0123", "unmapped")
    return REPORT_STATUS.get(code, "unknown")


def section(obr: Segment) -> list[dict[str, Any]]:
    code = obr.value(24)
    found = lookup("DiagnosticServiceSectionID", code)
    return [{"coding": [found.coding()]}] if found else [{"text": code}] if code else []


def effective(context: Context, obr: Segment, *, period: bool) -> dict[str, Any]:
    """OBR-7, or OBR-7 to OBR-8 where the collection lasted. Observations take the start alone."""
    start, end = context.date_time(obr.first(7)), context.date_time(obr.first(8))
    if period and start and end and end != start:
        return {"effectivePeriod": {"start": start, "end": end}}
    return {"effectiveDateTime": start or end}


def interpreters(context: Context, obr: Segment) -> list[dict[str, Any]]:
    """OBR-32 is an NDL: the person stands as subcomponents of its first component."""
    references = [practitioner(context, element.subcomponents(1)) for element in obr.all(32)]
    return [reference for reference in references if reference]


def observations(
    context: Context, order: Order, key: tuple[str, ...], context_of: dict[str, Any]
) -> list[dict[str, Any]]:
    """Known by report, OBX-3 and OBX-4; a further one of the same name by its place among them."""
    inherited = {
        "resourceType": "Observation",
        "category": category(order.obr.value(24)),
        **context_of,
        **effective(context, order.obr, period=False),
        "issued": context.instant(order.obr.first(22)),
    }
    seen: Counter[tuple[str, str]] = Counter()
    found: dict[tuple[str, str], dict[str, Any]] = {}
    results = []
    for obx, notes in order.results:
        result = compact({**inherited, **observation(context, obx, notes)})
        name = (key_of(result["code"]), obx.value(4))
        if name in found and continues(found[name], result, obx):
            found[name]["valueString"] += "\n" + result["valueString"]
            continue
        seen[name] += 1
        occurrence = [str(seen[name])] if seen[name] > 1 else []
        result["id"] = context.id("Observation", *key, *name, *occurrence)
        found[name] = result
        results.append(result)
    return results


def continues(before: dict[str, Any], result: dict[str, Any], obx: Segment) -> bool:
    """Reports come as one OBX a line: the next line of the same text is not another observation."""
    text = "valueString" in before and "valueString" in result and "note" not in result
    return text and obx.value(2) in LINES and before["status"] == result["status"]
