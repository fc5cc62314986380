"""Small builders of consents, readers and rows for the consent tests. H1 is Bob's hospital, H2 Mallory's."""

from datetime import UTC, datetime
from typing import Any

from medbridge.consent.labels import LEVELS
from medbridge.consent.marks import mark
from medbridge.consent.provision import RESOURCE_TYPES
from medbridge.consent.purpose import ACT_REASON, CODES
from medbridge.consent.rules import Decision, Request, Row, decide, nodes
from medbridge.fhir.dates import interval
from medbridge.fhir.terms import key

NOW = datetime(2026, 11, 1, tzinfo=UTC)
Json = dict[str, Any]


def coded(code: str) -> Json:
    return {"system": ACT_REASON if code in CODES else "http://research.example/projects", "code": code}


def actor(reference: str, role: str = "IRCP") -> Json:
    return {"role": {"coding": [{"code": role}]}, "reference": {"reference": reference}}


def rule(
    type: str, *nested: Json, actors: tuple[str, ...] = (), purposes: tuple[str, ...] = (),
    classes: tuple[str, ...] = (), instances: tuple[str, ...] = (), **other: Any,
) -> Json:  # fmt: skip
    """One provision; only the elements that are given."""
    elements: Json = {
        "actor": [actor(reference) for reference in actors],
        "purpose": [coded(code) for code in purposes],
        "class": [{"system": RESOURCE_TYPES, "code": code} for code in classes],
        "data": [{"meaning": "instance", "reference": {"reference": reference}} for reference in instances],
        "provision": list(nested),
    }
    return {"type": type, **{name: value for name, value in elements.items() if value}, **other}


def consent(provision: Json | None, *, id: str = "K1", status: str = "active", **other: Any) -> Json:
    rules = {} if provision is None else {"provision": provision}
    return {"resourceType": "Consent", "id": id, "status": status, **rules, **other}


def reader(
    hospital: str | None = "h2", *, practitioner: str = "Practitioner/mallory", role: str = "clinician",
    groups: tuple[str, ...] = (), patients: tuple[str, ...] = (), purpose: str = "TREAT", at: datetime = NOW,
) -> Request:  # fmt: skip
    return Request(hospital, practitioner, role, groups, patients, purpose, at)


def row(
    type: str = "Observation", id: str = "o1", *, patient: str | None = "alice", custodian: str | None = "h1",
    date: str | None = "2022-06-01", labels: tuple[str, ...] = (), of: Json | None = None,
    referrers: tuple[str, ...] = (),
) -> Row:  # fmt: skip
    """of: the resource whose marks it has. referrers: "Type/id"."""
    low, high = interval(date) if date else (None, None)
    keys = tuple(key(*each.split("/")) for each in referrers)
    return Row(type, id, patient, custodian, low, high, labels, tuple(mark(of).marks) if of else (), keys)


def label(code: str) -> Json:
    system = "v3-Confidentiality" if code in LEVELS else "v3-ActCode"
    return {"system": f"http://terminology.hl7.org/CodeSystem/{system}", "code": code}


def judge(*consents: Json, by: Request, of: Row, **policy: bool) -> Decision:
    """What these consents, recorded by h1 for its Patient alice, let the reader see."""
    rows = [node for each in consents for node in nodes(each, bindings=[("alice", "h1")])]
    return decide(rows, by, of, **policy)


def sees(*consents: Json, by: Request, of: Row, **policy: bool) -> bool:
    return judge(*consents, by=by, of=of, **policy).visible
