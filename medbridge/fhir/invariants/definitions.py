"""Invariants of StructureDefinition and ElementDefinition (R4 5.3, 2.28)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from medbridge.fhir.invariants.rule import Holds, Object, Rule, Table, chosen, distinct, has, needs, some

_HL7 = "http://hl7.org/fhir/StructureDefinition"
_SIGNS = r"[^\s.,:;'\"/|?!@#$%&*()\[\]{}]{1,64}"
_PATH = re.compile(rf"{_SIGNS}(?:\.{_SIGNS}(?:\[x\])?(?::[^\s.]+)?)*", re.ASCII)
_SLICE = re.compile(r"[a-zA-Z0-9/\-_\[\]@]+", re.ASCII)
_SYSTEM_TYPE = r"http://hl7\.org/fhirpath/System\.[A-Z][A-Za-z]+"
_TYPE = re.compile(rf"[a-zA-Z0-9]+|{_SYSTEM_TYPE}", re.ASCII)
_SNAPSHOT_TYPE = re.compile(rf"[a-zA-Z0-9.]+|{_SYSTEM_TYPE}", re.ASCII)
_REFERRED = ("Reference", "canonical")
_CHOICES = ("defaultValue", "fixed", "pattern", "minValue", "maxValue")


def _elements(value: Object, *views: str) -> Iterator[Object]:
    for view in views or ("snapshot", "differential"):
        yield from value.get(view, {}).get("element", ())


def _each(view: str, holds: Holds) -> Holds:
    return lambda value: all(holds(element) for element in _elements(value, view))


def _place(view: str, holds: Holds) -> Callable[[Object], str]:
    """Finds the first element of the view that does not hold."""

    def place(value: Object) -> str:
        elements = enumerate(_elements(value, view))
        return next((f".{view}.element[{number}]" for number, element in elements if not holds(element)), f".{view}")

    return place


def _every(key: str, view: str, holds: Holds, text: str) -> Rule:
    return Rule(key, _each(view, holds), text, _place(view, holds))


def _is_root(element: Object) -> bool:
    return "." not in element.get("path", ".")


def _first(value: Object, view: str) -> Object:
    return next(_elements(value, view), {})


def _defaults(value: Object, *views: str) -> bool:
    return any(chosen(element, "defaultValue") for element in _elements(value, *views))


def _ids(view: str) -> Holds:
    return lambda value: distinct([element["id"] for element in _elements(value, view) if "id" in element])


def _starts_with_type(value: Object) -> bool:
    paths = [element.get("path", "") for element in _elements(value, "snapshot")]
    logical = value.get("kind") == "logical"
    return not paths or ((logical or paths[0] == value.get("type")) and _below(paths, paths[0]))


def _differential_starts_with_type(value: Object) -> bool:
    paths = [element.get("path", "") for element in _elements(value, "differential")]
    logical = value.get("kind") == "logical"
    return not paths or (
        (logical or paths[0].startswith(value.get("type", ""))) and _below(paths, paths[0].partition(".")[0])
    )


def _below(paths: list[str], root: str) -> bool:
    return all(path.startswith(f"{root}.") for path in paths[1:])


def _hl7_types(value: Object) -> bool:
    if not value.get("url", "").startswith(_HL7):
        return True
    return all(
        form.fullmatch(offered.get("code", ""))
        for view, form in (("differential", _TYPE), ("snapshot", _SNAPSHOT_TYPE))
        for element in _elements(value, view)
        for offered in element.get("type", ())
    )


def _distinct_paths(value: Object) -> bool:
    paths = [element.get("path") for element in _elements(value, "snapshot")]
    return value.get("derivation") == "constraint" or distinct(paths)


def _placed(value: Object) -> bool:
    return value.get("type") != "Extension" or value.get("derivation") == "specialization" or "context" in value


def _typed_by_root(value: Object) -> bool:
    if value.get("kind") == "logical" or "snapshot" not in value:
        return True
    return bool(_first(value, "snapshot").get("path") == value.get("type"))


def _rootless(value: Object) -> bool:
    return not any(_is_root(each) and has(each, "label", "code", "requirements") for each in _elements(value))


def _untyped_root(value: Object) -> bool:
    return value.get("kind") == "logical" or "type" not in _first(value, "snapshot")


def _untyped_differential_root(value: Object) -> bool:
    first = _first(value, "differential")
    return value.get("kind") == "logical" or not _is_root(first) or "type" not in first


def _count(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 20 else None


def _min_max(value: Object) -> bool:
    most = _count(value.get("max", "*"))
    return most is None or value.get("min", 0) <= most


def _borrowed(value: Object) -> bool:
    if not has(value, "contentReference"):
        return True
    return not has(value, "type", "example", "maxLength", "binding") and not any(chosen(value, c) for c in _CHOICES)


def _one_type(choice: str) -> Holds:
    return lambda value: not chosen(value, choice) or len(value.get("type", ())) <= 1


DEFINITIONS: Table = {
    "StructureDefinition": (
        Rule(
            "sdf-1",
            _distinct_paths,
            "Each element path is there once, unless this is a constraint",
            ".snapshot",
        ),
        _every(
            "sdf-3",
            "snapshot",
            lambda e: all(has(e, k) for k in ("definition", "min", "max")),
            "An element of a snapshot has a definition, min and max",
        ),
        Rule("sdf-4", lambda v: v.get("abstract") is True or has(v, "baseDefinition"), "Name the baseDefinition"),
        Rule("sdf-5", _placed, "An extension says where it may be used", ".context"),
        Rule("sdf-6", some("snapshot", "differential"), "Send snapshot or differential"),
        Rule("sdf-8", _starts_with_type, "Paths of a snapshot start with the type that it defines", ".snapshot"),
        Rule("sdf-8a", _differential_starts_with_type, "Paths of a differential start with the type", ".differential"),
        _every("sdf-8b", "snapshot", lambda e: has(e, "base"), "An element of a snapshot has a base"),
        Rule("sdf-9", _rootless, "The root element has no label, code or requirements"),
        _every(
            "sdf-10",
            "snapshot",
            lambda e: "binding" not in e or has(e["binding"], "valueSet", "description"),
            "A binding has a valueSet or a description",
        ),
        Rule(
            "sdf-11",
            _typed_by_root,
            "The first element of a snapshot has the path of the type",
            ".type",
        ),
        _every("sdf-14", "snapshot", lambda e: has(e, "id"), "Every element has an id"),
        _every("sdf-14", "differential", lambda e: has(e, "id"), "Every element has an id"),
        Rule("sdf-15", _untyped_root, "The root of a snapshot has no type", ".snapshot.element[0].type"),
        Rule("sdf-15a", _untyped_differential_root, "The root has no type", ".differential.element[0].type"),
        Rule("sdf-16", _ids("snapshot"), "Each id of an element is there once", ".snapshot"),
        Rule("sdf-17", _ids("differential"), "Each id of an element is there once", ".differential"),
        Rule(
            "sdf-18",
            lambda v: not has(v, "contextInvariant") or v.get("type") == "Extension",
            "contextInvariant is for extensions",
            ".contextInvariant",
        ),
        Rule("sdf-19", _hl7_types, "Models of the FHIR specification use types of FHIR only"),
        Rule(
            "sdf-21",
            lambda v: v.get("derivation") == "specialization" or not _defaults(v, "differential"),
            "Default values are for specializations",
            ".differential",
        ),
        Rule(
            "sdf-22",
            lambda v: not v.get("url", "").startswith(_HL7) or not _defaults(v),
            "Models of the FHIR specification have no default values",
        ),
        Rule(
            "sdf-23",
            lambda v: not any(_is_root(e) and has(e, "sliceName") for e in _elements(v)),
            "The root element has no sliceName",
        ),
    ),
    "StructureDefinition.mapping": (Rule("sdf-2", some("name", "uri"), "Send name or uri"),),
    "StructureDefinition.differential": (
        Rule(
            "sdf-20",
            lambda v: not any(_is_root(e) and "slicing" in e for e in v.get("element", ())),
            "The root element is not sliced",
            ".element[0].slicing",
        ),
    ),
    "ElementDefinition": (
        Rule("eld-2", _min_max, "min is at most max", ".min"),
        Rule(
            "eld-3",
            lambda v: v.get("max", "*") == "*" or _count(v["max"]) is not None,
            'max is a number or "*"',
            ".max",
        ),
        Rule("eld-5", _borrowed, "An element with contentReference says nothing of type, values or binding"),
        Rule("eld-6", _one_type("fixed"), "A fixed value is for an element of one type", ".type"),
        Rule("eld-7", _one_type("pattern"), "A pattern is for an element of one type", ".type"),
        Rule("eld-8", lambda v: not chosen(v, "pattern") or not chosen(v, "fixed"), "Send a pattern or a fixed value"),
        Rule("eld-13", lambda v: distinct([t.get("code") for t in v.get("type", ())]), "Each type code once", ".type"),
        Rule(
            "eld-14",
            lambda v: distinct([c.get("key") for c in v.get("constraint", ())]),
            "Each key once",
            ".constraint",
        ),
        Rule(
            "eld-15",
            lambda v: not chosen(v, "defaultValue") or not has(v, "meaningWhenMissing"),
            "Send a default value or meaningWhenMissing",
        ),
        Rule(
            "eld-16",
            lambda v: "sliceName" not in v or _SLICE.fullmatch(v["sliceName"]),
            "A slice name has letters, digits and / - _ [ ] @ only",
            ".sliceName",
        ),
        Rule(
            "eld-18",
            lambda v: v.get("isModifier") is not True or has(v, "isModifierReason"),
            "A modifier says why it is one",
            ".isModifierReason",
        ),
        Rule(
            "eld-19",
            lambda v: "path" not in v or _PATH.fullmatch(v["path"]),
            "The path has signs that names lack",
            ".path",
        ),
        Rule("eld-22", needs("sliceIsConstraining", "sliceName"), "sliceIsConstraining needs sliceName", ".sliceName"),
    ),
    "ElementDefinition.slicing": (
        Rule("eld-1", some("discriminator", "description"), "Send a discriminator or say how"),
    ),
    "ElementDefinition.type": (
        Rule("eld-4", lambda v: "aggregation" not in v or v.get("code") in _REFERRED, "Aggregation is for references"),
        Rule(
            "eld-17",
            lambda v: "targetProfile" not in v or v.get("code") in _REFERRED,
            "targetProfile is for Reference and canonical",
            ".targetProfile",
        ),
    ),
    "ElementDefinition.binding": (
        Rule(
            "eld-12",
            lambda v: v.get("valueSet", "urn:").startswith(("http:", "https", "urn:")),
            "A value set starts with http:, https: or urn:",
            ".valueSet",
        ),
    ),
}
