"""What IHE's Basic Audit Log Patterns (BALP 1.1.4) ask of an AuditEvent of each kind of access."""

from dataclasses import dataclass
from typing import Any

_PROFILES = "https://profiles.ihe.net/ITI/BALP/StructureDefinition/IHE.BasicAudit."
_DCM = "http://dicom.nema.org/resources/ontology/DCM"
_PARTICIPATION = "http://terminology.hl7.org/CodeSystem/v3-ParticipationType"
REQUEST_ID = {
    "system": "https://profiles.ihe.net/ITI/BALP/CodeSystem/BasicAuditEntityType",
    "code": "XrequestId",
}
AUTHORIZED_BY_CONSENT = {
    "system": "https://profiles.ihe.net/ITI/BALP/CodeSystem/AuthZsubType",
    "code": "AuthZ-Consent",
}
DECISION = f"{_PROFILES}AuthZconsent"
SECURITY_ALERT = {"system": _DCM, "code": "110113", "display": "Security Alert"}
APPLICATION = {"coding": [{"system": _DCM, "code": "110150", "display": "Application"}]}
_SOURCE = {"coding": [{"system": _DCM, "code": "110153", "display": "Source Role ID"}]}
_DESTINATION = {"coding": [{"system": _DCM, "code": "110152", "display": "Destination Role ID"}]}
_CUSTODIAN = {
    "coding": [{"system": "http://terminology.hl7.org/CodeSystem/provenance-participant-type", "code": "custodian"}]
}
RECIPIENT = {"coding": [{"system": _PARTICIPATION, "code": "IRCP", "display": "information recipient"}]}
_AUTHOR = {"coding": [{"system": _PARTICIPATION, "code": "AUT", "display": "author (originator)"}]}


@dataclass(frozen=True)
class Pattern:
    """action: AuditEvent.action. What the agents are: the roles of client and server change sides between Read and

    Query, as BALP means them to. query: the target is what was asked, not a record.
    """

    profile: str
    action: str
    client: dict[str, Any]
    server: dict[str, Any]
    user: dict[str, Any]
    query: bool = False

    def url(self, *, patient: bool) -> str:
        """Of the profile with a Patient, or the one without."""
        return f"{_PROFILES}{'Patient' if patient else ''}{self.profile}"


READ = Pattern("Read", "R", _DESTINATION, _SOURCE, RECIPIENT)
QUERY = Pattern("Query", "E", _SOURCE, _DESTINATION, RECIPIENT, query=True)
CREATE = Pattern("Create", "C", _SOURCE, _DESTINATION, _AUTHOR)
UPDATE = Pattern("Update", "U", _SOURCE, _DESTINATION, _AUTHOR)
DELETE = Pattern("Delete", "D", APPLICATION, _CUSTODIAN, _AUTHOR)
PATTERNS = {
    "read": READ,
    "vread": READ,
    "history": READ,
    "search": QUERY,
    "everything": QUERY,
    "create": CREATE,
    "update": UPDATE,
    "delete": DELETE,
}
# The interactions as http://hl7.org/fhir/restful-interaction has them; ours beside them are operations.
INTERACTIONS = frozenset({"read", "vread", "history", "search", "create", "update", "delete"})
