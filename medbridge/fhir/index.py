"""What is remembered of a resource so that it can be found (FHIR R4 search.html)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from medbridge.fhir.extract import Found, coding_terms, extract
from medbridge.fhir.parameters import clinical_date, compartment
from medbridge.fhir.references import patients
from medbridge.fhir.terms import term

__all__ = ["Index", "coding_terms", "date_source", "index"]


@dataclass(frozen=True, slots=True)
class Index:
    """The search row of one resource.

    `patient`: the id of the one Patient in whose compartment it is; None when there is none, or when it speaks of
    several (`several` is then True), so that no one person's consent shares it.
    `terms`: distinct, for array matching. `strings`: (parameter, folded text), for prefix matching.
    `low`, `high`: the interval (UTC, both ends included) of the type's clinical date; both or neither.
    An open end of a Period is dates.EARLIEST or dates.LATEST.
    """

    patient: str | None
    several: bool
    terms: list[str]
    strings: list[tuple[str, str]]
    low: datetime | None
    high: datetime | None


def index(resource: dict[str, Any]) -> Index:
    """Index a valid resource; elements of the wrong shape are passed over, never raised."""
    type = str(resource.get("resourceType", ""))
    found = extract(resource)
    if type == "Patient":
        found.terms.append(term("deceased", "true" if _deceased(resource) else "false"))
    low, high = _interval(type, found)
    patient, several = _compartment(type, resource, found)
    return Index(patient, several, list(dict.fromkeys(found.terms)), list(dict.fromkeys(found.strings)), low, high)


def _compartment(type: str, resource: dict[str, Any], found: Found) -> tuple[str | None, bool]:
    """(Patient id, several). Patient.link does not make a Patient somebody else's."""
    if type == "Patient":
        return resource.get("id"), False
    if len(patients(resource)) > 1:
        return None, True
    names = compartment(type)
    return next((id for name, id in found.patients if name in names), None), False


def _interval(type: str, found: Found) -> tuple[datetime | None, datetime | None]:
    """From the first of the type's date parameters that is present, its values together."""
    sources = clinical_date(type)
    for name in sources:
        intervals = [(low, high) for source, low, high in found.dates if source == name]
        if intervals:
            if len(sources) > 1:
                found.terms.append(date_source(name))
            return min(low for low, _ in intervals), max(high for _, high in intervals)
    return None, None


def date_source(name: str) -> str:
    """Says, where the type has several candidates, which one gave the interval: `onset-date=` must not find a row whose
    interval is the recorded date."""
    return term(":clinical-date", name)


def _deceased(resource: dict[str, Any]) -> bool:
    """Patient-deceased: `deceased.exists() and deceased != false`."""
    return bool(resource.get("deceasedBoolean") is True or resource.get("deceasedDateTime"))
