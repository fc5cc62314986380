"""A SearchParameter, those who write it, and the walk over older records."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from medbridge.actions.reindex_records import reindex_records
from medbridge.records import custom
from tests.integration.conftest import Voice

COLOUR = "http://example.org/StructureDefinition/wristband-colour"


@pytest.fixture(autouse=True)
def unknown() -> Iterator[None]:
    """What this process remembers of another test's parameters is asked for anew."""
    custom.forget()
    yield
    custom.forget()


@pytest.fixture
def dana(voice: Callable[..., Voice]) -> Voice:
    """An engineer of the hospital North Bay."""
    return voice("dana")


def parameter(code: str, kind: str, expression: str, *bases: str, **elements: Any) -> dict[str, Any]:
    return {
        "resourceType": "SearchParameter",
        "url": f"http://example.org/SearchParameter/{code}",
        "name": code.title().replace("-", ""),
        "status": "active",
        "description": "For the tests.",
        "code": code,
        "base": list(bases),
        "type": kind,
        "expression": expression,
        **elements,
    }


def define(voice: Voice, code: str, kind: str, expression: str, *bases: str, **elements: Any) -> None:
    resource = parameter(code, kind, expression, *bases, **elements)
    id = f"north-{code}"
    response = voice.put(f"SearchParameter/{id}", {**resource, "id": id})
    assert response.status_code in (200, 201), response.content
    # What the on_commit of a transaction that a test rolls back would have done.
    custom.forget()


def reindexed() -> int:
    """Walk to the end; how many records were walked over."""
    done, at = 0, timezone.now()
    while progress := reindex_records(at=at + timedelta(seconds=done)):
        done = progress.done
    return done


def colour(value: str, **element: Any) -> dict[str, Any]:
    return {"extension": [{"url": COLOUR, "valueCode": value, **element}]}
