"""The cast at their desks: signed-in browsers without a browser."""

from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from medbridge.accounts.models import Account
from tests import build
from tests.integration.conftest import Voice


class Visitor:
    """One person's session at the desks."""

    def __init__(self, username: str) -> None:
        self.client = Client()
        self.client.force_login(Account.objects.get(username=username))

    def see(self, path: str, status: int = 200, **query: str) -> str:
        """The page as its text: what a person reads, white space made single."""
        return text(self.answer(path, status, **query).content)

    def answer(self, path: str, status: int = 200, **query: str) -> Any:
        response = self.client.get(f"/desk/{path}", query)
        assert response.status_code == status, text(response.content)
        return response

    def do(self, path: str, status: int = 200, **form: Any) -> str:
        """Submit a form; the text of the page that follows."""
        response = self.client.post(f"/desk/{path}", form, follow=True)
        assert response.status_code == status, text(response.content)
        return text(response.content)


class _Text(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.parts: list[str] = []

    def handle_data(self, data: str) -> None:
        self.parts.append(data)


def text(content: bytes) -> str:
    reader = _Text()
    reader.feed(content.decode())
    return " ".join(" ".join(reader.parts).split())


@pytest.fixture(autouse=True)
def own_chain(settings: Any, tmp_path: Path) -> None:
    """What one test anchors, no other test finds on the disk."""
    settings.LOCAL_CHAIN_DIR = tmp_path / "chain"


@pytest.fixture
def visit(cast: None) -> Callable[[str], Visitor]:
    return Visitor


@pytest.fixture
def records(feed: Voice) -> Voice:
    """Alice's record at North Bay: a Patient and a haemoglobin result."""
    feed.put("Patient/north-alice", build.patient("north-alice"))
    feed.put("Observation/north-o1", build.observation("Patient/north-alice", "north-o1"))
    return feed
