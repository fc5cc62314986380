"""Hostile bytes at every door: a clear 4xx with an OperationOutcome, never a 500."""

import gzip
import os
import re
import subprocess
import sys
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.db import connection
from django.test import Client

from tests import build
from tests.integration.conftest import FHIR, Voice

pytestmark = pytest.mark.django_db

PATIENT = build.raw(build.patient())


@pytest.fixture
def stocked(feed: Voice) -> Voice:
    feed.put("Patient/north-alice", build.patient("north-alice"))
    feed.put("Observation/north-o1", build.observation("Patient/north-alice", "north-o1"))
    return feed


def refused(answer: Any, *statuses: int) -> None:
    assert answer.status_code in (statuses or range(400, 500)), (answer.status_code, answer.content[:300])
    outcome = answer.json()
    assert outcome["resourceType"] == "OperationOutcome"
    assert outcome["issue"][0]["diagnostics"]
    assert not re.search(r"Traceback|File \"|psycopg|django", answer.content.decode(), re.IGNORECASE)


@pytest.mark.parametrize(
    "body",
    [
        b"[" * 200_000,
        b"[" * 200_000 + b"]" * 200_000,
        b'{"resourceType":"Patient","a":' * 50_000,
        b'{"resourceType":"Patient","extension":' + b'[{"extension":' * 2000 + b"[]" + b"}]" * 2000 + b"}",
        b"",
        b"null",
        b"7",
        b'"Patient"',
        b"\xff\xfe",
        b'{"resourceType":"Patient","id":"\\u0000"}',
        b'{"resourceType":"Patient","name":[{"family":"a\\u0000b"}]}',
        b'{"resourceType":"Patient","name":[{"family":"\\ud800"}]}',
        b'{"resourceType":"Patient","\\ud800":1}',
        b'{"resourceType":"\\u0000"}',
        b'{"resourceType":"Patient","multipleBirthInteger":' + b"9" * 400 + b"}",
        b'{"resourceType":"Patient","multipleBirthInteger":1e400}',
        b'{"resourceType":"Patient","multipleBirthInteger":99999999999}',
        b'{"resourceType":"Patient","multipleBirthInteger":NaN}',
        b'{"resourceType":"Patient","birthDate":"0000-00-00"}',
        b'{"resourceType":["Patient"]}',
        b'{"resourceType":"Patient","meta":7}',
        b'{"resourceType":"Patient","meta":{"lastUpdated":7}}',
        b'{"resourceType":"Patient","text":{"status":"generated","div":"<div><script>x</script></div>"}}',
    ],
)
@pytest.mark.parametrize("path", ["Patient", ""])
def test_a_body_that_is_no_resource(stocked: Voice, path: str, body: bytes) -> None:
    refused(stocked.post(path, body))


@pytest.mark.parametrize("year", ["0001", "9999"])
def test_dates_at_the_ends_of_time_are_stored_and_found(stocked: Voice, year: str) -> None:
    body = build.observation("Patient/north-alice", effectiveDateTime=f"{year}-12-31T23:59:59.999999-14:00")
    assert stocked.post("Observation", body).status_code == 201
    for search in (f"date={year}", f"date=ap{year}", f"date=sa{year}-12-31T23:59:59-14:00", f"_lastUpdated=ne{year}"):
        assert stocked.get(f"Observation?{search}").status_code == 200


def test_a_body_past_the_limit_is_413_before_it_is_read(stocked: Voice, settings: Any) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = settings.BODY_LIMIT_BYTES = 1000
    for path in ("/fhir", "/fhir/Patient", "/fhir/Patient/_search", "/hl7v2", "/ccda"):
        kind = "application/x-www-form-urlencoded" if "_search" in path else "application/json"
        refused(stocked.client.generic("POST", path, b" " * 1001, kind), 413)


@pytest.mark.parametrize("path", ["/fhir", "/fhir/Patient", "/hl7v2", "/ccda"])
def test_a_gzip_bomb_is_413(stocked: Voice, settings: Any, path: str) -> None:
    settings.BODY_LIMIT_BYTES = 1_000_000
    bomb = gzip.compress(b" " * 50_000_000)
    answer = stocked.client.generic("POST", path, bomb, FHIR, headers={"Content-Encoding": "gzip"})
    refused(answer, 413)


@pytest.mark.parametrize(
    "body", [gzip.compress(PATIENT)[:-9], b"", b"\x1f\x8b", PATIENT, gzip.compress(PATIENT) + b"x"]
)
def test_a_body_that_is_not_the_gzip_it_claims_to_be_is_400(stocked: Voice, body: bytes) -> None:
    refused(stocked.client.generic("POST", "/fhir/Patient", body, FHIR, headers={"Content-Encoding": "gzip"}), 400)


@pytest.mark.parametrize("encoding", ["deflate", "br", "zstd", "gzip, gzip", "x"])
def test_another_content_coding_is_415(stocked: Voice, encoding: str) -> None:
    refused(stocked.client.generic("POST", "/fhir/Patient", PATIENT, FHIR, headers={"Content-Encoding": encoding}), 415)


@pytest.mark.parametrize(
    "kind", ["text/xml", "application/fhir+xml", "text/turtle", "text/plain", "multipart/form-data"]
)
def test_a_body_that_is_not_called_json_is_415(stocked: Voice, kind: str) -> None:
    refused(stocked.client.generic("POST", "/fhir/Patient", PATIENT, kind), 415)
    refused(stocked.client.generic("POST", "/fhir", PATIENT, kind), 415)
    refused(stocked.client.generic("PUT", "/fhir/Patient/north-x", PATIENT, kind), 415)


@pytest.mark.parametrize(
    "kind", ["application/fhir+json", "application/json; charset=utf-8", "application/fhir+json;fhirVersion=4.0", ""]
)
def test_json_by_its_names_is_taken(stocked: Voice, kind: str) -> None:
    assert stocked.client.generic("POST", "/fhir/Patient", PATIENT, kind).status_code == 201


@pytest.mark.parametrize("accept", ["application/fhir+xml", "text/turtle", "application/xml, text/xml", "text/html"])
def test_an_answer_in_another_format_is_406(stocked: Voice, accept: str) -> None:
    refused(stocked.get("Patient/north-alice", Accept=accept), 406)
    refused(stocked.get("Patient", Accept=accept), 406)


@pytest.mark.parametrize(
    "accept",
    [
        "*/*",
        "application/*",
        "application/fhir+json",
        "application/json;q=0.5, text/html",
        "application/fhir+json; fhirVersion=4.0",
    ],
)
def test_an_answer_in_json_by_its_names_is_given(stocked: Voice, accept: str) -> None:
    assert stocked.get("Patient/north-alice", Accept=accept).status_code == 200


def test_the_format_parameter_is_heeded(stocked: Voice) -> None:
    assert stocked.get("Patient/north-alice?_format=json", Accept="text/html").status_code == 200
    refused(stocked.get("Patient/north-alice?_format=xml"), 406)


@pytest.mark.parametrize("method", ["TRACE", "CONNECT", "_SEARCH", "DISPATCH", "SETUP", "AT", "ACTOR", "ABC"])
@pytest.mark.parametrize("path", ["/fhir", "/fhir/Patient/north-alice", "/hl7v2"])
def test_a_method_that_is_not_supported_is_405_and_says_which_are(stocked: Voice, path: str, method: str) -> None:
    answer = stocked.client.generic(method, path)
    refused(answer, 405)
    assert answer["Allow"]


def test_head_is_get_without_the_body(stocked: Voice) -> None:
    answer = stocked.client.head("/fhir/Patient/north-alice")
    assert (answer.status_code, answer["ETag"]) == (200, 'W/"1"')


@pytest.mark.parametrize(
    "path",
    ["Patient/../Patient/north-alice", "Patient/..%2f..%2fetc%2fpasswd", "Patient/north-alice/", "Patient/%00",
    "Patient/a b",
     "Patient/" + "a" * 65, "Patient/" + "a" * 10_000, "Patient/é", "Patient/%ff%fe", "patient/north-alice",
     "Pati%00ent", "Patient//",
     "Patient/north-alice/_history/x", "Patient/north-alice/_history/0", "Patient/north-alice/_history/-1",
     "Patient/north-alice/_history/%C2%B2", "Patient/north-alice/_history/%D9%A1",
     "Patient/north-alice/_history/99999999999999999999",
     "Patient/north-alice/_history/2147483648", "Patient/north-alice/_history/1/",
     "Patient/north-alice/_history/%C2%B2/$receipt",
     "Patient/north-alice/$nothing", "$everything", "_search",
     "Observation/north-o1/$everything", "AuditEvent/x", "AuditEvent/0", "AuditEvent/0/$receipt", "a" * 3000],
)  # fmt: skip
def test_a_path_to_nothing(stocked: Voice, path: str) -> None:
    refused(stocked.get(path), 400, 404, 405)


@pytest.mark.parametrize(
    "query",
    ["name=" + "a" * 1_000_000, "&".join(["name=a"] * 10_000), "name=%00", "_id=%00", "%00=1", "name=%ff",
    "name=%ED%A0%80",
     "_count=-1", "_count=x", "_count=%C2%B2", "_cursor=x", "_cursor=%00",
     "_cursor=" + "A" * 5000, "_cursor=gAAAAA%3D%3D", "birthdate=0000", "birthdate=2020-13", "birthdate=lt",
     "birthdate=99999-01-01",
     "_lastUpdated=x", "_id=" + ",".join("a" * 64 for _ in range(1000)), "gender=", "gender=a|b|c", "_sort=,",
     "_total=all",
     "general-practitioner=%00", "name:exact=%00", "name:contains=%00", "active=" + "," * 300],
)  # fmt: skip
@pytest.mark.parametrize("door", ["get", "post", "batch"])
def test_a_search_that_makes_no_sense(stocked: Voice, door: str, query: str) -> None:
    if door == "get":
        answer = stocked.get(f"Patient?{query}")
    elif door == "post":
        form = "application/x-www-form-urlencoded"
        answer = stocked.client.generic("POST", "/fhir/Patient/_search", query.encode(), form)
    else:
        entry = [{"request": {"method": "GET", "url": f"Patient?{query}"}}]
        answer = stocked.post("", {"resourceType": "Bundle", "type": "transaction", "entry": entry})
    assert answer.status_code < 500, answer.content
    if answer.status_code != 200:
        refused(answer)


@pytest.mark.parametrize("query", ["_count=99999999999999999999", "_count=1000000", "_count=0", "name=%25", "name=_",
    "name=%5C", "name=%25%25%5C",
                                   "name:contains=%25", "name=%5C%5C%5C", "family:exact=%27%3B--"])  # fmt: skip
def test_a_search_with_odd_characters_finds_nobody_by_them(stocked: Voice, query: str) -> None:
    found = stocked.get(f"Patient?{query}")
    assert found.status_code in (200, 400), found.content
    if "name" in query or "family" in query:
        assert not [e for e in found.json().get("entry", ()) if e["search"]["mode"] == "match"]


@pytest.mark.parametrize(
    "query",
    ["_count=%C2%B2", "_count=0", "_count=-1", "_count=", "_cursor=x", "_cursor=%00", "_type=%00", "_type=Nothing",
    "_type=,,",
     "_type=" + "a" * 100_000, "&".join(["_type=a"] * 1000), "_since=x", "x=%ff"],
)  # fmt: skip
def test_everything_with_odd_parameters(stocked: Voice, query: str) -> None:
    answer = stocked.get(f"Patient/north-alice/$everything?{query}")
    assert answer.status_code in (200, 400, 414), answer.content


@pytest.mark.parametrize(
    "query", ["patient=%00", "_count=%C2%B2", "_count=x", "_cursor=x", "patient=a%26b%0a", "x=1",
    "&".join(["patient=a"] * 1000),
              "patient=" + "a" * 1_000_000],
)  # fmt: skip
def test_access_records_with_odd_parameters(alice: Voice, query: str) -> None:
    answer = alice.get(f"AuditEvent?{query}")
    assert answer.status_code in (200, 400, 414), answer.content


@pytest.mark.parametrize(
    "headers",
    [{"If_Match": "x"}, {"If_Match": 'W/"99999999999999"'}, {"If_Match": "*"}, {"If_Match": "\u00b2"},
    {"If_None_Match": "\x00"},
     {"If_None_Exist": "x"}, {"If_None_Exist": "name=%00"}, {"If_None_Exist": "name=" + "a" * 100_000},
     {"If_None_Exist": "&" * 500},
     {"Prefer": "\u00e9"}, {"X_Request_Id": "\u00e9"}, {"Content_Encoding": "\x00"}],
)  # fmt: skip
def test_odd_headers(stocked: Voice, headers: dict[str, str]) -> None:
    for answer in (
        stocked.put("Patient/north-alice", build.patient("north-alice"), **headers),
        stocked.post("Patient", build.patient(), **headers),
        stocked.get("Patient/north-alice", **headers),
    ):
        assert answer.status_code < 500, answer.content


@pytest.mark.parametrize(
    "entry",
    [None, 7, {}, {"request": None}, {"request": {}}, {"request": {"method": "GET"}}, {"request": {"method": "GET",
    "url": 7}},
     {"request": {"method": "GET", "url": ""}}, {"request": {"method": "GET", "url": "Patient?" + "a=b&" * 1000}},
     {"request": {"method": "GET", "url": "Patient/%00"}}, {"request": {"method": "GET",
     "url": "https://elsewhere.example/Patient/1"}},
     {"request": {"method": "DELETE", "url": "Patient/a/_history/1"}}, {"request": {"method": "PUT",
     "url": "Patient/a"}, "resource": 7},
     {"request": {"method": "PUT", "url": "Patient/north-a", "ifMatch": "x"}, "resource": build.patient("north-a")},
     {"request": {"method": "POST", "url": "Patient"}, "resource": {"resourceType": "Patient"},
     "fullUrl": "urn:uuid:x"},
     {"request": {"method": "POST", "url": "Patient", "ifNoneExist": "x=%00"}, "resource": {"resourceType": "Patient",
     "active": True}},
     {"request": {"method": "POST", "url": "Bundle"}, "resource": {"resourceType": "Bundle", "type": "transaction"}}],
)  # fmt: skip
@pytest.mark.parametrize("type", ["batch", "transaction"])
def test_an_entry_that_makes_no_sense(stocked: Voice, type: str, entry: Any) -> None:
    answer = stocked.post("", {"resourceType": "Bundle", "type": type, "entry": [entry]})
    assert answer.status_code < 500, answer.content
    assert b'"status":"5' not in answer.content.replace(b'"status":"501', b"")


@pytest.mark.parametrize("door", ["/hl7v2", "/ccda"])
@pytest.mark.parametrize(
    "body",
    [b"", b"\x00", b"\xff" * 1000, b"MSH", b"MSH|", b"MSH|^~\\&|a|b|c|d|2024||ADT^A01|\x00|P|2.5\rPID|||x\x00y",
     b"MSH|^~\\&|||||||ADT^A01|1|P|2.5\r" + b"PID|" * 50_000, b"<a>" * 10_000,
     b"<?xml version='1.0'?><!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>",
     b"<ClinicalDocument xmlns='urn:hl7-org:v3'/>"],
)  # fmt: skip
def test_a_message_that_is_none_is_answered(stocked: Voice, door: str, body: bytes) -> None:
    answer = stocked.client.generic("POST", door, body, "application/octet-stream")
    assert answer.status_code in (200, 400, 422), answer.content


def test_errors_tell_their_request_and_nothing_else(stocked: Voice) -> None:
    for client, path, status in (
        (stocked.client, "/fhir/Patient/none", 404), (stocked.client, "/fhir/a b", 404), (Client(),
        "/fhir/Patient/none", 401),
        (stocked.client, "/fhir/Patient?name=", 400),
    ):  # fmt: skip
        answer = client.get(path, headers={"X-Request-Id": "r-7"})
        assert (answer.status_code, answer["X-Request-Id"]) == (status, "r-7")
        assert client.get(path)["X-Request-Id"]
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert answer["Cache-Control"] == "no-store"
        assert answer["Content-Type"].startswith(FHIR)


def test_a_request_id_that_is_not_sane_is_replaced(stocked: Voice) -> None:
    for sent in ("a b", "x" * 65, "<script>", "r-7\n", ""):
        assert stocked.get("Patient/none", X_Request_Id=sent)["X-Request-Id"] not in (sent, "")


def test_an_unexpected_error_shows_nothing(stocked: Voice, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise RuntimeError("secret: /srv/medbridge")

    for way in ("read_record", "read_presumed"):
        monkeypatch.setattr(f"medbridge.api.resource.{way}", fail)
    answer = stocked.get("Patient/north-alice")
    assert answer.status_code == 500
    assert b"secret" not in answer.content


def test_the_public_statement_needs_no_token(voice: Callable[..., Voice]) -> None:
    answer = Client().get("/fhir/metadata")
    assert answer.status_code == 200
    assert answer["X-Request-Id"]


def test_a_list_of_alternatives_ends_at_the_setting(stocked: Voice, settings: Any) -> None:
    settings.SEARCH_OR_LIMIT = 2
    assert stocked.get("Patient?gender=male,female").status_code == 200
    refused(stocked.get("Patient?gender=male,female,other"), 400)


@pytest.mark.parametrize(
    ("limit", "value", "query"),
    [("SEARCH_CHAIN_LIMIT", 1, "general-practitioner:Practitioner.name=a&organization.partof.name=b"),
     ("SEARCH_CONDITION_LIMIT", 2, "gender=male&active=true&family=a"), ("SEARCH_TERM_LIMIT", 2, "_id=a&gender=a,b,c")],
)  # fmt: skip
def test_a_search_ends_at_the_settings(stocked: Voice, settings: Any, limit: str, value: int, query: str) -> None:
    assert stocked.get(f"Patient?{query}").status_code == 200
    setattr(settings, limit, value)
    answer = stocked.get(f"Patient?{query}")
    refused(answer, 400)
    assert answer.json()["issue"][0]["code"] == "too-costly"
    body = build.patient("north-new")
    refused(stocked.post("Patient", body, If_None_Exist=query), 400)


def test_a_statement_of_a_web_process_ends_at_the_setting(db: None) -> None:
    script = (
        "import medbridge.config.wsgi\nfrom django.db import connection\nc = connection.cursor()\n"
        "c.execute('SHOW statement_timeout')\nprint(c.fetchone()[0])"
    )
    environment = {**os.environ, "STATEMENT_TIMEOUT_MS": "1234", "DATABASE_URL": _test_database()}
    told = subprocess.run([sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "1234ms"


def _test_database() -> str:
    """The test run's own database; the one of DATABASE_URL need not exist."""
    parts = urlsplit(os.environ["DATABASE_URL"])
    return parts._replace(path="/" + connection.settings_dict["NAME"]).geturl()
