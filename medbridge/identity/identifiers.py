"""Identifiers that a state gives to one person once: what alone may link two Patients."""

import re
import unicodedata
from collections.abc import Callable
from typing import Any

from medbridge.normalize.hl7v2.resident_id import check_resident_id

Json = dict[str, Any]

RESIDENT_ID, SSN, PASSPORT = "cn-id", "us-ssn", "passport"
# A person has one of these at a time; two different ones speak against one person. Passports are renewed.
ONE_EACH = (RESIDENT_ID, SSN)
SYSTEMS = {
    # One numbering under two registrations: the national OID and the one HL7 China gave.
    "urn:oid:2.16.156.10011.1.3": RESIDENT_ID,
    "urn:oid:2.16.840.1.113883.2.23.1.19.1": RESIDENT_ID,
    "http://hl7.org/fhir/sid/us-ssn": SSN,
    "urn:oid:2.16.840.1.113883.4.1": SSN,
}
# The country is in the system: HL7's passport namespaces, by letters and by OID (ISO 3166-1 numeric).
_PASSPORT_SYSTEM = re.compile(
    r"(?:http://hl7\.org/fhir/sid/passport-|urn:oid:2\.16\.840\.1\.113883\.4\.330\.)(\w{2,3})"
)
# Runs of the keyboard, and two numbers once printed on sample cards and used by thousands (SSA, "Misused SSNs").
_KNOWN_FAKES = frozenset({"123456789", "078051120", "219099999", "987654321"})
_NOT_CURRENT = frozenset({"old", "temp"})


def strong(patient: Json) -> tuple[str, ...]:
    """The sound, current identifiers as "scheme:value", sorted."""
    identifiers = patient.get("identifier")
    found = {_key(i) for i in identifiers if isinstance(i, dict)} if isinstance(identifiers, list) else set()
    return tuple(sorted(found - {""}))


def _key(identifier: Json) -> str:
    system, value = identifier.get("system"), identifier.get("value")
    if not isinstance(system, str) or not isinstance(value, str) or identifier.get("use") in _NOT_CURRENT:
        return ""
    value = re.sub(r"[\W_]", "", unicodedata.normalize("NFKC", value), flags=re.ASCII).upper()
    if len(set(value)) < 2:
        return ""
    if passport := _PASSPORT_SYSTEM.fullmatch(system):
        return f"{PASSPORT}:{passport[1].upper()}:{value}" if 5 <= len(value) <= 20 else ""
    scheme = SYSTEMS.get(system, "")
    return f"{scheme}:{value}" if scheme and _SOUND[scheme](value) else ""


def _is_resident_id(value: str) -> bool:
    try:
        check_resident_id(value)
    except ValueError:
        return False
    return True


def _is_ssn(value: str) -> bool:
    """Nine digits that are no placeholder. 9xx is let through: no SSN begins so, but tax numbers of one person do."""
    shape = re.fullmatch(r"(?!000|666)\d{3}(?!00)\d{2}(?!0000)\d{4}", value, re.ASCII)
    return shape is not None and value not in _KNOWN_FAKES


_SOUND: dict[str, Callable[[str], bool]] = {RESIDENT_ID: _is_resident_id, SSN: _is_ssn}
