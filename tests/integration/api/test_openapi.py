"""The OpenAPI description is valid, and describes what is there."""

from typing import Any

import pytest
from django.test import Client
from openapi_spec_validator import OpenAPIV31SpecValidator

from medbridge.api.interactions import OF_TYPE, answered

# It names the custom search parameters, which are in the database.
pytestmark = pytest.mark.django_db


@pytest.fixture
def description(client: Client) -> Any:
    return client.get("/fhir/openapi.json").json()


def test_it_is_valid(description: Any) -> None:
    assert [error.message for error in OpenAPIV31SpecValidator(description).iter_errors()] == []


def test_every_path_answers_the_methods_described(client: Client, description: Any) -> None:
    for path, methods in description["paths"].items():
        address = "/fhir" + path.format(id="x", version="1")
        allowed = client.options(address)["Allow"].split(", ")
        assert {method.upper() for method in methods} <= set(allowed), path


def test_every_interaction_is_described(description: Any) -> None:
    for each in OF_TYPE:
        path = "/" + each.path.replace("{type}", "Observation")
        described = each.method.lower() in description["paths"].get(path, {})
        assert described == answered(each), each


def test_a_search_names_its_parameters(description: Any) -> None:
    named = {each.get("name") for each in description["paths"]["/Observation"]["get"]["parameters"]}
    assert {"code", "patient", "_lastUpdated"} <= named


def test_everything_needs_a_token_but_the_two_public_documents(description: Any) -> None:
    assert description["security"] == [{"bearer": []}]
    public = [
        path
        for path, methods in description["paths"].items()
        for each in methods.values()
        if each.get("security") == []
    ]
    assert public == ["/metadata", "/openapi.json"]


def test_who_has_it_is_not_sent_it_again(client: Client) -> None:
    tag = client.get("/fhir/openapi.json")["ETag"]
    assert client.get("/fhir/openapi.json", headers={"If-None-Match": tag}).status_code == 304
