"""References and uris (R4 search.html#reference, #uri)."""

from functools import lru_cache
from typing import Any, NamedTuple

from medbridge.fhir.extract_found import Found
from medbridge.fhir.extract_tokens import halves, spellings, text
from medbridge.fhir.references import classify
from medbridge.fhir.terms import REMEMBERED, digest, fresh_digest, key, prefixes

# Some 400 bytes each: the patients, encounters and clinicians of what is written just now; the urls of profiles.
REFERENCES_CACHED = 1 << 13
URIS_CACHED = 1 << 11
# What a reference displays of these is a person's name, which has no place in a table that outlives the record.
PERSONS = frozenset(("Patient", "Person", "Practitioner", "PractitionerRole", "RelatedPerson"))
# Flags of `refer`: the parameter is one of the Patient compartment's; is `patient` or `subject`; may refer to a person.
WHOSE, SUBJECT, PERSON = 1, 2, 4


class Target(NamedTuple):
    """What a reference means to the index. `id` only of a literal one (Type/id): that is a row of this server."""

    type: str | None
    id: str | None
    digest: int


@lru_cache(maxsize=REFERENCES_CACHED)
def _remembered(text: Any) -> Target | None:
    if type(text) is not str or len(text) > REMEMBERED:
        raise TypeError  # which is not remembered
    return _located(text)


def _located(text: str) -> Target | None:
    reference = classify("", text)
    if reference.kind == "literal":
        type, id = str(reference.type), str(reference.id)
        return Target(type, id, key(type, id))
    return Target(reference.type, None, digest(text)) if reference.kind in ("absolute", "urn") else None


def located(text: Any) -> Target | None:
    """None for what leads to no other resource: `#contained`, a conditional reference, a text of no known form."""
    try:
        return _remembered(text)
    except TypeError:
        return _located(text) if type(text) is str else None


def refers(value: Any) -> str | None:
    """The type of what it refers to: `resolve() is X`, told by the reference alone."""
    target = located(value.get("reference")) if type(value) is dict else None
    return target.type if target else None


def refer(value: Any, found: Found, salt: int, identifiers: int, texts: int, flags: int) -> str | None:
    """The type of what it refers to, as far as the reference tells."""
    if type(value) is not dict:
        return None
    kind = None
    if target := located(value.get("reference")):
        kind, id, digested = target
        found.refs.append(salt ^ digested)
        if kind == "Patient" and id:
            if flags & WHOSE:
                found.whose.append(id)
            if flags & SUBJECT:
                found.subjects.append(digested)
    if "identifier" in value:
        _identified(value["identifier"], found, identifiers)
    if "display" in value:
        shown = kind or value.get("type")
        if shown not in PERSONS if type(shown) is str else not flags & PERSON:
            text(value["display"], found, texts)
    return kind


def _identified(value: Any, found: Found, salt: int) -> None:
    if type(value) is dict:
        found.terms += [salt ^ fresh_digest(spelling) for spelling in spellings(*halves(value, "value"))]


def link(value: Any, found: Found, salt: int) -> None:
    """A canonical or uri of a reference parameter, with and without its version."""
    if type(value) is str:
        found.refs += [salt ^ digest(part) for part in dict.fromkeys((value, value.partition("|")[0]))]


def inside(value: Any, found: Found, salt: int, only: str) -> None:
    """Bundle.entry[0].resource: the resource stands here, as if it were a reference to itself."""
    if type(value) is dict and value.get("resourceType") == only and type(id := value.get("id")) is str:
        found.refs.append(salt ^ key(only, id))


@lru_cache(maxsize=URIS_CACHED)
def _prefixed(salt: int, below: int, value: str) -> tuple[int, ...]:
    return salt ^ digest(value), *(below ^ digest(prefix) for prefix in prefixes(value))


def uri(value: Any, found: Found, salt: int, below: int) -> None:
    if type(value) is str:
        made = _prefixed if len(value) <= REMEMBERED else _prefixed.__wrapped__
        found.terms += made(salt, below, value)


def canonical(value: Any, found: Found, salt: int, below: int) -> None:
    if type(value) is str:
        uri(value, found, salt, below)
        if "|" in value:
            found.terms.append(salt ^ digest(value.partition("|")[0]))
