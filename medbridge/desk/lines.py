"""A FHIR resource as one line a person can read: what, how much, when. Pure but for the words."""

from collections.abc import Iterable, Iterator
from typing import Any

from medbridge.desk.words import STATUSES, word

Resource = dict[str, Any]

_TITLES = (
    "code", "medicationCodeableConcept", "medicationReference", "vaccineCode", "type", "title", "description", "class",
    "category", "relationship", "name", "scope",
)  # fmt: skip
_DATES = (
    "effectiveDateTime", "effectivePeriod", "effectiveInstant", "onsetDateTime", "onsetPeriod", "performedDateTime",
    "performedPeriod", "occurrenceDateTime", "occurredDateTime", "period", "started", "authoredOn", "whenHandedOver",
    "recordedDate", "date", "dateTime", "issued", "created", "recorded",
)  # fmt: skip
_STATUS_IS_SAID = ("clinicalStatus", "status")
_USUAL = {"final", "active", "completed", "finished", "current"}
_TEXTS = ("conclusion", "patientInstruction", "comment")


def title(resource: Resource) -> str:
    """The record's name: its code's text or display, or a person's name."""
    if resource.get("resourceType") == "Patient":
        return person_name(resource)
    return next((text for name in _TITLES if (text := concept(resource.get(name)))), "")


def value(resource: Resource) -> str:
    """What was found, ordered or said, with its status where that is not the usual one."""
    if resource.get("resourceType") == "Patient":
        return _joined(_patient(resource))
    return _joined([*_values(resource), *_components(resource), *_details(resource), *_status(resource)])


def when(resource: Resource) -> str:
    """The clinical date as the hospital wrote it, to the minute, or an interval."""
    found = next((resource[name] for name in _DATES if resource.get(name)), "")
    if isinstance(found, dict):
        start, end = _minute(found.get("start")), _minute(found.get("end"))
        return start if start[:10] == end[:10] or not end else f"{start[:10]} – {end[:10]}"
    return _minute(found)


def person_name(patient: Resource) -> str:
    """The first name in use: its text, or family and given names."""
    for name in _listed(patient.get("name")):
        if text := name.get("text"):
            return str(text)
        parts = [*_listed(name.get("given")), name.get("family")]
        if spelled := " ".join(str(part) for part in parts if part):
            return spelled
    return ""


def concept(value: Any) -> str:
    """The text of a CodeableConcept, a Coding, a Reference, a HumanName or a string; of a list, of its first."""
    if isinstance(value, str):
        return value
    first = next(iter(_listed(value)), None)
    if not isinstance(first, dict):
        return str(first or "")
    codings = _listed(first.get("coding"))
    shown = [first.get("text"), first.get("display"), *(c.get("display") for c in codings)]
    codes = [first.get("code"), *(c.get("code") for c in codings)]
    return next((str(text) for text in (*shown, *codes) if text), "")


def quantity(value: Any) -> str:
    """ "13.5 g/dL", digits as sent."""
    if not isinstance(value, dict) or "value" not in value:
        return ""
    unit = value.get("unit") or value.get("code") or ""
    return f"{value.get('comparator', '')}{value['value']} {unit}".strip()


def _values(resource: Resource) -> Iterator[str]:
    for name, found in resource.items():
        if name.startswith("value") and len(name) > len("value"):
            yield _value(found)
    yield from (concept(each) for each in _listed(resource.get("interpretation"))[:1])


def _value(found: Any) -> str:
    if not isinstance(found, dict):
        return str(found)
    if "low" in found or "high" in found:
        return f"{quantity(found.get('low'))} – {quantity(found.get('high'))}"
    if "numerator" in found:
        return f"{quantity(found.get('numerator'))} / {quantity(found.get('denominator'))}"
    return quantity(found) or concept(found) or _minute(found.get("start"))


def _components(resource: Resource) -> Iterator[str]:
    for component in _listed(resource.get("component")):
        yield f"{concept(component.get('code'))} {_joined(_values(component))}"


def _details(resource: Resource) -> Iterator[str]:
    yield from (text for name in _TEXTS if (text := str(resource.get(name, ""))))
    yield from (str(dose.get("text", "")) for dose in _listed(resource.get("dosageInstruction")))
    yield from (concept(reason) for reason in _listed(resource.get("reasonCode"))[:1])
    for reaction in _listed(resource.get("reaction")):
        yield concept(reaction.get("manifestation"))
    for content in _listed(resource.get("content")):
        yield str(content.get("attachment", {}).get("title", "")) if isinstance(content, dict) else ""


def _status(resource: Resource) -> Iterator[str]:
    for name in _STATUS_IS_SAID:
        if (code := _code(resource.get(name))) and code not in _USUAL:
            yield word(STATUSES, code)


def _patient(patient: Resource) -> Iterator[str]:
    yield str(patient.get("birthDate", ""))
    yield word(STATUSES, str(patient.get("gender", "")))
    yield from (str(each.get("value", "")) for each in _listed(patient.get("identifier")))


def _code(value: Any) -> str:
    if isinstance(value, dict):
        return next((str(c.get("code", "")) for c in _listed(value.get("coding"))), "")
    return str(value or "")


def _minute(text: Any) -> str:
    return str(text or "")[:16].replace("T", " ")


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]


def _joined(parts: Iterable[str]) -> str:
    return " · ".join(part for part in parts if part)
