"""Every worked scenario of ../shared/scenarios/consent.json over HTTP, as its page tells it."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.utils import timezone

from medbridge.accounts import tokens
from medbridge.actions.issue_token import Refused
from tests import build
from tests.integration.conftest import Voice
from tests.security.scenarios import FILE, World, consent, expected, fixture, path, resource, scenario, seen

pytestmark = pytest.mark.django_db

# What there is no such interface for yet, or what may be refused. The answer is never wider than expected.
HIDDEN_OR_REFUSED = {46: "GraphQL", 51: "Binary of a document", 54: "$export"}


@pytest.fixture
def world(db: None) -> World:
    return World()


def asked(world: World, number: int) -> Voice:
    """The scenario's reader, once its consents are recorded."""
    row = scenario(number)
    world.record(row["consent"])
    return world.by(row["who"], row["purpose"])


def a_set(world: World, number: int) -> None:
    """The set is exact. A Patient of whom nothing at all is visible does not exist: $everything is then 404."""
    answer = asked(world, number).get(path(number))
    found = set() if answer.status_code == 404 and "$everything" in path(number) else seen(answer)
    assert found == expected(number)


def counted(world: World, number: int) -> None:
    """The set again, and a total that tells no more."""
    reader = asked(world, number)
    assert seen(reader.get("Observation?patient=H0-P1&_total=accurate")) == {"o1", "o3", "o4"}
    for way in ("_summary=count", "_total=accurate", "_total=estimate", "_count=0"):
        assert reader.get(f"Observation?patient=H0-P1&{way}").json()["total"] == 3


def as_unknown(reader: Voice, known: str, unknown: str, **headers: str) -> None:
    """The same status, body and headers for a hidden id as for one that never was."""
    answers = [reader.get(each, **headers, X_Request_Id="same") for each in (known, unknown)]
    id, other = (each.partition("/")[2].partition("/")[0].encode() for each in (known, unknown))
    assert answers[0].status_code == answers[1].status_code == 404
    assert answers[0].content == answers[1].content.replace(other, id)
    assert answers[0].headers == answers[1].headers


def a_hidden_instance(world: World, number: int) -> None:
    reader = asked(world, number)
    for door in ("", "/_history", "/_history/1", "/$receipt", "/_history/1/$receipt"):
        as_unknown(reader, f"Observation/H0-o2{door}", f"Observation/H0-ox{door}")


def a_deleted_hidden_instance(world: World, number: int) -> None:
    reader = asked(world, number)
    assert world.feed.delete("Observation/H0-o2").status_code == 204
    as_unknown(reader, "Observation/H0-o2", "Observation/H0-ox")
    as_unknown(reader, "Observation/H0-o2", "Observation/H0-ox", If_None_Match='W/"1"')
    as_unknown(reader, "Observation/H0-o2", "Observation/H0-ox", If_Modified_Since="Wed, 01 Jan 2020 00:00:00 GMT")


def by_post(world: World, number: int) -> None:
    reader = asked(world, number)
    form = "application/x-www-form-urlencoded"
    assert seen(reader.client.post("/fhir/Observation/_search", "patient=H0-P1", content_type=form)) == expected(number)


def in_a_batch(world: World, number: int) -> None:
    reader = asked(world, number)
    for type, statuses in (("batch", ["404 Not Found", "200 OK"]), ("transaction", None)):
        entry = [{"request": {"method": "GET", "url": f"Observation/H0-{id}"}} for id in ("o2", "o1")]
        answer = reader.post("", {"resourceType": "Bundle", "type": type, "entry": entry})
        if statuses is None:
            assert answer.status_code == 404
        else:
            assert [each["response"]["status"] for each in answer.json()["entry"]] == statuses


def never_wider(world: World, number: int) -> None:
    """Refused or unknown; if it is answered, without a record that the scenario hides."""
    reader = asked(world, number)
    for url in _DOORS[number]:
        answer = reader.get(url)
        assert answer.status_code in (400, 403, 404, 405) or not seen(answer) & _HIDDEN[number]


_DOORS = {
    46: ("Patient/H0-P1/$graphql?query={ConditionList(_reference:patient){id}}", "Condition?patient=H0-P1"),
    51: ("Binary/H0-b2", "DocumentReference?patient=H0-P1", "DocumentReference/H0-d2/$document"),
    54: ("Group/H0-g1/$export", "$export"),
}
_HIDDEN: dict[int, set[str]] = {46: {"c1", "e2"}, 51: {"d2"}, 54: {"o8", "o9", "f1"}}


def included(world: World, number: int) -> None:
    reader = asked(world, number)
    for include in ("MedicationRequest:encounter", "*"):
        for name in ("_include", "_include:iterate"):
            found = seen(reader.get(f"MedicationRequest?patient=H0-P1&{name}={include}"))
            assert found - {"P1"} == {"m1", "e1"}
    assert seen(reader.get("Encounter?patient=H0-P1&_revinclude=MedicationRequest:encounter")) == {"e1", "m1"}


def has_oracle(world: World, number: int) -> None:
    """The same answer as if o3 did not exist; what she may see is found in the same way."""
    reader = asked(world, number)
    assert seen(reader.get(path(number))) == set()
    assert reader.get(f"{path(number)}&_summary=count").json()["total"] == 0
    assert seen(reader.get("Patient?_has:Observation:patient:code=8867-4")) == {"P1"}


def all_histories(world: World, number: int) -> None:
    """Neither the hidden record nor its deletion, and no count of them.

    Where the page asks for 403 at system level, a narrow scope gets no more than the types that it names.
    """
    reader = asked(world, number)
    assert world.feed.delete("Observation/H0-o2").status_code == 204
    for url, count in (("Observation/_history", 3), ("_history", None)):
        answer = reader.get(f"{url}?_count=200")
        assert answer.status_code == 200
        entries = answer.json()["entry"]
        assert not [entry for entry in entries if "H0-o2" in f"{entry['fullUrl']} {entry['request']['url']}"]
        assert answer.json()["total"] == len(entries)
        assert count is None or len(entries) == count
    limited = world.by("P1", "PATRQT", "patient/Observation.rs").get("_history?_count=200").json()["entry"]
    assert {entry["request"]["url"].partition("/H0-")[0] for entry in limited} == {"Observation"}
    assert not [entry for entry in limited if "H0-P1" not in str(entry.get("resource", "H0-P1"))]


def without_a_patient(world: World, number: int) -> None:
    reader = asked(world, number)
    world.push({"resourceType": "List", "id": "H0-l", "status": "current", "mode": "working"})
    world.push({"resourceType": "Binary", "id": "H0-b", "contentType": "text/plain", "data": "eA=="})
    world.push({"resourceType": "Basic", "id": "H0-x", "code": {"text": "note"}})
    for type, id in (("List", "l"), ("Binary", "b"), ("Basic", "x")):
        as_unknown(reader, f"{type}/H0-{id}", f"{type}/H0-z")
        assert reader.get(f"{type}?_total=accurate").json()["total"] == 0


def another_patient(world: World, number: int) -> None:
    person = world.by("P1", "PATRQT")
    as_unknown(person, "Patient/H0-P2", "Patient/H0-P9")
    assert seen(person.get("Observation?patient=H0-P2")) == set()
    assert seen(person.get("Observation")) == {"o1", "o2", "o3", "o4"}


def granular_scope(world: World, number: int) -> None:
    """A scope narrowed by a search grants nothing yet, rather than the whole type."""
    world.record(scenario(number)["consent"])
    for scopes in ("user/Observation.rs?category=laboratory user/Patient.r", "user/Observation.r"):
        assert world.by("DrA", "TREAT", scopes).get("Observation?patient=H0-P1").status_code == 403


def limited_app(world: World, number: int) -> None:
    person = world.by("P1", "PATRQT", "patient/Patient.rs patient/Condition.rs patient/Observation.rs")
    assert person.get("MedicationRequest?patient=H0-P1").status_code == 403
    assert seen(person.get("Condition?patient=H0-P1")) == {"c1"}


def revoked(world: World, number: int) -> None:
    person = world.by("P1", "PATRQT")
    tokens.revoke(person.token, at=timezone.now())
    assert person.get("Patient/H0-P1").status_code == 401


def moved(world: World, number: int) -> None:
    """By another hospital it does not exist; by its own, it is refused."""
    world.record(scenario(number)["consent"])
    body = resource(fixture()["resources"]["Observation/o1"]) | {"subject": {"reference": "Patient/H0-P2"}}
    assert world.by("DrC", "TREAT").put("Observation/H0-o1", body).status_code in (403, 404, 422)
    assert world.feed.put("Observation/H0-o1", body).status_code == 422


def not_a_member(world: World, number: int) -> None:
    with pytest.raises(Refused):
        asked(world, number)


def recorded(world: World, number: int) -> None:
    """Allowed and refused, for each Patient touched; the person sees those about her, the auditor all."""
    world.record("P1:K4, P2:K1")
    reader = world.by("DrA", "TREAT")
    for url in ("Observation?patient=H0-P1,H0-P2", "Observation/H0-o1", "Observation/H0-o2"):
        reader.get(url)
    rows = [(e["subtype"][0]["code"], e["outcome"]) for e in _events(world.by("P1", "PATRQT")) if _by(e) == "DrA"]
    assert rows == [("read", "4"), ("read", "0"), ("search", "0")]
    every = [e for e in _events(world.by("auditor", "HOPERAT")) if _by(e) == "DrA"]
    patients = [entity["what"]["reference"] for e in every for entity in e["entity"] if entity["type"]["code"] == "1"]
    assert sorted(patients) == ["Patient/H0-P1"] * 3 + ["Patient/H0-P2"]


def _events(reader: Voice) -> list[dict[str, Any]]:
    return [entry["resource"] for entry in reader.get("AuditEvent?_count=200").json().get("entry", [])]


def _by(event: dict[str, Any]) -> str:
    return str(event["agent"][0]["name"])


CHECKS: dict[int, Callable[[World, int], None]] = {
    7: counted, 8: a_hidden_instance, 21: not_a_member, 34: counted, 35: by_post, 36: included,
    38: has_oracle, 40: a_hidden_instance, 41: all_histories,
    43: a_deleted_hidden_instance, 45: in_a_batch, 50: without_a_patient, 56: another_patient, 57: granular_scope,
    58: limited_app, 59: revoked, 61: moved, 62: recorded, **dict.fromkeys(HIDDEN_OR_REFUSED, never_wider),
}  # fmt: skip
NUMBERS = [each["n"] for each in json.loads(FILE.read_text())["scenarios"]] if FILE.exists() else [0]


@pytest.mark.parametrize("number", NUMBERS)
def test_scenario(number: int, world: World) -> None:
    CHECKS.get(number, a_set)(world, number)


@pytest.mark.parametrize("number", [7, 9, 11, 12, 15, 16, 17, 23, 26, 29, 30, 33])
def test_a_transaction_that_brings_everything_at_once_is_judged_alike(number: int, db: None) -> None:
    """The records and the consents in one Bundle, as an interface engine sends them."""
    world = World(push=False)
    names = scenario(number)["consent"].split("+")
    bodies = [resource(short) for short in fixture()["resources"].values()] + [consent(name, "P1") for name in names]
    assert world.feed.post("", build.transaction(*bodies)).status_code == 200
    row = scenario(number)
    assert seen(world.by(row["who"], row["purpose"]).get(path(number))) == expected(number)
