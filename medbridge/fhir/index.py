"""What is remembered of a resource so that it can be found (FHIR R4 search.html; docs/search.md)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from medbridge.fhir.custom import NONE, Custom
from medbridge.fhir.extract import extractor
from medbridge.fhir.extract_found import Dated, Display, Found, Number
from medbridge.fhir.extract_tokens import spellings
from medbridge.fhir.references import only_patient, patients, patients_in
from medbridge.fhir.terms import fresh_digest, salt, term

T = TypeVar("T")

__all__ = ["Dated", "Display", "Index", "Number", "index", "label_terms"]


@dataclass(slots=True)
class Index:
    """The search row of one resource.

    `key`: terms.key(type, id).
    `patient`: the id of the one Patient in whose compartment it is; None when there is none, or when it speaks of
    several (`several` is then True), so that no one person's consent shares it.
    `terms`, `refs`: distinct; see docs/search.md. `strings`: distinct (salt, folded text), for prefix matching.
    `low`, `high`: the interval (UTC, both ends included) of the type's clinical date; both or neither.
    An open end of a Period is dates.EARLIEST or dates.LATEST.
    `present`: the bits of the parameters that have a value. `near`: latitude and longitude of a Location, degrees.
    """

    key: int
    patient: str | None
    several: bool
    terms: list[int]
    refs: list[int]
    strings: list[tuple[int, str]]
    low: datetime | None
    high: datetime | None
    dates: list[Dated]
    numbers: list[Number]
    displays: list[Display]
    present: int
    near: tuple[float, float] | None


def index(resource: dict[str, Any], raw: bytes | None = None, custom: Custom = NONE) -> Index:
    """Index a valid resource; elements of the wrong shape are passed over, never raised.

    raw: digits.serialize(resource), for a caller that has it: it saves a walk through the resource. custom: what is
    looked for beyond R4's parameters.
    """
    type, id = str(resource.get("resourceType", "")), str(resource.get("id", ""))
    found = Found()
    found.present = extractor(type)(resource, found)
    if custom.of(type):
        custom.extract(type, resource, found, size=len(raw or b""))
    if type == "Patient":
        found.terms.append(term(salt(type, "deceased"), "true" if _deceased(resource) else "false"))
    found.terms += found.displays
    for subject in found.subjects:
        found.terms += [code ^ subject for code in found.codes]
    patient, several = _compartment(type, resource, raw, found)
    low, high = _clinical(found)
    return Index(
        fresh_digest(f"{type}/{id}"), patient, several, _distinct(found.terms), _distinct(found.refs),
        _distinct(found.strings),
        low, high, found.dates, found.numbers, list(found.displays.values()), found.present, found.near,
    )  # fmt: skip


def _distinct(values: list[T]) -> list[T]:
    return values if len(set(values)) == len(values) else list(dict.fromkeys(values))


def label_terms(type: str, label: dict[str, Any]) -> list[int]:
    """Terms of `_security` for a label (a Coding) that is kept beside a resource of the type, not in it."""
    return [term(salt(type, "_security"), text) for text in spellings(label.get("system"), label.get("code"))]


def _compartment(type: str, resource: dict[str, Any], raw: bytes | None, found: Found) -> tuple[str | None, bool]:
    """(Patient id, several). Patient.link does not make a Patient somebody else's."""
    if type == "Patient":
        return resource.get("id"), False
    first = found.whose[0] if found.whose else None
    if raw is not None and (only_patient(raw, first) if first else b"Patient" not in raw):
        return first, False
    known = patients_in(raw) if raw is not None else None
    several = len(patients(resource) if known is None else known) > 1
    return None if several else first, several


def _clinical(found: Found) -> tuple[datetime | None, datetime | None]:
    """From the first of the type's date parameters that is present, its values together."""
    if not found.clinical:
        return None, None
    if len(found.clinical) == 1:
        return found.clinical[0][1:]
    first = min(rank for rank, _, _ in found.clinical)
    own = [interval for interval in found.clinical if interval[0] == first]
    return min(low for _, low, _ in own), max(high for _, _, high in own)


def _deceased(resource: dict[str, Any]) -> bool:
    """Patient-deceased: `deceased.exists() and deceased != false`."""
    return bool(resource.get("deceasedBoolean") is True or resource.get("deceasedDateTime"))
