"""schemathesis (PyPI) asks what the OpenAPI description allows, and what it does not: never a 500, always FHIR."""

import json
from contextlib import suppress
from typing import Any
from urllib.parse import urlencode

import pytest
import schemathesis
from django.db import transaction
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.core import NotSet
from schemathesis.core.result import Ok

from tests import build
from tests.integration.conftest import Voice

pytestmark = pytest.mark.django_db

# All types have the same endpoints; these few have every kind of search parameter and operation.
ENDPOINTS = r"^/(|_history|metadata|\$diff|Encounter/.*\$.*|Observation(/.*)?|Patient(/[^/]*)?|Patient/.*\$.*)$"
BOUNDED = settings(
    max_examples=2, deadline=None, derandomize=True, database=None, phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)  # fmt: skip


@pytest.fixture
def stocked(feed: Voice) -> Voice:
    feed.put("Patient/north-alice", build.patient("north-alice"))
    feed.put("Observation/north-o1", build.observation("Patient/north-alice", "north-o1"))
    return feed


@pytest.mark.parametrize("mode", list(GenerationMode), ids=lambda mode: mode.value)
def test_what_the_description_allows_and_what_it_does_not(stocked: Voice, mode: GenerationMode) -> None:
    described = schemathesis.openapi.from_dict(stocked.client.get("/fhir/openapi.json").json())
    found = [each.ok() for each in described.include(path_regex=ENDPOINTS).get_all_operations() if isinstance(each, Ok)]
    assert len(found) > 30
    for operation in found:
        all_answered(stocked, operation.as_strategy(generation_mode=mode))


def all_answered(voice: Voice, cases: st.SearchStrategy[Any]) -> None:
    @BOUNDED
    @given(case=cases)
    def check(case: Any) -> None:
        with transaction.atomic():
            answer = sent(voice, case)
            transaction.set_rollback(True)
        assert answer.status_code < 500 or answer.status_code == 501, (case.method, case.path, answer.content)
        assert answer.status_code < 400 or answer.json()["resourceType"] == "OperationOutcome"

    with suppress(Unsatisfiable):  # nothing to break in an operation without parameters
        check()


def sent(voice: Voice, case: Any) -> Any:
    """The case as a request of Django's client: in this process, in this test's transaction."""
    body = case.body
    if isinstance(body, dict) and case.media_type == "application/x-www-form-urlencoded":
        body = urlencode(body, doseq=True, errors="replace").encode()
    elif isinstance(body, NotSet):
        body = b""
    elif not isinstance(body, bytes):
        body = json.dumps(body).encode()
    headers = {name: value for name, value in dict(case.headers or {}).items() if name != "Authorization"}
    query = urlencode(dict(case.query or {}), doseq=True, errors="replace")
    return voice.client.generic(
        case.method, f"/fhir{case.formatted_path}", body, case.media_type or "", headers=headers,
        QUERY_STRING=query,
    )  # fmt: skip
