"""A search as a whole: what is understood, what is told, what is refused, whose data it is about."""

import pytest

from medbridge.fhir.outcome import FhirError
from medbridge.fhir.query import All, Ids, Refers, Sort, Terms
from medbridge.fhir.search import Limits, following, parse_query
from medbridge.fhir.terms import key, salt
from tests.unit.fhir.evaluation import found

ALICE = {"resourceType": "Patient", "id": "alice", "link": [{"type": "seealso", "other": {"reference": "Patient/a2"}}]}
OTHER = {"resourceType": "Patient", "id": "a2"}
HERS = {"resourceType": "Observation", "id": "hers", "status": "final", "subject": {"reference": "Patient/alice"}}
BY_HER = {
    "resourceType": "Observation",
    "id": "by-her",
    "status": "final",
    "performer": [{"reference": "Patient/alice"}],
}
AFTERS = {"resourceType": "Observation", "id": "afters", "status": "final", "subject": {"reference": "Patient/a2"}}


@pytest.mark.parametrize("pair", [("patient", "alice,bob"), ("subject", "Patient/alice,Patient/bob")])
def test_the_patients_asked_for_are_told(pair: tuple[str, str]) -> None:
    assert parse_query("Observation", [pair]).patients == ("alice", "bob")


@pytest.mark.parametrize(
    "pair", [("subject", "alice"), ("subject", "Patient/alice,Group/g"), ("patient.name", "alice")]
)
def test_a_subject_that_may_be_another_names_no_patient(pair: tuple[str, str]) -> None:
    assert parse_query("Observation", [pair]).patients is None


def test_code_is_marked_for_the_index_of_code_with_patient() -> None:
    (code,) = parse_query("Observation", [("code", "http://loinc.org|8302-2,8302-2")]).where.of
    assert isinstance(code, Terms)
    assert code.paired


def test_the_halves_of_a_composite_stand_beside_the_patient() -> None:
    query = parse_query("Observation", [("patient", "alice"), ("code-value-quantity", "8302-2$gt150")])
    assert [type(each).__name__ for each in query.where.of] == ["Refers", "Terms", "Numbers"]


@pytest.mark.parametrize("pair", [("code", "http://loinc.org|"), ("code", "|8302-2"), ("status", "final")])
def test_what_is_not_kept_with_the_patient_is_not_marked(pair: tuple[str, str]) -> None:
    (token,) = parse_query("Observation", [pair]).where.of
    assert isinstance(token, Terms)
    assert not token.paired


def test_following_the_person_leaves_the_patients_to_the_caller() -> None:
    query = parse_query("Observation", [("patient:mdm", "Patient/alice"), ("status", "final")])
    assert (query.follow_person, query.patients, len(query.where.of)) == (True, ("alice",), 1)
    followed = following(query, ["alice", "a2"])
    assert (followed.follow_person, followed.patients) == (False, ("alice", "a2"))
    refs = tuple(key("Patient", id) ^ salt("Observation", "subject") for id in ("alice", "a2"))
    assert followed.where.of[-1] == Refers(refs)


def test_a_second_patient_beside_mdm_is_refused() -> None:
    with pytest.raises(FhirError, match="once"):
        parse_query("Observation", [("patient:mdm", "alice"), ("subject", "Patient/bob")])


def test_a_compartment_holds_what_its_parameters_say() -> None:
    rows = [ALICE, OTHER, HERS, BY_HER, AFTERS]
    assert found(rows, "Observation", compartment=("Patient", "alice")) == ["hers", "by-her"]
    assert parse_query("Observation", [], compartment=("Patient", "alice")).patients == ("alice",)


def test_a_patient_is_in_her_own_compartment_and_a_linked_one_is_not() -> None:
    assert parse_query("Patient", [], compartment=("Patient", "alice")).where == All((Ids(("alice",)),))


@pytest.mark.parametrize(
    ("type", "compartment"), [("Medication", "Patient"), ("Observation", "Organization"), ("Xyz", "Patient")]
)
def test_there_is_no_such_compartment(type: str, compartment: str) -> None:
    with pytest.raises(FhirError, match="compartment"):
        parse_query(type, [], compartment=(compartment, "alice"))


def test_a_list_finds_its_items() -> None:
    todo = {"resourceType": "List", "id": "todo", "entry": [{"item": {"reference": "Observation/hers"}}]}
    assert found([todo, HERS, AFTERS], "Observation", ("_list", "todo")) == ["hers"]


def test_a_functional_list_is_not_understood() -> None:
    assert parse_query("Observation", [("_list", "$current-problems")]).unknown == ("_list",)


def test_a_page_is_never_larger_than_the_limit() -> None:
    query = parse_query("Patient", [("_count", "99999999999999999999")])
    assert query.count == 1000
    assert query.applied == (("_count", "1000"),)


def test_count_zero_asks_for_the_number_only() -> None:
    assert parse_query("Patient", [("_count", "0")]).summary == "count"


def test_a_cursor_is_no_part_of_the_self_link() -> None:
    query = parse_query("Observation", [("_total", "accurate"), ("_cursor", "x")])
    assert (query.total, query.cursor, query.applied) == ("accurate", "x", (("_total", "accurate"),))


def test_format_is_the_request_s() -> None:
    assert parse_query("Patient", [("_format", "json"), ("_pretty", "true")]) == parse_query("Patient", [])


@pytest.mark.parametrize(
    ("rule", "key"),
    [
        ("-date", Sort("clinical", True)),
        ("_lastUpdated", Sort("updated")),
        ("_id", Sort("id")),
        ("value-quantity", Sort("number", False, salt("Observation", "value-quantity"))),
        ("-value-date", Sort("date", True, salt("Observation", "value-date"))),
        ("value-string", Sort("string", False, salt("Observation", "value-string"))),
        ("code", Sort("token", paths=("code:CodeableConcept",))),
        ("patient", Sort("reference", paths=("subject:Reference(Patient)",))),
    ],
)
def test_any_parameter_sorts(rule: str, key: Sort) -> None:
    assert parse_query("Observation", [("_sort", rule)]).sort == (key,)


@pytest.mark.parametrize("rule", ["colour", "code-value-quantity", "combo-value-quantity", "date,near"])
def test_an_order_that_cannot_be_kept_is_told_and_left_out(rule: str) -> None:
    query = parse_query("Observation", [("_sort", rule)])
    assert query.sort == ()
    assert query.unknown == (f"_sort={rule.rpartition(',')[2]}",)


def test_elements_that_the_type_has_not_are_told() -> None:
    query = parse_query("Observation", [("_elements", "value,Observation.code,colour")])
    assert (query.elements, query.unknown) == (("value", "code"), ("_elements=colour",))


@pytest.mark.parametrize("value", ["true", "both"])
def test_contained_resources_are_not_searched(value: str) -> None:
    assert parse_query("Observation", [("_contained", value)]).unknown == (f"_contained={value}",)


def test_a_text_summary_cannot_be_mixed_with_includes() -> None:
    with pytest.raises(FhirError, match="_summary"):
        parse_query("Observation", [("_include", "Observation:subject"), ("_summary", "text")])


@pytest.mark.parametrize(
    "name",
    [
        "colour",
        "subject.colour",
        "subject:Medication.code",
        "code.text",
        "_has:Observation:colour:code",
        "_has:Observation:patient:colour",
        "_has:Xyz:patient:code",
        "_has:Patient:organization:name",
        "subject:above",
        "_lastUpdated:x",
        "date:x",
        "family:x",
        "status:of-type",
        "value-quantity:contains",
        "code-value-quantity:missing",
        "_query",
        "_type",
    ],
)
def test_what_is_not_understood_is_told_and_not_applied(name: str) -> None:
    query = parse_query("Observation", [(name, "2020" if "missing" not in name else "true")])
    assert query.unknown == (name,)
    assert query.where == All()
    with pytest.raises(FhirError, match="not supported"):
        parse_query("Observation", [(name, "2020" if "missing" not in name else "true")], strict=True)


def test_a_strict_search_names_everything_that_it_lacks() -> None:
    with pytest.raises(FhirError, match=r"colour, code:x, _summary=x, _include=Observation:code"):
        parse_query(
            "Observation",
            [("colour", "1"), ("code:x", "1"), ("_summary", "x"), ("_include", "Observation:code")],
            strict=True,
        )


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("code", ""),
        ("code", "a,,b"),
        ("code", "a|b|c"),
        ("code", "|"),
        ("code:in", "http://nowhere/ValueSet/x"),
        ("code:below", "http://snomed.info/sct|64572001"),
        ("code:below", "64572001"),
        ("identifier:of-type", "a|b"),
        ("date", "soon"),
        ("date", "xx2020"),
        ("value-quantity", "many"),
        ("value-quantity", "5|kg"),
        ("value-quantity", "1e400"),
        ("value-quantity", "1" * 101),
        ("value-quantity", "NaN"),
        ("value-quantity", "٣"),
        ("code-value-quantity", "a"),
        ("code-value-quantity", "a$1$2"),
        ("_count", "-1"),
        ("_count", "٣"),
        ("patient", "Patient?name=x"),
        ("patient", "#contained"),
        ("subject:Patient", "Group/1"),
        ("_id", "a b"),
        ("_list", "a b"),
        ("_total", "all"),
        ("_text", "..."),
        ("date:missing", "maybe"),
        ("code", "a\x00"),
        ("code", "\ud800"),
        ("code\x00", "a"),
        ("code", "x" * 8001),
        ("x" * 8001, "a"),
        ("code", "x," * 200 + "x"),
        ("patient:mdm", "Group/1"),
        ("_sort", "code,date,status,value-date,_id,_lastUpdated"),
        ("subject.general-practitioner.organization.partof.partof.name", "x"),
        ("_has:Provenance:target:" * 5 + "agent", "x"),
    ],
)
def test_a_malformed_value_is_refused_by_the_name_of_its_parameter(name: str, value: str) -> None:
    with pytest.raises(FhirError) as caught:
        parse_query("Patient" if name.startswith("_has") else "Observation", [(name, value)])
    assert caught.value.status == 400
    assert name.partition(":")[0][:90].partition(".")[0].strip("\x00") in str(caught.value)
    assert len(str(caught.value)) < 1000


@pytest.mark.parametrize("value", ["91|0", "0|181", "0|0|-1", "1", "a|b", "1|2|3|parsec", r"1\|2"])
def test_a_place_that_is_not_on_earth_is_refused(value: str) -> None:
    with pytest.raises(FhirError, match="near"):
        parse_query("Location", [("near", value)])


def test_too_many_parameters_are_refused() -> None:
    with pytest.raises(FhirError, match="may have 2"):
        parse_query("Patient", [("name", "x")] * 3, limits=Limits(parameters=2))


def test_too_many_includes_are_refused() -> None:
    with pytest.raises(FhirError, match="may have 20"):
        parse_query("Patient", [("_include", "*")] * 21)


def test_bare_ids_of_references_to_anything_are_counted_type_by_type() -> None:
    with pytest.raises(FhirError, match="Type/id"):
        parse_query("Provenance", [("target", ",".join(f"a{n}" for n in range(100)))])


def test_a_query_can_be_compared_and_hashed() -> None:
    pairs = [("patient", "alice"), ("_has:Provenance:target:agent", "Practitioner/bob"), ("_revinclude", "*")]
    assert hash(parse_query("Observation", pairs)) == hash(parse_query("Observation", pairs))
