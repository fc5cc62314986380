"""Results of actions as Bundles of exact stored bytes."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Literal
from urllib.parse import urlencode

import orjson
from django.conf import settings

from medbridge.actions.read_history import Versions
from medbridge.actions.search_records import Page
from medbridge.actions.steps.compartment import Everything
from medbridge.actions.steps.intent import Outcome
from medbridge.fhir import bundle, subset
from medbridge.fhir.bundle import Entry
from medbridge.fhir.outcome import FhirError, Issue, operation_outcome
from medbridge.fhir.query import Query
from medbridge.records.read import Found
from medbridge.records.search import Hit
from medbridge.records.store import instant

# What a writer wants to be told (R4 http.html#ops).
Told = Literal["minimal", "representation", "OperationOutcome"]
ALL_OK = orjson.dumps(operation_outcome([]))


def etag(version: int) -> str:
    return f'W/"{version}"'


def searchset(page: Page, *, base: str) -> bytes:
    """`self` says what was understood; what was not is named in an OperationOutcome entry."""
    links = [("self", f"{base}/{page.spelled.removesuffix('?')}")]
    if page.next:
        joint = "" if page.spelled.endswith("?") else "&"
        links.append(("next", f"{base}/{page.spelled}{joint}{urlencode([('_cursor', page.next)])}"))
    query = page.query
    found = [*_found(page.hits, "match", base, query), *_found(page.included, "include", base, query)]
    return bundle.searchset(_outcome(page), total=page.total, links=links, base=base, found=found)


def everything(result: Everything, *, base: str, path: str, pairs: list[tuple[str, str]]) -> bytes:
    links = [("self", _url(base, path, pairs))]
    if result.next:
        kept = [pair for pair in pairs if pair[0] != "_cursor"]
        links.append(("next", _url(base, path, [*kept, ("_cursor", result.next)])))
    found = [*_found(result.hits, "match", base), *_found(result.referred, "include", base)]
    return bundle.searchset((), total=None, links=links, base=base, found=found)


def history(page: Versions, *, base: str) -> bytes:
    """Newest first. The total counts what is shown: a version's number would tell of versions that are hidden."""
    entries = [
        Entry(
            full_url=f"{v.type}/{v.id}", resource=None if v.deleted else v.body, method=v.method,
            url=v.type if v.method == "POST" else f"{v.type}/{v.id}", status=_made(v), etag=etag(v.version),
            last_modified=instant(v.at),
        )
        for v in page.versions
    ]  # fmt: skip
    links = [("self", _url(base, page.path, page.applied))]
    if page.next:
        links.append(("next", _url(base, page.path, [*page.applied, ("_cursor", page.next)])))
    return bundle.history(entries, total=len(entries) if page.whole else None, links=links, base=base)


def written(outcome: Outcome, at: datetime, *, told: Told) -> Entry:
    """The answer to one written entry of a transaction or batch. told: as the sender preferred (RFC 7240)."""
    outcomes = ALL_OK if told == "OperationOutcome" else None
    version = outcome.stored or outcome.existing
    if version is None:
        return Entry(status=status(outcome.status), outcome=outcomes)
    body = version.body if told == "representation" and outcome.status != 204 else None
    return Entry(
        full_url=f"{version.type}/{version.id}" if body else None, resource=body, status=status(outcome.status),
        location=version.subject, etag=etag(version.version), last_modified=instant(version.at), outcome=outcomes,
    )  # fmt: skip


def repeated(entry: dict[str, Any]) -> Entry:
    """An entry of a kept transaction-response once more, without the resource."""
    told = entry["response"]
    return Entry(
        status=told["status"], location=told.get("location"), etag=told.get("etag"),
        last_modified=told.get("lastModified"),
    )  # fmt: skip


def failed(error: FhirError) -> Entry:
    return Entry(status=status(error.status), outcome=orjson.dumps(error.outcome()))


def status(code: int) -> str:
    return f"{code} {_REASONS.get(code, '')}".strip()


_REASONS = {
    200: "OK", 201: "Created", 204: "No Content", 304: "Not Modified", 400: "Bad Request", 401: "Unauthorized",
    403: "Forbidden", 404: "Not Found", 409: "Conflict", 410: "Gone", 412: "Precondition Failed",
    422: "Unprocessable Entity",
}  # fmt: skip


def _made(version: Found) -> str:
    return status({"POST": 201, "DELETE": 204, "PATCH": 200}.get(version.method, 201 if version.version == 1 else 200))


def _found(
    hits: Iterable[Hit], mode: Literal["match", "include"], base: str, query: Query | None = None
) -> list[bytes]:
    resources = ((hit.type, hit.id, _shown(hit, query)) for hit in hits)
    return bundle.found_entries(resources, mode=mode, base=base)


def _shown(hit: Hit, query: Query | None) -> bytes:
    """The exact bytes, unless the search asked for parts."""
    if query is None or (query.summary == "false" and not query.elements):
        return hit.body
    # R4 search.html#elements: _elements is about the matches.
    return subset.cut(
        hit.body, summary=query.summary, elements=query.elements if hit.type == query.type else (), type=hit.type
    )


def _outcome(page: Page) -> list[Entry]:
    """What the reader must know of the answer."""
    listed = [
        Issue("not-supported", f"The parameter “{name}” was not understood and not applied.", severity="warning")
        for name in page.query.unknown
    ]
    for each in page.incomplete:
        text = f"The index of {each.name} is at {each.percent} %: older records may be missing. Search again when it " \
               "is complete."  # fmt: skip
        listed.append(Issue("incomplete", text, severity="warning"))
    if page.more_included:
        text = f"More than {settings.SEARCH_INCLUDE_LIMIT} resources are to be included; the rest was left out. " \
               "Ask for smaller pages (_count)."  # fmt: skip
        listed.append(Issue("too-costly", text, severity="warning"))
    return [Entry(resource=orjson.dumps(operation_outcome(listed)), mode="outcome")] if listed else []


def _url(base: str, path: str, pairs: list[tuple[str, str]]) -> str:
    return f"{base}/{path}?{urlencode(pairs)}" if pairs else f"{base}/{path}"
