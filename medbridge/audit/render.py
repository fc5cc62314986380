"""An access row as the FHIR AuditEvent it stands for, after IHE BALP (PatientRead, PatientQuery, AuthZconsent).

The bytes are a function of the row alone, so what is read is exactly what was committed to the log.
"""

from typing import Any

import orjson

from medbridge.audit.models import Access

CODES = {"create": "C", "update": "U", "delete": "D", "search": "E"}
_TYPE = {
    "system": "http://terminology.hl7.org/CodeSystem/audit-event-type",
    "code": "rest",
    "display": "RESTful Operation",
}
_INTERACTION = "http://hl7.org/fhir/restful-interaction"
_PURPOSE = "http://terminology.hl7.org/CodeSystem/v3-ActReason"
_ENTITY = "http://terminology.hl7.org/CodeSystem/audit-entity-type"
_ROLE = "http://terminology.hl7.org/CodeSystem/object-role"


def audit_event(access: Access) -> dict[str, Any]:
    event: dict[str, Any] = {
        "resourceType": "AuditEvent",
        "id": str(access.id),
        "meta": {"versionId": "1", "lastUpdated": _instant(access)},
        "type": _TYPE,
        "subtype": [{"system": _INTERACTION, "code": access.action}],
        "action": CODES.get(access.action, "R"),
        "recorded": _instant(access),
        "outcome": "0" if access.allowed else "4",
        "agent": [_agent(access)],
        "source": {"observer": {"display": "MedBridge"}},
        "entity": list(_entities(access)),
    }
    if access.reason:
        event["outcomeDesc"] = access.reason
    if access.purpose:
        event["purposeOfEvent"] = [{"coding": [{"system": _PURPOSE, "code": access.purpose}]}]
    return event


def body(access: Access) -> bytes:
    """The exact bytes that are committed and served."""
    return orjson.dumps(audit_event(access))


def _agent(access: Access) -> dict[str, Any]:
    who: dict[str, Any] = {"identifier": {"value": access.username}, "display": access.name or access.username}
    if access.practitioner:
        who["reference"] = access.practitioner
    agent: dict[str, Any] = {"who": who, "requestor": True, "name": access.username}
    if access.role:
        agent["role"] = [{"text": access.role}]
    if access.hospital:
        agent["policy"] = [f"urn:medbridge:hospital:{access.hospital}"]
    return agent


def _entities(access: Access) -> list[dict[str, Any]]:
    data: dict[str, Any] = {"what": {"display": access.target or access.type}, "type": {"system": _ENTITY, "code": "2"}}
    if "/" in access.target:
        data["what"] = {"reference": access.target}
    if access.query:
        data["description"] = access.query
    entities = [data]
    if access.patient:
        entities.append({
            "what": {"reference": f"Patient/{access.patient}"},
            "type": {"system": _ENTITY, "code": "1"},
            "role": {"system": _ROLE, "code": "1"},
        })  # fmt: skip
    entities.append(
        {"what": {"identifier": {"value": access.request or "none"}}, "type": {"system": _ENTITY, "code": "4"}}
    )
    return entities


def _instant(access: Access) -> str:
    return access.at.strftime("%Y-%m-%dT%H:%M:%S.") + f"{access.at.microsecond // 1000:03d}Z"
