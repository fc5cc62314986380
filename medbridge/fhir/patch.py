"""Patches of a resource (FHIR R4 http.html#patch): JSON Patch and FHIRPath Patch, told apart by their form."""

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from medbridge.fhir import patch_fhirpath, patch_json
from medbridge.fhir.outcome import FhirError, Issue, bad_request
from medbridge.fhir.parse import LIMITS, Limits, parse, parse_list
from medbridge.fhir.validate import check

JSON_PATCH = "application/json-patch+json"

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Patch:
    """Operations as read, of the one form or the other."""

    json: Sequence[patch_json.Operation] = ()
    fhirpath: Sequence[patch_fhirpath.Operation] = ()
    depth: int = LIMITS.depth

    def apply(self, resource: Json) -> Json:
        """The patched resource, not yet validated. Raises FhirError(422) where the patch does not apply.

        What makes the record this record is not patched: type, id, version.
        """
        if self.fhirpath:
            patched: Any = patch_fhirpath.apply(self.fhirpath, resource)
        else:
            patched = patch_json.apply(self.json, resource, depth=self.depth)
        _check_identity(resource, patched)
        _check_depth(patched, self.depth)
        return dict(patched)


def read_patch(body: bytes, *, limits: Limits = LIMITS) -> Patch:
    """An array is a JSON Patch, an object a Parameters resource. Raises FhirError(400, 422) for what is neither."""
    if body.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"["):
        return Patch(json=patch_json.read_operations(parse_list(body, limits=limits)), depth=limits.depth)
    return patch_of(parse(body, limits=limits), limits=limits)


def patch_of(resource: Json, *, limits: Limits = LIMITS) -> Patch:
    """Of a Parameters resource, or of the Binary with a JSON Patch that stands for it in a Bundle."""
    kind = resource.get("resourceType")
    if kind == "Parameters":
        check(resource)
        return Patch(fhirpath=patch_fhirpath.read_operations(resource), depth=limits.depth)
    if kind == "Binary" and resource.get("contentType") == JSON_PATCH:
        return read_patch(_decoded(resource.get("data")), limits=limits)
    text = f"A patch is a JSON Patch ({JSON_PATCH}; in a Bundle, a Binary of that type), or a Parameters resource."
    raise bad_request(text, code="structure")


def _decoded(data: Any) -> bytes:
    try:
        return base64.b64decode(data if isinstance(data, str) else "", validate=True)
    except (binascii.Error, ValueError):
        raise bad_request("data is not base64.", "Binary.data", "value") from None


def _check_identity(before: Json, after: Any) -> None:
    if not isinstance(after, dict):
        raise FhirError(422, [Issue("processing", "After the patch there is no resource any more.")])
    meta, old = after.get("meta"), before.get("meta", {})
    changed = [name for name in ("resourceType", "id") if after.get(name) != before.get(name)]
    if isinstance(meta, dict):
        changed += [
            f"meta.{name}" for name in ("versionId", "lastUpdated") if meta.get(name, old.get(name)) != old.get(name)
        ]
    if changed:
        text = f"{changed[0]} is the server's to set; a patch cannot change it."
        raise FhirError(422, [Issue("business-rule", text, f"{before.get('resourceType')}.{changed[0]}")])


def _check_depth(resource: Json, limit: int) -> None:
    stack: list[tuple[Any, int]] = [(resource, 1)]
    while stack:
        node, level = stack.pop()
        if level > limit:
            raise FhirError(
                422, [Issue("too-costly", f"After the patch it would be nested deeper than {limit} levels.")]
            )
        items = node.values() if type(node) is dict else node
        stack.extend((item, level + 1) for item in items if type(item) in (dict, list))
