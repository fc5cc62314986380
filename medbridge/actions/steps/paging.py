"""Opaque, signed page links: bound to the reader and the search, so that one reader's link is nothing to another."""

import hashlib
from datetime import datetime
from typing import Any

from django.core import signing

from medbridge.accounts.actor import Actor
from medbridge.fhir.outcome import FhirError, Issue

_SALT = "medbridge.page"


def seal(actor: Actor, search: str, key: Any, pk: int) -> str:
    """key: the sort value of the page's last row (datetime, text or number)."""
    spelled = ["t", key.isoformat()] if isinstance(key, datetime) else ["v", key]
    return signing.dumps([_binding(actor, search), spelled, pk], salt=_SALT, compress=False)


def unseal(actor: Actor, search: str, cursor: str) -> tuple[Any, int]:
    """Raises FhirError 400 for a link that is not ours, or was made for another reader or search."""
    try:
        binding, (kind, spelled), pk = signing.loads(cursor, salt=_SALT)
    except (signing.BadSignature, ValueError, TypeError):
        binding = None
    if binding != _binding(actor, search):
        raise FhirError(400, [Issue("value", "This page link is not valid for this reader and search. Search again.")])
    return (datetime.fromisoformat(spelled) if kind == "t" else spelled), int(pk)


def _binding(actor: Actor, search: str) -> str:
    text = f"{actor.username}\n{actor.hospital}\n{actor.purpose}\n{search}"
    return hashlib.sha256(text.encode()).hexdigest()[:32]
