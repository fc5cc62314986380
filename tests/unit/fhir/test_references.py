from typing import Any

import pytest

from medbridge.fhir.digits import Digits
from medbridge.fhir.references import classify, patients, references, rewrite

URN = "urn:uuid:6f1c2f0e-8f5b-4c39-9d3e-0a6d2b0f5a11"


def observation(**more: Any) -> dict[str, Any]:
    return {"resourceType": "Observation", "id": "o", "subject": {"reference": "Patient/alice"}, **more}


@pytest.mark.parametrize(
    ("text", "kind", "type", "id", "version"),
    [
        ("Patient/1", "literal", "Patient", "1", None),
        ("Patient/1/_history/2", "literal", "Patient", "1", "2"),
        ("https://a.example/fhir/Patient/1", "absolute", "Patient", "1", None),
        ("https://a.example/picture.png", "absolute", None, None, None),
        ("#bob", "fragment", None, "bob", None),
        (URN, "urn", None, None, None),
        ("Practitioner?identifier=http://npi|1", "conditional", "Practitioner", None, None),
        ("Patient/", "other", None, None, None),
        ("Patient/1\n", "other", None, None, None),
        ("Patient/" + "x" * 65, "other", None, None, None),
    ],
)
def test_a_reference_is_known_by_its_form(text: str, kind: str, type: str, id: str, version: str) -> None:
    found = classify("", text)
    assert (found.kind, found.type, found.id, found.version) == (kind, type, id, version)


def test_every_reference_is_found_with_its_place() -> None:
    resource = observation(
        performer=[{"display": "nobody"}, {"reference": "Practitioner/bob"}],
        contained=[{"resourceType": "Specimen", "subject": {"reference": "Patient/alice"}}],
    )
    assert {(r.expression, r.text) for r in references(resource)} == {
        ("Observation.subject", "Patient/alice"),
        ("Observation.performer[1]", "Practitioner/bob"),
        ("Observation.contained[0].subject", "Patient/alice"),
    }


def test_references_are_replaced_and_the_original_is_left_alone() -> None:
    resource = observation(encounter={"reference": URN})
    assert rewrite(resource, {URN: "Encounter/1"})["encounter"] == {"reference": "Encounter/1"}
    assert resource["encounter"] == {"reference": URN}


def test_a_resource_without_a_match_is_the_same_object() -> None:
    resource = observation(performer=[{"reference": "Practitioner/bob"}])
    assert rewrite(resource, {URN: "Encounter/1"}) is resource


def test_digits_survive_a_rewrite() -> None:
    resource = observation(encounter={"reference": URN}, valueQuantity={"value": Digits("72.50")})
    assert rewrite(resource, {URN: "Encounter/1"})["valueQuantity"]["value"].text == "72.50"


def test_uris_that_name_an_entry_are_replaced() -> None:
    resource = observation(extension=[{"url": "http://e", "valueUri": URN}], instantiatesUri=[URN, "http://other"])
    changed = rewrite(resource, {URN: "Plan/1"})
    assert changed["extension"][0]["valueUri"] == "Plan/1"
    assert changed["instantiatesUri"] == ["Plan/1", "http://other"]


def test_canonicals_and_strings_are_not_links() -> None:
    resource = observation(identifier=[{"system": "urn:ietf:rfc:3986", "value": URN}], instantiatesCanonical=[URN])
    assert rewrite(resource, {URN: "Plan/1"}) is resource


def test_links_of_the_narrative_are_replaced() -> None:
    resource = observation(text={"status": "generated", "div": f"<div><a href=\"{URN}\">x</a><img src='{URN}'/></div>"})
    changed = rewrite(resource, {URN: "Media/1"})
    assert changed["text"]["div"] == "<div><a href=\"Media/1\">x</a><img src='Media/1'/></div>"


def test_the_words_of_the_narrative_are_not_links() -> None:
    resource = observation(text={"status": "generated", "div": f"<div>href {URN}</div>"})
    assert rewrite(resource, {URN: "Media/1"}) is resource


def test_a_patient_inside_or_elsewhere_is_another_person() -> None:
    resource = observation(
        contained=[{"resourceType": "Patient", "id": "donor"}],
        focus=[{"reference": "https://a.example/fhir/Patient/9"}],
    )
    assert patients(resource) == {"alice", "donor", "https://a.example/fhir/Patient/9"}
