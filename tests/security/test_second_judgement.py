"""With the SQL condition broken, the pure rules still hold back what no consent opens, and say so."""

import logging
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from medbridge.audit.models import Access
from medbridge.consent.compile import Visible
from medbridge.consent.models import ConsentNode
from tests import build
from tests.integration.conftest import Voice

pytestmark = pytest.mark.django_db
ALICE = "Patient/north-alice"
DOORS = (
    "Observation/north-o",
    "Observation/north-o/_history/1",
    "Observation/north-o/_history",
    "Patient/north-alice/$everything",
)
SEARCHES = (
    "Observation?patient=north-alice",
    "Observation?code=718-7",
    "Encounter?_id=north-none&_include=*",
    "Observation?patient=north-alice&_include=Observation:subject&_total=accurate",
    "Observation/$lastn?patient=north-alice&code=718-7",
    "Observation/_history",
    "Patient?_id=north-alice&_revinclude=Observation:subject",
)


@pytest.fixture
def stored(feed: Voice) -> None:
    feed.put(ALICE, build.patient("north-alice"))
    feed.put("Observation/north-o", build.observation(ALICE, "north-o"))


@pytest.fixture
def broken(monkeypatch: pytest.MonkeyPatch) -> None:
    """The predicate lets everything through."""
    monkeypatch.setattr(Visible, "condition", lambda self, alias, put, types=(): "TRUE")


@pytest.fixture
def alarms(caplog: pytest.LogCaptureFixture) -> Iterator[Callable[[], int]]:
    with caplog.at_level(logging.ERROR, "medbridge.alarm"):
        yield lambda: len([each for each in caplog.records if each.name == "medbridge.alarm"])


def withheld() -> int:
    return Access.objects.filter(action="withhold", allowed=False).count()


@pytest.mark.parametrize("door", DOORS)
def test_what_no_consent_opens_is_as_if_it_were_not(
    stored: None, bob: Voice, broken: None, door: str, alarms: Callable[[], int]
) -> None:
    never = bob.get(door.replace("north-o", "north-x").replace("north-alice", "north-nobody"))
    for _ in range(2):  # the second with a token that the process knows: another statement
        answer = bob.get(door)
        if "everything" in door:
            assert answer.json().get("entry", []) == []
        else:
            assert (answer.status_code, never.status_code) == (404, 404)
            assert set(answer.json()) == set(never.json())
    assert alarms() == withheld() > 0


@pytest.mark.parametrize("search", SEARCHES)
def test_it_is_left_out_of_bundles(stored: None, bob: Voice, broken: None, search: str) -> None:
    for _ in range(2):
        answer = bob.get(search)
        assert answer.status_code == 200, answer.content
        assert b"north-alice" not in answer.content.replace(search.encode(), b"").replace(b"patient=north-alice", b"") \
            .replace(b"_id=north-alice", b"")  # fmt: skip
        assert not answer.json().get("total")
    assert b"entry" not in answer.content


@pytest.mark.parametrize(
    "provision",
    [
        {"class": [{"system": "http://hl7.org/fhir/resource-types", "code": "Condition"}]},
        {"purpose": build.purpose("HRESCH")},
        {"actor": build.actor("Organization/mallory")},
        {"dataPeriod": {"start": "2010", "end": "2011"}},
        {"code": [{"coding": [{"system": "http://loinc.org", "code": "1-1"}]}]},
        {"securityLabel": [{"system": f"{build.THO}/v3-ActCode", "code": "PSY"}]},
        {"period": {"start": "2001", "end": "2002"}},
    ],
)
def test_a_consent_that_opens_something_else_is_judged_too(
    stored: None, feed: Voice, bob: Voice, broken: None, provision: dict[str, Any]
) -> None:
    feed.put(
        "Consent/north-c",
        build.consent(ALICE, id="north-c", **{"actor": build.actor("Organization/renji"), **provision}),
    )
    assert bob.get("Observation/north-o").status_code == 404
    assert bob.ids("Observation?patient=north-alice") == []
    assert withheld() == 2


def test_what_a_consent_opens_comes_without_an_alarm(
    stored: None, feed: Voice, bob: Voice, alarms: Callable[[], int]
) -> None:
    feed.put(
        "Consent/north-c",
        build.consent(ALICE, id="north-c", actor=build.actor("Organization/renji"), dataPeriod={"start": "2020"}),
    )
    for _ in range(2):
        assert bob.get("Observation/north-o").status_code == 200
        assert bob.ids("Observation?patient=north-alice") == ["Observation/north-o"]
        assert "Observation/north-o" in bob.ids("Patient/north-alice/$everything")
        assert bob.get("Observation/north-o/_history").json()["total"] == 1
    assert (alarms(), withheld()) == (0, 0)


def test_a_rule_that_goes_is_forgotten_at_once(stored: None, feed: Voice, bob: Voice, broken: None) -> None:
    """The process remembers rules; the number in the row says that they are others."""
    feed.put("Consent/north-c", build.consent(ALICE, id="north-c", actor=build.actor("Organization/renji")))
    assert bob.get("Observation/north-o").status_code == 200
    ConsentNode.objects.all().delete()
    assert bob.get("Observation/north-o").status_code == 404
    feed.put(
        "Consent/north-c",
        build.consent(ALICE, id="north-c", actor=build.actor("Organization/renji"), purpose=build.purpose("TREAT")),
    )
    assert bob.get("Observation/north-o").status_code == 200


def test_the_person_sees_her_own_without_an_alarm(stored: None, alice: Voice) -> None:
    assert alice.get("Observation/north-o").status_code == 200
    assert "Observation/north-o" in alice.ids("Observation?patient=north-alice")
    assert withheld() == 0
