"""The labels and marks of what is about to be written: what consents ask of a record beside its index."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import lru_cache

from django.conf import settings

from medbridge.consent.labels import combine, text
from medbridge.consent.marks import Coding, Marked, mark
from medbridge.consent.sensitivity import Table, labels_of, load
from medbridge.fhir.terms import key
from medbridge.records import store
from medbridge.records.store import Change

# They show what others hold, so they carry the highest label of it.
GATHERING = ("Composition", "DiagnosticReport", "DocumentReference", "DocumentManifest", "List", "Provenance")
# A Provenance of a document of a report of a finding; each pass carries labels one reference further.
PASSES = 3


def labelled(changes: Mapping[int, Change]) -> dict[int, Change]:
    """The changes, each with its labels and marks. High-water mark of what is in this write or stored already."""
    found = {position: mark(each.resource) for position, each in changes.items() if each.resource is not None}
    table = _table(settings.LABEL_TABLE)
    own = {position: _own(each, table) for position, each in found.items()}
    gathering = {p: each for p, each in found.items() if changes[p].type in GATHERING}
    if gathering:
        _raise(own, gathering, {key(change.type, change.id): p for p, change in changes.items()})
    return {
        position: replace(change, labels=own[position], marks=sorted(found[position].marks))
        if position in found else change
        for position, change in changes.items()
    }  # fmt: skip


def _own(found: Marked, table: Table) -> tuple[str, ...]:
    assigned = labels_of(found.codings, table)
    return combine((*_texts(found.own), *assigned), _texts(found.within))


def _texts(codings: Iterable[Coding]) -> list[str]:
    return [each for system, code in codings if (each := text(system, code))]


def _raise(own: dict[int, tuple[str, ...]], gathering: Mapping[int, Marked], here: Mapping[int, int]) -> None:
    elsewhere = {each for found in gathering.values() for each in found.references if each not in here}
    stored = store.labels_of(elsewhere) if elsewhere else {}
    for _ in range(PASSES):
        for position, found in gathering.items():
            reached = (own.get(here[each], ()) if each in here else stored.get(each, ()) for each in found.references)
            own[position] = combine(own[position], (label for labels in reached for label in labels))


@lru_cache(maxsize=1)
def _table(path: str) -> Table:
    return load(path)
