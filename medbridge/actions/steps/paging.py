"""Opaque page links: bound to the reader and the search, so that one reader's link is nothing to another.

Encrypted, not only signed: the number of a row, spelled out, would show how many rows lie between two visible ones.
"""

import hashlib
import json
from base64 import urlsafe_b64encode
from datetime import datetime
from decimal import Decimal
from functools import cache
from typing import Any

from cryptography.fernet import Fernet, InvalidToken
from django.conf import settings

from medbridge.accounts.actor import Actor
from medbridge.fhir.outcome import FhirError, Issue

_PURPOSE = b"medbridge.page\0"  # keeps this key apart from other uses of SECRET_KEY


def seal(actor: Actor, search: str, key: Any, pk: int) -> str:
    """key: what the next page begins after: datetimes, decimals, texts, numbers or None, alone or in a list.

    pk: of one length for all rows, as the length of the link would tell how many there are.
    """
    return _box().encrypt(json.dumps([_binding(actor, search), _spelled(key), f"{pk:019d}"]).encode()).decode()


def unseal(actor: Actor, search: str, cursor: str) -> tuple[Any, int]:
    """Raises FhirError 400 for a link that is not ours, or was made for another reader or search."""
    try:
        if "=" in cursor.rstrip("="):
            raise InvalidToken  # base64 ends at its padding: what stands behind it would be passed over
        binding, spelled, pk = json.loads(_box().decrypt(cursor.encode()))
    except InvalidToken:
        binding = None
    if binding != _binding(actor, search):
        raise FhirError(400, [Issue("value", "This page link is not valid for this reader and search. Search again.")])
    return _read(spelled), int(pk)


def _spelled(key: Any) -> list[Any]:
    if isinstance(key, datetime):
        return ["t", key.isoformat()]
    if isinstance(key, Decimal):
        return ["n", str(key)]
    return ["l", [_spelled(each) for each in key]] if isinstance(key, list) else ["v", key]


def _read(spelled: list[Any]) -> Any:
    kind, value = spelled
    if kind == "l":
        return [_read(each) for each in value]
    if kind == "t":
        return datetime.fromisoformat(value)
    return Decimal(value) if kind == "n" else value


@cache
def _box() -> Fernet:
    return Fernet(urlsafe_b64encode(hashlib.sha256(_PURPOSE + settings.SECRET_KEY.encode()).digest()))


def _binding(actor: Actor, search: str) -> str:
    text = f"{actor.username}\n{actor.hospital}\n{actor.purpose}\n{search}"
    return hashlib.sha256(text.encode()).hexdigest()[:32]
