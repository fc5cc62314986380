"""Which headers a browser's script gets (Fetch standard, "CORS protocol")."""

import pytest

from medbridge.api import cors

APP = "https://app.example"


def test_a_listed_origin_may_read_the_answer_and_its_headers() -> None:
    headers = cors.answer(APP, [APP])
    assert headers["Access-Control-Allow-Origin"] == APP
    assert {"ETag", "Location", "Last-Modified", "X-Request-Id"} <= set(
        headers["Access-Control-Expose-Headers"].split(", ")
    )


@pytest.mark.parametrize("origin", ["https://evil.example", "https://app.example.evil", "http://app.example", "null"])
def test_another_origin_gets_no_permission(origin: str) -> None:
    assert cors.answer(origin, [APP, "null"]) == {"Vary": "Origin"}
    assert cors.preflight(origin, [APP, "null"], ["GET"]).keys() == {"Vary"}


@pytest.mark.parametrize("origin", [None, APP, "https://evil.example"])
def test_a_cache_is_told_that_answers_differ_by_origin(origin: str | None) -> None:
    assert cors.answer(origin, [APP])["Vary"] == "Origin"


def test_a_wildcard_opens_to_all_and_never_with_credentials() -> None:
    both = cors.answer(APP, ["*"]) | cors.preflight(APP, ["*"], ["GET"])
    assert both["Access-Control-Allow-Origin"] == "*"
    assert "Access-Control-Allow-Credentials" not in both


def test_a_preflight_names_methods_and_headers() -> None:
    headers = cors.preflight(APP, [APP], ["GET", "PUT"])
    assert headers["Access-Control-Allow-Methods"] == "GET, PUT"
    assert {"Authorization", "If-Match", "Prefer", "If-None-Exist"} <= set(
        headers["Access-Control-Allow-Headers"].split(", ")
    )
