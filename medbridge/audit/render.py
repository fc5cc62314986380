"""An access row as the FHIR AuditEvent it stands for, after IHE BALP (balp.py).

The bytes are a function of the row, of the versions it names and of the rules of its state: none of them ever changes,
so what is read is exactly what was committed to the log.
"""

import hashlib
from base64 import b64encode
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from medbridge.audit import balp
from medbridge.audit.balp import PATTERNS, Pattern
from medbridge.audit.models import Access

CODES = {name: pattern.action for name, pattern in PATTERNS.items() if pattern.action != "R"}
# An event is for people; of more there are the count and a digest of all.
VERSIONS_NAMED = 50
_TYPE = {
    "system": "http://terminology.hl7.org/CodeSystem/audit-event-type",
    "code": "rest",
    "display": "RESTful Operation",
}
_INTERACTION = "http://hl7.org/fhir/restful-interaction"
_OWN = "urn:medbridge:action"
_PURPOSE = "http://terminology.hl7.org/CodeSystem/v3-ActReason"
_ENTITY = "http://terminology.hl7.org/CodeSystem/audit-entity-type"
_RESOURCE = "http://hl7.org/fhir/resource-types"
_ROLE = "http://terminology.hl7.org/CodeSystem/object-role"
_SERVER = {"identifier": {"system": "urn:ietf:rfc:3986", "value": "urn:medbridge:server"}, "display": "MedBridge"}
_DECISION = "decision"


@dataclass(frozen=True, slots=True)
class Ground:
    """What decided: a consent's provision, or without one a standing rule (`said`)."""

    consent: str | None
    version: int | None
    path: str | None
    permit: bool
    said: str


@dataclass(frozen=True, slots=True)
class Background:
    """What a row only points to. given: "Type/id/_history/n" of its versions, the first VERSIONS_NAMED of them."""

    given: Sequence[str] = ()
    grounds: Sequence[Ground] = ()

    @property
    def consents(self) -> list[Ground]:
        return [ground for ground in self.grounds if ground.consent is not None]


def audit_event(access: Access, behind: Background) -> dict[str, Any]:
    pattern = PATTERNS.get(access.action)
    event: dict[str, Any] = {
        "resourceType": "AuditEvent",
        "id": str(access.id),
        "meta": {"versionId": "1", "lastUpdated": _instant(access)},
        "type": _TYPE,
        "subtype": _subtypes(access),
        "action": pattern.action if pattern else "R",
        "recorded": _instant(access),
        "outcome": _outcome(access),
        "agent": _agents(access, pattern or balp.READ),
        "source": {"observer": _SERVER},
        "entity": [
            *_entities(access, pattern),
            *_patient(access, behind),
            *_consents(behind),
            *_versions(access, behind),
        ],
    }
    # The patterns are of what succeeded; BALP leaves a refusal to the decision below and to FHIR.
    if pattern and access.allowed:
        event["meta"]["profile"] = [pattern.url(patient=access.patient is not None)]
    if access.reason:
        event["outcomeDesc"] = access.reason
    if access.purpose:
        event["purposeOfEvent"] = [_purpose(access)]
    if access.patient and behind.consents:
        event["contained"] = [_decision(access, behind)]
        event["entity"].append({"what": {"reference": f"#{_DECISION}"}, "type": _resource("AuditEvent")})
    event["entity"].append({"what": {"identifier": {"value": access.request or "none"}}, "type": balp.REQUEST_ID})
    return event


def body(access: Access, behind: Background) -> bytes:
    """The exact bytes that are committed and served."""
    return orjson.dumps(audit_event(access, behind))


def _subtypes(access: Access) -> list[dict[str, str]]:
    if access.action in balp.INTERACTIONS:
        return [{"system": _INTERACTION, "code": access.action}]
    return [{"system": _OWN, "code": access.action}, {"system": _INTERACTION, "code": "operation"}]


def _outcome(access: Access) -> str:
    return "0" if access.allowed else "4"


def _agents(access: Access, pattern: Pattern) -> list[dict[str, Any]]:
    user = {"type": pattern.user, **_user(access), "requestor": True, "name": access.username}
    if access.role:
        user["role"] = [{"text": access.role}]
    if access.hospital:
        user["policy"] = [f"urn:medbridge:hospital:{access.hospital}"]
    if access.state is not None:
        # Which rules held: their number over this Patient's data, and the edition of the rules of evaluation.
        user["policy"] = [*user.get("policy", []), f"urn:medbridge:rules:1:{access.patient}:{access.state}"]
    if access.purpose:
        user["purposeOfUse"] = [_purpose(access)]
    server = {"type": pattern.server, "who": _SERVER, "requestor": False, "network": _network("")}
    return [user, {"type": pattern.client, **_client(access)}, server]


def _user(access: Access) -> dict[str, Any]:
    who: dict[str, Any] = {"identifier": {"value": access.username}, "display": access.name or access.username}
    if access.practitioner:
        who["reference"] = access.practitioner
    return {"who": who}


def _client(access: Access) -> dict[str, Any]:
    return {
        "who": {"identifier": {"system": "urn:medbridge:account", "value": access.username}},
        "requestor": False,
        "network": _network(access.address),
    }


def _network(address: str) -> dict[str, str]:
    """network-type: 2 is an IP address, 1 a name of a machine; a listener and a command have no address."""
    return {"address": address, "type": "2"} if address else {"address": "localhost", "type": "1"}


def _purpose(access: Access) -> dict[str, Any]:
    return {"coding": [{"system": _PURPOSE, "code": access.purpose}]}


def _entities(access: Access, pattern: Pattern | None) -> Iterator[dict[str, Any]]:
    """What was asked for."""
    system_object = {"system": _ENTITY, "code": "2"}
    if pattern is not None and pattern.query:
        asked = access.query or (f"{access.target}/$everything" if access.action == "everything" else access.type)
        yield {
            "type": system_object,
            "role": {"system": _ROLE, "code": "24"},
            "description": asked,
            "query": b64encode(asked.encode()).decode(),
        }
        return
    data: dict[str, Any] = {"what": {"display": access.target or access.type}, "type": system_object}
    if "/" in access.target:
        data["what"] = {"reference": access.target}
    data["role"] = {"system": _ROLE, "code": "4"}
    if access.query:
        data["description"] = access.query
    yield data


def _patient(access: Access, behind: Background) -> Iterator[dict[str, Any]]:
    if not access.patient:
        return
    entity: dict[str, Any] = {
        "what": {"reference": f"Patient/{access.patient}"},
        "type": {"system": _ENTITY, "code": "1"},
        "role": {"system": _ROLE, "code": "1"},
    }
    if behind.grounds:
        entity["detail"] = [{"type": "decision", "valueString": ground.said} for ground in behind.grounds]
    yield entity


def _consents(behind: Background) -> Iterator[dict[str, Any]]:
    for ground in behind.consents:
        yield {
            "what": {"reference": f"Consent/{ground.consent}/_history/{ground.version}"},
            "type": _resource("Consent"),
            "detail": [
                {"type": "provision", "valueString": ground.path},
                {"type": "rule", "valueString": "permit" if ground.permit else "deny"},
            ],
        }


def _versions(access: Access, behind: Background) -> Iterator[dict[str, Any]]:
    for subject in behind.given:
        yield {
            "what": {"reference": subject},
            "type": _resource(subject.partition("/")[0]),
            "role": {"system": _ROLE, "code": "4"},
        }
    if access.versions and len(access.versions) > len(behind.given):
        digest = hashlib.sha256(",".join(map(str, access.versions)).encode()).hexdigest()
        yield {
            "what": {"display": f"{len(access.versions)} versions"},
            "type": {"system": _OWN, "code": "versions"},
            "detail": [
                {"type": "count", "valueString": str(len(access.versions))},
                {"type": "sha256", "valueString": digest},
            ],
        }


def _decision(access: Access, behind: Background) -> dict[str, Any]:
    """BALP's AuthZconsent: who asked whom for what, and which consent said yes or no."""
    organization = {"identifier": {"system": "urn:medbridge:hospital", "value": access.hospital or "none"}}
    server = {"system": "http://terminology.hl7.org/CodeSystem/extra-security-role-type", "code": "authserver"}
    return {
        "resourceType": "AuditEvent",
        "id": _DECISION,
        "meta": {"profile": [balp.DECISION]},
        "type": balp.SECURITY_ALERT,
        "subtype": [balp.AUTHORIZED_BY_CONSENT],
        "action": "E",
        "recorded": _instant(access),
        "outcome": _outcome(access),
        "outcomeDesc": " ".join(ground.said for ground in behind.consents),
        "purposeOfEvent": [_purpose(access)],
        "agent": [
            {"type": balp.APPLICATION, **_client(access)},
            {"type": balp.RECIPIENT, **_user(access), "requestor": True, "name": access.username},
            {
                "type": {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v3-RoleClass", "code": "PROV"}]},
                "who": organization,
                "requestor": False,
            },
            {"type": {"coding": [server]}, "who": _SERVER, "requestor": False},
        ],
        "source": {"observer": _SERVER},
        "entity": [
            {
                "what": {"reference": f"Patient/{access.patient}"},
                "type": {"system": _ENTITY, "code": "1"},
                "role": {"system": _ROLE, "code": "1"},
            },
            *_consents(behind),
        ],
    }


def _resource(type: str) -> dict[str, str]:
    return {"system": _RESOURCE, "code": type}


def _instant(access: Access) -> str:
    return access.at.strftime("%Y-%m-%dT%H:%M:%S.") + f"{access.at.microsecond // 1000:03d}Z"
