"""Custom search parameters: expressions as paths or evaluated, what they may cost, and what they leave in the index."""

from inspect import stack
from sys import getrecursionlimit, setrecursionlimit
from time import perf_counter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from medbridge.fhir.custom import NONE, Custom, Definition, failed
from medbridge.fhir.custom_expression import FUNCTIONS, RESOURCE_LIMIT, expression
from medbridge.fhir.custom_paths import NoPath, paths
from medbridge.fhir.fhirpath import NotEvaluable, tokens
from medbridge.fhir.index import index
from medbridge.fhir.outcome import FhirError
from medbridge.fhir.parameters import Kind
from medbridge.fhir.search import parse_query
from medbridge.fhir.terms import salt, term
from tests import build

WORDS = [
    "Patient", ".", "name", "(", ")", "where", "'x'", "=", "|", " as ", "value", "extension", "resolve()", " is ",
    "[0]", "1", " and ", "first()", "exists()", "ofType(", "Quantity", "$this", "birthDate", "contact", "{}", "@2024",
    "select(", "iif(", ",", "toInteger()", "substring(", " ", "not()",
]  # fmt: skip


def definition(kind: Kind, expression: str, type: str = "Patient", code: str = "own") -> Definition:
    return Definition(f"urn:{code}", code, kind, (type,), expression)


@pytest.mark.parametrize(
    ("type", "kind", "expression", "read"),
    [
        ("Patient", "token", "Patient.gender", {"gender:code"}),
        ("Patient", "token", "Patient.telecom.where(system='email')", {"telecom[system=email]:ContactPoint"}),
        ("Patient", "string", "Patient.contact.name", {"contact.name:HumanName"}),
        ("Patient", "date", "Patient.contact.period.start", {"contact.period.start:dateTime"}),
        ("Patient", "date", "(Patient.deceased as dateTime) | Person.birthDate", {"deceasedDateTime:dateTime"}),
        ("Patient", "string", "Patient.extension('http://x/y').value", {
            'extension[url="http://x/y"].valueString:string', 'extension[url="http://x/y"].valueMarkdown:markdown',
            'extension[url="http://x/y"].valueHumanName:HumanName', 'extension[url="http://x/y"].valueAddress:Address',
        }),
        ("Patient", "token", "Patient.extension.where(url = 'http://x').value as Coding",
         {'extension[url="http://x"].valueCoding:Coding'}),
        ("Patient", "token", "Patient.extension('http://x').extension('y').value.ofType(code)",
         {'extension[url="http://x"].extension[url=y].valueCode:code'}),
        ("Observation", "reference", "Observation.subject.where(resolve() is Patient)", {"subject:Reference(Patient)"}),
        ("Observation", "quantity", "Observation.value.ofType(Quantity) | Observation.referenceRange.low",
         {"valueQuantity:Quantity", "referenceRange.low:Quantity"}),
        ("Observation", "uri", "Resource.meta.profile", {"meta.profile:canonical"}),
    ],
)  # fmt: skip
def test_a_path_is_read_by_generated_code(type: str, kind: Kind, expression: str, read: set[str]) -> None:
    assert set(paths(type, kind, expression).paths) == read


@pytest.mark.parametrize(
    "expression",
    [
        "Patient.name.first().family",
        "Patient.active and Patient.deceased.exists()",
        "Patient.birthDate.extension('http://x').value",
        "Patient.extension('http://x|1').value",
        "Patient.name[1].family",
    ],
)
def test_what_is_more_than_a_path_is_evaluated(expression: str) -> None:
    with pytest.raises(NoPath):
        paths("Patient", "token", expression)
    assert Custom([definition("token", expression)]).of("Patient")["own"].paths == ()


def test_a_path_implies_its_code_system_where_it_reads_nothing_else() -> None:
    assert paths("Patient", "token", "Patient.gender").systems == ("http://hl7.org/fhir/administrative-gender",)
    assert paths("Patient", "token", "Patient.gender | Patient.maritalStatus").systems == ()


@pytest.mark.parametrize(
    "text",
    [
        "descendants()", "name.repeat(given)", "name.family.matches('(a+)+$')", "name.family.replaceMatches('a', 'b')",
        "name.family.replace('a', 'aa')", "name.select(family & family)", "name.select(family + family)",
        "name.given.combine(name.given)", "%resource.name", "name.trace('x')", "now()", "today()", "name.memberOf('x')",
        "`name`", "name.(",
    ],
)  # fmt: skip
def test_what_could_cost_anything_is_not_let_in(text: str) -> None:
    with pytest.raises(FhirError) as refused:
        expression(text)
    assert (refused.value.status, refused.value.issues[0].expression) == (422, "SearchParameter.expression")


# The longest of each kind that is let in.
DEEP = [
    "a" + ".a" * 74, "a|" * 74 + "a", "true and " * 74 + "true", "a" + "[0]" * 49, "a.where(" * 10 + "true" + ")" * 10,
    "a = " * 74 + "a",
]  # fmt: skip


@pytest.mark.parametrize("text", DEEP)
def test_what_is_let_in_needs_little_of_the_stack(text: str) -> None:
    """A process may be some hundred calls deep when it compiles or evaluates."""
    limit = getrecursionlimit()
    setrecursionlimit(len(stack()) + 700)
    try:
        expression(text)({"resourceType": "Patient", "a": [{"a": True}]}, {})
    finally:
        setrecursionlimit(limit)


@pytest.mark.parametrize(
    "text", ["(" * 900 + "a" + ")" * 900, "a." * 900 + "b", "not(" * 400, "-" * 1900 + "1", "{" * 100]
)
def test_what_is_nested_deeply_is_refused(text: str) -> None:
    with pytest.raises(FhirError):
        Custom([definition("token", text)])


@given(st.lists(st.sampled_from(WORDS), max_size=30).map("".join) | st.text(max_size=60))
def test_whatever_is_written_is_compiled_or_refused(text: str) -> None:
    resource = build.patient("x")
    try:
        custom = Custom([definition("token", text), definition("date", text, code="b")])
    except FhirError as error:
        assert error.status == 422
    else:
        index(resource, None, custom)


def test_what_is_let_in_costs_no_more_than_the_resource_is_long() -> None:
    """The worst that a thousand characters can say, ten times over ten times as many names."""
    compiled = expression("Patient.name" + ".where(given.where(length() > 0).exists())" * 8)
    times = []
    for count in (20, 200):
        resource = {"resourceType": "Patient", "name": [{"given": ["x"]}] * count}
        start = perf_counter()
        assert len(compiled(resource, {})) == count
        times.append(perf_counter() - start)
    assert times[1] < 40 * times[0]


def test_the_functions_that_are_let_in_are_there() -> None:
    from fhirpathpy.engine.invocations import invocation_registry

    assert {*invocation_registry} >= FUNCTIONS - {"resolve"}


@pytest.mark.parametrize("text", ["Patient.maritalStatus", "Patient.maritalStatus.where(coding.exists()).first()"])
def test_values_and_a_marker_are_added_to_the_index(text: str) -> None:
    patient = build.patient("x", maritalStatus={"coding": [{"system": "s", "code": "M"}]})
    plain, own = index(patient), index(patient, None, Custom([definition("token", text)]))
    salted = salt("Patient", "own")
    marker = term(salt("Patient", "own:missing"), "false")
    assert {*own.terms} - {*plain.terms} == {*(term(salted, text) for text in ("M", "s|M", "s|")), marker}
    assert (own.present, own.refs, own.patient) == (plain.present, plain.refs, plain.patient)


def test_without_a_value_there_is_nothing() -> None:
    patient = build.patient("x")
    assert index(patient, None, Custom([definition("token", "Patient.maritalStatus")])) == index(patient)


def test_a_resource_beyond_the_limit_is_not_evaluated() -> None:
    custom = Custom([definition("token", "Patient.name.first().family")])
    own = index(build.patient("x"), b" " * (RESOURCE_LIMIT + 1) + b'"Patient"', custom)
    assert failed("Patient", "own") in own.terms


@pytest.mark.parametrize("kind", ["token", "reference", "string", "date", "number", "quantity", "uri"])
@pytest.mark.parametrize("value", ["x", 1, True, {"value": []}, {"coding": 1}, {"reference": 2}, [], {}, None])
def test_elements_of_the_wrong_shape_are_passed_over(kind: Kind, value: Any) -> None:
    evaluated = definition(kind, "Patient.contact.where(true).name")
    custom = Custom([evaluated, definition(kind, "Patient.extension('x').value", code="by-path")])
    extension = {"url": "x", "valueString": value}
    index({"resourceType": "Patient", "contact": [{"name": value}], "extension": [extension]}, None, custom)


def test_a_value_that_fails_leaves_nothing_else() -> None:
    found = index({"resourceType": "Patient", "name": [{"family": "a"}, {"family": "b"}]}, None,
                  Custom([definition("string", "Patient.name.family.upper()")]))  # fmt: skip
    assert failed("Patient", "own") in found.terms
    assert not found.strings or all(own != salt("Patient", "own") for own, _ in found.strings)


def test_a_search_tells_which_custom_parameters_it_uses() -> None:
    custom = Custom([definition("token", "Patient.maritalStatus")])
    assert parse_query("Patient", [("own", "M")], custom=custom).custom == ("urn:own",)
    assert parse_query("Observation", [("subject:Patient.own", "M")], custom=custom).custom == ("urn:own",)
    assert parse_query("Patient", [("gender", "male")], custom=custom).custom == ()
    assert parse_query("Patient", [("own", "M")], custom=NONE).unknown == ("own",)


def test_what_cannot_be_compiled_is_said() -> None:
    with pytest.raises(NotEvaluable, match="is not FHIRPath"):
        tokens("name.where(")
