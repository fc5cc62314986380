"""Searches of access records, as conditions over their rows (FHIR R4 auditevent.html#search)."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Q

from medbridge.audit.render import CODES
from medbridge.fhir.dates import interval, widened
from medbridge.fhir.outcome import FhirError, Issue

# Parameter -> its kind and the last part of its definition's URL. R4's others read what no record here has.
PARAMETERS: dict[str, tuple[str, str]] = {
    "_id": ("token", "Resource-id"),
    "_lastUpdated": ("date", "Resource-lastUpdated"),
    "action": ("token", "AuditEvent-action"),
    "agent": ("reference", "AuditEvent-agent"),
    "agent-name": ("string", "AuditEvent-agent-name"),
    "date": ("date", "AuditEvent-date"),
    "entity": ("reference", "AuditEvent-entity"),
    "outcome": ("token", "AuditEvent-outcome"),
    "patient": ("reference", "AuditEvent-patient"),
    "policy": ("uri", "AuditEvent-policy"),
    "subtype": ("token", "AuditEvent-subtype"),
}
MOST_VALUES = 20
_DATE = re.compile(r"(eq|ne|gt|ge|lt|le|sa|eb|ap)?(\d.*)")
_REFERENCE = re.compile(r"(?:(?P<type>[A-Z][A-Za-z]{1,63})/)?(?P<id>[A-Za-z0-9\-.]{1,64})")
_HOSPITAL = "urn:medbridge:hospital:"


def condition(name: str, value: str) -> Q:
    """value: alternatives between commas. Raises FhirError 400 for another parameter or a value that cannot be."""
    one = _CONDITIONS.get(name)
    if one is None:
        raise _refused(f"AuditEvent cannot be searched by “{name[:40]}”; by {', '.join(PARAMETERS)} it can.")
    values = value.split(",")
    if "\0" in value:
        raise _refused(f"{name}: a value cannot hold the character NUL.")
    if len(values) > MOST_VALUES:
        raise _refused(f"{name}: more than {MOST_VALUES} alternatives.")
    either = Q()
    for each in values:
        try:
            either |= one(each)
        except ValueError:
            raise _refused(f"{name}: “{each[:40]}” is no value of a {PARAMETERS[name][0]} parameter here.") from None
    return either


def _id(text: str) -> Q:
    return Q(id=UUID(text))


def _date(text: str) -> Q:
    """Records are instants, stored to the millisecond: an interval holds them or it does not."""
    found = _DATE.fullmatch(text)
    if found is None:
        raise ValueError
    prefix, (low, high) = found[1] or "eq", interval(found[2])
    return _COMPARE[prefix](low, high)


_COMPARE: dict[str, Callable[[datetime, datetime], Q]] = {
    "eq": lambda low, high: Q(at__gte=low, at__lte=high),
    "ne": lambda low, high: ~Q(at__gte=low, at__lte=high),
    "gt": lambda low, high: Q(at__gt=high),
    "ge": lambda low, high: Q(at__gte=low),
    "lt": lambda low, high: Q(at__lt=low),
    "le": lambda low, high: Q(at__lte=high),
    "sa": lambda low, high: Q(at__gt=high),
    "eb": lambda low, high: Q(at__lt=low),
    "ap": lambda low, high: Q(at__range=widened(low, high + timedelta(microseconds=1))),
}


def _action(text: str) -> Q:
    code = _code(text)
    if code == "R":
        return ~Q(action__in=list(CODES))
    return Q(action__in=[action for action, spelled in CODES.items() if spelled == code])


def _reference(text: str) -> tuple[str | None, str]:
    found = _REFERENCE.fullmatch(text)
    if found is None:
        raise ValueError
    return found["type"], found["id"]


def _agent(text: str) -> Q:
    type, id = _reference(text)
    return Q(practitioner=f"{type or 'Practitioner'}/{id}")


def _entity(text: str) -> Q:
    """The record itself, in any version; a Patient also as the one whose record it was."""
    type, id = _reference(text)
    if type is None:
        raise ValueError
    record = Q(target=f"{type}/{id}") | Q(target__startswith=f"{type}/{id}/")
    return record | Q(patient=id) if type == "Patient" else record


def _patient(text: str) -> Q:
    type, id = _reference(text)
    return Q(patient=id) if type in (None, "Patient") else Q(pk__in=[])


def _code(text: str) -> str:
    return text.rpartition("|")[2]


def _policy(text: str) -> Q:
    return Q(hospital=text.removeprefix(_HOSPITAL)) if text.startswith(_HOSPITAL) else Q(pk__in=[])


_CONDITIONS: dict[str, Callable[[str], Q]] = {
    "_id": _id,
    "_lastUpdated": _date,
    "action": _action,
    "agent": _agent,
    "agent-name": lambda text: Q(username__istartswith=text),
    "date": _date,
    "entity": _entity,
    "outcome": lambda text: Q(allowed=_code(text) == "0") if _code(text) in ("0", "4") else Q(pk__in=[]),
    "patient": _patient,
    "policy": _policy,
    "subtype": lambda text: Q(action=_code(text)),
}


def _refused(text: str) -> FhirError:
    return FhirError(400, [Issue("not-supported", text)])
