"""Extensions that a package defines: by URL, wherever they stand."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.fhir.profiles.build import MINE, Json, at, errors, extension, found, profile, sliced
from tests.unit.fhir.resources import bundle, patient

ANY = profile("Patient")


def value(*types: str) -> list[Json]:
    return [at("Extension.extension", max="0"), at("Extension.url", fixedUri=f"{MINE}/eyes"),
            at("Extension.value[x]", min=1, type=[{"code": type} for type in types])]  # fmt: skip


EYES = extension("eyes", *value("code"))


def eyed(**value: Any) -> Json:
    return {"url": f"{MINE}/eyes", **value}


def test_a_right_extension() -> None:
    assert errors(patient(extension=[eyed(valueCode="blue")]), ANY, EYES) == []


def test_a_value_of_another_type() -> None:
    wrong = patient(extension=[eyed(valueString="blue")])
    assert errors(wrong, ANY, EYES) == [("structure", "Patient.extension[0].valueString")]


def test_a_missing_value() -> None:
    wrong = patient(extension=[eyed(extension=[{"url": "x", "valueCode": "y"}])])
    assert errors(wrong, ANY, EYES) == [
        ("structure", "Patient.extension[0].extension[0]"), ("required", "Patient.extension[0].value"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("contexts", "fits"),
    [
        (("Patient",), False), (("Patient.name",), True), (("HumanName",), True), (("Element",), True),
        (("Patient.contact", "Patient.name"), True), (("Observation",), False), (("DomainResource",), False),
    ],
)  # fmt: skip
def test_where_an_extension_may_stand(contexts: tuple[str, ...], fits: bool) -> None:
    named = patient(name=[{"family": "Liddell", "extension": [eyed(valueCode="blue")]}])
    says = [] if fits else [("extension", "Patient.name[0].extension[0]")]
    assert errors(named, ANY, extension("eyes", *value("code"), contexts=contexts)) == says


def test_an_extension_of_a_primitive() -> None:
    born = patient(_birthDate={"extension": [eyed(valueCode="blue")]})
    assert errors(born, ANY, extension("eyes", *value("code"), contexts=("Patient.birthDate",))) == []
    assert errors(born, ANY, EYES) == [("extension", "Patient.birthDate.extension[0]")]


def test_an_extension_inside_an_entry_is_found() -> None:
    inside = bundle("collection", {"resource": patient(extension=[eyed(valueString="blue")])})
    place = "Bundle.entry[0].resource.extension[0].valueString"
    assert errors(inside, profile("Bundle"), EYES) == [("structure", place)]


@pytest.mark.parametrize(("modifier", "key"), [(True, "extension"), (False, "modifierExtension")])
def test_a_modifier_stands_where_modifiers_stand(modifier: bool, key: str) -> None:
    wrong = patient(**{key: [eyed(valueCode="blue")]})
    made = extension("eyes", *value("code"), modifier=modifier)
    assert errors(wrong, ANY, made) == [("extension", f"Patient.{key}[0]")]


def test_an_address_of_a_loaded_publisher_that_it_does_not_define_is_a_warning() -> None:
    misspelt = patient(extension=[{"url": f"{MINE}/eye", "valueCode": "blue"}])
    assert found(misspelt, ANY, EYES) == [("warning", "extension", "Patient.extension[0]")]


def test_extensions_of_others_are_nobodys_business() -> None:
    assert found(patient(extension=[{"url": "http://other.example/x", "valueCode": "y"}]), ANY, EYES) == []


def test_a_profile_may_want_an_extension() -> None:
    wants = profile(
        "Patient",
        sliced("Patient.extension", ("value", "url")),
        at("Patient.extension:eyes", min=1, type=[{"code": "Extension", "profile": [f"{MINE}/eyes"]}]),
    )
    assert errors(patient(), wants, EYES) == [("required", "Patient.extension")]
    assert errors(patient(extension=[eyed(valueCode="blue")]), wants, EYES) == []


def test_the_inner_extensions_of_a_complex_one() -> None:
    inner = "Extension.extension:left"
    both = extension(
        "eyes",
        sliced("Extension.extension", ("value", "url")),
        at(inner, min=1, max="1"),
        at(f"{inner}.url", fixedUri="left"),
        at(f"{inner}.value[x]", type=[{"code": "code"}]),
        at("Extension.value[x]", max="0"),
    )
    right = patient(extension=[eyed(extension=[{"url": "left", "valueCode": "blue"}])])
    wrong = patient(extension=[eyed(extension=[{"url": "right", "valueCode": "blue"}])])
    assert errors(right, ANY, both) == []
    assert errors(wrong, ANY, both) == [("required", "Patient.extension[0].extension")]
