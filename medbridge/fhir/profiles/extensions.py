"""Extensions that a loaded package defines, wherever they stand (R4 defining-extensions.html)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from medbridge.fhir.faults import quote
from medbridge.fhir.profiles.library import Profile
from medbridge.fhir.profiles.scope import Item, Json, Scope
from medbridge.fhir.structure import Element, elements, resource_types

_KEYS = ("extension", "modifierExtension")


class Holder(NamedTuple):
    """What carries an extension. names: by which a context may mean it ("Patient.contact", "HumanName", a url)."""

    place: str
    type: str | None
    names: frozenset[str]


def judge_extensions(resource: Json, place: str, package: str, scope: Scope) -> None:
    """package: whose definition is taken where several versions are loaded."""
    kind = str(resource.get("resourceType"))
    for item, key, holder in _extensions(resource, Holder(place, kind, frozenset({kind}))):
        url = item.value.get("url") if isinstance(item.value, dict) else None
        if not isinstance(url, str):
            continue
        profile = scope.library.profile(url, package)
        if profile is None:
            _judge_unknown(url, item.place, scope)
        elif profile.type == "Extension":
            _judge_place(profile, key, holder, item.place, scope)
            profile.check(item, scope)


def _judge_unknown(url: str, place: str, scope: Scope) -> None:
    if base := scope.library.publisher(url):
        scope.warn("extension", f"{quote(url)} is not defined by {base}; compare its spelling.", place)


def _judge_place(profile: Profile, key: str, holder: Holder, place: str, scope: Scope) -> None:
    if profile.modifier != (key == "modifierExtension"):
        wanted = "modifierExtension" if profile.modifier else "extension"
        scope.error("extension", f"{profile.name} belongs in {wanted}, not in {key}.", place)
    contexts = [c for c in profile.context if c["type"] in ("element", "extension")]
    if len(contexts) == len(profile.context) and contexts and not any(_fits(c["expression"], holder) for c in contexts):
        allowed = ", ".join(c["expression"] for c in contexts[:8])
        scope.error("extension", f"{profile.name} must not stand here; it belongs on {allowed}.", place)


def _fits(expression: str, holder: Holder) -> bool:
    if expression == "Element" or expression in holder.names:
        return True
    if expression in ("Resource", "DomainResource"):
        return holder.type in resource_types()
    return expression == "BackboneElement" and "." in (holder.type or "")


def _known(type: str | None) -> Mapping[str, Element]:
    try:
        return elements(type or "")
    except KeyError:
        return {}


def _extensions(value: Json, holder: Holder) -> Iterator[tuple[Item, str, Holder]]:
    """Each extension below, with the key it stands under and its holder."""
    known = _known(holder.type)
    for key, child in value.items():
        if not isinstance(child, dict | list):
            continue
        if key in _KEYS:
            yield from _listed(child, key, holder)
            continue
        bare = key.removeprefix("_")
        element = known.get(bare)
        type = element.type if element else None
        name = f"{element.choice}[x]" if element and element.choice else bare
        for at, one in enumerate(child) if isinstance(child, list) else ((None, child),):
            if isinstance(one, dict):
                place = f"{holder.place}.{bare}" + ("" if at is None else f"[{at}]")
                yield from _extensions(one, _below(holder, name, type, one, place))


def _below(holder: Holder, name: str, type: str | None, value: Json, place: str) -> Holder:
    if type == "Resource":
        kind = str(value.get("resourceType"))
        return Holder(place, kind, frozenset({kind}))
    names = {f"{above}.{name}" for above in holder.names}
    return Holder(place, type, frozenset(names | ({type} if type else set())))


def _listed(listed: Any, key: str, holder: Holder) -> Iterator[tuple[Item, str, Holder]]:
    for at, extension in enumerate(listed if isinstance(listed, list) else []):
        place = f"{holder.place}.{key}[{at}]"
        yield Item(extension, place, "Extension"), key, holder
        if isinstance(extension, dict):
            inner = Holder(place, "Extension", frozenset({"Extension", str(extension.get("url"))}))
            yield from _extensions(extension, inner)
