"""Patient/[id]/$who-can-see, Patient/$who-can-see and [type]/[id]/$explain: Parameters with a part for each reader."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

from django.http import HttpRequest, HttpResponse

from medbridge.actions.explain_record import explain_record
from medbridge.actions.who_can_see import Reader, Ruled, who_can_see, who_can_see_mine
from medbridge.api import parameters
from medbridge.api.view import FhirView, fhir
from medbridge.consent.purpose import ACT_REASON, CODES
from medbridge.fhir.digits import serialize

Part = dict[str, Any]
KNOWN = frozenset({"_format", "_pretty"})
_NOT_ALL = "These are not all: a limit of this server was reached (EXPLAIN_ROWS_LIMIT, or the number of readers)."


class WhoCanSee(FhirView):
    """Of one Patient; of all that are the person who asks when none is named."""

    def get(self, request: HttpRequest, id: str = "") -> HttpResponse:
        parameters.check_known(parameters.sent(request), KNOWN)
        if id:
            found = who_can_see(actor=self.actor, at=self.at, patient=id)
        else:
            found = who_can_see_mine(actor=self.actor, at=self.at)
        about = [_reference("patient", f"Patient/{each}") for each in found.patients]
        count = {"name": "records", "valueInteger": found.records}
        return _answer([*about, count], found.whole, found.readers)

    post = get


class Explain(FhirView):
    """Of the record as it is now: its current version is judged for all."""

    def get(self, request: HttpRequest, type: str, id: str) -> HttpResponse:
        parameters.check_known(parameters.sent(request), KNOWN)
        found = explain_record(actor=self.actor, at=self.at, type=type, id=id)
        record = _reference("record", f"{type}/{id}/_history/{found.record.version}")
        return _answer([record], found.whole, found.readers)

    post = get


def _answer(about: list[Part], whole: bool, readers: dict[Reader, list[Ruled]]) -> HttpResponse:
    limit = [] if whole else [{"name": "incomplete", "valueString": _NOT_ALL}]
    parts = [{"name": "reader", "part": list(_reader(*each))} for each in readers.items()]
    return fhir(serialize({"resourceType": "Parameters", "parameter": [*about, *limit, *parts]}))


def _reader(reader: Reader, told: list[Ruled]) -> Iterator[Part]:
    if reader.hospital:
        yield _reference("hospital", f"Organization/{reader.hospital}")
    yield {"name": "role", "valueCode": reader.role}
    if reader.practitioner:
        yield _reference("practitioner", reader.practitioner)
    for group in reader.groups:
        yield _reference("group", group)
    if reader.purpose:
        yield {"name": "purpose", "valueCoding": _purpose(reader.purpose)}
    for name, shown in (("visible", True), ("hidden", False)):
        count = sum(each.count for each in told if each.decision.visible == shown)
        yield {"name": name, "valueInteger": count}
    for decision in dict.fromkeys(each.decision for each in told):
        yield {"name": "decision", "part": list(_decision([each for each in told if each.decision == decision]))}


def _decision(told: list[Ruled]) -> Iterator[Part]:
    """These have one decision."""
    decision = told[0].decision
    yield {"name": "visible", "valueBoolean": decision.visible}
    yield {"name": "reason", "valueString": decision.reason}
    if decision.consent:
        yield _reference("consent", f"Consent/{decision.consent}/_history/{decision.version}")
        yield {"name": "provision", "valueString": f"Consent.{decision.path}"}
    counts: Counter[str] = Counter()
    for each in told:
        counts[each.type] += each.count
    for type, count in sorted(counts.items()):
        part = [{"name": "type", "valueCode": type}, {"name": "count", "valueInteger": count}]
        yield {"name": "records", "part": part}


def _purpose(text: str) -> Part:
    """A code of v3 ActReason, `system|code` of another system, or a code without any."""
    system, _, code = text.rpartition("|")
    if text in CODES:
        system = ACT_REASON
    return {"system": system, "code": code} if system else {"code": code}


def _reference(name: str, reference: str) -> Part:
    return {"name": name, "valueReference": {"reference": reference}}
