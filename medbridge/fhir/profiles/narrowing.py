"""What one ElementDefinition says beyond R4's own definition of the element."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Any

from medbridge.fhir.profiles.table import Binding, Constraint, Discriminator, Node, Slicing, Type
from medbridge.fhir.structure import Element, elements, is_complex

Json = dict[str, Any]

CORE = "http://hl7.org/fhir/StructureDefinition/"
_SYSTEM_TYPE = "http://hl7.org/fhirpath/System."
_MOST = "http://hl7.org/fhir/StructureDefinition/elementdefinition-maxValueSet"
PRIMITIVES = frozenset(
    re.findall(
        r"\w+",
        "base64Binary boolean canonical code date dateTime decimal id instant integer markdown oid positiveInt string"
        " time unsignedInt uri url uuid xhtml",
    )
)
_NOT_JUDGED = ("minValue", "maxValue")


@dataclass(frozen=True)
class Base:
    """R4's own view of an element: its type, where one is known, and its JSON keys with what R4 says of them."""

    type: str | None
    keys: tuple[Element, ...] = ()
    sliced: bool = False

    def slice(self) -> Base:
        return replace(self, sliced=True)

    def inner(self, element: Json) -> Base:
        """The base whose children come next; a choice must be narrowed to one type to have any that are known."""
        codes = [_code(type) for type in element.get("type", [])]
        if len(self.keys) > 1 or self.type == "Resource":
            return Base(codes[0] if len(codes) == 1 else None)
        return Base(self.type)

    def child(self, name: str) -> Base:
        try:
            known = elements(self.type or "")
        except KeyError:
            return Base(None)
        if name.endswith("[x]"):
            group = tuple(e for e in known.values() if e.choice == name[:-3])
            return Base(group[0].type if len(group) == 1 else None, group)
        return Base(known[name].type, (known[name],)) if name in known else Base(None)


def narrowed(element: Json, base: Base, gaps: list[str]) -> Node:
    """The node without slices and children. What cannot be judged is added to `gaps`."""
    node = Node()
    _cardinality(element, base, node)
    if types := _types(element, base):
        node["types"] = types
    for key, value in element.items():
        if key.startswith("fixed"):
            node["fixed"] = value
        elif key.startswith("pattern"):
            node["pattern"] = value
        elif key.startswith(_NOT_JUDGED):
            gaps.append(f"{element.get('id')}: {key} is not judged")
    if isinstance(length := element.get("maxLength"), int):
        node["max_length"] = length
    if binding := _binding(element, base):
        node["binding"] = binding
    if constraints := [_constraint(c) for c in element.get("constraint", []) if _is_own(c)]:
        node["constraints"] = constraints
    if (slicing := element.get("slicing")) and (read := _slicing(slicing)):
        node["slicing"] = read
    return node


def _cardinality(element: Json, base: Base, node: Node) -> None:
    required = any(key.required for key in base.keys) and not base.sliced
    most = element.get("max", "*")
    if element.get("min", 0) > required:
        node["min"] = element["min"]
    # What R4 allows only once need not be counted again.
    if most != "*" and (most == "0" or not base.keys or any(key.many for key in base.keys)):
        node["max"] = int(most)


def _code(type: Json) -> str:
    return str(type.get("code", "")).removeprefix(_SYSTEM_TYPE)


def _types(element: Json, base: Base) -> list[Type]:
    """The allowed types, when they are fewer or narrower than R4's."""
    listed = [_type(type, base) for type in element.get("type", []) if not _code(type).startswith(_SYSTEM_TYPE)]
    allowed = {"Quantity" if key.type == "SimpleQuantity" else key.type for key in base.keys}
    if any(len(type) > 1 for type in listed):
        return listed
    is_narrower = (len(base.keys) > 1 and {type["code"] for type in listed} < allowed) or (
        allowed == {"Resource"} and [type["code"] for type in listed] != ["Resource"]
    )
    return listed if is_narrower else []


def _type(type: Json, base: Base) -> Type:
    found = Type(code=_code(type))
    own = {CORE + key.type for key in base.keys}
    if found["code"] != "Extension" and (profiles := [p for p in type.get("profile", []) if p not in own]):
        found["profiles"] = profiles
    elif found["code"] == "Extension" and base.sliced and type.get("profile"):
        found["profiles"] = type["profile"]
    if found["code"] == "Reference" and (targets := type.get("targetProfile")) and not _same_targets(targets, base):
        found["targets"] = targets
    return found


def _same_targets(targets: list[str], base: Base) -> bool:
    known = {CORE + target for key in base.keys for target in key.targets if key.type == "Reference"}
    return set(targets) == (known or {CORE + "Resource"}) or CORE + "Resource" in targets


def _binding(element: Json, base: Base) -> Binding | None:
    binding = element.get("binding") or {}
    strength, name = binding.get("strength"), str(binding.get("valueSet", ""))
    most = next((str(e.get("valueCanonical")) for e in binding.get("extension", []) if e.get("url") == _MOST), "")
    if strength not in ("required", "extensible") or not name:
        return Binding(strength="required", set=most) if most else None
    if any(key.codes == name.partition("|")[0] for key in base.keys):
        return None
    return Binding(strength=strength, set=name, most=most) if most else Binding(strength=strength, set=name)


def _is_own(constraint: Json) -> bool:
    """Not R4's own invariants: those are judged with the resource itself."""
    name = str(constraint.get("source", "")).removeprefix(CORE)
    return bool(constraint.get("expression")) and not (name in PRIMITIVES or is_complex(name))


def _constraint(constraint: Json) -> Constraint:
    return Constraint(
        key=str(constraint.get("key")), severity=str(constraint.get("severity", "error")),
        human=str(constraint.get("human", "")), expression=str(constraint["expression"]),
    )  # fmt: skip


def _slicing(slicing: Json) -> Slicing | None:
    by = [Discriminator(type=str(d.get("type")), path=str(d.get("path"))) for d in slicing.get("discriminator", [])]
    found = Slicing(rules=str(slicing.get("rules", "open")), by=by)
    if slicing.get("ordered"):
        found["ordered"] = True
    return found
