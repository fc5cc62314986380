"""Bundles of many entries: a number of statements that does not grow with them, and time enough for each."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection

from medbridge.actions import push_bundle
from medbridge.actions.steps.writing import write
from tests import build
from tests.integration.conftest import Voice

pytestmark = pytest.mark.django_db


def entry(method: str, url: str, resource: dict[str, Any] | None = None, **condition: str) -> dict[str, Any]:
    return {**({"resource": resource} if resource else {}), "request": {"method": method, "url": url, **condition}}


def everything(size: int) -> dict[str, Any]:
    """`size` entries of each kind; the records of the last two kinds must be there."""
    entries: list[dict[str, Any]] = []
    for n in range(size):
        about = f"Patient?identifier={build.RESIDENT_ID}|11010519491231002X"
        numbered = [{"system": "urn:x", "value": f"{size}-{n}"}]
        entries += [
            entry("POST", "Observation", build.observation(about)),
            entry(
                "POST",
                "Observation",
                build.observation(about, identifier=numbered),
                ifNoneExist=f"identifier=urn:x|{size}-{n}",
            ),
            entry("PUT", f"Observation/north-{size}-{n}", build.observation(about, f"north-{size}-{n}")),
            entry("PUT", f"Observation?identifier=urn:y|{size}-{n}", build.observation(about)),
            entry("DELETE", f"Observation?identifier=urn:z|{size}-{n}"),
            entry("DELETE", f"Observation/north-gone-{size}-{n}"),
        ]
    return {"resourceType": "Bundle", "type": "transaction", "entry": entries}


def statements(send: Callable[[], Any]) -> int:
    seen: list[str] = []

    def watch(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        seen.append(sql)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(watch):
        answer = send()
    assert answer.status_code == 200, answer.content[:500]
    return len(seen)


def test_the_number_of_statements_does_not_grow_with_the_entries(feed: Voice) -> None:
    feed.put("Patient/north-alice", build.patient("north-alice"))
    for size in (5, 50):
        gone = [build.observation("Patient/north-alice", f"north-gone-{size}-{n}") for n in range(size)]
        feed.post("", build.transaction(*gone))
    few, many = (statements(lambda s=size: feed.post("", everything(s))) for size in (5, 50))  # type: ignore[misc]
    assert many <= few


def test_a_statement_of_a_bundle_has_more_time_than_one_of_a_search(
    feed: Voice, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    told: list[str] = []

    def watched(*args: Any, **options: Any) -> Any:
        with connection.cursor() as cursor:
            cursor.execute("SELECT current_setting('statement_timeout')")
            told.append(cursor.fetchone()[0])
        return write(*args, **options)

    settings.BUNDLE_TIMEOUT_MS = 77_000
    monkeypatch.setattr(push_bundle, "write", watched)
    assert feed.post("", build.transaction(build.patient())).status_code == 200
    assert told == ["77s"]


def test_a_bundle_past_the_limit_is_refused(feed: Voice, settings: Any) -> None:
    settings.BUNDLE_ENTRY_LIMIT = 2
    assert feed.post("", build.transaction(*[build.patient()] * 3)).status_code == 413
