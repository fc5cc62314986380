"""What checks of one validation share: the resource around an item, where references lead, what was found."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, NamedTuple

from medbridge.fhir.outcome import Issue
from medbridge.fhir.references import classify

if TYPE_CHECKING:
    from medbridge.fhir.profiles.library import Library

Json = dict[str, Any]

# Past this many faults nobody reads on.
FLOOD = 100


class Item(NamedTuple):
    """A value of an element. `place`: its expression; `type`: its R4 type, None when unknown.

    shadow: the extensions of a primitive ("_birthDate"); `value` is None when only these were sent.
    """

    value: Any
    place: str
    type: str | None = None
    shadow: Any = None


@dataclass(slots=True)
class Scope:
    """root: what is validated, maybe a Bundle; resource: the nearest resource that is not contained in another."""

    library: Library
    root: Json
    resource: Json
    found: list[Issue] = field(default_factory=list)
    unchecked: dict[str, list[str]] = field(default_factory=dict)
    judged: dict[tuple[int, str], bool] = field(default_factory=dict)
    _full: dict[str, Json] | None = None

    def error(self, code: str, text: str, place: str) -> None:
        if len(self.found) < FLOOD:
            self.found.append(Issue(code, text, place))

    def warn(self, code: str, text: str, place: str) -> None:
        if len(self.found) < FLOOD:
            self.found.append(Issue(code, text, place, "warning"))

    def skip(self, what: str, place: str) -> None:
        """Note what could not be judged; each matter is told once, with its places."""
        places = self.unchecked.setdefault(what, [])
        if len(places) < FLOOD and place not in places:
            places.append(place)

    def trial(self) -> Scope:
        """The same, for a question whose faults are nobody's unless the answer is no."""
        return replace(self, found=[], unchecked={})

    def inside(self, resource: Json) -> Scope:
        """The same, within an entry of the Bundle; a contained resource shares its container's scope."""
        if resource is self.resource or resource in self._contained():
            return self
        return replace(self, resource=resource)

    def resolve(self, reference: Any) -> Json | None:
        """The resource a Reference points to, when it came along: contained, or an entry of the same Bundle."""
        text = reference.get("reference") if isinstance(reference, dict) else None
        if not isinstance(text, str):
            return None
        if text.startswith("#"):
            return next((c for c in self._contained() if c.get("id") == text[1:]), None) if text[1:] else self.resource
        entries = self._entries()
        if text in entries:
            return entries[text]
        target = classify("", text)
        return entries.get(f"{target.type}/{target.id}") if target.type and target.id else None

    def _contained(self) -> list[Json]:
        listed = self.resource.get("contained")
        return [c for c in listed if isinstance(c, dict)] if isinstance(listed, list) else []

    def _entries(self) -> dict[str, Json]:
        """The Bundle's resources by full URL and by type and id."""
        if self._full is None:
            self._full = {}
            for _, entry, resource in entries(self.root):
                self._full.setdefault(f"{resource.get('resourceType')}/{resource.get('id')}", resource)
                self._full.setdefault(str(entry.get("fullUrl")), resource)
        return self._full


def entries(bundle: Json) -> Iterator[tuple[int, Json, Json]]:
    """(position, entry, resource) of each entry of a Bundle that has a resource; nothing for other resources."""
    listed = bundle.get("entry") if bundle.get("resourceType") == "Bundle" else None
    for at, entry in enumerate(listed if isinstance(listed, list) else ()):
        resource = entry.get("resource") if isinstance(entry, dict) else None
        if isinstance(resource, dict):
            yield at, entry, resource
