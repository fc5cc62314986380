"""Opaque page links: bound to the reader and the search, so that one reader's link is nothing to another.

Encrypted, not only signed: the number of a row, spelled out, would show how many rows lie between two visible ones.
"""

import hashlib
import json
from base64 import urlsafe_b64encode
from datetime import datetime
from functools import cache
from typing import Any

from cryptography.fernet import Fernet, InvalidToken
from django.conf import settings

from medbridge.accounts.actor import Actor
from medbridge.fhir.outcome import FhirError, Issue

_PURPOSE = b"medbridge.page\0"  # keeps this key apart from other uses of SECRET_KEY


def seal(actor: Actor, search: str, key: Any, pk: int) -> str:
    """key: the sort value of the page's last row (datetime, text or number)."""
    spelled = ["t", key.isoformat()] if isinstance(key, datetime) else ["v", key]
    return _box().encrypt(json.dumps([_binding(actor, search), spelled, pk]).encode()).decode()


def unseal(actor: Actor, search: str, cursor: str) -> tuple[Any, int]:
    """Raises FhirError 400 for a link that is not ours, or was made for another reader or search."""
    try:
        binding, (kind, spelled), pk = json.loads(_box().decrypt(cursor.encode()))
    except InvalidToken:
        binding = None
    if binding != _binding(actor, search):
        raise FhirError(400, [Issue("value", "This page link is not valid for this reader and search. Search again.")])
    return (datetime.fromisoformat(spelled) if kind == "t" else spelled), int(pk)


@cache
def _box() -> Fernet:
    return Fernet(urlsafe_b64encode(hashlib.sha256(_PURPOSE + settings.SECRET_KEY.encode()).digest()))


def _binding(actor: Actor, search: str) -> str:
    text = f"{actor.username}\n{actor.hospital}\n{actor.purpose}\n{search}"
    return hashlib.sha256(text.encode()).hexdigest()[:32]
