"""Reference targets of a profile: the type always, the profile when the target came along in the Bundle or inside."""

from __future__ import annotations

from collections.abc import Sequence

from medbridge.fhir.profiles.narrowing import CORE
from medbridge.fhir.profiles.origin import ItemCheck, Origin
from medbridge.fhir.profiles.scope import Item, Json, Scope
from medbridge.fhir.references import classify
from medbridge.fhir.structure import resource_types


def target_check(targets: Sequence[str], origin: Origin) -> ItemCheck:
    """targets: canonicals of which the referenced resource must meet one."""

    def check(item: Item, scope: Scope) -> None:
        if not isinstance(item.value, dict) or "reference" not in item.value:
            return
        kinds = {target: _kind(target, origin, scope) for target in targets}
        if None in kinds.values():
            scope.skip("references to profiles that are not loaded", item.place)
            return
        found = scope.resolve(item.value)
        kind = found.get("resourceType") if found else classify("", str(item.value["reference"])).type
        if kind in resource_types() and not {kind, "Resource", "DomainResource"} & set(kinds.values()):
            allowed = ", ".join(sorted({str(kind) for kind in kinds.values()}))
            scope.error("value", f"must not refer to a {kind}; allowed: {allowed} ({origin.name}).", item.place)
        elif found is not None:
            _check_profile(item, found, [t for t, of in kinds.items() if of == kind], origin, scope)

    return check


def _kind(target: str, origin: Origin, scope: Scope) -> str | None:
    """The resource type of a profile."""
    name = target.removeprefix(CORE)
    if name in resource_types() or name in ("Resource", "DomainResource"):
        return name
    profile = scope.library.profile(target, origin.package)
    return profile.type if profile else None


def _check_profile(item: Item, found: Json, targets: list[str], origin: Origin, scope: Scope) -> None:
    answers = [scope.library.conforms(found, target, origin.package, scope) for target in targets]
    if answers and not any(answer is not False for answer in answers):
        names = " or ".join(target.rpartition("/")[2] for target in targets)
        reason = scope.library.reason(found, targets[0], origin.package, scope)
        text = f"refers to a {found.get('resourceType')} that is no {names} ({origin.name}): {reason}"
        scope.error("value", text, item.place)
