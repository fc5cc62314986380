"""A database with the cast in it, and their voices over HTTP."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from medbridge.actions.issue_token import issue_token
from medbridge.actions.load_accounts import load_accounts
from tests import build

FHIR = "application/fhir+json"


class Voice:
    """One person's HTTP client: get, post, put, delete on /fhir, JSON in and out."""

    def __init__(self, username: str, purpose: str, scopes: str) -> None:
        reason = "unconscious, allergies needed" if purpose == "BTG" else ""
        token = issue_token(username=username, purpose=purpose, scope=scopes, at=timezone.now(), reason=reason)
        self.client = Client(headers={"Authorization": f"Bearer {token}"})
        self.token = token

    def get(self, path: str, **headers: str) -> Any:
        return self.client.get(f"/fhir/{path}" if path else "/fhir", headers=_named(headers))

    def post(self, path: str, body: Any, **headers: str) -> Any:
        return self._send("post", path, body, headers)

    def put(self, path: str, body: Any, **headers: str) -> Any:
        return self._send("put", path, body, headers)

    def delete(self, path: str, **headers: str) -> Any:
        return self.client.delete(f"/fhir/{path}", headers=_named(headers))

    def patch(self, path: str, body: Any, **headers: str) -> Any:
        return self._send("patch", path, body, headers)

    def _send(self, method: str, path: str, body: Any, headers: dict[str, str]) -> Any:
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        send = getattr(self.client, method)
        return send(f"/fhir/{path}" if path else "/fhir", raw, content_type=FHIR, headers=_named(headers))

    def ids(self, path: str) -> list[str]:
        """Type/id of each match of a search, in order."""
        response = self.get(path)
        assert response.status_code == 200, response.content
        return [
            f"{entry['resource']['resourceType']}/{entry['resource']['id']}"
            for entry in response.json().get("entry", [])
            if entry.get("search", {}).get("mode") != "outcome"
        ]


def _named(headers: dict[str, str]) -> dict[str, str]:
    return {name.replace("_", "-"): value for name, value in headers.items()}


@pytest.fixture
def cast(db: None) -> None:
    load_accounts(at=timezone.now(), content=build.raw(build.ACCOUNTS))


@pytest.fixture
def voice(cast: None) -> Callable[..., Voice]:
    def speak(username: str, purpose: str = "TREAT", scopes: str = "user/*.cruds") -> Voice:
        return Voice(username, purpose, scopes)

    return speak


@pytest.fixture
def feed(voice: Callable[..., Voice]) -> Voice:
    """The interface engine of the hospital North Bay."""
    return voice("north-feed")


@pytest.fixture
def bob(voice: Callable[..., Voice]) -> Voice:
    """A clinician at Renji, asking for treatment."""
    return voice("bob")


@pytest.fixture
def alice(voice: Callable[..., Voice]) -> Voice:
    return voice("alice", purpose="PATRQT")


@pytest.fixture
def now() -> datetime:
    return datetime.now(UTC)
