"""Bundles in: the order of their work (FHIR R4 http.html#transaction). Bundles out: joined from stored bytes."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from medbridge.fhir.outcome import FhirError

Method = Literal["DELETE", "POST", "PUT", "PATCH", "GET", "HEAD"]


@dataclass(frozen=True, slots=True)
class Target:
    """A request URL relative to the base, taken apart. `type` is None for the whole system (`_history`, `$export`)."""

    type: str | None = None
    id: str | None = None
    history: bool = False
    version: str | None = None
    operation: str | None = None
    query: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """One entry to carry out. `index`: its place in the bundle. `error`: in a batch only, the answer to that entry.

    `names`: texts by which other entries may refer to the resource of this entry (its fullUrl and its relative form).
    """

    index: int
    method: Method
    url: str
    target: Target
    resource: dict[str, Any] | None = None
    full_url: str | None = None
    names: tuple[str, ...] = ()
    if_match: str | None = None
    if_none_match: str | None = None
    if_none_exist: str | None = None
    if_modified_since: str | None = None
    error: FhirError | None = None

    @property
    def conditional(self) -> bool:
        """A PUT, PATCH or DELETE that names its resource by a search (Type?query)."""
        raise NotImplementedError


def split_url(url: str) -> Target:
    """Take a URL relative to the base apart. FhirError(400) when it is not one of the forms of FHIR's RESTful API."""
    raise NotImplementedError


def plan(bundle: dict[str, Any]) -> list[Step]:
    """The steps of a transaction (FHIR's processing order) or batch (as sent). FhirError(400) names the entry."""
    raise NotImplementedError


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of an answer. `resource` and `outcome` are JSON bytes, set in whole; `full_url` may be relative."""

    full_url: str | None = None
    resource: bytes | None = None
    mode: Literal["match", "include", "outcome"] = "match"
    method: str | None = None
    url: str | None = None
    status: str | None = None
    location: str | None = None
    etag: str | None = None
    last_modified: str | None = None
    outcome: bytes | None = None


Links = Sequence[tuple[str, str]]


def searchset(entries: Iterable[Entry], *, total: int | None, links: Links, base: str) -> bytes:
    """A searchset Bundle. `links` are (relation, url)."""
    raise NotImplementedError


def history(entries: Iterable[Entry], *, total: int | None, links: Links, base: str) -> bytes:
    """A history Bundle: each entry with the request that made the version, and its response."""
    raise NotImplementedError


def transaction_response(entries: Iterable[Entry], *, batch: bool = False, base: str = "") -> bytes:
    """The answer to a transaction or batch, entries in the order in which they were sent."""
    raise NotImplementedError
