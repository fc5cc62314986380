"""Does a resource meet the profiles it is asked for, and those it claims? The one door to profiles.

R4 itself is judged before, by medbridge.fhir.validate; what is judged here relies on a right structure.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from medbridge.fhir.outcome import Issue
from medbridge.fhir.profiles import core
from medbridge.fhir.profiles.extensions import judge_extensions
from medbridge.fhir.profiles.library import STRUCTURE, Library, Profile
from medbridge.fhir.profiles.scope import Item, Json, Scope, entries

SHOWN = 50
_NAMED = 12


def judge(resource: Json, profiles: Sequence[str], library: Library, *, place: str | None = None) -> list[Issue]:
    """What the profiles (canonicals) find wrong: errors, warnings, and one information issue on what was not judged.

    Judged as well is meta.profile: of the resource, the entries of a Bundle and contained resources.
    place: what expressions start with; the resource type when left out.
    """
    scope = Scope(library, resource, resource)
    kind = str(resource.get("resourceType"))
    root = place or kind
    done: set[tuple[int, str]] = set()
    packages: list[str] = []
    for canonical in profiles:
        if not core.is_type(canonical):
            profile = library.profile(canonical)
            if profile is None:
                scope.found.append(unknown(canonical, kind, library))
            else:
                packages.append(profile.package)
                _apply(profile, resource, root, scope, done)
    for claimed, where in _resources(resource, root):
        for canonical in _claims(claimed):
            if profile := library.profile(canonical):
                packages.append(profile.package)
                _apply(profile, claimed, where, scope, done)
            elif not core.is_type(canonical):
                scope.skip(f"the profile {canonical}, which is in no loaded package", f"{where}.meta.profile")
    judge_extensions(resource, root, packages[0] if packages else "", scope)
    return _told(scope)


def unknown(canonical: str, kind: str, library: Library) -> Issue:
    """The issue for a profile that was asked for and is not loaded."""
    entries = [entry for entry in library.entries(STRUCTURE) if entry.type == kind]
    packages = sorted({entry.package for entry in library.entries(STRUCTURE)})
    shown = ", ".join(f"{e.url}|{e.version}" for e in entries[:_NAMED]) or "none"
    more = f" and {len(entries) - _NAMED} more" if len(entries) > _NAMED else ""
    text = (
        f"The profile {canonical[:200]} is not loaded. Loaded for {kind}: {shown}{more}"
        f" (packages: {', '.join(packages) or 'none'})."
        " An operator loads a package with: manage.py load_package FILE.tgz"
    )
    return Issue("not-found", text)


def _apply(profile: Profile, resource: Json, place: str, scope: Scope, done: set[tuple[int, str]]) -> None:
    key = (id(resource), f"{profile.url}|{profile.package}")
    if key in done:
        return
    done.add(key)
    kind = str(resource.get("resourceType"))
    if profile.type != kind:
        scope.error("invalid", f"{profile.name} is a profile of {profile.type}, this is a {kind}.", place)
        return
    inner = scope.inside(resource)
    profile.check(Item(resource, place, kind), inner)


def _resources(resource: Json, place: str) -> Iterator[tuple[Json, str]]:
    """The resource, and those inside it that stand for themselves."""
    yield resource, place
    for at, _, inner in entries(resource):
        yield from _resources(inner, f"{place}.entry[{at}].resource")
    for at, contained in enumerate(listed if isinstance(listed := resource.get("contained"), list) else ()):
        if isinstance(contained, dict):
            yield contained, f"{place}.contained[{at}]"


def _claims(resource: Json) -> list[str]:
    meta: Any = resource.get("meta")
    listed = meta.get("profile") if isinstance(meta, dict) else None
    return [claim for claim in listed if isinstance(claim, str)] if isinstance(listed, list) else []


def _told(scope: Scope) -> list[Issue]:
    issues = list(dict.fromkeys(scope.found))
    told = issues[:SHOWN]
    if len(issues) > SHOWN:
        told.append(Issue("too-costly", f"and {len(issues) - SHOWN} more.", severity="information"))
    if scope.unchecked:
        listed = [f"{what} ({', '.join(places[:3])}{', ...' if len(places) > 3 else ''})" for what, places in
                  sorted(scope.unchecked.items())]  # fmt: skip
        more = f"; and {len(listed) - _NAMED} more" if len(listed) > _NAMED else ""
        text = f"Not judged, because no loaded package tells: {'; '.join(listed[:_NAMED])}{more}."
        told.append(Issue("incomplete", text, severity="information"))
    return told
