"""Load a FHIR package (profiles, value sets, code systems) from a .tgz file, for $validate."""

import hashlib
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from typing import IO, Any

from django.conf import settings

from medbridge.fhir.profiles.library import CODE_SYSTEM, STRUCTURE, VALUE_SET
from medbridge.fhir.profiles.snapshot import Unreadable, compact
from medbridge.fhir.profiles.value_sets import compact_code_system, compact_value_set
from medbridge.packages.archive import Limits, PackageError, members
from medbridge.packages.store import Compacted, library, save

__all__ = ["Loaded", "PackageError", "load_package"]

_BLOCK = 1 << 20


@dataclass
class Loaded:
    """What a load came to. new: False when these bytes were loaded before. counts: definitions by kind.

    refused: (what, why) of definitions that cannot be profiles here; gaps: (profile, what in it is not judged).
    """

    package: str = ""
    new: bool = False
    counts: Counter[str] = field(default_factory=Counter)
    passed_over: Counter[str] = field(default_factory=Counter)
    refused: list[tuple[str, str]] = field(default_factory=list)
    gaps: list[tuple[str, str]] = field(default_factory=list)


def load_package(*, at: datetime, file: IO[bytes]) -> Loaded:
    """Loading again is harmless; another version stands beside the first.

    Raises PackageError: no FHIR package, not of R4, too large, or a member that is no JSON. Then nothing is loaded.
    """
    loaded = Loaded()
    digest = _digest(file)
    limits = Limits(settings.PACKAGE_LIMIT_BYTES, settings.PACKAGE_MEMBER_LIMIT_BYTES, settings.PACKAGE_FILE_LIMIT)
    manifest: dict[str, Any] = {}
    definitions: dict[tuple[str, str], Compacted] = {}
    for name, content in members(file, limits):
        if name.endswith("package/package.json"):
            manifest = content
        elif compacted := _compacted(name, content, loaded):
            definitions[compacted.kind, compacted.url] = compacted
    name, version = _check_manifest(manifest)
    loaded.package = f"{name}#{version}"
    loaded.counts.update(kind for kind, _ in definitions)
    loaded.new = save(name=name, version=version, digest=digest, definitions=list(definitions.values()), at=at)
    loaded.gaps = _gaps(loaded.package)
    return loaded


def _digest(file: IO[bytes]) -> bytes:
    """SHA-256 of the file, which is then at its start again."""
    found = hashlib.sha256()
    while block := file.read(_BLOCK):
        found.update(block)
    file.seek(0)
    return found.digest()


def _check_manifest(manifest: dict[str, Any]) -> tuple[str, str]:
    name, version = manifest.get("name"), manifest.get("version")
    if not isinstance(name, str) or not isinstance(version, str) or not name or not version:
        raise PackageError("There is no package/package.json with a name and a version; this is no FHIR package.")
    fhir = manifest.get("fhirVersions") or manifest.get("fhir-version-list") or ["4.0.1"]
    if not any(str(one).startswith("4.0") for one in fhir):
        raise PackageError(f"{name}#{version} is for FHIR {', '.join(map(str, fhir))}; MedBridge speaks R4 (4.0.1).")
    if len(name) > 128 or len(version) > 64:
        raise PackageError("The package's name or version is too long.")
    return name, version


def _compacted(member: str, content: dict[str, Any], loaded: Loaded) -> Compacted | None:
    kind, url = str(content.get("resourceType", "")), content.get("url")
    make = {STRUCTURE: compact, VALUE_SET: compact_value_set, CODE_SYSTEM: compact_code_system}.get(kind)
    if make is None or not isinstance(url, str):
        loaded.passed_over[kind or "other JSON"] += 1
        return None
    try:
        table = make(content)
    except Unreadable as error:
        loaded.refused.append((url, str(error)))
        return None
    except (TypeError, ValueError, AttributeError, KeyError, IndexError) as error:
        raise PackageError(f"{member} is no valid {kind}: {error!r}") from error
    return Compacted(kind, url[:512], str(content.get("version", ""))[:64], str(content.get("type", ""))[:64], table)


def _gaps(package: str) -> list[tuple[str, str]]:
    """Compiles every profile of the package once, so that the operator hears now what will not be judged."""
    shelf = library()
    found: list[tuple[str, str]] = []
    for entry in shelf.entries(STRUCTURE):
        if entry.package == package and (profile := shelf.profile(f"{entry.url}|{entry.version}", package)):
            found += [(profile.name, gap) for gap in profile.gaps]
    for entry in shelf.entries(VALUE_SET):
        if entry.package == package and (codes := shelf.codes(f"{entry.url}|{entry.version}", package)):
            found += [(entry.url, f"cannot be listed: {why}") for why in sorted(codes.why)]
    return found
