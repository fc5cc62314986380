"""Bundles out, joined from stored bytes: what was hashed is what is sent (FHIR R4 bundle.html)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

import orjson

Links = Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of an answer. `resource` and `outcome` are JSON bytes, set in whole; `full_url` may be relative.

    `mode` is for searchset; `method` and `url` (the request) for history; `status` and what follows for history and
    responses. `etag` is W/"version", `last_modified` a FHIR instant.
    """

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


def searchset(
    entries: Iterable[Entry], *, total: int | None, links: Links, base: str, found: Iterable[bytes] = ()
) -> bytes:
    """A searchset Bundle. `links` are (relation, url); `base` goes in front of relative full_urls.

    found: entries that are bytes already (`found_entries`), before the others.
    """
    others = (_member(e, base, b'"search":{"mode":"%b"}' % e.mode.encode()) for e in entries)
    return _bundle("searchset", [*found, *others], total, links)


def found_entries(
    resources: Iterable[tuple[str, str, bytes]], *, mode: Literal["match", "include"], base: str
) -> list[bytes]:
    """Entries of a searchset from type, id and resource. A page can have a thousand, so no more is done than joining.

    Neither types nor ids have a character that JSON escapes (R4 datatypes.html#id).
    """
    head = b'{"fullUrl":' + orjson.dumps(f"{base.rstrip('/')}/")[:-1]
    tail = b',"search":{"mode":"%b"}}' % mode.encode()
    return [
        b'%b%b/%b","resource":%b%b' % (head, type.encode(), id.encode(), body, tail) for type, id, body in resources
    ]


def history(entries: Iterable[Entry], *, total: int | None, links: Links, base: str) -> bytes:
    """A history Bundle: each entry with the request that made the version, and its response (bdl-3, bdl-4)."""
    return _bundle("history", [_member(e, base, _request(e), _response(e)) for e in entries], total, links)


def transaction_response(entries: Iterable[Entry], *, batch: bool = False, base: str = "") -> bytes:
    """The answer to a transaction or batch, entries in the order in which they were sent."""
    kind = "batch-response" if batch else "transaction-response"
    return _bundle(kind, [_member(e, base, _response(e)) for e in entries], None, ())


def _bundle(kind: str, entries: list[bytes], total: int | None, links: Links) -> bytes:
    head = f'{{"resourceType":"Bundle","type":"{kind}"'.encode()
    if total is not None:
        head += b',"total":%d' % total
    if links:
        head += b',"link":' + orjson.dumps([{"relation": relation, "url": url} for relation, url in links])
    if not entries:  # FHIR forbids empty arrays.
        return head + b"}"
    # One join: each copy of a page of megabytes costs more than all that is computed for it.
    entries = [head + b',"entry":[' + entries[0], *entries[1:]]
    entries[-1] += b"]}"
    return b",".join(entries)


def _member(entry: Entry, base: str, *more: bytes) -> bytes:
    parts = []
    if entry.full_url is not None:
        absolute = ":" in entry.full_url or not base
        url = entry.full_url if absolute else f"{base.rstrip('/')}/{entry.full_url}"
        parts.append(b'"fullUrl":' + orjson.dumps(url))
    if entry.resource is not None:
        parts.append(b'"resource":' + entry.resource)
    return b"{" + b",".join([*parts, *more]) + b"}"


def _request(entry: Entry) -> bytes:
    return b'"request":' + orjson.dumps({"method": entry.method, "url": entry.url})


def _response(entry: Entry) -> bytes:
    named = {
        "status": entry.status,
        "location": entry.location,
        "etag": entry.etag,
        "lastModified": entry.last_modified,
    }
    response = orjson.dumps({name: value for name, value in named.items() if value is not None})
    if entry.outcome is not None:
        comma = b"," if len(response) > 2 else b""
        response = response[:-1] + comma + b'"outcome":' + entry.outcome + b"}"
    return b'"response":' + response
