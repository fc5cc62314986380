import tracemalloc
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from medbridge.fhir.dates import LATEST
from medbridge.fhir.index import Index, Number, index, label_terms
from medbridge.fhir.parameters import _ROWS, supported
from medbridge.fhir.parse import Digits, serialize
from medbridge.fhir.references import patients
from medbridge.fhir.terms import digest, key, salt

UCUM = "http://unitsofmeasure.org"
DAY = datetime(2020, 1, 1, tzinfo=UTC)


class Row:
    """The index of a resource, asked as a search would ask."""

    def __init__(self, type: str, elements: dict[str, Any]) -> None:
        self.type = type
        self.index = index({"resourceType": type, "id": "x", **elements})

    def term(self, parameter: str, value: str) -> bool:
        return salt(self.type, parameter) ^ digest(value) in self.index.terms

    def terms(self, parameter: str, *values: str) -> bool:
        return all(self.term(parameter, value) for value in values)

    def ref(self, parameter: str, value: str) -> bool:
        return salt(self.type, parameter) ^ digest(value) in self.index.refs

    def strings(self, parameter: str) -> set[str]:
        return {text for own, text in self.index.strings if own == salt(self.type, parameter)}

    def numbers(self, parameter: str) -> list[Number]:
        return [number for number in self.index.numbers if number.salt == salt(self.type, parameter)]


def row(type: str, **elements: Any) -> Row:
    return Row(type, elements)


def found(type: str, **elements: Any) -> Index:
    return Row(type, elements).index


def concept(*codes: str, system: str = "s", **more: Any) -> dict[str, Any]:
    return {"coding": [{"system": system, "code": code} for code in codes], **more}


def test_a_token_is_found_with_and_without_its_system() -> None:
    coded = row("Observation", code={"coding": [{"system": "http://loinc.org", "code": "8302-2"}, {"code": "height"}]})
    assert coded.terms("code", "8302-2", "http://loinc.org|8302-2", "http://loinc.org|", "height", "|height")
    assert not coded.term("code", "|8302-2")


def test_a_code_is_found_together_with_its_patient() -> None:
    coded = found("Observation", code=concept("c"), subject={"reference": "Patient/alice"})
    for spelling in ("c", "s|c"):
        assert salt("Observation", "code") ^ digest(spelling) ^ key("Patient", "alice") in coded.terms
    assert salt("Observation", "code") ^ digest("s|") ^ key("Patient", "alice") not in coded.terms


def test_only_code_is_stored_with_the_patient() -> None:
    coded = found("Observation", category=[concept("c")], subject={"reference": "Patient/alice"})
    assert salt("Observation", "category") ^ digest("c") ^ key("Patient", "alice") not in coded.terms


def test_a_reference_is_the_key_of_its_target() -> None:
    seen = row("Observation", subject={"reference": "Patient/alice/_history/3"})
    assert seen.index.refs == [key("Patient", "alice") ^ salt("Observation", "subject")]
    assert seen.ref("subject", "Patient/alice")


def test_references_that_are_no_rows_of_ours_are_found_by_their_text() -> None:
    both = [{"reference": "http://a.example/fhir/Group/1"}, {"reference": "urn:uuid:7"}, {"reference": "#inside"}]
    seen = row("Observation", focus=both)
    assert seen.ref("focus", "http://a.example/fhir/Group/1")
    assert seen.ref("focus", "urn:uuid:7")
    assert len(seen.index.refs) == 2


def test_a_canonical_is_found_with_and_without_its_version() -> None:
    seen = row("QuestionnaireResponse", questionnaire="http://a.example/q|2")
    assert seen.ref("questionnaire", "http://a.example/q|2")
    assert seen.ref("questionnaire", "http://a.example/q")


def test_the_identifier_of_a_reference() -> None:
    seen = row("Observation", subject={"identifier": {"system": "urn:mrn", "value": "7"}})
    assert seen.terms("subject:identifier", "7", "urn:mrn|7", "urn:mrn|")


def test_a_resource_inside_a_bundle_is_referred_to() -> None:
    bundle = row("Bundle", entry=[{"resource": {"resourceType": "Composition", "id": "c"}}])
    assert bundle.ref("composition", "Composition/c")
    assert not row("Bundle", entry=[{}, {"resource": {"resourceType": "Composition", "id": "c"}}]).index.refs


def test_phone_finds_only_phones() -> None:
    seen = row("Patient", telecom=[{"system": "phone", "value": "555"}, {"system": "email", "value": "a@b"}])
    assert seen.terms("telecom", "555", "a@b", "|555")
    assert seen.term("phone", "555")
    assert not seen.term("phone", "a@b")


def test_codes_booleans_and_labels() -> None:
    meta = {"tag": [{"system": "s", "code": "t"}], "source": "urn:x"}
    seen = row("Patient", gender="female", active=True, meta=meta)
    assert seen.term("gender", "female")
    assert seen.term("active", "true")
    assert seen.term("_tag", "s|t")
    assert seen.term("_source", "urn:x")


def test_a_uri_is_found_by_what_it_is_below() -> None:
    seen = row("Patient", meta={"profile": ["http://a.example/x/y|1"]})
    assert seen.terms("_profile", "http://a.example/x/y", "http://a.example/x/y|1")
    assert seen.terms("_profile:below", "http://a.example", "http://a.example/x", "http://a.example/x/y")
    assert not seen.term("_profile", "http://a.example/x")


def test_an_identifier_and_its_type() -> None:
    kind = {"coding": [{"system": "s", "code": "MR"}], "text": "Medical  Record"}
    seen = row("Patient", identifier=[{"system": "urn:mrn", "value": "7", "type": kind}])
    assert seen.terms("identifier", "7", "urn:mrn|7", "urn:mrn|")
    assert seen.term("identifier:of-type", "s|MR|7")
    assert seen.term("identifier:text", "medical record")


def test_texts_of_codes_are_displays_and_terms() -> None:
    code = {"coding": [{"code": "c", "display": "Body Weight"}], "text": "Weight"}
    seen = row("Observation", code=code).index
    own = salt("Observation", "code:text")
    assert {text for _, salted, text in seen.displays if salted == own} == {"body weight", "weight"}
    assert {term for term, _, _ in seen.displays} <= set(seen.terms)


def test_the_display_of_a_reference_is_kept_unless_it_names_a_person() -> None:
    def texts(**elements: Any) -> list[str]:
        return [text for _, _, text in found("Encounter", **elements).displays]

    assert texts(serviceProvider={"reference": "Organization/1", "display": "Ward 3"}) == ["ward 3"]
    assert texts(subject={"reference": "Patient/alice", "display": "Alice"}) == []
    assert texts(subject={"display": "Alice"}) == []
    assert texts(participant=[{"individual": {"reference": "Practitioner/bob", "display": "Bob"}}]) == []


@pytest.mark.parametrize(
    ("elements", "deceased"),
    [({}, "false"), ({"deceasedBoolean": False}, "false"), ({"deceasedDateTime": "2020"}, "true")],
)
def test_deceased_is_true_of_a_date_of_death(elements: dict[str, Any], deceased: str) -> None:
    assert row("Patient", **elements).term("deceased", deceased)


def test_nothing_is_there_twice() -> None:
    seen = found("Observation", code=concept("c", "c"), focus=[{"reference": "Group/1"}, {"reference": "Group/1"}])
    assert len(seen.terms) == len(set(seen.terms))
    assert len(seen.refs) == 1


def test_names_are_folded_and_exact_beside() -> None:
    alice = row("Patient", name=[{"family": "Müller", "given": ["Anne  Marie"]}])
    assert alice.strings("family") == {"muller"}
    assert alice.strings("given") == {"anne marie"}
    assert alice.strings("name") == {"muller", "anne marie"}
    assert alice.term("family:exact", "Müller")


def test_a_chinese_name_is_found_in_characters_and_in_pinyin() -> None:
    alice = row("Patient", name=[{"family": "张", "given": ["三"]}])
    assert {"张三", "zhangsan", "zhang san"} <= alice.strings("name")
    assert {"zhang"} <= alice.strings("family")


def test_a_name_is_found_by_its_sound() -> None:
    assert row("Patient", name=[{"family": "Smyth"}]).term("phonetic", "s530")
    assert row("Organization", name="Smith").term("phonetic", "s530")


def test_a_patient_is_in_its_own_compartment_whomever_it_links() -> None:
    alice = found("Patient", link=[{"other": {"reference": "Patient/old"}, "type": "replaces"}])
    assert (alice.patient, alice.several) == ("x", False)


@pytest.mark.parametrize(
    ("type", "elements"),
    [
        ("Observation", {"subject": {"reference": "Patient/alice"}}),
        ("Coverage", {"beneficiary": {"reference": "Patient/alice"}}),
        ("Provenance", {"target": [{"reference": "Observation/1"}, {"reference": "Patient/alice"}]}),
        ("AuditEvent", {"entity": [{"what": {"reference": "Patient/alice"}}]}),
        ("Device", {"patient": {"reference": "Patient/alice"}}),
        ("Task", {"for": {"reference": "Patient/alice"}}),
    ],
)
def test_the_compartment_comes_from_the_types_references(type: str, elements: dict[str, Any]) -> None:
    assert found(type, **elements).patient == "alice"


def test_a_resource_that_speaks_of_two_patients_is_nobodys() -> None:
    both = found("Observation", subject={"reference": "Patient/alice"}, performer=[{"reference": "Patient/mother"}])
    assert (both.patient, both.several) == (None, True)


def test_a_second_patient_in_an_extension_counts_too() -> None:
    hidden = [{"url": "http://e", "valueReference": {"reference": "Patient/mother"}}]
    assert found("Observation", subject={"reference": "Patient/alice"}, extension=hidden).several


def test_an_absolute_or_unresolved_reference_gives_no_compartment() -> None:
    elsewhere = found("Observation", subject={"reference": "https://a.example/fhir/Patient/9"})
    assert (elsewhere.patient, elsewhere.several) == (None, False)


TEXTS = st.sampled_from(
    [
        "Patient/alice", "Patient/mother", "Patient/Patient", "Patient/alice/_history/1", "https://a.example/Patient/9",
        'https://a".example/Patient/9', "Patient?identifier=a\\b", "Group/Patient", "#Patient",
        "\\\"reference\":\"Patient/x", "é Patient/alice", "Patient", '","reference":"Patient/forged',
    ]
)  # fmt: skip
NAMES = st.sampled_from(["reference", "display", "resourceType", "id", "x", 'x"reference', "é"])
TREES = st.recursive(
    TEXTS | st.none() | st.integers(0, 9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=4),
    max_leaves=12,
)


@given(TREES, TEXTS)
def test_whose_a_resource_is_does_not_depend_on_how_it_is_read(tree: Any, subject: str) -> None:
    resource = {"resourceType": "Observation", "id": "x", "subject": {"reference": subject}, "extension": tree}
    walked, read = index(resource), index(resource, serialize(resource))
    assert read.patient in (walked.patient, None)
    assert read.several or not walked.several
    if len(patients(resource)) > 1:
        assert (read.patient, read.several) == (None, True)


def test_the_clinical_date_is_an_interval() -> None:
    seen = found("Observation", effectiveDateTime="2022")
    assert seen.low == datetime(2022, 1, 1, tzinfo=UTC)
    assert seen.high == datetime(2022, 12, 31, 23, 59, 59, 999999, UTC)
    assert not seen.dates


def test_an_encounter_without_an_end_goes_on() -> None:
    assert found("Encounter", period={"start": "2022-01-01"}).high == LATEST


def test_a_condition_without_onset_is_dated_by_its_record() -> None:
    recorded = found("Condition", recordedDate="2022-05")
    assert recorded.low == datetime(2022, 5, 1, tzinfo=UTC)
    assert [date.salt for date in recorded.dates] == [salt("Condition", "recorded-date")]


def test_a_timing_spans_its_events() -> None:
    seen = found("Observation", effectiveTiming={"event": ["2020-01-01", "2021-01-01"]})
    assert (seen.low, seen.high) == (DAY, datetime(2021, 1, 1, 23, 59, 59, 999999, UTC))


def test_dates_beside_the_clinical_one_have_rows() -> None:
    seen = found("Patient", birthDate="1990-05-04", deceasedDateTime="2020-01-01")
    [died] = seen.dates
    assert (died.salt, died.low) == (salt("Patient", "death-date"), DAY)


def test_a_quantity_is_kept_as_sent_and_in_base_units() -> None:
    weight = {"value": Digits("72.50"), "unit": "kilo", "system": UCUM, "code": "kg"}
    [number] = row("Observation", valueQuantity=weight).numbers("value-quantity")
    assert str(number.low) == "72.50"
    assert number.high is None
    assert set(number.units) == {digest(f"{UCUM}|kg"), digest("|kg"), digest("|kilo")}
    assert number.canonical == (digest("g"), Decimal("72500"), None)


def test_a_quantity_of_an_unknown_unit_is_compared_as_sent_only() -> None:
    [number] = row("Observation", valueQuantity={"value": 3, "unit": "beers"}).numbers("value-quantity")
    assert (number.low, number.units, number.canonical) == (3, (digest("|beers"),), None)


@pytest.mark.parametrize(
    ("quantity", "low", "high"),
    [
        ({"value": 5, "comparator": "<"}, "-Infinity", "5"),
        ({"value": 5, "comparator": ">="}, "5", "Infinity"),
    ],
)
def test_a_comparator_opens_an_end(quantity: dict[str, Any], low: str, high: str) -> None:
    [number] = row("Observation", valueQuantity=quantity).numbers("value-quantity")
    assert (number.low, number.high) == (Decimal(low), Decimal(high))


def test_ranges_samples_money_and_plain_numbers() -> None:
    [range] = row("Condition", onsetRange={"low": {"value": 30, "system": UCUM, "code": "a"}}).numbers("onset-age")
    assert (range.low, range.high) == (30, Decimal("Infinity"))
    samples = {"origin": {"value": 1, "system": UCUM, "code": "mV"}, "factor": Digits("0.5"), "data": "2 E -4 L 8"}
    [sampled] = row("Observation", valueSampledData=samples).numbers("value-quantity")
    assert (sampled.low, sampled.high) == (Decimal("-1.0"), Decimal("5.0"))
    [net] = row("Invoice", totalNet={"value": Digits("12.30"), "currency": "CNY"}).numbers("totalnet")
    assert digest("|CNY") in net.units
    [risk] = row("RiskAssessment", prediction=[{"probabilityDecimal": Digits("0.1")}]).numbers("probability")
    assert risk.low == Decimal("0.1")


@pytest.mark.parametrize("text", ["1e-99999", "-1e-5000", "1e308"])
def test_a_number_beyond_the_databases_is_what_a_double_makes_of_it(text: str) -> None:
    [number] = row("Observation", valueQuantity={"value": Digits(text)}).numbers("value-quantity")
    assert -400 < number.low.adjusted() < 400


def component(code: str, **value: Any) -> dict[str, Any]:
    return {"code": concept(code), **value}


def test_a_composite_keeps_together_what_stands_in_one_component() -> None:
    seen = row("Observation", component=[component("a", valueCodeableConcept=concept("x")),
                                         component("b", valueCodeableConcept=concept("y"))])  # fmt: skip
    name = "component-code-value-concept"
    assert seen.terms(name, "a$x", "s|a$s|x", "a$s|x", "s|a$x", "b$y", "s|$s|")
    assert not seen.term(name, "a$y")


def test_a_composite_with_a_quantity_has_a_row_for_each_spelling_of_its_code() -> None:
    seen = row("Observation", component=[component("sys", valueQuantity={"value": 120}),
                                         component("dia", valueQuantity={"value": 80})])  # fmt: skip
    own = salt("Observation", "component-code-value-quantity")
    pairs = {(number.low, number.pair) for number in seen.numbers("component-code-value-quantity")}
    assert (120, own ^ digest("sys")) in pairs
    assert (80, own ^ digest("s|dia")) in pairs
    assert (120, own ^ digest("dia")) not in pairs
    assert {n.low for n in seen.numbers("component-value-quantity")} == {120, 80}


def test_a_composite_at_the_root_is_both_halves_and_nothing_more() -> None:
    seen = found("Observation", code=concept("c"), valueQuantity={"value": 1})
    assert {number.pair for number in seen.numbers} == {None}


def test_composites_of_other_types() -> None:
    related = row("DocumentReference", relatesTo=[{"code": "replaces", "target": {"reference": "DocumentReference/1"}}])
    assert related.term("relationship", "replaces$DocumentReference/1")
    group = row("Group", characteristic=[{"code": concept("c"), "valueBoolean": True}])
    assert group.term("characteristic-value", "c$true")
    used = row("Library", useContext=[{"code": {"code": "age"}, "valueRange": {"low": {"value": 18}}}])
    assert {n.pair for n in used.numbers("context-type-quantity")} >= {used.numbers("context-type-quantity")[0].pair}
    sequence = row("MolecularSequence", referenceSeq={"chromosome": concept("1")}, variant=[{"start": 5, "end": 9}])
    [start] = [n for n in sequence.numbers("chromosome-variant-coordinate") if n.pair == _pair("1")]
    assert start.low == 5
    assert {n.low for n in sequence.numbers("chromosome-variant-coordinate$variant-end")} == {9}


def _pair(code: str) -> int:
    return salt("MolecularSequence", "chromosome-variant-coordinate") ^ digest(code)


def test_a_location_is_near_where_it_is() -> None:
    assert found("Location", position={"longitude": Digits("-83.69"), "latitude": Digits("42.25")}).near == (
        42.25,
        -83.69,
    )
    assert found("Location", position={"longitude": 500, "latitude": 0}).near is None


def test_present_says_which_parameters_have_a_value() -> None:
    seen, known = found("Observation", status="final", subject={"reference": "Group/1"}), supported("Observation")
    there = {name for name, parameter in known.items() if parameter.bit & seen.present}
    assert there == {"_id", "status", "subject"}


def test_the_bit_of_a_sum_is_set_by_its_parts() -> None:
    seen = found("Observation", component=[component("a")], subject={"reference": "Patient/alice"})
    for name in ("combo-code", "component-code", "patient", "subject"):
        assert supported("Observation")[name].bit & seen.present, name


@pytest.mark.parametrize(
    "wrong", [None, 1, "x", [], {}, [[]], [None], {"coding": 3}, {"coding": [7]}, {"reference": 5}, {"value": []},
              {"system": {}, "value": {}, "code": {}}, True, [{"code": []}]]
)  # fmt: skip
def test_elements_of_the_wrong_shape_are_passed_over(wrong: Any) -> None:
    for type in _ROWS:
        names = {path.split(".")[0].split(":")[0].split("[")[0] for p in supported(type).values() for path in p.paths}
        seen = Row(type, dict.fromkeys(names - {"id"}, wrong)).index
        assert seen.patient in (None, "x")


def test_labels_kept_beside_a_resource_have_the_same_terms() -> None:
    label = {"system": "s", "code": "R"}
    inside = found("Observation", meta={"security": [label]})
    assert set(label_terms("Observation", label)) == set(inside.terms)


def test_megabytes_of_text_are_indexed_and_not_remembered() -> None:
    """A cache of entries counts entries, not bytes: what a sender makes long must not get into one."""
    long = "x" * 1_000_000
    tracemalloc.start()
    for number in range(20):
        text = f"{number}{long}"
        coding = {"system": f"http://{text}", "code": text, "display": text}
        found("Observation", code={"coding": [coding], "text": text}, subject={"reference": f"urn:uuid:{text}"},
              status=text, meta={"profile": [f"http://{text}"]}, effectiveDateTime=text,
              valueQuantity={"value": 1, "system": UCUM, "code": text, "unit": text})  # fmt: skip
    kept, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert kept < 5_000_000
