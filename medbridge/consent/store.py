"""Rows of the consents in force. Every function joins the caller's transaction."""

from collections.abc import Collection, Sequence
from typing import Any

from medbridge.consent.rules import Node


def store(consent: dict[str, Any], *, bindings: Sequence[tuple[str, str]], version: int) -> None:
    """Put this version's rules in place of those of any earlier one. `bindings`: (Patient id, custodian) pairs it binds."""
    raise NotImplementedError


def remove(consent_id: str) -> None:
    """Take a consent's rules out of force."""
    raise NotImplementedError


def bound(pairs: Collection[tuple[str, str]]) -> list[Node]:
    """The rules in force over the data of these (Patient id, custodian) pairs, for rules.decide."""
    raise NotImplementedError
