"""Every search by a token that is remembered says and records what the same search says and records step by step."""

from collections.abc import Callable

import pytest
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from medbridge.accounts import tokens
from medbridge.accounts.models import Account
from medbridge.audit.models import Access
from medbridge.records import search_noted
from tests import build
from tests.integration.conftest import Voice

pytestmark = pytest.mark.django_db

# What is asked, and how many statements answer it at most: one plan serves all searches within one patient; of others
# the page, the includes and the record are one each. A chain is resolved before, a total is counted beside.
SEARCHES = {
    "Observation": 2,
    "Observation?code=718-7&_sort=-date": 2,
    "Observation?patient=north-alice,north-dan": 1,
    "Observation?patient=north-alice&status=final,amended": 1,
    "Observation?patient=nobody": 1,
    "Observation?code=nothing": 2,
    "Observation?_count=2&_include=Observation:subject": 3,
    "Observation?patient=north-alice&_include=Observation:subject&_sort=_id": 1,
    "Observation?patient=north-alice&_include=Observation:performer": 1,
    "Observation?code=nothing&_include=Observation:subject": 2,
    "Patient?_id=north-alice&_revinclude=Observation:subject": 3,
    "Patient?_id=north-alice,north-li&_revinclude=Observation:subject&_include=Patient:link": 4,
    "Practitioner": 2,
    "Patient/north-alice/Observation": 1,
    "Observation?patient=north-alice&_total=accurate": 2,
    "Observation?patient.name=zhang": 2,
    "Observation?patient.name=nobody": 3,
    "Patient?_has:Observation:patient:code=718-7": 4,
}


@pytest.fixture
def records(feed: Voice, voice: Callable[..., Voice]) -> None:
    """Of Alice and Dan at Erin's hospital, one of them about both; of Li, hidden, at another."""
    renji = voice("renji-feed")
    for who, name in ((feed, "north-alice"), (feed, "north-dan"), (renji, "renji-li")):
        who.put(f"Patient/{name}", build.patient(name))
        for number in range(3):
            who.put(f"Observation/{name}-{number}", build.observation(f"Patient/{name}", f"{name}-{number}"))
    both = build.observation("Patient/north-alice", "north-both", performer=[{"reference": "Patient/north-dan"}])
    feed.put("Observation/north-both", both)


@pytest.fixture
def erin(records: None, voice: Callable[..., Voice]) -> Voice:
    Account.objects.create(username="erin", hospital="north", role="clinician", name="Erin")
    return voice("erin")


Row = tuple[str, str, str | None, int, str, bool]


def asked(voice: Voice, path: str) -> tuple[object, list[Row]]:
    """The answer without the page links, which are never twice the same, and the access records that it left."""
    before = set(Access.objects.values_list("id", flat=True))
    body = voice.get(path).json()
    links = [link["relation"] for link in body.pop("link")]
    rows = Access.objects.filter(username="erin").exclude(id__in=before)
    left = rows.values_list("action", "type", "patient", "count", "query", "allowed")
    return (body, links), sorted(left, key=str)


@pytest.mark.parametrize("path", SEARCHES)
def test_the_answer_and_the_access_records_are_those_of_the_way_step_by_step(erin: Voice, path: str) -> None:
    tokens._remembered.clear()
    step_by_step = asked(erin, path)
    assert len(step_by_step[1]) >= 1
    assert asked(erin, path) == step_by_step


@pytest.mark.parametrize(("path", "statements"), SEARCHES.items())
def test_few_statements_answer_it(erin: Voice, path: str, statements: int) -> None:
    erin.get("Patient/north-alice")
    with CaptureQueriesContext(connection) as queries:
        assert erin.get(path).status_code == 200
    # Once in a second a process asks whether the custom parameters are still those it knows.
    assert len([each for each in queries if "records_generation" not in each["sql"]]) <= statements


@pytest.mark.parametrize("path", SEARCHES)
def test_with_a_token_revoked_it_is_401_and_leaves_nothing(erin: Voice, path: str) -> None:
    erin.get("Patient/north-alice")
    before = Access.objects.count()
    tokens.revoke(erin.token, at=timezone.now())
    assert erin.get(path).status_code == 401
    assert Access.objects.count() == before


def test_an_include_that_the_scopes_do_not_open_stays_away(records: None, voice: Callable[..., Voice]) -> None:
    Account.objects.create(username="erin", hospital="north", role="clinician", name="Erin")
    narrow = voice("erin", scopes="user/Observation.rs")
    for _ in range(2):
        (body, _links), rows = asked(narrow, "Observation?patient=north-alice&_include=Observation:subject")  # type: ignore[misc]
        assert {entry["resource"]["resourceType"] for entry in body["entry"]} == {"Observation"}  # type: ignore[has-type]
        assert {row[2] for row in rows} <= {None, "north-alice"}


def test_too_many_to_include_are_told_of_and_recorded_once(erin: Voice, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "SEARCH_INCLUDE_LIMIT", 2)
    path = "Patient?_id=north-alice&_revinclude=Observation:subject"
    tokens._remembered.clear()
    step_by_step = asked(erin, path)
    assert asked(erin, path) == step_by_step


def test_a_consent_that_tells_records_apart_holds_in_the_one_statement_too(
    feed: Voice, voice: Callable[..., Voice]
) -> None:
    feed.put("Patient/north-alice", build.patient("north-alice"))
    for number, code in enumerate(("718-7", "2339-0")):
        coding = {"coding": [{"system": build.LOINC, "code": code}]}
        feed.put(
            f"Observation/north-{number}", build.observation("Patient/north-alice", f"north-{number}", code=coding)
        )
    opened = build.consent(
        "Patient/north-alice", id="north-k", actor=build.actor("Organization/renji"),
        code=[{"coding": [{"system": build.LOINC, "code": "718-7"}]}],
    )  # fmt: skip
    feed.put("Consent/north-k", opened)
    bob = voice("bob")
    search_noted._told_apart.clear()
    found = [bob.get("Observation?patient=north-alice").json() for _ in range(3)]
    assert [[entry["resource"]["id"] for entry in body["entry"]] for body in found] == [["north-0"]] * 3
    with CaptureQueriesContext(connection) as queries:
        bob.get("Observation?patient=north-alice")
    # One for the page, its proof and its record; one for the facts that the rules look at when they run once more.
    found = [each["sql"] for each in queries if "records_generation" not in each["sql"]]
    assert [("audit_access" in sql, "r.marks FROM records_current r WHERE r.key" in sql) for sql in found] == [
        (True, False), (False, True),
    ]  # fmt: skip
