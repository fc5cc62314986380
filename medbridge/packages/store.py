"""The only writer of packages, and the library of what is loaded."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

import orjson
from django.db import transaction

from medbridge.fhir.outcome import FhirError, Issue
from medbridge.fhir.parse import serialize
from medbridge.fhir.profiles.library import Entry, Library
from medbridge.packages.models import Definition, Package

# Raised when the form of the tables changes: packages of another form are passed over until they are loaded again.
FORM = 1

_BATCH = 500


class Compacted(NamedTuple):
    """A definition on its way in; `table` is plain JSON."""

    kind: str
    url: str
    version: str
    type: str
    table: Any


def save(*, name: str, version: str, digest: bytes, definitions: Sequence[Compacted], at: datetime) -> bool:
    """Store a package with its definitions; False when these very bytes are loaded already.

    The same version with other bytes replaces what was loaded. Two loads at once take turns; a crash leaves the old.
    """
    with transaction.atomic():
        package, new = Package.objects.select_for_update().get_or_create(
            name=name, version=version, defaults={"digest": digest, "form": FORM, "loaded_at": at}
        )
        if not new and (bytes(package.digest), package.form) == (digest, FORM):
            return False
        package.digest, package.form, package.loaded_at = digest, FORM, at
        package.save()
        package.definitions.all().delete()
        Definition.objects.bulk_create(
            [Definition(package=package, **{**d._asdict(), "table": serialize(d.table).decode()}) for d in definitions],
            batch_size=_BATCH,
        )
    return True


_cached: tuple[tuple[Any, ...], Library] | None = None


def library() -> Library:
    """The library of all loaded packages; one small query tells whether the one at hand still is."""
    global _cached
    loaded = tuple(
        (pk, name, version, bytes(digest))
        for pk, name, version, digest in Package.objects.filter(form=FORM)
        .order_by("name", "version")
        .values_list("pk", "name", "version", "digest")
    )
    if _cached is None or _cached[0] != loaded:
        _cached = loaded, Library(_entries({pk: f"{name}#{version}" for pk, name, version, _ in loaded}), _load)
    return _cached[1]


def _entries(packages: dict[int, str]) -> list[Entry]:
    rows = Definition.objects.filter(package_id__in=packages).values_list(
        "kind", "url", "version", "package_id", "pk", "type"
    )
    return [Entry(kind, url, version, packages[package], pk, type) for kind, url, version, package, pk, type in rows]


def _load(pk: Any) -> Any:
    table = Definition.objects.filter(pk=pk).values_list("table", flat=True).first()
    if table is None:
        # The package was loaded anew after this validation began.
        raise FhirError(503, [Issue("transient", "A package is just being loaded; repeat the request.")])
    return orjson.loads(table)
