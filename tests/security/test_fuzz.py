"""Mutated resources and random searches: whatever they say, no 500. Bounded to some twenty seconds together."""

import copy
from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import quote

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from medbridge.fhir.parameters import supported
from tests import build
from tests.integration.conftest import Voice

pytestmark = pytest.mark.django_db
BOUNDED = settings(
    max_examples=150, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture]
)

NASTY = st.one_of(
    st.sampled_from(
        [None, True, 0, -1, 2**31, 2**63, 10**40, 1e308, "", " ", "\x00", "\ud800", "\u202e", "0000-00-00",
        "9999-12-31T23:59:60-14:00",
         "Patient/north-alice", "Patient/" + "a" * 64, "Patient?name=%00", "#x", "#", "urn:uuid:x",
         "http://127.0.0.1:8000/fhir/Patient/x",
         "http://127.0.0.1:8000/fhir/", "a" * 70_000, "'; DROP TABLE records_current; --", "%s", "\\", [], {}, [[]],
         [None], {"": ""},
         {"reference": 7}, {"reference": "Patient/\x00"}, {"resourceType": "Patient"}, {"extension": [{"url": 7}]}]
    ),
    st.text(max_size=8),
    st.integers(),
    st.recursive(st.text(max_size=3), lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8),
    inner, max_size=3)),
)  # fmt: skip
RESOURCES = (
    build.patient("north-f"),
    build.observation("Patient/north-alice", "north-f", encounter={"display": "x"},
    component=[{"code": {"text": "c"}}]),
    build.consent("Patient/north-alice", id="north-f", period={"start": "2020"},
    actor=build.actor("Organization/renji"),
                  data=[{"meaning": "instance", "reference": {"reference": "Patient/north-alice"}}],
                  provision=[{"type": "deny", "dataPeriod": {"start": "2020", "end": "2021"}}]),
    {"resourceType": "Bundle", "type": "batch", "entry": [
        {"request": {"method": "PUT", "url": "Patient/north-f", "ifMatch": 'W/"1"'},
        "resource": build.patient("north-f")},
        {"request": {"method": "GET", "url": "Patient/north-alice"}}]},
)  # fmt: skip


@pytest.fixture
def stocked(feed: Voice) -> Voice:
    feed.put("Patient/north-alice", build.patient("north-alice"))
    feed.put("Observation/north-o1", build.observation("Patient/north-alice", "north-o1"))
    return feed


def places(node: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield path
    items = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for name, value in items:
        yield from places(value, (*path, name))


@st.composite
def mutated(draw: st.DrawFn, of: Sequence[dict[str, Any]] = RESOURCES) -> dict[str, Any]:
    """A valid resource with one or two of its elements replaced, removed or added to."""
    resource: dict[str, Any] = copy.deepcopy(draw(st.sampled_from(of)))
    for _ in range(draw(st.integers(1, 2))):
        *path, name = draw(st.sampled_from([place for place in places(resource) if place] or [("resourceType",)]))
        parent: Any = resource
        for step in path:
            parent = parent[step]
        how = draw(st.sampled_from(("replace", "remove", "add")))
        if how == "remove":
            parent.pop(name, None) if isinstance(parent, dict) else parent.pop(name)
        elif how == "add" and isinstance(parent, dict):
            parent[draw(st.text(max_size=5))] = copy.deepcopy(draw(NASTY))
        else:
            parent[name] = copy.deepcopy(draw(NASTY))
    return resource


@BOUNDED
@given(resource=mutated())
def test_a_mutated_resource(stocked: Voice, resource: dict[str, Any]) -> None:
    type = str(resource.get("resourceType", "Patient"))
    path = "" if "entry" in resource else f"{type if type.isalpha() and type.isascii() else 'Patient'}/north-f"
    with transaction.atomic():
        answer = stocked.post(path, resource) if path == "" else stocked.put(path, resource)
        assert answer.status_code < 500, answer.content
        assert b'"code":"exception"' not in answer.content
        transaction.set_rollback(True)


TEXT = st.one_of(
    st.sampled_from(["Patient/north-alice", "ge2024", "ap0001", "sa9999-12-31", "a|b|c", "|", "\\", "\\,", ",", "%",
    "_", "\x00", "²", "1e400",
                     "http://127.0.0.1:8000/fhir/Patient/x", "http://loinc.org|718-7", "true", "null",
                     "-_lastUpdated", "count", "9" * 30]),
    st.text(max_size=12),
)  # fmt: skip


@st.composite
def query(draw: st.DrawFn) -> str:
    type = draw(st.sampled_from(("Patient", "Observation", "Consent", "Provenance", "Encounter", "Basic", "Location")))
    known = [
        *supported(type),
        "_count",
        "_cursor",
        "_sort",
        "_total",
        "_summary",
        "_include",
        "_has:Observation:patient:code",
    ]
    pairs = []
    for _ in range(draw(st.integers(1, 3))):
        name = draw(st.sampled_from(known) | st.text(max_size=6))
        modifier = draw(
            st.sampled_from(("", "", "", ":exact", ":contains", ":not", ":missing", ":mdm", ":Patient", ":x\x00"))
        )
        pairs.append(f"{quote(name + modifier, errors='replace')}={quote(draw(TEXT), errors='replace')}")
    return f"{type}?{'&'.join(pairs)}"


@BOUNDED
@given(search=query())
def test_a_random_search(stocked: Voice, search: str) -> None:
    answer = stocked.get(search)
    assert answer.status_code in (200, 400), answer.content
