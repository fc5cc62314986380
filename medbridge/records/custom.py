"""The custom search parameters as this process knows them.

A writer asks for its generation inside its transaction and indexes exactly those. A search may be KNOWN_SECONDS behind.
"""

import logging
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from medbridge.database.fetch import fetch
from medbridge.fhir.custom import NONE, Custom, Definition
from medbridge.fhir.outcome import FhirError

log = logging.getLogger(__name__)

# For how long after an activation or deactivation a process may still search by what was before. Asking at each search
# would be a twentieth of what a search costs.
KNOWN_SECONDS = 1


@dataclass(frozen=True)
class _Known:
    generation: int
    custom: Custom
    asked: datetime | None = None


_known = _Known(0, NONE)


def of_generation(generation: int) -> Custom:
    """The parameters of the generation, which the caller's transaction holds (records_held_generation)."""
    global _known
    known = _known
    # A number is used once, also by a transaction that is rolled back: what is remembered under it stays true.
    if known.generation != generation:
        known = _known = _Known(generation, _load() if generation else NONE)
    return known.custom


def current(at: datetime) -> Custom:
    """The parameters that a search at this moment may use."""
    global _known
    known = _known
    if known.asked is not None and timedelta() <= at - known.asked < timedelta(seconds=KNOWN_SECONDS):
        return known.custom
    generation = int(fetch("SELECT COALESCE(max(number), 0) FROM records_generation")[0][0])
    found = of_generation(generation)
    _known = _Known(generation, found, at)
    return found


def forget() -> None:
    """What was searched by is to be asked for anew."""
    global _known
    _known = _Known(_known.generation, _known.custom)


def _load() -> Custom:
    rows = fetch("SELECT url, code, kind, bases, expression, targets FROM records_definition ORDER BY url")
    return Custom(_usable(
        Definition(url, code, kind, tuple(bases), expression, tuple(targets))
        for url, code, kind, bases, expression, targets in rows
    ))  # fmt: skip


def _usable(definitions: Iterable[Definition]) -> Iterator[Definition]:
    """It could be compiled once; that this release cannot must not stop all writing."""
    for definition in definitions:
        try:
            Custom([definition])
        except FhirError:
            log.exception("the custom search parameter %s is not indexed", definition.url)
        else:
            yield definition
