"""Resource ids that are the same whenever the same message, or the same business object, comes again."""

from __future__ import annotations

import json
from uuid import UUID, uuid5

NAMESPACE = UUID("6d1f5c0e-3b52-5c39-9a57-0f6f2a3c8b11")  # arbitrary, but fixed forever: every stored id depends on it


def resource_id(hospital: str, resource_type: str, *business_id: str) -> str:
    """UUIDv5 (RFC 9562 section 5.5) of (hospital, type, business id).

    The hospital is part of the name so that two hospitals using one number never meet in one resource.
    The parts are joined as JSON, so ("a|b",) and ("a", "b") differ.
    """
    name = json.dumps([hospital, resource_type, *business_id], ensure_ascii=False, separators=(",", ":"))
    return str(uuid5(NAMESPACE, name))


def reference(hospital: str, resource_type: str, *business_id: str) -> str:
    """`Type/<uuid>`: the reference text to the resource that `resource_id` names."""
    return f"{resource_type}/{resource_id(hospital, resource_type, *business_id)}"
