"""Index records anew: after a custom search parameter came into use, or by an operator's command."""

from collections.abc import Sequence
from datetime import datetime

from django.conf import settings

from medbridge.fhir.outcome import FhirError, Issue
from medbridge.records import definitions, walks
from medbridge.records.walks import Progress

__all__ = ["Progress", "begin_reindex", "count_failed", "reindex_progress", "reindex_records"]


def begin_reindex(*, at: datetime, url: str | None = None) -> str:
    """The name of a walk over the parameter's types, or over everything; one that is not finished goes on.

    Raises FhirError 404 when no parameter of that URL is in use.
    """
    name, types = url or "", definitions.bases(url) if url else ()
    if types is None:
        raise FhirError(404, [Issue("not-found", f"No custom search parameter {url} is in use.")])
    if not walks.progress([name], unfinished=True):
        walks.begin(name, types, since=0, at=at)
    return name


def reindex_records(*, at: datetime, name: str | None = None) -> Progress | None:
    """One batch of the walk, or of the oldest one; None when there is none, or other processes are at them."""
    return walks.advance(at=at, size=settings.REINDEX_BATCH, name=name)


def reindex_progress(names: Sequence[str] | None = None) -> list[Progress]:
    return walks.progress(names)


def count_failed(url: str) -> int:
    """Records on which the expression of a parameter in use could not be evaluated: it finds none of them."""
    return definitions.count_failed(url)
