"""What a Reference of a profile may point to."""

from __future__ import annotations

from tests.unit.fhir.profiles.build import MINE, Json, at, errors, found, profile
from tests.unit.fhir.resources import bundle, observation, patient

CORE = "http://hl7.org/fhir/StructureDefinition"
BORN = profile("Patient", at("Patient.birthDate", min=1), name="born")


def about(*targets: str) -> Json:
    return profile(
        "Observation", at("Observation.subject", type=[{"code": "Reference", "targetProfile": list(targets)}])
    )


def of(reference: str) -> Json:
    return observation(subject={"reference": reference})


def test_the_type_of_a_target_is_told_by_its_address() -> None:
    assert errors(of("Patient/alice"), about(f"{CORE}/Patient")) == []
    assert errors(of("Group/1"), about(f"{CORE}/Patient")) == [("value", "Observation.subject")]
    assert errors(of("https://north.example/fhir/Group/1"), about(f"{CORE}/Patient")) == [
        ("value", "Observation.subject")
    ]


def test_a_profile_of_the_target_gives_the_type_too() -> None:
    assert errors(of("Patient/alice"), about(f"{MINE}/born"), BORN) == []
    assert errors(of("Group/1"), about(f"{MINE}/born"), BORN) == [("value", "Observation.subject")]


def inside(target: Json) -> Json:
    return {**of("#alice"), "contained": [{**target, "id": "alice"}]}


def test_a_contained_target_must_meet_the_profile() -> None:
    assert errors(inside(patient()), about(f"{MINE}/born"), BORN) == []
    wrong = inside(patient(birthDate=...))
    assert errors(wrong, about(f"{MINE}/born"), BORN) == [("value", "Observation.subject")]


def test_one_of_several_profiles_is_enough() -> None:
    other = profile("Patient", at("Patient.name", min=1), name="named")
    assert errors(inside(patient(birthDate=...)), about(f"{MINE}/born", f"{MINE}/named"), BORN, other) == []


def test_a_target_in_the_same_bundle_must_meet_the_profile() -> None:
    claims = {**of("Patient/alice"), "meta": {"profile": [f"{MINE}/mine"]}}
    entries = [{"resource": claims}, {"resource": patient(id="alice", birthDate=...)}]
    says = errors(bundle("collection", *entries), about(f"{MINE}/born"), BORN)
    assert ("value", "Bundle.entry[0].resource.subject") in says


def test_resources_that_refer_to_each_other_in_a_circle_end() -> None:
    ring = profile(
        "Patient",
        at("Patient.link"),
        at("Patient.link.other", type=[{"code": "Reference", "targetProfile": [f"{MINE}/mine"]}]),
    )
    alice = patient(id="alice", link=[{"other": {"reference": "#a"}, "type": "seealso"}])
    double = {**patient(id="a"), "link": [{"other": {"reference": "#"}, "type": "seealso"}]}
    assert errors({**alice, "contained": [double]}, ring) == []


def test_a_target_profile_that_is_not_loaded_is_said_not_refused() -> None:
    assert found(of("Patient/alice"), about("http://example.org/absent")) == [("information", "incomplete", None)]
