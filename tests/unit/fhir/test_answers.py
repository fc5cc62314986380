import json

from medbridge.fhir.bundle import Entry, history, searchset, transaction_response

# The digits and the order of the keys are those of the sender.
STORED = b'{"resourceType":"Observation","id":"1","valueQuantity":{"value":72.50}}'
BASE = "https://here/fhir"


def test_a_search_answer_holds_the_stored_bytes() -> None:
    answer = searchset(
        [Entry("Observation/1", STORED), Entry("Patient/2", b"{}", mode="include")],
        total=1,
        links=[("self", f'{BASE}/Observation?code="x"')],
        base=BASE,
    )
    assert STORED in answer
    read = json.loads(answer)
    assert read["total"] == 1
    assert read["link"] == [{"relation": "self", "url": f'{BASE}/Observation?code="x"'}]
    assert [e["fullUrl"] for e in read["entry"]] == [f"{BASE}/Observation/1", f"{BASE}/Patient/2"]
    assert [e["search"]["mode"] for e in read["entry"]] == ["match", "include"]


def test_an_empty_answer_has_no_empty_arrays() -> None:
    assert json.loads(searchset([], total=0, links=(), base=BASE)) == {
        "resourceType": "Bundle",
        "type": "searchset",
        "total": 0,
    }


def test_a_history_tells_request_and_response() -> None:
    deleted = Entry(
        "Patient/1",
        None,
        method="DELETE",
        url="Patient/1",
        status="204",
        etag='W/"2"',
        last_modified="2026-01-01T00:00:00Z",
    )
    [read] = json.loads(history([deleted], total=1, links=(), base=BASE))["entry"]
    assert read == {
        "fullUrl": f"{BASE}/Patient/1",
        "request": {"method": "DELETE", "url": "Patient/1"},
        "response": {"status": "204", "etag": 'W/"2"', "lastModified": "2026-01-01T00:00:00Z"},
    }


def test_a_transactions_answer_carries_places_and_outcomes() -> None:
    created = Entry(status="201 Created", location="Patient/1/_history/1")
    refused = Entry(status="404 Not Found", outcome=b'{"resourceType":"OperationOutcome"}')
    read = json.loads(transaction_response([created, refused], batch=True))
    assert read["type"] == "batch-response"
    assert read["entry"][0]["response"] == {"status": "201 Created", "location": "Patient/1/_history/1"}
    assert read["entry"][1]["response"]["outcome"] == {"resourceType": "OperationOutcome"}
