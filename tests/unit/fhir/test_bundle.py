from typing import Any

import pytest

from medbridge.fhir.bundle import Target, plan, split_url
from medbridge.fhir.outcome import FhirError

PATIENT = {"resourceType": "Patient"}


def entry(method: str, url: str, resource: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    request = {"method": method, "url": url, **{k: v for k, v in more.items() if k.startswith("if")}}
    rest = {k: v for k, v in more.items() if not k.startswith("if")}
    return {**({"resource": resource} if resource else {}), **rest, "request": request}


def bundle(*entries: Any, type: str = "transaction") -> dict[str, Any]:
    return {"resourceType": "Bundle", "type": type, "entry": list(entries)}


@pytest.mark.parametrize(
    ("url", "target"),
    [
        ("Patient", Target("Patient")),
        ("/Patient/1", Target("Patient", "1")),
        ("Patient/1/_history", Target("Patient", "1", history=True)),
        ("Patient/1/_history/2", Target("Patient", "1", history=True, version="2")),
        ("Patient/_history", Target("Patient", history=True)),
        ("Patient?name=a/b?c", Target("Patient", query="name=a/b?c")),
        ("Patient/1/$everything?_count=1", Target("Patient", "1", operation="everything", query="_count=1")),
        ("$export", Target(operation="export")),
        ("_history", Target(history=True)),
    ],
)
def test_a_url_is_taken_apart(url: str, target: Target) -> None:
    assert split_url(url) == target


@pytest.mark.parametrize(
    "url", ["", "/", "patient/1", "Patient/a b", "Patient/1/2", "Patient/1/_history/2/3", "http://x/Patient/1"]
)
def test_what_is_no_url_of_the_api_is_refused(url: str) -> None:
    with pytest.raises(FhirError):
        split_url(url)


def test_a_transaction_is_done_in_the_standards_order() -> None:
    steps = plan(
        bundle(
            entry("GET", "Patient/1"),
            entry("PUT", "Patient/2", {**PATIENT, "id": "2"}),
            entry("POST", "Patient", PATIENT),
            entry("DELETE", "Patient/3"),
            entry("POST", "Patient", PATIENT),
        )
    )
    assert [(step.method, step.index) for step in steps] == [
        ("DELETE", 3),
        ("POST", 2),
        ("POST", 4),
        ("PUT", 1),
        ("GET", 0),
    ]


def test_a_batch_keeps_its_order_and_answers_a_wrong_entry_alone() -> None:
    steps = plan(bundle(entry("GET", "Patient/1"), {}, entry("DELETE", "Patient/2"), type="batch"))
    assert [step.method for step in steps if step.error is None] == ["GET", "DELETE"]
    assert steps[1].error is not None
    assert steps[1].error.issues[0].expression == "Bundle.entry[1].request"


def test_conditions_of_a_request_are_carried() -> None:
    create, update = plan(
        bundle(
            entry("POST", "Patient", PATIENT, ifNoneExist="identifier=1"),
            entry("PUT", "Patient?identifier=1", PATIENT, ifMatch='W/"1"'),
        )
    )
    assert (create.if_none_exist, create.conditional) == ("identifier=1", False)
    assert (update.if_match, update.conditional, update.target.query) == ('W/"1"', True, "identifier=1")


def test_a_restful_full_url_is_also_known_by_its_relative_form() -> None:
    [step] = plan(bundle(entry("POST", "Patient", PATIENT, fullUrl="https://a.example/fhir/Patient/5")))
    assert step.names == ("https://a.example/fhir/Patient/5", "Patient/5")


@pytest.mark.parametrize(
    ("wrong", "place"),
    [
        (entry("FETCH", "Patient/1"), "request.method"),
        (entry("GET", "patients"), "request.url"),
        ({"request": {"method": "GET"}}, "request.url"),
        (entry("POST", "Patient"), "resource"),
        (entry("POST", "Patient/1", PATIENT), "request.url"),
        (entry("POST", "Observation", PATIENT), "resource"),
        (entry("PUT", "Patient", PATIENT), "request.url"),
        (entry("PUT", "Patient/1", PATIENT), "resource.id"),
        (entry("DELETE", "Patient"), "request.url"),
        (entry("DELETE", "Patient/1", PATIENT), "resource"),
        (entry("DELETE", "Patient/1/_history"), "request.url"),
        (entry("GET", "?_lastUpdated=2020"), "request.url"),
        (entry("PUT", "Patient/1", {**PATIENT, "id": "1"}, ifNoneExist="x=1"), "request.ifNoneExist"),
        (entry("POST", "Patient", PATIENT, fullUrl=7), "fullUrl"),
        ({"resource": [], "request": {"method": "POST", "url": "Patient"}}, "resource"),
        ({"request": {"method": [], "url": "Patient"}}, "request.method"),
        ("entry", "request"),
    ],
)
def test_an_error_names_the_entry(wrong: Any, place: str) -> None:
    with pytest.raises(FhirError) as caught:
        plan(bundle(entry("GET", "Patient/1"), wrong))
    assert caught.value.issues[0].expression == f"Bundle.entry[1].{place}"


@pytest.mark.parametrize(
    "twice",
    [
        [entry("DELETE", "Patient/1"), entry("PUT", "Patient/1", {**PATIENT, "id": "1"})],
        [entry("PUT", "Patient?identifier=1", PATIENT), entry("PUT", "Patient?identifier=1", PATIENT)],
        [
            entry("POST", "Patient", PATIENT, fullUrl="urn:uuid:1"),
            entry("POST", "Patient", PATIENT, fullUrl="urn:uuid:1"),
        ],
    ],
)
def test_one_resource_twice_in_a_transaction_is_refused(twice: list[Any]) -> None:
    with pytest.raises(FhirError, match=r"Bundle\.entry\[1\]"):
        plan(bundle(*twice))


@pytest.mark.parametrize("wrong", [{}, {"resourceType": "Bundle", "type": "collection"}, bundle() | {"entry": {}}])
def test_what_is_no_transaction_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(FhirError):
        plan(wrong)
