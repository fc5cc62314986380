"""Any text for any name is understood, told as unknown, or refused with 400: never anything else, and soon."""

import contextlib
from time import perf_counter

from hypothesis import given
from hypothesis import strategies as st

from medbridge.fhir.outcome import FhirError
from medbridge.fhir.parameters import supported
from medbridge.fhir.search import parse_query

TYPES = ["Observation", "Patient", "Condition", "Location", "MolecularSequence", "DocumentReference", "Xyz"]
PARAMETERS = sorted({name for type in TYPES for name in supported(type)})
CONTROLS = [
    "_count", "_sort", "_summary", "_total", "_cursor", "_elements", "_include", "_include:iterate", "_revinclude",
    "_list", "_text", "_content", "_filter", "_contained", "_containedType", "patient:mdm", "_has", "_format",
]  # fmt: skip
MODIFIERS = [
    "exact", "contains", "missing", "not", "in", "not-in", "above", "below", "text", "of-type", "identifier", "Patient",
    "mdm", "",
]  # fmt: skip

parameters = st.sampled_from(PARAMETERS)
names = st.one_of(
    parameters,
    st.sampled_from(CONTROLS),
    st.builds("{}:{}".format, parameters, st.sampled_from(MODIFIERS)),
    st.lists(st.one_of(parameters, st.just("subject:Patient")), min_size=2, max_size=7).map(".".join),
    st.builds("_has:{}:{}:{}".format, st.sampled_from(TYPES), parameters, parameters),
    st.text(max_size=12),
)
words = st.sampled_from(
    [*"()[]$|,\\:*.\"-", " and ", " or ", "not(", " eq ", " ge ", "1e9", "5.4", "gt", "2020-01", "a", "Patient/1", "http://a/b",
     "http://unitsofmeasure.org", "mg", "true", "\ud800", "\x00", "\U0010ffff"]
)  # fmt: skip
values = st.one_of(
    st.text(max_size=40), st.lists(words, max_size=12).map("".join), st.from_regex(r"(eq|ap)?[-+.\deE]{1,9}")
)


@given(
    type=st.sampled_from(TYPES),
    pairs=st.lists(st.tuples(names, values), max_size=4),
    compartment=st.none() | st.tuples(st.sampled_from(["Patient", "Device", "X"]), st.text(max_size=5)),
)
def test_no_search_breaks_the_parser(
    type: str, pairs: list[tuple[str, str]], compartment: tuple[str, str] | None
) -> None:
    start = perf_counter()
    with contextlib.suppress(FhirError):
        hash(parse_query(type, pairs, compartment=compartment, base="https://here/fhir"))
    assert perf_counter() - start < 1


@given(names)
def test_a_megabyte_is_refused(name: str) -> None:
    for value in ("a" * 1_000_000, "(" * 1_000_000, "a," * 500_000):
        with contextlib.suppress(FhirError):
            parse_query("Observation", [(name, value)])
            assert name in ("_format", "_pretty")
