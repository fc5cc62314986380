"""ADT^A01, A04, A08 and ORU^R01 -> FHIR resources."""

from __future__ import annotations

from collections.abc import Callable

from medbridge.normalize.conversion import Conversion, NormalizeError, Problem, Source
from medbridge.normalize.hl7v2 import clinical
from medbridge.normalize.hl7v2.context import Context
from medbridge.normalize.hl7v2.encounter import encounter
from medbridge.normalize.hl7v2.message import Message, Segment, event, message_key
from medbridge.normalize.hl7v2.patient import patient
from medbridge.normalize.hl7v2.report import orders, report
from medbridge.normalize.hl7v2.unmapped import unmapped


def convert(message: Message, source: Source) -> Conversion:
    """Resources of one message; the same message gives the same ids.

    Raises NormalizeError: stage "parse" for a kind of message not taken or without MSH-10, "convert" when
    content without which nothing can be kept is missing. What is merely not carried over is in `problems`.
    """
    check_supported(message)
    key = message_key(message)
    context = Context(message, source)
    pids = message.all("PID")
    if len(pids) != 1:
        reason = "a patient is required" if not pids else "one patient per message"
        raise NormalizeError(Problem("convert", "PID" if not pids else "PID[2]", reason))
    EVENTS[context.event](context, pids[0])
    context.problems += unmapped(message)
    return Conversion(context.resources, context.problems, key)


def check_supported(message: Message) -> None:
    """Raises NormalizeError(stage "parse") for another event or another major version."""
    if (kind := event(message)) not in EVENTS:
        known = ", ".join(EVENTS)
        raise NormalizeError(Problem("parse", "MSH-9", f"{kind[:20] or 'no message type'} is not taken; {known} are"))
    if (version := message.header.value(12)) and not version.startswith("2."):
        raise NormalizeError(Problem("parse", "MSH-12", f"version {version[:10]} is not taken; 2.x is"))


def admission(context: Context, pid: Segment) -> None:
    """ADT: a snapshot of the patient, the visit, its diagnoses and the allergies."""
    subject, visit = patient_and_visit(context, pid)
    roles = []
    for dg1 in context.message.all("DG1"):
        if found := clinical.condition(context, dg1, subject, visit):
            context.add(found)
            roles.append(clinical.diagnosis_role(context, dg1, f"Condition/{found['id']}"))
    if visit and roles:
        context.resources[1]["diagnosis"] = roles
    for al1 in context.message.all("AL1"):
        if found := clinical.allergy(context, al1, subject):
            context.add(found)


def results(context: Context, pid: Segment) -> None:
    """ORU: reports and observations. Its PID and PV1 only say whose they are: laboratories send a thin copy."""
    subject, visit = patient_and_visit(context, pid)
    for order in orders(context.message):
        context.resources += report(context, order, subject, visit)


def patient_and_visit(context: Context, pid: Segment) -> tuple[str, str]:
    """Adds Patient and Encounter, in this order, and returns their references ("" where there is no visit)."""
    person = patient(context, pid)
    subject = f"Patient/{person['id']}"
    context.resources.append(person)
    pv1 = context.message.first("PV1")
    stay = encounter(context, pid, pv1, subject) if pv1 else {}
    if not stay:
        return subject, ""
    context.resources.append(stay)
    return subject, f"Encounter/{stay['id']}"


EVENTS: dict[str, Callable[[Context, Segment], None]] = {
    "ADT^A01": admission,
    "ADT^A04": admission,
    "ADT^A08": admission,
    "ORU^R01": results,
}
