"""HTTP around the interactions: origins, compression, conditional reads, negotiation, ids, limits of URLs."""

import gzip
from typing import Any

import orjson
import pytest
from django.test import Client

from tests import build
from tests.integration.conftest import FHIR, Voice

pytestmark = pytest.mark.django_db

APP = "https://app.example"


@pytest.fixture
def stocked(feed: Voice) -> Voice:
    feed.put("Patient/north-alice", build.patient("north-alice"))
    feed.put(
        "Observation/north-o", build.raw(build.observation("Patient/north-alice", "north-o")).replace(b"13.5", b"13.50")
    )
    return feed


def outcome(answer: Any, status: int) -> str:
    assert answer.status_code == status, answer.content
    assert answer["Content-Type"].startswith(FHIR)
    assert answer["X-Request-Id"]
    body = orjson.loads(answer.content)
    assert body["resourceType"] == "OperationOutcome"
    return str(body["issue"][0]["diagnostics"])


@pytest.mark.parametrize("path", ["Patient/north-alice", "Patient/nobody", "Nothing/at/all/here"])
def test_a_listed_origin_reads_answers_and_errors_alike(stocked: Voice, settings: Any, path: str) -> None:
    settings.CORS_ORIGINS = [APP]
    answer = stocked.get(path, Origin=APP)
    assert answer["Access-Control-Allow-Origin"] == APP
    assert "Origin" in answer["Vary"]
    assert "ETag" in answer["Access-Control-Expose-Headers"]


def test_no_origin_reads_where_none_is_configured(stocked: Voice, settings: Any) -> None:
    settings.CORS_ORIGINS = []
    assert not stocked.get("Patient/north-alice", Origin=APP).has_header("Access-Control-Allow-Origin")


@pytest.mark.parametrize(
    ("path", "methods"),
    [("", {"POST"}), ("/metadata", {"GET"}), ("/Patient", {"GET", "POST"}), ("/Patient/x", {"GET", "PUT", "DELETE"}),
     ("/Patient/_search", {"POST"}), ("/Patient/x/_history", {"GET"}), ("/Patient/x/$everything", {"GET"})],
)  # fmt: skip
def test_a_preflight_needs_no_token_and_names_what_the_url_supports(
    client: Client, settings: Any, path: str, methods: set[str]
) -> None:
    settings.CORS_ORIGINS = [APP]
    asked = {"Origin": APP, "Access-Control-Request-Method": "GET", "Access-Control-Request-Headers": "authorization"}
    answer = client.options(f"/fhir{path}", headers=asked)
    assert answer.status_code == 204
    assert methods <= set(answer["Access-Control-Allow-Methods"].split(", "))
    assert "Authorization" in answer["Access-Control-Allow-Headers"]
    assert not answer.has_header("Content-Length")


def test_options_says_what_may_be_done(client: Client) -> None:
    answer = client.options("/fhir/Patient/x/_history")
    assert (answer.status_code, answer["Allow"]) == (204, "GET, HEAD, OPTIONS")


def test_the_public_log_is_open_to_every_page(client: Client, db: None) -> None:
    assert client.get("/log/anchors", headers={"Origin": APP})["Access-Control-Allow-Origin"] == "*"


def test_a_large_answer_is_compressed_for_who_accepts_it(stocked: Voice, settings: Any) -> None:
    settings.COMPRESS_MIN_BYTES = 100
    plain = stocked.get("Patient/north-alice")
    packed = stocked.get("Patient/north-alice", Accept_Encoding="br, gzip")
    assert gzip.decompress(packed.content) == plain.content
    assert (packed["Content-Encoding"], packed["Content-Length"]) == ("gzip", str(len(packed.content)))
    assert packed["ETag"] == plain["ETag"] == 'W/"1"'
    assert "Accept-Encoding" in packed["Vary"] and "Accept-Encoding" in plain["Vary"]


def test_a_small_answer_is_sent_as_it_is(stocked: Voice) -> None:
    assert not stocked.get("Patient/north-alice", Accept_Encoding="gzip").has_header("Content-Encoding")


def test_a_compressed_body_is_stored_as_what_it_holds(stocked: Voice) -> None:
    body = gzip.compress(build.raw(build.patient("north-2")))
    path = "/fhir/Patient/north-2"
    answer = stocked.client.generic("PUT", path, body, FHIR, headers={"Content-Encoding": "gzip"})
    assert answer.status_code == 201, answer.content
    assert stocked.get("Patient/north-2").json()["name"][0]["family"] == "Zhang"


def test_who_has_the_version_is_not_sent_it_again(stocked: Voice) -> None:
    read = stocked.get("Patient/north-alice")
    for headers in ({"If_None_Match": f'W/"9", {read["ETag"]}'}, {"If_Modified_Since": read["Last-Modified"]}):
        again = stocked.get("Patient/north-alice", **headers)
        assert (again.status_code, again.content, again["ETag"]) == (304, b"", read["ETag"])
        assert not again.has_header("Content-Length")


def test_who_may_not_see_a_record_learns_nothing_by_a_condition(stocked: Voice, voice: Any) -> None:
    mallory = voice("mallory")
    hidden = mallory.get("Patient/north-alice", If_None_Match='W/"1"')
    absent = mallory.get("Patient/north-nobody", If_None_Match='W/"1"')
    assert hidden.status_code == absent.status_code == 404
    assert hidden.content == absent.content.replace(b"nobody", b"alice")


@pytest.mark.parametrize(
    "path",
    ["Patient/north-alice", "Patient?_id=north-alice", "Patient/north-alice/_history", "metadata",
     "Patient/north-alice/$everything", "Patient/nobody"],
)  # fmt: skip
def test_head_is_what_get_says_without_the_body(stocked: Voice, path: str) -> None:
    whole, head = stocked.get(path), stocked.client.head(f"/fhir/{path}")
    assert (head.status_code, head.content) == (whole.status_code, b"")
    assert head["Content-Type"] == whole["Content-Type"]


def test_pretty_keeps_every_digit(stocked: Voice) -> None:
    pretty = stocked.get("Observation/north-o?_pretty=true")
    assert b'\n  "resourceType"' in pretty.content
    assert b'"value": 13.50,' in pretty.content
    assert orjson.loads(pretty.content) == stocked.get("Observation/north-o").json()
    assert b'\n  "issue"' in stocked.get("Observation/nobody?_pretty=true").content


@pytest.mark.parametrize(
    "headers",
    [{"Accept": "application/fhir+json;q=0"}, {"Accept": "application/fhir+json; fhirVersion=3.0"},
     {"Accept_Charset": "iso-8859-1"}, {"Accept_Charset": "utf-8;q=0"}],
)  # fmt: skip
def test_what_no_answer_can_be_is_406(stocked: Voice, headers: dict[str, str]) -> None:
    outcome(stocked.get("Patient/north-alice", **headers), 406)


@pytest.mark.parametrize("charset", ["utf-8", "iso-8859-1, utf-8;q=0.5", "*"])
def test_utf_8_is_given_to_who_accepts_it(stocked: Voice, charset: str) -> None:
    assert stocked.get("Patient/north-alice", Accept_Charset=charset).status_code == 200


@pytest.mark.parametrize(
    "kind", ["application/fhir+json; charset=iso-8859-1", "application/fhir+json; fhirVersion=5.0", "application/xml"]
)
def test_what_no_body_can_be_is_415(stocked: Voice, kind: str) -> None:
    outcome(stocked.client.generic("POST", "/fhir/Patient", build.raw(build.patient()), kind), 415)


def test_a_request_id_that_was_replaced_comes_back_as_the_correlation(stocked: Voice) -> None:
    answer = stocked.get("Patient/north-alice", X_Request_Id="<7>")
    assert (answer["X-Request-Id"] != "<7>", answer["X-Correlation-Id"]) == (True, "<7>")
    kept = stocked.get("Patient/north-alice", X_Request_Id="r-7")
    assert kept["X-Request-Id"] == "r-7" and not kept.has_header("X-Correlation-Id")
    both = stocked.get("Patient/north-alice", X_Request_Id="r-7", X_Correlation_Id="c-8")
    assert (both["X-Request-Id"], both["X-Correlation-Id"]) == ("r-7", "c-8")


@pytest.mark.parametrize(
    "path",
    ["Patient/%zz", "Patient/%ff", "Patient?name=%", "Patient?name=%zz", "Patient?name=%ff", "Patient?name=\xff"],
)
def test_bad_percent_encoding_is_400(stocked: Voice, path: str) -> None:
    meta = {
        "PATH_INFO": f"/fhir/{path.partition('?')[0]}".replace("%ff", "\xff"),
        "QUERY_STRING": path.partition("?")[2],
    }
    outcome(stocked.client.get("/fhir/x", **meta), 400)


def test_a_url_that_is_too_long_is_414_and_names_the_way_out(stocked: Voice) -> None:
    assert "_search" in outcome(stocked.get("Patient?name=" + "a" * 20_000), 414)
    form = b"name=" + b"a" * 200_000
    outcome(stocked.client.generic("POST", "/fhir/Patient/_search", form, "application/x-www-form-urlencoded"), 413)


@pytest.mark.parametrize("path", ["/fhir/a/b/c/d", "/fhirx", "/hl7v2/x", "/ccda/x"])
def test_an_address_of_nothing_is_an_outcome_too(client: Client, cast: None, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code in (401, 404)
    outcome(answer, answer.status_code)
