"""Requests made to cost much: refused in words, or answered, within seconds; and nothing stored stops a search."""

import time
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import quote

import orjson
import pytest

from tests import build
from tests.integration.conftest import FHIR, Voice

pytestmark = pytest.mark.django_db

# For a machine with other work to do; by itself each takes milliseconds.
SECONDS = 5
FORM = "application/x-www-form-urlencoded"
ALICE = build.patient("north-alice")


@pytest.fixture(autouse=True)
def in_time() -> Iterator[None]:
    begun = time.monotonic()
    yield
    assert time.monotonic() - begun < SECONDS


@pytest.fixture
def stocked(feed: Voice) -> Voice:
    feed.put("Patient/north-alice", ALICE)
    feed.put("Observation/north-o1", build.observation("Patient/north-alice", "north-o1"))
    return feed


def refused(answer: Any) -> None:
    assert 400 <= answer.status_code < 500, (answer.status_code, answer.content[:300])
    outcome = answer.json()
    assert outcome["resourceType"] == "OperationOutcome"
    assert outcome["issue"][0]["diagnostics"]
    assert len(answer.content) < 10_000, "a refusal does not send the bomb back"


def sent(number: str, **elements: Any) -> bytes:
    """A resource with the number where its text says NUMBER: no JSON writer makes such numbers."""
    return build.raw(elements).replace(b'"NUMBER"', number.encode())


@pytest.mark.parametrize("number", ["1e400", "-1e400", "1e-400", "1e-20000", "0e-20000", "1E+5000", "9" * 400])
def test_a_number_that_no_double_holds(stocked: Voice, number: str) -> None:
    observation = build.observation("Patient/north-alice", valueQuantity={"value": "NUMBER"})
    refused(stocked.post("Observation", sent(number, **observation)))
    refused(stocked.post("", sent(number, **build.transaction(observation))))
    patch = b'[{"op":"replace","path":"/valueQuantity/value","value":%b}]' % number.encode()
    refused(stocked.patch("Observation/north-o1", patch))
    refused(stocked.post("Patient/north-alice/$everything", sent(number, resourceType="Parameters", parameter=[
        {"name": "_count", "valueDecimal": "NUMBER"}])))  # fmt: skip
    refused(stocked.get(f"Observation?value-quantity={number}"))


@pytest.mark.parametrize(
    "number", ["1e308", "-1e-308", "1e-200", "0.0000000000049e-308", "0." + "0" * 97 + "1", "9" * 100, "0e308"]
)
def test_a_number_at_the_ends_stops_no_search_of_anybody(stocked: Voice, number: str) -> None:
    """`_content`, `near` and some orders read the stored resources: one that cannot be read would stop them all."""
    observation = build.observation("Patient/north-alice", valueQuantity={"value": "NUMBER", "unit": "x"})
    assert stocked.post("Observation", sent(number, **observation)).status_code == 201
    latitude = number if "-" in number or number[0] == "0" else "0"
    place = {"resourceType": "Location", "position": {"latitude": "NUMBER", "longitude": 1}}
    assert stocked.post("Location", sent(latitude, **place)).status_code == 201
    for search in (
        "Observation?_content=hemoglobin", "Observation?_sort=code,value-quantity", "Observation?_sort=-value-quantity",
        f"Observation?value-quantity=ap{number}", "Observation/$lastn?patient=north-alice&code=718-7",
        "Location?near=0|1|200|km", "Location?near=1e-200|1|200|km",
    ):  # fmt: skip
        assert stocked.get(search).status_code == 200, search
    assert stocked.get("Location?near=0|1|200|km").json()["entry"]


@pytest.mark.parametrize(
    "search",
    [
        "Observation?_include=" + "a" * 1_000_000,
        "Observation?" + "&".join(["_include=Observation:patient"] * 40),
        "Observation?patient" + ".link" * 40 + ".name=x",
        "Patient?_has:Observation:patient" + ":_has:Observation:derived-from" * 50 + ":code=x",
        "Provenance?target.target.target.name=x",
        "Patient?_filter=" + "(" * 50_000 + "name eq x" + ")" * 50_000,
        "Patient?_filter=" + "(" * 7_000,
        "Patient?_filter=" + "not(" * 1_900,
        "Patient?_filter=" + quote('name eq "' + "\\" * 7_000),
        "Patient?_filter=" + quote(" or ".join(["name eq x"] * 500)),
        "Patient?_sort=" + ",".join(["name"] * 10_000),
        "Patient?_elements=" + "a," * 500_000,
        "Patient?_elements=" + "a," * 3_000,
        "Patient?_count=-1" + "0" * 100,
        "Patient?birthdate=0000-01-01T00:00:00%2B14:00",
        "Patient?name=" + "a" * 7_900 + "!",
        "Patient?name:contains=" + quote("(a+)+" * 1_500 + "!"),
        "Patient?_text=" + quote("\u0300" * 4_000),
        "Patient?phonetic=" + quote("李" * 7_000),
        "Patient?name=%ED%A0%80",
        "Patient?name=%zz",
        "Patient?%ff=1",
        "Patient?name=%00",
        "Observation?value-quantity=1e-400",
        "Observation?code=" + "|" * 7_000,
        "Observation?code-value-quantity=" + "$" * 7_000,
        "Location?near=1e308|1",
        "Patient?" + "&" * 100_000,
    ],
    ids=lambda search: search[:40],
)
def test_a_search_that_asks_too_much(stocked: Voice, search: str) -> None:
    type, _, form = search.partition("?")
    headers = {"Prefer": "handling=strict"}
    refused(stocked.client.generic("POST", f"/fhir/{type}/_search", form.encode(), FORM, headers=headers))


@pytest.mark.parametrize(
    "search",
    ["Patient?_count=1" + "0" * 100, "Patient?birthdate=9999-12-31T23:59:59-14:00",
     "Patient?birthdate=ap0001-01-01T00:00:00%2B14:00", "Patient?_lastUpdated=gt9999-12-31T23:59:59-14:00",
     "_history?_since=9999-12-31T23:59:59-14:00", "_history?_at=0001-01-01T00:00:00%2B14:00",
     "Patient/north-alice/$everything?start=0001-01-01T00:00:00%2B14:00&end=9999-12-31T23:59:59-14:00",
     "Patient?_content=" + quote(" ".join(["a"] * 3_900)), "Location?near=90|180|1e308|[mi_i]",
     "Observation?value-quantity=1e308|http://unitsofmeasure.org|kg", "Observation?code=" + quote("\\" * 5_000),
     "Observation?value-quantity=5|http://unitsofmeasure.org|" + "(" * 5_000,
     "Observation?value-quantity=5|http://unitsofmeasure.org|10*99999999999",
     "Observation?_include:iterate=*&_revinclude:iterate=Observation:*", "Provenance?target.target.target.target=x"],
    ids=lambda search: search[:40],
)  # fmt: skip
def test_a_search_at_the_ends_is_answered(stocked: Voice, search: str) -> None:
    assert stocked.get(search).status_code == 200


COPIES = [{"op": "copy", "from": "/contact", "path": "/contact/0/extension"}] * 40
FHIRPATHS = (
    "Patient.name.matches('(a+)+$')", "Patient.repeat($this)", "Patient.descendants()", "Patient" + ".name" * 400,
    "Patient.name.where(" * 90 + ")" * 90, "Patient.name[99999999999999999999]", "(1|2).combine(3)", "'" * 999,
)  # fmt: skip


@pytest.mark.parametrize(
    "patch",
    [
        [{"op": "copy", "from": "/name", "path": "/name/-"}] * 30,
        [{"op": "add", "path": "/contact", "value": [{"name": {"text": "x"}}]}, *COPIES],
        [{"op": "move", "from": "/name", "path": "/name/0/x"}],
        [{"op": "move", "from": "", "path": "/x"}],
        [{"op": "add", "path": "/a" * 50_000, "value": 1}],
        [{"op": "add", "path": "/name/" + "9" * 5_000, "value": 1}],
        [{"op": "test", "path": "/name", "value": 1}] * 100_000,
        *(
            {"resourceType": "Parameters", "parameter": [{"name": "operation", "part": [
                {"name": "type", "valueCode": "replace"}, {"name": "path", "valueString": path},
                {"name": "value", "valueString": "x"}]}]}
            for path in FHIRPATHS
        ),
    ],
    ids=lambda patch: str(patch)[:60],
)  # fmt: skip
def test_a_patch_that_explodes(stocked: Voice, patch: Any) -> None:
    before = stocked.get("Patient/north-alice").content
    refused(stocked.patch("Patient/north-alice", patch))
    assert stocked.get("Patient/north-alice").content == before


def circle(size: int) -> dict[str, Any]:
    """Each refers to the next, the last to the first."""
    names = [f"urn:uuid:00000000-0000-4000-8000-{number:012d}" for number in range(size)]
    return {"resourceType": "Bundle", "type": "transaction", "entry": [
        {"fullUrl": name, "request": {"method": "POST", "url": "Observation"},
         "resource": build.observation("Patient/north-alice", derivedFrom=[{"reference": names[number - 1]}])}
        for number, name in enumerate(names)
    ]}  # fmt: skip


def test_a_transaction_whose_entries_refer_to_each_other_in_a_circle(stocked: Voice) -> None:
    assert stocked.post("", circle(1000)).status_code == 200
    assert stocked.get("Observation?_summary=count").json()["total"] == 1001


def test_a_bundle_of_more_entries_than_the_limit(stocked: Voice, settings: Any) -> None:
    settings.BUNDLE_ENTRY_LIMIT = 100
    refused(stocked.post("", circle(101)))


PARAMETERS = {"resourceType": "Parameters"}


@pytest.mark.parametrize(
    "operation", ["Patient/$validate", "Patient/north-alice/$everything", "Patient/north-alice/$diff"]
)
@pytest.mark.parametrize(
    "body",
    [{**PARAMETERS, "parameter": [{"name": "profile", "valueUri": "http://x"}] * 100_000},
     {**PARAMETERS, "parameter": [{"name": "x" * 1_000_000, "valueCode": "x"}]},
     {**PARAMETERS, "parameter": [7, None, {"name": 7}, {"name": "mode", "valueCode": {"reference": []}}]},
     {**PARAMETERS, "parameter": {"name": "mode"}}, b"[" * 200_000, b'{"parameter":' * 200_000],
    ids=lambda body: str(body)[:60],
)  # fmt: skip
def test_parameters_that_are_a_bomb(stocked: Voice, operation: str, body: Any) -> None:
    answer = stocked.post(operation, body)
    assert answer.status_code < 500
    assert answer.json()["resourceType"] == "OperationOutcome"


HEADERS = [
    {"If-Match": "*"}, {"If-Match": 'W/"' + "9" * 5_000 + '"'}, {"If-Match": 'W/"1", W/"2"'}, {"If-None-Match": "1"},
    {"Content-Length": "x"}, {"Content-Length": "-1"}, {"Content-Length": "9" * 5_000}, {"Content-Length": "²"},
    {"Content-Encoding": "gzip", "Content-Length": "x"}, {"Accept": "a/b," * 10_000},
    {"Accept-Charset": "x" + ",x" * 10_000},
]  # fmt: skip


@pytest.mark.parametrize("headers", HEADERS, ids=lambda headers: str(headers)[:50])
def test_headers_that_make_no_sense(stocked: Voice, headers: dict[str, str]) -> None:
    refused(put(stocked, headers))


@pytest.mark.parametrize("header", ["X-Request-Id", "X-Correlation-Id", "Origin", "If-Modified-Since", "Prefer"])
@pytest.mark.parametrize("value", ["a" * 1_000_000, "a\r\nSet-Cookie: x=y", "\x00", "é", ";,=" * 30_000])
def test_headers_come_back_sane_or_not_at_all(stocked: Voice, header: str, value: str) -> None:
    answer = put(stocked, {header: value})
    assert answer.status_code == 200
    assert all(len(told) < 200 and "\n" not in told for told in answer.headers.values())
    assert not answer.has_header("Set-Cookie")


def put(voice: Voice, headers: dict[str, str]) -> Any:
    named = {name.upper().replace("-", "_"): value for name, value in headers.items()}
    meta: dict[str, Any] = {
        name if name == "CONTENT_LENGTH" else f"HTTP_{name}": value for name, value in named.items()
    }
    return voice.client.generic("PUT", "/fhir/Patient/north-alice", build.raw(ALICE), FHIR, **meta)


@pytest.fixture
def cursor(stocked: Voice, bob: Voice) -> str:
    stocked.put("Consent/north-c", build.consent("Patient/north-alice", id="north-c"))
    stocked.put("Observation/north-o2", build.observation("Patient/north-alice", "north-o2"))
    links = bob.get("Observation?patient=north-alice&_count=1").json()["link"]
    found: str = next(link["url"].partition("_cursor=")[2] for link in links if link["relation"] == "next")
    return found


FORGERIES: dict[str, Callable[[str], str]] = {
    "truncated": lambda cursor: cursor[:-9],
    "one bit": lambda cursor: cursor[:40] + ("A" if cursor[40] != "A" else "B") + cursor[41:],
    "twice": lambda cursor: cursor * 2,
    "empty": lambda _: "",
    "Fernet of another key": lambda _: "gAAAAABl" + "A" * 92,
}


@pytest.mark.parametrize("forged", FORGERIES)
@pytest.mark.parametrize(
    "url", ["Observation?patient=north-alice&_count=1", "_history?_count=1", "Patient/north-alice/$everything?_count=1"]
)
def test_a_page_link_that_is_forged(bob: Voice, cursor: str, forged: str, url: str) -> None:
    answer = bob.get(f"{url}&_cursor={FORGERIES[forged](cursor)}")
    if forged != "empty":
        refused(answer)
    assert answer.status_code in (200, 400)


def test_a_page_link_of_another_reader_search_or_door(stocked: Voice, bob: Voice, cursor: str) -> None:
    refused(stocked.get(f"Observation?patient=north-alice&_count=1&_cursor={cursor}"))
    for other in ("Observation?_count=1", "Observation?patient=north-alice&_count=2", "_history?_count=1",
                  "Observation/_history?_count=1", "Patient/north-alice/$everything?_count=1"):  # fmt: skip
        refused(bob.get(f"{other}&_cursor={cursor}"))


def test_a_list_without_end(stocked: Voice) -> None:
    names = [{"family": "A"}] * 100_000
    refused(stocked.put("Patient/north-alice", {**ALICE, "name": names}))
    refused(stocked.post("", build.transaction({**ALICE, "name": names})))
    refused(stocked.patch("Patient/north-alice", orjson.dumps([{"op": "add", "path": "/name", "value": names}])))
