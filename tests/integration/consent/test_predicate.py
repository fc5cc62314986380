"""The compiled condition and the pure rules agree on every consent, reader and record, on a real PostgreSQL."""

import os
from datetime import UTC, datetime
from itertools import product
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from medbridge.consent.compile import Visible
from medbridge.consent.labels import CONFIDENTIALITY, SENSITIVITY
from medbridge.consent.marks import mark
from medbridge.consent.models import ConsentNode
from medbridge.consent.rules import Request, Row, decide, nodes
from medbridge.consent.store import bound, store
from medbridge.fhir.dates import EARLIEST, LATEST, interval
from medbridge.fhir.terms import key
from tests.integration.consent.rows import create, presumed, store_referring, visible
from tests.unit.consent.build import actor, consent, reader, rule


def coding(code: str, system: str = "http://loinc.org") -> dict[str, Any]:
    return {"coding": [{"system": system, "code": code}]}


PAIRS = [("p1", "h1"), ("p2", "h2"), ("p1", "h2")]
DATES = [
    (None, None),
    interval("2022-06-01"),
    interval("2023"),
    (interval("2021-12-31")[0], interval("2022-01-01")[1]),
    (interval("2022-02-01")[0], LATEST),
    (EARLIEST, interval("2021")[1]),
]
TYPES = ["Observation", "Patient", "Practitioner", "Group"]
LABELS = [(), ("N",), ("R",), ("R", "PSY"), ("R", "HIV", "PSY"), ("R+", "PSY"), ("M",), ("V", "x|y")]
MARKS = [
    (),
    tuple(mark({"code": {"coding": [{"system": "http://loinc.org", "code": "1"}]}}).marks),
    tuple(mark({"performer": [{"reference": "Practitioner/bob"}], "valueCodeableConcept": coding("1")}).marks),
    tuple(mark({"encounter": {"reference": "Encounter/e1"}, "author": {"display": "Bob"}}).marks),
]
# Encounter/e1 of p1 at h1 refers to one record, and one that others call their own to another.
SOURCES = {
    "Encounter/e1": ("p1", "h1", ["Observation/r0", "Patient/r2"]),
    "Encounter/e2": ("p2", "h2", ["Observation/r1"]),
}


def referrers(type: str, id: str, patient: str | None, custodian: str | None) -> tuple[int, ...]:
    return tuple(
        key(*source.split("/"))
        for source, (whose, at, targets) in SOURCES.items()
        if (whose, at) == (patient, custodian) and f"{type}/{id}" in targets
    )


ROWS = [
    Row(
        type, f"r{number % 3}", patient, custodian, *dates, LABELS[number % 8], MARKS[number // 3 % 4],
        referrers(type, f"r{number % 3}", patient, custodian),
    )
    for number, (type, patient, custodian, dates) in enumerate(
        product(TYPES, [None, "p1", "p2"], [None, "h1", "h2"], DATES)
    )
]  # fmt: skip


def some(values: list[Any]) -> st.SearchStrategy[list[Any]]:
    return st.lists(st.sampled_from(values), min_size=1, max_size=2)


PERIODS = st.sampled_from([{"end": "2025"}, {"start": "2026-10-01"}, {"start": "2022", "end": "2022"}, {"start": "?"}])
CONDITIONS = st.fixed_dictionaries(
    {},
    optional={
        "actor": some([actor(f"{r}") for r in (
            "Organization/h1", "Practitioner/bob", "Group/btg", "Device/d", "CareTeam/t", "PractitionerRole/r",
            "RelatedPerson/p",
        )]),
        "purpose": some([rule("x", purposes=(code,))["purpose"][0] for code in ("TREAT", "ETREAT", "BTG", "PROJ-7")]),
        "period": PERIODS,
        "class": some([rule("x", classes=(name,))["class"][0] for name in ("Observation", "Patient", "Resource")]),
        "dataPeriod": PERIODS,
        "data": some([
            *(rule("x", instances=(f"Observation/r{n}",))["data"][0] for n in (0, 1)), {"meaning": "related"},
            *(
                {"meaning": meaning, "reference": {"reference": reference}}
                for meaning in ("related", "dependents", "authoredby")
                for reference in ("Encounter/e1", "Encounter/e2", "Practitioner/bob")
            ),
        ]),
        "securityLabel": some([
            *({"system": sorted(CONFIDENTIALITY)[0], "code": code} for code in "UNRV"), {"code": "R"},
            *({"system": sorted(SENSITIVITY)[0], "code": code} for code in ("PSY", "HIV", "MH")),
        ]),
        "code": some([coding("1"), coding("2"), coding("1", "x"), {"text": "words"}]),
    },
)  # fmt: skip


def with_type(
    nested: st.SearchStrategy[list[dict[str, Any]]], conditions: st.SearchStrategy[dict[str, Any]] = CONDITIONS
) -> st.SearchStrategy[dict[str, Any]]:
    def built(type: str | None, conditions: dict[str, Any], inner: list[dict[str, Any]]) -> dict[str, Any]:
        return {**({"type": type} if type else {}), **conditions, **({"provision": inner} if inner else {})}

    return st.builds(built, st.sampled_from(["permit", "permit", "deny", None]), conditions, nested)


CASES = int(os.environ.get("CONSENT_CASES", "500"))
LEAVES = with_type(st.just([]))
PROVISIONS = with_type(st.lists(with_type(st.lists(LEAVES, max_size=2)), max_size=3))
CONSENTS = st.lists(
    st.tuples(PROVISIONS, st.sampled_from(["active", "active", "active", "inactive"]), some(PAIRS)), max_size=3
)
READERS_ONLY = CONDITIONS.map(lambda found: {name: found[name] for name in ("actor", "purpose") if name in found})
PLAIN = with_type(st.lists(with_type(st.just([]), READERS_ONLY), max_size=3), READERS_ONLY)
PLAIN_CONSENTS = st.lists(st.tuples(PLAIN, some(PAIRS)), max_size=4)
REQUESTS = st.builds(
    Request,
    hospital=st.sampled_from([None, "h1", "h2"]),
    practitioner=st.sampled_from([None, "Practitioner/bob"]),
    role=st.sampled_from(["clinician"] * 5 + ["patient", "feed", "engineer", "auditor", ""]),
    groups=st.sampled_from([(), ("Group/btg",), ("CareTeam/t", "Device/d"), ("PractitionerRole/r", "RelatedPerson/p")]),
    patients=st.sampled_from([(), ("p1",), ("p1", "p2")]),
    purpose=st.sampled_from(["TREAT", "ETREAT", "BTG", "PROJ-7", "HMARKT"]),
    at=st.sampled_from([datetime(2022, 5, 1, tzinfo=UTC), datetime(2026, 11, 1, tzinfo=UTC)]),
)


@pytest.mark.django_db
def test_sql_and_rules_agree() -> None:
    create(ROWS)
    for source, (patient, hospital, targets) in SOURCES.items():
        store_referring(source, patient, hospital, targets)

    year_denied = rule("permit", rule("deny", dataPeriod={"start": "2022", "end": "2022"}))
    year_permitted = rule("deny", rule("permit", dataPeriod={"start": "2022", "end": "2022"}))

    @example([(year_denied, "active", PAIRS)], [reader("h3")], True, False)
    @example([(year_permitted, "active", PAIRS)], [reader("h3")], True, False)
    @settings(max_examples=CASES, deadline=None, suppress_health_check=list(HealthCheck), database=None)
    @given(consents=CONSENTS, requests=st.lists(REQUESTS, min_size=1, max_size=3), custodian=..., btg=...)
    def agree(consents: list[Any], requests: list[Request], custodian: bool, btg: bool) -> None:
        ConsentNode.objects.all().delete()
        rules = []
        for number, (provision, status, bindings) in enumerate(consents):
            resource = consent(provision, id=f"K{number}", status=status)
            store(resource, bindings=bindings, version=1)
            rules += nodes(resource, bindings=bindings, version=1)
        assert sorted(bound(PAIRS), key=repr) == sorted(rules, key=repr)
        policy = {"custodian_rule": custodian, "btg_default": btg}
        for request in requests:
            expected = {n for n, row in enumerate(ROWS) if decide(rules, request, row, **policy).visible}
            assert visible(request, **policy) == expected
            for patients in ((), ("p1",), ("p1", "p2")):
                assert visible(request, gathered=patients, **policy) == expected
            for patient in ("p1", "p2"):
                assert presumed(request, patient, **policy) in (None, expected)

    agree()


@pytest.mark.django_db
def test_presumed_and_rules_agree_where_no_consent_looks_at_the_record() -> None:
    create(ROWS)

    @settings(max_examples=CASES // 2, deadline=None, suppress_health_check=list(HealthCheck), database=None)
    @given(consents=PLAIN_CONSENTS, request=REQUESTS, custodian=...)
    def agree(consents: list[Any], request: Request, custodian: bool) -> None:
        ConsentNode.objects.all().delete()
        rules = []
        for number, (provision, bindings) in enumerate(consents):
            resource = consent(provision, id=f"K{number}")
            store(resource, bindings=bindings, version=1)
            rules += nodes(resource, bindings=bindings, version=1)
        expected = {n for n, row in enumerate(ROWS) if decide(rules, request, row, custodian_rule=custodian).visible}
        assert presumed(request, "p1", custodian_rule=custodian) == expected

    agree()


@settings(max_examples=200, deadline=None)
@given(consents=st.lists(PROVISIONS, min_size=1, max_size=2), request=REQUESTS, deny=CONDITIONS)
def test_one_more_deny_never_shows_more(consents: list[Any], request: Request, deny: dict[str, Any]) -> None:
    def shown(provisions: list[Any]) -> set[Row]:
        rules = [n for i, p in enumerate(provisions) for n in nodes(consent(p, id=f"K{i}"), bindings=PAIRS)]
        return {row for row in ROWS if decide(rules, request, row).visible}

    first = consents[0]
    nested = [*first.get("provision", []), {**deny, "type": "deny"}]
    assert shown([*consents, {**deny, "type": "deny"}]) <= shown(consents)
    assert shown([{**first, "provision": nested}, *consents[1:]]) <= shown(consents)


def test_an_alias_that_is_no_name_is_refused() -> None:
    with pytest.raises(ValueError, match="not a table alias"):
        Visible(reader()).condition("r; DROP TABLE consent_node", str)


def test_values_are_passed_as_parameters_only() -> None:
    parameters: list[object] = []

    def put(value: object) -> str:
        parameters.append(value)
        return f"${len(parameters)}"

    condition = Visible(reader("h'1", practitioner="Practitioner/x'y", patients=("p';",))).condition("r", put)
    assert "'1" not in condition
    assert "Practitioner/x'y" in repr(parameters)
    assert all(f"${number}" in condition for number in range(1, len(parameters) + 1))
