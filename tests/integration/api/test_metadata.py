"""The CapabilityStatement claims what holds and all that holds: every claim is tried on the running application."""

import gzip
import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.test import Client

from medbridge.api.interactions import CONDITIONAL, OF_SYSTEM, OF_TYPE
from medbridge.fhir.parameters import Parameter, supported
from medbridge.fhir.structure import resource_types
from medbridge.fhir.validate import issues
from tests import build
from tests.integration.conftest import FHIR, Voice
from tests.minimal import minimal

pytestmark = pytest.mark.django_db

STORED = sorted(resource_types() - {"Parameters", "AuditEvent"})
VALUES = {
    "token": "x", "string": "x", "uri": "http://example.org/x", "date": "2024", "reference": "Patient/x", "number": "5",
    "quantity": "5", "special": "1.0|1.0|5|km",
}  # fmt: skip


@pytest.fixture
def statement(client: Client) -> Any:
    return client.get("/fhir/metadata").json()


@pytest.fixture
def claims(statement: Any) -> dict[str, Any]:
    return {each["type"]: each for each in statement["rest"][0]["resource"]}


@pytest.fixture
def stocked(feed: Voice) -> Voice:
    feed.put("Patient/north-alice", build.patient("north-alice"))
    return feed


def example(parameter: Parameter) -> str:
    if parameter.kind == "composite":
        return "$".join(VALUES[part.kind] for part in parameter.components)  # type: ignore[attr-defined]
    return VALUES[parameter.kind]


def attempt(voice: Voice, code: str, type: str, id: str) -> int:
    """The status of an interaction with the record, sound in itself."""
    method, path = next((each.method, each.path) for each in (*OF_TYPE, *CONDITIONAL, *OF_SYSTEM) if each.code == code)
    path = path.format(type=type, id=id, version="1")
    body: Any = {**minimal(type), **({"id": id} if code == "update" else {})}
    kind = FHIR
    if method == "PATCH":
        body, kind = [{"op": "add", "path": "/language", "value": "en"}], "application/json-patch+json"
    if code in ("transaction", "batch"):
        body = {"resourceType": "Bundle", "type": code, "entry": []}
    if code.startswith("conditional-"):
        path += f"?_id={id}"
    raw = b"" if method in ("GET", "DELETE") else json.dumps(body).encode()
    address = f"/fhir/{path}".rstrip("/")
    status: int = voice.client.generic(method, address, raw, kind, headers={"Prefer": "handling=strict"}).status_code
    return status


def together(name: str, values: list[str]) -> list[str]:
    """Searches by many values at once: strict handling names the one that is not understood."""
    return ["&".join(f"{name}={each}" for each in values[at : at + 20]) for at in range(0, len(values), 20)]


def unsound(voice: Voice, type: str, claim: dict[str, Any]) -> Iterator[str]:
    """Where the claim about a type and the running application differ."""
    created = voice.post(type, minimal(type))
    assert created.status_code == 201, (type, created.content)
    id = created["Location"].split("/")[-3]
    codes = {each["code"] for each in claim["interaction"]}
    for code in sorted((each.code for each in OF_TYPE), key="delete".__eq__):
        if ((status := attempt(voice, code, type, id)) < 300) != (code in codes):
            yield f"{code} of {type}: {status}"
    for code, flag in (("update", claim["conditionalUpdate"]), ("delete", claim["conditionalDelete"])):
        works = attempt(voice, f"conditional-{code}", type, id) < 300
        if works == (flag in (False, "not-supported")):
            yield f"conditional {code} of {type}: {'not ' * works}claimed"


def test_every_interaction_that_is_claimed_works_and_no_other(stocked: Voice, claims: dict[str, Any]) -> None:
    """One test for all types: each does the same."""
    assert [difference for type in STORED for difference in unsound(stocked, type, claims[type])] == []


def test_every_search_parameter_and_include_that_is_claimed_is_understood(
    stocked: Voice, claims: dict[str, Any]
) -> None:
    refused = {}
    for type in STORED:
        searches = [f"{each['name']}={example(supported(type)[each['name']])}" for each in claims[type]["searchParam"]]
        searches += together("_include", claims[type].get("searchInclude", []))
        searches += together("_revinclude", claims[type].get("searchRevInclude", []))
        answers = {text: stocked.get(f"{type}?{text}", Prefer="handling=strict") for text in searches}
        refused |= {f"{type}?{text}": a.content for text, a in answers.items() if a.status_code != 200}
        assert len(searches) >= len(supported(type))
    assert refused == {}


def test_every_operation_that_is_claimed_answers(
    stocked: Voice, voice: Callable[..., Voice], claims: dict[str, Any]
) -> None:
    """Who sees what is told to the hospital's engineer, and not to its interface."""
    clients = (stocked.client, voice("dana").client)
    for type in ("Patient", "Observation", "Encounter"):
        body = {**minimal(type), "id": "north-alice"}
        assert stocked.put(f"{type}/north-alice", body).status_code in (200, 201)
        for operation in claims[type]["operation"]:
            places = [f"/fhir/{type}/north-alice/${operation['name']}", f"/fhir/{type}/${operation['name']}"]
            answers = [(c.get(path), c.post(path, b"", FHIR)) for c in clients for path in places]
            assert {answer.status_code for both in answers for answer in both} - {404, 405}, (type, operation)
            assert operation["definition"].startswith(("http://hl7.org/fhir/OperationDefinition/", "urn:medbridge:"))


def test_every_type_that_is_stored_is_claimed(claims: dict[str, Any]) -> None:
    assert set(claims) == {*STORED, "AuditEvent"}


@pytest.mark.parametrize("type", ["Parameters", "Nothing"])
def test_a_type_that_is_not_claimed_is_not_stored(stocked: Voice, type: str) -> None:
    assert stocked.post(type, {"resourceType": type}).status_code >= 400
    assert stocked.put(f"{type}/north-x", {"resourceType": type, "id": "north-x"}).status_code >= 400
    assert stocked.get(f"{type}/north-x").status_code == 404


def test_access_records_are_searched_by_what_is_claimed(stocked: Voice, alice: Voice, claims: dict[str, Any]) -> None:
    claim = claims["AuditEvent"]
    assert [each["code"] for each in claim["interaction"]] == ["read", "search-type"]
    values = {**VALUES, "_id": "00000000-0000-4000-8000-000000000000", "policy": "urn:medbridge:hospital:x"}
    for each in claim["searchParam"]:
        found = alice.get(f"AuditEvent?{each['name']}={values.get(each['name'], VALUES[each['type']])}")
        assert found.status_code == 200, (each, found.content)


def test_the_systems_interactions_are_those_claimed(stocked: Voice, statement: Any) -> None:
    claimed = {each["code"] for each in statement["rest"][0]["interaction"]}
    worked = {each.code for each in OF_SYSTEM if attempt(stocked, each.code, "Basic", "x") < 300}
    assert worked == claimed


@pytest.mark.parametrize("mode", ["full", "normative", "terminology"])
def test_the_statement_is_a_valid_resource(client: Client, mode: str) -> None:
    answer = client.get(f"/fhir/metadata?mode={mode}")
    assert answer.status_code == 200
    assert issues(answer.json()) == []


def test_another_mode_is_refused(client: Client) -> None:
    assert client.get("/fhir/metadata?mode=x").status_code == 400


def test_who_has_the_statement_is_not_sent_it_again(client: Client) -> None:
    first = client.get("/fhir/metadata")
    assert first["Cache-Control"] == "no-cache"
    assert client.get("/fhir/metadata", headers={"If-None-Match": first["ETag"]}).status_code == 304


def test_the_statement_is_compressed(client: Client) -> None:
    answer = client.get("/fhir/metadata", headers={"Accept-Encoding": "gzip"})
    assert json.loads(gzip.decompress(answer.content))["resourceType"] == "CapabilityStatement"
    assert len(answer.content) < 100_000


def test_limits_and_security_are_described(statement: Any, settings: Any) -> None:
    rest = statement["rest"][0]
    assert str(settings.BODY_LIMIT_BYTES) in rest["documentation"]
    assert rest["security"]["service"][0]["coding"][0]["code"] == "OAuth"
    assert statement["implementation"]["url"].endswith("/fhir")
