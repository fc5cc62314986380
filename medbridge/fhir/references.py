"""Reading and rewriting the references of a resource (FHIR R4, references.html and http.html#trules)."""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

Kind = Literal["literal", "absolute", "urn", "fragment", "conditional", "other"]

_LITERAL = re.compile(r"([A-Z][A-Za-z]+)/([A-Za-z0-9\-.]{1,64})(?:/_history/([A-Za-z0-9\-.]{1,64}))?")
_ABSOLUTE = re.compile(r"https?://[^?#]+/([A-Z][A-Za-z]+)/([A-Za-z0-9\-.]{1,64})(?:/_history/([A-Za-z0-9\-.]{1,64}))?")
_CONDITIONAL = re.compile(r"([A-Z][A-Za-z]+)\?(.+)", re.DOTALL)
# In compact JSON, where `"` inside a string is always escaped.
_REFERENCE = re.compile(rb'"reference":"([^"\\]*+(?:\\.[^"\\]*+)*+)"')
_NAMED = re.compile(rb'"reference":"([A-Z][A-Za-z]+)/([A-Za-z0-9\-.]{1,64})["/]')
_PATIENT_INSIDE = b'"resourceType":"Patient"'
_LINK = re.compile(r"""(\b(?:href|src)\s*=\s*)(["'])([^"'<>]*)\2""")

# Elements of R4 whose type is, or can be, uri, url, oid or uuid (derived from the StructureDefinitions, CC0).
# Identifier.value and the like are strings: a urn:uuid in them is a name, not a link, and stays.
_URI_ELEMENTS = frozenset(
    re.findall(
        r"\w+",
        """
        address authority authorizationUrl code contentReference defaultValueOid defaultValueUri defaultValueUrl
        defaultValueUuid definition definitionUri derivedFromUri detail endpoint event eventUri fixedOid fixedUri
        fixedUrl fixedUuid fullUrl identifier implicitRules instantiates instantiatesUri issuer jurisdiction link
        location moduleUri nameUrl onlineInformation patternOid patternUri patternUrl patternUuid policy project
        property protocol reference relativePath rendering source sourceUri system target targetUri type uri url
        valueOid valueUri valueUrl valueUuid
        """,
    )
)


@dataclass(frozen=True, slots=True)
class Reference:
    """One Reference.reference: `text` as sent, `expression` the FHIRPath of its Reference element.

    `type` and `id` are set for literal (Patient/1) and absolute RESTful references, `version` when given;
    `type` and `query` for a conditional reference (Patient?identifier=s|v).
    """

    expression: str
    text: str
    kind: Kind
    type: str | None = None
    id: str | None = None
    version: str | None = None
    query: str | None = None


def classify(expression: str, text: str) -> Reference:
    """What kind of reference a text is; `other` when it has none of the forms that R4 knows."""
    if found := _LITERAL.fullmatch(text):
        return Reference(expression, text, "literal", found[1], found[2], found[3])
    if text.startswith("#"):
        return Reference(expression, text, "fragment", id=text[1:] or None)
    if text.startswith(("urn:uuid:", "urn:oid:")):
        return Reference(expression, text, "urn")
    if found := _ABSOLUTE.fullmatch(text):
        return Reference(expression, text, "absolute", found[1], found[2], found[3])
    if text.startswith(("http://", "https://")):
        return Reference(expression, text, "absolute")
    if found := _CONDITIONAL.fullmatch(text):
        return Reference(expression, text, "conditional", found[1], query=found[2])
    return Reference(expression, text, "other")


def references(resource: dict[str, Any]) -> Iterator[Reference]:
    """Every Reference.reference anywhere in the resource, contained resources included, in no promised order."""
    # The stack holds places as linked tuples; an expression is spelled only for the few nodes that are references.
    stack: list[tuple[Any, Any]] = [(resource, (None, str(resource.get("resourceType", ""))))]
    while stack:
        node, place = stack.pop()
        if type(node) is dict:
            for name, value in node.items():
                kind = type(value)
                if kind is dict or kind is list:
                    stack.append((value, (place, name)))
                elif name == "reference" and kind is str:
                    yield classify(_spelled(place), value)
        else:
            stack.extend((item, (place, at)) for at, item in enumerate(node) if type(item) in (dict, list))


def _spelled(place: Any) -> str:
    parts: list[str] = []
    while place is not None:
        place, step = place
        parts.append(f"[{step}]" if isinstance(step, int) else f".{step}")
    return "".join(reversed(parts)).removeprefix(".")


def patients(resource: dict[str, Any]) -> set[str]:
    """The distinct Patients that a resource speaks of: ids of literal references, texts of absolute and conditional
    ones, and ids of Patients inside it. An unknown identity counts as another person: consent must fail closed."""
    found: set[str] = set()
    stack: list[Any] = [resource]
    while stack:
        node = stack.pop()
        if type(node) is not dict:
            stack.extend(item for item in node if type(item) in (dict, list))
            continue
        for name, value in node.items():
            kind = type(value)
            if kind is dict or kind is list:
                stack.append(value)
            elif name == "reference" and kind is str and "Patient" in value:
                reference = classify("", value)
                if reference.type == "Patient":
                    found.add(str(reference.id) if reference.kind == "literal" else value)
            elif name == "resourceType" and value == "Patient" and node is not resource:
                found.add(str(node.get("id", "")))
    return found


def named(bodies: Iterable[bytes], types: Collection[str]) -> set[tuple[str, str]]:
    """(type, id) of all that these resources, as compact JSON, refer to by a literal reference, of these types."""
    kept = {type.encode() for type in types}
    found = {each for body in bodies for each in _NAMED.findall(body) if each[0] in kept}
    return {(type.decode(), id.decode()) for type, id in found}


def only_patient(raw: bytes, id: str) -> bool:
    """Whether the resource whose digits.serialize is `raw` surely speaks of no Patient but this one.

    The usual case told in a microsecond: each "Patient" in the text is in a literal reference to this id.
    """
    return raw.count(b"Patient") == raw.count(b'"reference":"Patient/' + id.encode() + b'"')


def patients_in(raw: bytes) -> set[str] | None:
    """`patients` of the resource whose digits.serialize is `raw`, without a walk; None if only a walk can tell.

    Serialized text is canonical: no space beside a colon, no letter escaped. So a Reference.reference stands nowhere
    else than after these very bytes.
    """
    if _PATIENT_INSIDE in raw:
        return None
    found = set()
    for text in set(_REFERENCE.findall(raw)):
        if b"Patient" in text:
            if b"\\" in text:
                return None
            value = text.decode("utf-8")
            reference = classify("", value)
            if reference.type == "Patient":
                found.add(str(reference.id) if reference.kind == "literal" else value)
    return found


def rewrite(resource: dict[str, Any], mapping: Mapping[str, str]) -> dict[str, Any]:
    """The resource with the texts that are keys of `mapping` replaced; the same object when nothing matched.

    Replaced are Reference.reference, elements of type uri, url, oid and uuid, and href/src in the narrative,
    never canonicals (FHIR R4 http.html#trules). The argument is not changed.
    """
    changed: dict[str, Any] = _rewritten(resource, mapping) if mapping else resource
    return changed


def _rewritten(node: Any, mapping: Mapping[str, str]) -> Any:
    """Copies only what changes: most of a resource, its Digits included, is shared with the original."""
    if type(node) is dict:
        copy = None
        for name, value in node.items():
            new = _replaced(name, value, mapping)
            if new is not value:
                copy = dict(node) if copy is None else copy
                copy[name] = new
        return node if copy is None else copy
    items = [_rewritten(item, mapping) if type(item) in (dict, list) else item for item in node]
    return items if any(new is not old for new, old in zip(items, node, strict=True)) else node


def _replaced(name: str, value: Any, mapping: Mapping[str, str]) -> Any:
    kind = type(value)
    if kind is dict:
        return _rewritten(value, mapping)
    if kind is list:
        if name in _URI_ELEMENTS and any(type(item) is str and item in mapping for item in value):
            return [mapping.get(item, item) if type(item) is str else item for item in value]
        return _rewritten(value, mapping)
    if kind is str:
        if name in _URI_ELEMENTS:
            return mapping.get(value, value)
        if name == "div" and ("href" in value or "src" in value):
            return _relinked(value, mapping)
    return value


def _relinked(narrative: str, mapping: Mapping[str, str]) -> str:
    text = _LINK.sub(lambda link: f"{link[1]}{link[2]}{mapping.get(link[3], link[3])}{link[2]}", narrative)
    return narrative if text == narrative else text
