"""Which keys an object needs and which exclude each other, primitive extensions counted (R4 2.6.2.2: `_birthDate`)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from medbridge.fhir.faults import Check, Fault
from medbridge.fhir.structure import Element

NULL = "null is not allowed here; leave it out."
ONLY_ID = "An object with nothing but an id is not allowed (ele-1); leave the element out."
_MEMBER = re.compile(r"\.(_?)([A-Za-z0-9]+)(?:\[([0-9]+)\])?")


def check_presence(known: dict[str, Element]) -> Check | None:
    """Faults for missing elements and choices given twice; None when the type needs no such check."""
    required = frozenset(key for key, element in known.items() if element.required and not element.choice)
    groups = {key: element.choice for key, element in known.items() if element.choice}
    needed = sorted({element.choice for element in known.values() if element.required and element.choice})
    chosen = groups | {f"_{key}": group for key, group in groups.items()}
    if not required and not chosen:
        return None

    def check(value: Any) -> list[Fault] | None:
        faults: list[Fault] = []
        if not value.keys() >= required:
            faults.extend(_missing(value, required))
        if chosen:
            present = value.keys() & chosen.keys()
            if len(present) > 1:
                faults.extend(_doubled(present, groups))
            if needed:
                given = {chosen[key] for key in present}
                faults.extend(_absent(group, groups) for group in needed if group not in given)
        return faults

    return check


def presence_test(known: dict[str, Element]) -> Callable[[Any], object] | None:
    """Whether an object without extensions of primitives has what it needs; None when it needs nothing."""
    required = frozenset(key for key, element in known.items() if element.required and not element.choice)
    groups: dict[str, set[str]] = {}
    for key, element in known.items():
        if element.choice:
            groups.setdefault(element.choice, set()).add(key)
    needed = {element.choice for element in known.values() if element.required and element.choice}
    choices = [(frozenset(keys), int(group in needed)) for group, keys in groups.items()]
    if not choices:
        return (lambda value: value.keys() >= required) if required else None

    def test(value: Any) -> bool:
        keys = value.keys()
        for group, least in choices:
            if not least <= len(keys & group) <= 1:
                return False
        return bool(keys >= required)

    return test


def _missing(value: dict[str, Any], required: Iterable[str]) -> Iterator[Fault]:
    for key in sorted(required):
        if key not in value and f"_{key}" not in value:
            yield Fault(f".{key}", "required", f"{key} is required; send it.")


def _absent(group: str, groups: dict[str, str]) -> Fault:
    keys = [key for key, of in groups.items() if of == group]
    return Fault(f".{group}", "required", f"{group}[x] is required; send one of {', '.join(keys[:8])}.")


def _doubled(present: set[str], groups: dict[str, str]) -> Iterator[Fault]:
    by_group: dict[str, set[str]] = {}
    for key in present:
        name = key.removeprefix("_")
        by_group.setdefault(groups[name], set()).add(name)
    for group, keys in sorted(by_group.items()):
        if len(keys) > 1:
            yield Fault(
                f".{group}", "structure", f"{group}[x] takes one value; send only one of {', '.join(sorted(keys))}."
            )


def is_final(fault: Fault) -> bool:
    """Whether nothing further out can settle the fault: no contained resource, and no partner beside a null.

    Partners are members of one object, so a null two steps down has been judged already.
    """
    return fault.local is None and (fault.text not in (NULL, ONLY_ID) or fault.path.rfind(".") > 0)


def settle_shadows(value: dict[str, Any], faults: list[Fault]) -> list[Fault]:
    """Drops what is right beside its partner: a null that pads `given` or `_given`, and `_gender` with only an id."""
    return [fault for fault in faults if fault.text not in (NULL, ONLY_ID) or not _has_partner(value, fault)]


def _has_partner(value: dict[str, Any], fault: Fault) -> bool:
    match = _MEMBER.fullmatch(fault.path)
    if match is None or (fault.text == ONLY_ID and not match[1]) or (fault.text == NULL and not match[3]):
        return False
    partner = value.get(match[2] if match[1] else f"_{match[2]}")
    if match[3] is None:
        return partner is not None
    return isinstance(partner, list) and int(match[3]) < len(partner) and partner[int(match[3])] is not None
