"""The fixture of ../shared/scenarios/consent.json as FHIR, pushed over HTTP by the hospital H0 that recorded it."""

import json
import re
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from medbridge.actions.load_accounts import load_accounts
from tests import build
from tests.integration.conftest import Voice

Json = dict[str, Any]

FILE = Path(__file__).resolve().parents[2] / ".." / "shared" / "scenarios" / "consent.json"
CONFIDENTIALITY = "http://terminology.hl7.org/CodeSystem/v3-Confidentiality"
ACT_CODE = "http://terminology.hl7.org/CodeSystem/v3-ActCode"
PROJECTS = {"PROJ-7": "http://research.example/projects"}


@cache
def fixture() -> Json:
    if not FILE.exists():
        pytest.skip(f"NOT TESTED: the consent scenarios, because {FILE} is absent (lay `shared` beside the checkout)")
    loaded: Json = json.loads(FILE.read_text())
    return loaded


def scenario(number: int) -> Json:
    return next(each for each in fixture()["scenarios"] if each["n"] == number)


def accounts() -> bytes:
    """The file for manage.py load_accounts: H0 and the hospitals of the readers, its feed, P1 and the auditor."""
    people: list[Json] = [
        {"username": "feed", "hospital": "H0", "role": "feed"},
        {"username": "P1", "hospital": "H0", "role": "patient", "patient": "Patient/H0-P1"},
        {"username": "auditor", "hospital": "", "role": "auditor"},
    ]
    for name, (practitioner, organization, *groups) in fixture()["who"].items():
        people.append({
            "username": name, "hospital": organization.removeprefix("Organization/"), "role": "clinician",
            "practitioner": f"Practitioner/{practitioner}", "groups": [g.removeprefix("Group/") for g in groups],
        })  # fmt: skip
    hospitals = ("H0", *sorted({person["hospital"] for person in people} - {"H0", ""}))
    return json.dumps({"hospitals": [{"id": id, "name": id} for id in hospitals], "people": people}).encode()


class World:
    """H0's records in the store; readers come in with `by`, consents with `record`."""

    def __init__(self, *, push: bool = True) -> None:
        load_accounts(at=timezone.now(), content=accounts())
        self.feed = Voice("feed", "TREAT", "user/*.cruds")
        for short in sorted(fixture()["resources"].values(), key=_references_last) if push else ():
            self.push(resource(short))

    def push(self, body: Json) -> None:
        answer = self.feed.put(f"{body['resourceType']}/{body['id']}", body)
        assert answer.status_code in (200, 201), answer.content

    def record(self, consents: str) -> None:
        """ "K1+K2" for P1, "P1:K2, P2:K1", "none", "self"."""
        for part in re.findall(r"(?:(P\d):)?(K\d+)", consents):
            self.push(consent(part[1], part[0] or "P1"))

    def by(self, who: str, purpose: str, scopes: str = "user/*.cruds") -> Voice:
        return Voice(who.replace("patient token ", "").replace("backend RES", "Res"), purpose, scopes)


def _references_last(short: Json) -> int:
    return {"Patient": 0, "Encounter": 1}.get(short["type"], 2)


def local(reference: str) -> str:
    """Observation/o1 -> Observation/H0-o1; the directory's Practitioner, Organization and Group keep their ids."""
    if "/" not in reference:
        return f"Practitioner/{reference}"
    type, _, id = reference.partition("/")
    return reference if type in ("Organization", "Practitioner", "Group") else f"{type}/H0-{id}"


def resource(short: Json) -> Json:
    type, _, id = short["id"].partition("/")
    body: Json = {"resourceType": type, "id": f"H0-{id}"}
    if short["labels"]:
        body["meta"] = {"security": [_label(code) for code in short["labels"]]}
    return body | _FORMS[type](short)


def _label(code: str) -> Json:
    return {"system": CONFIDENTIALITY if code in ("N", "R") else ACT_CODE, "code": code}


def _patient(short: Json) -> Json:
    return {"name": [{"family": short["patient"]}], "birthDate": "1980-01-01"}


def _encounter(short: Json) -> Json:
    kind = {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "AMB"}
    who = [{"individual": {"reference": local(short["author"])}}]
    period = {"start": short["date"], "end": short["date"]}
    return {"status": "finished", "class": kind, "subject": _subject(short), "period": period, "participant": who}


def _observation(short: Json) -> Json:
    code = {"coding": [{"system": build.LOINC, "code": code} for code in short["codes"] or ["8302-2"]]}
    return {
        "status": "final", "code": code, "subject": _subject(short), "effectiveDateTime": short["date"],
        "performer": [{"reference": local(short["author"])}], **_visit(short),
    }  # fmt: skip


def _condition(short: Json) -> Json:
    code = {"coding": [{"system": "http://snomed.info/sct", "code": code} for code in short["codes"]]}
    return {
        "code": code, "subject": _subject(short), "recordedDate": short["date"],
        "recorder": {"reference": local(short["author"])}, **_visit(short),
    }  # fmt: skip


def _medication_request(short: Json) -> Json:
    return {
        "status": "active", "intent": "order", "medicationCodeableConcept": {"text": "a medicine"},
        "subject": _subject(short), "authoredOn": short["date"], "requester": {"reference": local(short["author"])},
        **_visit(short),
    }  # fmt: skip


def _document_reference(short: Json) -> Json:
    return {
        "status": "current", "subject": _subject(short), "date": f"{short['date']}T00:00:00Z",
        "author": [{"reference": local(short["author"])}],
        "content": [{"attachment": {"contentType": "text/plain", "data": "eA=="}}],
        "context": {"encounter": [{"reference": local(short["enc"])}]},
    }  # fmt: skip


_FORMS: dict[str, Callable[[Json], Json]] = {
    "Patient": _patient,
    "Encounter": _encounter,
    "Observation": _observation,
    "Condition": _condition,
    "MedicationRequest": _medication_request,
    "DocumentReference": _document_reference,
}


def _subject(short: Json) -> Json:
    return {"reference": f"Patient/H0-{short['patient']}"}


def _visit(short: Json) -> Json:
    return {"encounter": {"reference": local(short["enc"])}} if short["enc"] else {}


def consent(name: str, patient: str) -> Json:
    """One of the fixture's consents for one Patient, as H0 records it: Consent/H0-K1-P1."""
    short = fixture()["consents"][name]
    built = build.consent(f"Patient/H0-{patient}", id=f"H0-{name}-{patient}")
    return built | {"status": short["status"], "provision": _provision(short["provision"])}


def _provision(short: Json) -> Json:
    parts = {
        "actor": build.actor(*map(local, short.get("actor", ()))),
        "purpose": [_purpose(code) for code in short.get("purpose", ())],
        "class": [{"system": "http://hl7.org/fhir/resource-types", "code": code} for code in short.get("class", ())],
        "securityLabel": [_label(code) for code in short.get("securityLabel", ())],
        "code": [{"coding": [{"system": build.LOINC, "code": code}]} for code in short.get("code", ())],
        "data": [{"meaning": m, "reference": {"reference": local(r)}} for m, r in short.get("data", ())],
        "provision": [_provision(nested) for nested in short.get("provision", ())],
    }
    named = {name: short[name] for name in ("type", "period", "dataPeriod") if name in short}
    return named | {name: value for name, value in parts.items() if value}


def _purpose(code: str) -> Json:
    return {"system": PROJECTS.get(code, "http://terminology.hl7.org/CodeSystem/v3-ActReason"), "code": code}


def seen(answer: Any) -> set[str]:
    """The fixture's records in a searchset, by their short names (o1, P1); consents and provenances aside."""
    assert answer.status_code == 200, answer.content
    entries = [entry["resource"] for entry in answer.json().get("entry", []) if entry["search"]["mode"] != "outcome"]
    names = {f"{each['resourceType']}/{each['id'].removeprefix('H0-')}" for each in entries}
    return {name.partition("/")[2] for name in names & fixture()["resources"].keys()}


def expected(number: int) -> set[str]:
    return set(re.findall(r"\b[A-Za-z]\d\b", scenario(number)["expected"].partition(";")[0]))


def path(number: int) -> str:
    """The scenario's GET as this server spells it."""
    url = scenario(number)["request"].partition(" ")[2].partition(" ")[0].removeprefix("/")
    return re.sub(r"\b([Po]\d)\b", r"H0-\1", url)
