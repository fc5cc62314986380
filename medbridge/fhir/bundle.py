"""Bundles in: their entries as steps, in the order of their work (FHIR R4 http.html#transaction).

Bundles out are in answers.py and can be had from here.
"""

import re
from dataclasses import dataclass, replace
from typing import Any, Literal, cast

from medbridge.fhir.answers import Entry, Links, found_entries, history, searchset, transaction_response
from medbridge.fhir.outcome import FhirError, bad_request
from medbridge.fhir.references import classify

__all__ = [
    "Entry",
    "Links",
    "Method",
    "Step",
    "Target",
    "found_entries",
    "history",
    "plan",
    "searchset",
    "split_url",
    "transaction_response",
]

Method = Literal["DELETE", "POST", "PUT", "PATCH", "GET", "HEAD"]

# R4 http.html#trules: DELETE, then POST, then PUT and PATCH, then GET and HEAD.
ORDER: dict[str, int] = {"DELETE": 0, "POST": 1, "PUT": 2, "PATCH": 2, "GET": 3, "HEAD": 3}

_TYPE = re.compile(r"[A-Z][A-Za-z]{1,63}")
_ID = re.compile(r"[A-Za-z0-9\-.]{1,64}")
_OPERATION = re.compile(r"\$[a-z][A-Za-z0-9\-]{0,63}")


@dataclass(frozen=True, slots=True)
class Target:
    """A request URL relative to the base, taken apart. `type` is None for the whole system (`_history`, `$export`).

    `operation` is spelled without `$`, `query` without `?` and still percent-encoded.
    """

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
        return self.method in ("PUT", "PATCH", "DELETE") and self.target.id is None


def split_url(url: str) -> Target:
    """Take a URL relative to the base apart. FhirError(400) when it is not one of the forms of FHIR's RESTful API.

    Forms: `Type`, `Type/id`, `Type/id/_history[/version]`, `Type/_history`, `_history`, each also with `$operation` or,
    where a search is meant, `?query`.
    """
    path, _, query = url.partition("?")
    rest = [part for part in path.strip("/").split("/") if part]
    parts: dict[str, Any] = {"query": query}
    if rest and _TYPE.fullmatch(rest[0]):
        parts["type"] = rest.pop(0)
        if rest and _ID.fullmatch(rest[0]):
            parts["id"] = rest.pop(0)
    if rest and rest[0] == "_history":
        parts["history"] = bool(rest.pop(0))
        if rest and "id" in parts and _ID.fullmatch(rest[0]):
            parts["version"] = rest.pop(0)
    elif rest and _OPERATION.fullmatch(rest[0]):
        parts["operation"] = rest.pop(0).removeprefix("$")
    if rest or not (path.strip("/") or query):
        raise bad_request(f"{url[:200]!r} is not a URL relative to the FHIR base, such as Patient/1 or Patient?name=x")
    return Target(**parts)


def plan(bundle: dict[str, Any]) -> list[Step]:
    """The steps of a transaction (FHIR's processing order) or batch (as sent). FhirError(400) names the entry."""
    kind = bundle.get("type")
    if bundle.get("resourceType") != "Bundle" or kind not in ("transaction", "batch"):
        raise bad_request("a Bundle of type transaction or batch is needed here", "Bundle.type")
    entries = bundle.get("entry", [])
    if not isinstance(entries, list):
        raise bad_request("entry must be a list", "Bundle.entry")
    if kind == "batch":
        return [_forgiving(at, entry) for at, entry in enumerate(entries)]
    steps = [_step(at, entry) for at, entry in enumerate(entries)]
    _refuse_twice(steps)
    return sorted(steps, key=lambda step: ORDER[step.method])


def _forgiving(at: int, entry: Any) -> Step:
    """In a batch each entry stands for itself: a wrong one is answered, the others are done."""
    try:
        return _step(at, entry)
    except FhirError as error:
        return Step(at, "GET", "", Target(), error=error)


def _step(at: int, entry: Any) -> Step:
    place = f"Bundle.entry[{at}]"
    request = entry.get("request") if isinstance(entry, dict) else None
    if not isinstance(request, dict):
        raise bad_request("the entry needs a request with method and url", f"{place}.request", "required")
    method = request.get("method")
    url = request.get("url")
    if not isinstance(method, str) or method not in ORDER:
        raise bad_request(f"method must be one of {', '.join(ORDER)}", f"{place}.request.method")
    if not isinstance(url, str):
        raise bad_request("the request needs a url", f"{place}.request.url", "required")
    try:
        target = split_url(url)
    except FhirError as error:
        raise bad_request(error.issues[0].diagnostics, f"{place}.request.url") from None
    step = Step(
        at,
        cast(Method, method),
        url,
        target,
        resource=_resource(entry, place),
        full_url=_text(entry, "fullUrl", place),
        if_match=_text(request, "ifMatch", f"{place}.request"),
        if_none_match=_text(request, "ifNoneMatch", f"{place}.request"),
        if_none_exist=_text(request, "ifNoneExist", f"{place}.request"),
        if_modified_since=_text(request, "ifModifiedSince", f"{place}.request"),
    )
    _check_form(step, place)
    _check_resource(step, place)
    return replace(step, names=_names(step))


def _resource(entry: dict[str, Any], place: str) -> dict[str, Any] | None:
    resource = entry.get("resource")
    if resource is not None and not (isinstance(resource, dict) and isinstance(resource.get("resourceType"), str)):
        raise bad_request("resource must be an object with a resourceType", f"{place}.resource")
    return resource


def _text(node: dict[str, Any], name: str, place: str) -> str | None:
    value = node.get(name)
    if value is not None and (not isinstance(value, str) or not value):
        raise bad_request(f"{name} must be a text that is not empty", f"{place}.{name}")
    return value


def _check_form(step: Step, place: str) -> None:
    """Which forms of URL go with which method (R4 http.html#summary)."""
    target, at = step.target, f"{place}.request.url"
    if step.method in ("GET", "HEAD"):
        if target == Target(query=target.query):
            raise bad_request("a search over all types is not supported; name a resource type", at, "not-supported")
    elif target.operation is not None and step.method == "POST":
        return
    elif target.type is None or target.history or target.operation:
        raise bad_request(f"{step.method} needs a resource type, and no _history or operation", at)
    elif step.method == "POST":
        if target.id or target.query:
            raise bad_request("POST creates: give the resource type alone; to choose the id use PUT", at)
    elif bool(target.id) == bool(target.query):
        raise bad_request(f"{step.method} needs Type/id, or Type?search for a conditional request", at)
    if step.if_none_exist and step.method != "POST":
        raise bad_request("ifNoneExist belongs to POST", f"{place}.request.ifNoneExist")


def _check_resource(step: Step, place: str) -> None:
    """PUT and POST carry the resource that their URL names; PATCH carries the patch, the others nothing."""
    resource, target = step.resource, step.target
    if step.method in ("POST", "PUT", "PATCH") and resource is None and target.operation is None:
        raise bad_request(f"{step.method} needs a resource", f"{place}.resource", "required")
    if step.method in ("DELETE", "GET", "HEAD") and resource is not None:
        raise bad_request(f"{step.method} takes no resource", f"{place}.resource")
    if resource is None or step.method == "PATCH" or target.operation is not None:
        return
    if resource["resourceType"] != target.type:
        raise bad_request(
            f"the URL says {target.type}, the resource {resource['resourceType'][:64]}", f"{place}.resource"
        )
    if step.method == "PUT" and target.id is not None and resource.get("id") != target.id:
        raise bad_request(f"the resource's id must be that of the URL, {target.id}", f"{place}.resource.id")


def _names(step: Step) -> tuple[str, ...]:
    """R4 bundle.html#references: a relative reference resolves against the fullUrl of its neighbour, when that is a
    RESTful URL; so http://other/fhir/Patient/5 is also called Patient/5."""
    if step.full_url is None:
        return ()
    known = classify("", step.full_url)
    if known.kind == "absolute" and known.type and known.type == step.target.type:
        return (step.full_url, f"{known.type}/{known.id}")
    return (step.full_url,)


def _refuse_twice(steps: list[Step]) -> None:
    """R4 http.html#trules: a resource appears in a transaction once, for the outcome must not depend on an order; and
    bdl-7: a fullUrl is unique, for a reference must not mean two."""
    seen: dict[tuple[str, ...], int] = {}
    for step in steps:
        keys: list[tuple[str, ...]] = [("fullUrl", step.full_url)] if step.full_url else []
        if step.method in ("PUT", "PATCH", "DELETE"):
            keys.append(("url", str(step.target.type), str(step.target.id), step.target.query))
        for key in keys:
            first = seen.setdefault(key, step.index)
            if first != step.index:
                where = "fullUrl" if key[0] == "fullUrl" else "request.url"
                raise bad_request(
                    f"the same resource as Bundle.entry[{first}]; a transaction may name it once",
                    f"Bundle.entry[{step.index}].{where}",
                )
