import contextlib
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from medbridge.fhir.dates import compare
from medbridge.fhir.index import Index, index
from medbridge.fhir.outcome import FhirError
from medbridge.fhir.parameters import supported
from medbridge.fhir.search import Limits, Query, parse_query

ALICE = {
    "resourceType": "Patient",
    "id": "alice",
    "identifier": [{"system": "urn:mrn|1", "value": "A,1"}],
    "name": [{"family": "张", "given": ["三"]}, {"family": "Müller"}],
    "gender": "female",
    "birthDate": "1980-05-06",
    "managingOrganization": {"reference": "Organization/north"},
}
HEIGHT = {
    "resourceType": "Observation",
    "id": "height",
    "status": "final",
    "subject": {"reference": "Patient/alice"},
    "code": {"coding": [{"system": "http://loinc.org", "code": "8302-2"}]},
    "effectiveDateTime": "2014-01-17T09:48:38+01:00",
}


def ask(type: str, *pairs: tuple[str, str], **options: Any) -> Query:
    return parse_query(type, pairs, **options)


def holds(query: Query, row: Index) -> bool:
    """What records/search.py does in SQL, for terms, strings and the clinical date."""
    terms = set(row.terms)
    return (
        all(terms & set(values) for values in query.terms)
        and not any(terms & set(values) for values in query.not_terms)
        and all(_spelled(row, *condition) for condition in query.strings)
        and all(
            row.low is not None and any(compare(p, low, high, row.low, row.high) for p, low, high in values)  # type: ignore[arg-type]
            for values in query.dates
        )
    )


def _spelled(row: Index, name: str, values: Sequence[str], match: str) -> bool:
    texts = [text for parameter, text in row.strings if parameter == name]
    return any(text.startswith(v) if match == "starts" else v in text for text in texts for v in values)


@pytest.mark.parametrize(
    ("resource", "name", "value", "expected"),
    [
        (ALICE, "name", "zhang", True),
        (ALICE, "name", "张三", True),
        (ALICE, "name", "MULL", True),
        (ALICE, "name", "ller", False),
        (ALICE, "name:contains", "LLER", True),
        (ALICE, "family:exact", "Müller", True),
        (ALICE, "family:exact", "Muller", False),
        (ALICE, "identifier", r"urn:mrn\|1|A\,1", True),
        (ALICE, "identifier", r"urn:mrn\|1|", True),
        (ALICE, "identifier", r"|A\,1", False),
        (ALICE, "gender", "male,female", True),
        (ALICE, "gender", "http://hl7.org/fhir/administrative-gender|female", True),
        (ALICE, "gender", "http://other|female", False),
        (ALICE, "gender:not", "male", True),
        (ALICE, "gender:not", "female", False),
        (ALICE, "birthdate", "1980", True),
        (ALICE, "birthdate", "gt1980-05-06", False),
        (ALICE, "birthdate", "lt1970,gt1975", True),
        (ALICE, "organization", "north", True),
        (ALICE, "organization:Organization", "north", True),
        (ALICE, "organization", "https://here/fhir/Organization/north", True),
        (ALICE, "deceased", "false", True),
        (HEIGHT, "patient", "alice", True),
        (HEIGHT, "patient", "Patient/alice", True),
        (HEIGHT, "subject:Group", "alice", False),
        (HEIGHT, "code", "http://loinc.org|8302-2", True),
        (HEIGHT, "code", "|8302-2", False),
        (HEIGHT, "date", "ge2014-01-17", True),
        (HEIGHT, "date", "2014-01-17T08:48Z", True),
        (HEIGHT, "date", "sa2014-01-17", False),
    ],
)
def test_index_and_search_agree(resource: dict[str, Any], name: str, value: str, expected: bool) -> None:
    query = ask(str(resource["resourceType"]), (name, value), strict=True, base="https://here/fhir")
    assert holds(query, index(resource)) is expected


def test_parameters_are_joined_by_and_values_by_or() -> None:
    query = ask("Observation", ("code", "a,b"), ("code", "c"))
    assert query.terms == [["code=a", "code=b"], ["code=c"]]


def test_onset_does_not_find_a_condition_by_its_record() -> None:
    recorded = index({"resourceType": "Condition", "recordedDate": "2020-01-01"})
    assert not holds(ask("Condition", ("onset-date", "2020")), recorded)
    assert holds(
        ask("Condition", ("onset-date", "2020")), index({"resourceType": "Condition", "onsetDateTime": "2020"})
    )


@pytest.mark.parametrize("pair", [("patient", "alice,bob"), ("subject", "Patient/alice,Patient/bob")])
def test_the_patients_asked_for_are_told(pair: tuple[str, str]) -> None:
    assert ask("Observation", pair).patients == ["alice", "bob"]


def test_a_subject_that_may_be_a_group_names_no_patient() -> None:
    assert ask("Observation", ("subject", "alice")).patients is None


def test_following_the_person_leaves_the_terms_to_the_caller() -> None:
    query = ask("Observation", ("patient:mdm", "Patient/alice"), ("code", "a"))
    assert (query.follow_person, query.patients, query.terms) == (True, ["alice"], [["code=a"]])
    assert query.person_terms(["alice", "alice2"]) == ["patient=Patient/alice", "patient=Patient/alice2"]


def test_a_second_patient_beside_mdm_is_refused() -> None:
    with pytest.raises(FhirError, match="once"):
        ask("Observation", ("patient:mdm", "alice"), ("subject", "Patient/bob"))


def test_ids_of_two_parameters_must_both_hold() -> None:
    assert ask("Patient", ("_id", "a,b"), ("_id", "b,c")).ids == ["b"]


def test_a_page_is_never_larger_than_the_limit() -> None:
    query = ask("Patient", ("_count", "99999999999999999999"))
    assert query.count == 1000
    assert query.applied == [("_count", "1000")]


def test_count_zero_asks_for_the_number_only() -> None:
    assert ask("Patient", ("_count", "0")).summary == "count"


def test_last_updated_sort_total_and_cursor_are_read() -> None:
    query = ask(
        "Observation", ("_lastUpdated", "gt2020"), ("_sort", "-date,_id"), ("_total", "accurate"), ("_cursor", "x")
    )
    assert [p for p, _, _ in query.last_updated[0]] == ["gt"]
    assert (query.sort, query.total, query.cursor) == ([("date", True), ("_id", False)], "accurate", "x")
    assert ("_cursor", "x") not in query.applied


@pytest.mark.parametrize(
    "name",
    [
        "colour",
        "subject.name",
        "_has:Observation:patient:code",
        "_include",
        "code:text",
        "value-quantity",
        "_lastUpdated:x",
        "date:x",
        "_elements",
        "patient:identifier",
        "family:x",
        "_profile:below",
    ],
)
def test_what_is_not_understood_is_told_and_not_applied(name: str) -> None:
    query = ask("Observation", (name, "2020"))
    assert query == Query("Observation", unknown=[name])
    with pytest.raises(FhirError, match="not supported"):
        ask("Observation", (name, "2020"), strict=True)


@pytest.mark.parametrize(("name", "value"), [("_sort", "code"), ("_summary", "text")])
def test_controls_that_cannot_be_kept_are_told(name: str, value: str) -> None:
    assert ask("Observation", (name, value)).unknown == [name]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("code", ""),
        ("code", "a,,b"),
        ("code", "a|b|c"),
        ("code", "|"),
        ("date", "soon"),
        ("date", "xx2020"),
        ("_count", "-1"),
        ("_count", "٣"),
        ("patient", "Patient?name=x"),
        ("subject:Patient", "Group/1"),
        ("_id", "a b"),
        ("_total", "all"),
        ("date:missing", "maybe"),
        ("code", "a\x00"),
        ("code", "\ud800"),
        ("code", "x" * 8001),
        ("code", "x," * 200 + "x"),
        ("patient:mdm", "Group/1"),
    ],
)
def test_a_malformed_value_is_refused_by_the_name_of_its_parameter(name: str, value: str) -> None:
    with pytest.raises(FhirError) as caught:
        ask("Observation", (name, value))
    assert caught.value.status == 400
    assert name.partition(":")[0] in str(caught.value)


def test_too_many_parameters_are_refused() -> None:
    with pytest.raises(FhirError, match="may have 2"):
        ask("Patient", *[("name", "x")] * 3, limits=Limits(parameters=2))


NAMES = st.one_of(
    st.sampled_from(sorted(supported("Observation") | supported("Patient"))),
    st.sampled_from(
        [
            "_count",
            "_sort",
            "_summary",
            "_total",
            "_cursor",
            "patient:mdm",
            "subject:Patient",
            "family:exact",
            "code:not",
            "date:missing",
        ]
    ),
    st.text(max_size=10),
)
VALUES = st.one_of(
    st.text(max_size=30), st.from_regex(r"(eq|ge|ap)?\d{4}-\d\d(-\d\d)?"), st.text(r"\,|$/aP1", max_size=12)
)


@given(
    type=st.sampled_from(["Observation", "Patient", "Condition", "Xyz"]),
    pairs=st.lists(st.tuples(NAMES, VALUES), max_size=5),
)
def test_no_search_breaks_the_parser(type: str, pairs: list[tuple[str, str]]) -> None:
    with contextlib.suppress(FhirError):
        parse_query(type, pairs)
