"""What provisions may ask of a resource beside its labels, as 64-bit numbers: codes, what it refers to, who made it.

Taken from the whole resource, contained ones included, and not from the search index, which leaves out what no
parameter names: a deny must not miss it.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from medbridge.fhir.references import classify
from medbridge.fhir.terms import REMEMBERED, digest, key, salt

# No type is called "", so these are the salts of no search parameter.
CODE, MAIN, REFERS, AUTHOR = (salt("", name) for name in ("code", "main", "refers", "author"))
# Somebody made it whom a Practitioner's or Organization's id cannot be compared with: a role, a team, a name in words.
UNTOLD = salt("", "untold")
REFERENCES_CACHED = 1 << 13
_MAIN = ("code", "vaccineCode", "medicationCodeableConcept", "type")
# Elements that name who made a resource; in a request the performer is who is asked to.
_AUTHORS = ("author", "recorder", "asserter", "requester", "performer")
# Elements below which somebody who made it may stand.
_MAKERS = frozenset((
    "author", "performer", "actor", "recorder", "asserter", "requester", "participant", "individual", "agent", "who",
    "sender", "enterer", "informationSource", "resultsInterpreter", "attester", "party", "authenticator", "provider",
    "collector", "source", "orderer", "prescriber",
))  # fmt: skip
_PARTIES = ("Practitioner", "Organization", "Patient", "RelatedPerson", "Device")

Coding = tuple[str | None, str]


@dataclass(slots=True)
class Marked:
    """`codings`: every one in the resource. `own`, `within`: label Codings of the resource and of those inside it.

    `references`: terms.key of what it refers to.
    """

    marks: set[int] = field(default_factory=set)
    codings: list[Coding] = field(default_factory=list)
    own: list[Coding] = field(default_factory=list)
    within: list[Coding] = field(default_factory=list)
    references: set[int] = field(default_factory=set)


def mark(resource: dict[str, Any]) -> Marked:
    """Elements of the wrong shape are passed over, never raised."""
    found = Marked()
    stack: list[tuple[Any, bool]] = [(resource, False)]
    while stack:
        node, maker = stack.pop()
        if type(node) is list:
            stack += [(item, maker) for item in node if type(item) is dict or type(item) is list]
            continue
        _one(node, maker, found)
        for name, value in node.items():
            if type(value) is dict or type(value) is list:
                stack.append((value, maker or name in _MAKERS))
        if "meta" in node or "securityLabel" in node or "confidentiality" in node:
            (found.own if node is resource else found.within).extend(_labels(node))
    found.marks.update(CODE ^ digest(code) for _, code in found.codings)
    found.marks.update(MAIN ^ digest(f"{system}|{code}") for system, code in _main(resource) if system)
    found.marks.update(AUTHOR ^ each for each in _authors(resource))
    found.marks.update(REFERS ^ each for each in found.references)
    return found


def _one(node: dict[str, Any], maker: bool, found: Marked) -> None:
    if type(code := node.get("code")) is str:
        system = node.get("system")
        found.codings.append((system if type(system) is str else None, code))
    if type(text := node.get("reference")) is str:
        party, keys = _refers_to(text)
        found.references.update(keys)
        if maker and not party:
            found.marks.add(UNTOLD)
    elif maker and _named(node):
        found.marks.add(UNTOLD)


def _named(node: dict[str, Any]) -> bool:
    """A Reference by identifier or in words."""
    return type(node.get("identifier")) is dict or ("display" in node and "code" not in node and "system" not in node)


def _refers_to(text: str) -> tuple[bool, tuple[int, ...]]:
    return (_refers if len(text) <= REMEMBERED else _refers.__wrapped__)(text)


@lru_cache(maxsize=REFERENCES_CACHED)
def _refers(text: str) -> tuple[bool, tuple[int, ...]]:
    """Whether it is to a party by its id, and the keys by which a provision may name what it refers to."""
    reference = classify("", text)
    if reference.type is None or reference.id is None:
        return False, ()
    return reference.kind == "literal" and reference.type in _PARTIES, (key(reference.type, reference.id),)


def _labels(node: dict[str, Any]) -> Iterator[Coding]:
    meta = node.get("meta")
    yield from _codings(meta.get("security") if type(meta) is dict else None)
    for concept in _listed(node.get("securityLabel")):
        yield from _codings(concept.get("coding"))
    if type(code := node.get("confidentiality")) is str:
        yield "http://terminology.hl7.org/CodeSystem/v3-Confidentiality", code


def _authors(resource: dict[str, Any]) -> Iterator[int]:
    asks = str(resource.get("resourceType")).endswith("Request")
    for name in _AUTHORS[:-1] if asks else _AUTHORS:
        value = resource.get(name)
        for each in _listed(value if type(value) is list else [value]):
            actor = each.get("actor")
            text = (actor if type(actor) is dict else each).get("reference")
            if type(text) is str:
                yield from _refers_to(text)[1]


def _main(resource: dict[str, Any]) -> Iterator[Coding]:
    for name in _MAIN:
        value = resource.get(name)
        for concept in _listed(value if type(value) is list else [value]):
            yield from _codings(concept.get("coding"))


def _codings(value: Any) -> Iterator[Coding]:
    for item in _listed(value):
        system, code = item.get("system"), item.get("code")
        if type(code) is str:
            yield system if type(system) is str else None, code


def _listed(value: Any) -> list[dict[str, Any]]:
    return [item for item in value if type(item) is dict] if type(value) is list else []
