"""Invariants of Bundle and Parameters (R4 2.36, 2.1.0.35)."""

from __future__ import annotations

import re
from collections.abc import Callable

from medbridge.fhir.invariants.rule import Object, Rule, Table, chosen, some

_ABSOLUTE = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*:", re.ASCII)
_REQUESTS = {"batch", "transaction", "history"}
_RESPONSES = {"batch-response", "transaction-response", "history"}


def _odd(key: str, types: set[str]) -> Callable[[Object], str]:
    """Finds the first entry that has `key` where the bundle's type forbids it or lacks it where needed; "" for none."""

    def place(bundle: Object) -> str:
        expected = bundle.get("type") in types
        entries = enumerate(bundle.get("entry", ()))
        return next((f".entry[{number}].{key}" for number, entry in entries if (key in entry) != expected), "")

    return place


_odd_request = _odd("request", _REQUESTS)
_odd_response = _odd("response", _RESPONSES)


def _repeated(bundle: Object) -> str:
    seen: set[tuple[str, str | None]] = set()
    for number, entry in enumerate(bundle.get("entry", ())):
        if url := entry.get("fullUrl"):
            version = entry.get("resource", {}).get("meta", {}).get("versionId")
            if (url, version) in seen:
                return f".entry[{number}].fullUrl"
            seen.add((url, version))
    return ""


def _first(bundle: Object) -> object:
    entries = bundle.get("entry") or [{}]
    return entries[0].get("resource", {}).get("resourceType")


def _identified(bundle: Object) -> bool:
    identifier = bundle.get("identifier", {})
    return bundle.get("type") != "document" or ("system" in identifier and "value" in identifier)


def _parameter(value: Object) -> bool:
    given = chosen(value, "value") + ("resource" in value)
    return given == 0 if "part" in value else given == 1


_FIRST = ".entry[0].resource"

BUNDLES: Table = {
    "Bundle": (
        Rule(
            "bdl-1", lambda v: "total" not in v or v.get("type") in ("searchset", "history"), "No total here", ".total"
        ),
        Rule(
            "bdl-2",
            lambda v: v.get("type") == "searchset" or not any("search" in entry for entry in v.get("entry", ())),
            "entry.search is for a searchset",
            ".entry",
        ),
        Rule(
            "bdl-3",
            lambda v: not _odd_request(v),
            "Each entry of a batch, transaction or history has a request, and no other has",
            _odd_request,
        ),
        Rule(
            "bdl-4",
            lambda v: not _odd_response(v),
            "Each entry of a batch-response, transaction-response or history has a response, and no other has",
            _odd_response,
        ),
        Rule(
            "bdl-7",
            lambda v: v.get("type") == "history" or not _repeated(v),
            "This fullUrl is there twice; each entry has its own",
            _repeated,
        ),
        Rule("bdl-9", _identified, "A document needs an identifier with system and value", ".identifier"),
        Rule("bdl-10", lambda v: v.get("type") != "document" or "timestamp" in v, "A document needs one", ".timestamp"),
        Rule(
            "bdl-11",
            lambda v: v.get("type") != "document" or _first(v) == "Composition",
            "The first entry of a document is its Composition",
            _FIRST,
        ),
        Rule(
            "bdl-12",
            lambda v: v.get("type") != "message" or _first(v) == "MessageHeader",
            "The first entry of a message is its MessageHeader",
            _FIRST,
        ),
    ),
    "Bundle.entry": (
        Rule("bdl-5", some("resource", "request", "response"), "Send a resource, a request or a response"),
        Rule(
            "bdl-8",
            lambda v: "/_history/" not in v.get("fullUrl", ""),
            "fullUrl is an identity and names no version",
            ".fullUrl",
        ),
        Rule(
            "R4 2.36.4",
            lambda v: "fullUrl" not in v or _ABSOLUTE.match(v["fullUrl"]),
            'fullUrl is absolute: "https://..." or "urn:uuid:..."',
            ".fullUrl",
        ),
    ),
    "Parameters.parameter": (Rule("inv-1", _parameter, "Send exactly one of value[x], resource and part"),),
}
