"""Random searches over the database, and mutated examples at every door that takes a body: never a 500."""

import base64
import json
from typing import Any
from urllib.parse import quote

import orjson
import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from medbridge.fhir.parameters import supported
from tests.integration.conftest import Voice
from tests.minimal import minimal
from tests.security.test_fuzz import NASTY, mutated, stocked

__all__ = ["stocked"]

pytestmark = pytest.mark.django_db
BOUNDED = settings(
    max_examples=120, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck)
)
TYPES = ("Patient", "Observation", "Encounter", "Provenance", "List", "Location", "RiskAssessment", "Consent", "Group")
VALUES = st.sampled_from(
    ["Patient/north-alice", "north-alice", "ge2024", "ap0001", "sa9999-12-31", "5.4|http://unitsofmeasure.org|mg",
    "1e-9",
     "a|b|c", "a$b", "a$b$c", "|", "\\", "\\,", ",", "true", "9" * 30, "46.9|7.4|11|km", "http://x/y|1", "²", "李",
     "\u0300"]
) | st.text(max_size=10)  # fmt: skip
MODIFIERS = st.sampled_from(
    ["", "", "", ":exact", ":contains", ":not", ":missing", ":text", ":in", ":not-in", ":above", ":below", ":of-type",
     ":identifier", ":mdm", ":Patient", ":iterate"]
)  # fmt: skip


@st.composite
def names(draw: st.DrawFn, type: str, hops: int = 0) -> str:
    """A parameter with its modifier, a chain, or `_has`, any way inside each other."""
    kind = draw(st.sampled_from(("plain", "plain", "chain", "has"))) if hops < 5 else "plain"
    other = draw(st.sampled_from(TYPES))
    name = draw(st.sampled_from([*supported(type), "_text", "_content", "_list", "_id"]))
    if kind == "chain":
        link = draw(st.sampled_from([p.name for p in supported(type).values() if p.kind == "reference"] or ["subject"]))
        return f"{link}{draw(st.sampled_from(('', f':{other}')))}.{draw(names(other, hops + 1))}"
    if kind == "has":
        links = [p.name for p in supported(other).values() if p.kind == "reference"] or ["subject"]
        return f"_has:{other}:{draw(st.sampled_from(links))}:{draw(names(other, hops + 1))}"
    return name + draw(MODIFIERS)


@st.composite
def filters(draw: st.DrawFn, type: str) -> str:
    one = st.tuples(
        st.sampled_from([*supported(type), "subject.name", "subject[name eq x].birthdate", "x"]),
        st.sampled_from(("eq", "ne", "co", "sw", "ew", "gt", "le", "ap", "pr", "po", "ss", "in", "re", "")),
        VALUES.map(json.dumps) | VALUES,
    ).map(" ".join)
    return draw(st.recursive(one, lambda inner: _joined(inner) | _wrapped(inner), max_leaves=4))


def _joined(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.tuples(inner, st.sampled_from((" and ", " or ")), inner).map("".join)


def _wrapped(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.tuples(st.sampled_from(("({})", "not ({})", "({}")), inner).map(lambda both: both[0].format(both[1]))


@st.composite
def searches(draw: st.DrawFn) -> str:
    type = draw(st.sampled_from(TYPES))
    pairs = []
    for _ in range(draw(st.integers(1, 3))):
        kind = draw(st.sampled_from(("condition", "condition", "_filter", "_sort", "include")))
        if kind == "condition":
            pairs.append((draw(names(type)), draw(VALUES)))
        elif kind == "_filter":
            pairs.append((kind, draw(filters(type))))
        elif kind == "_sort":
            keys = st.lists(
                st.sampled_from([*supported(type), "-_lastUpdated", "-_id", "x", "--_id"]), min_size=1, max_size=6
            )
            pairs.append((kind, ",".join(draw(keys))))
        else:
            of = draw(st.sampled_from(TYPES))
            which = draw(st.sampled_from([*supported(of), "*", ""]))
            name = draw(st.sampled_from(("_include", "_revinclude", "_include:iterate", "_revinclude:iterate")))
            pairs.append((name, draw(st.sampled_from((f"{of}:{which}", f"{of}:{which}:Patient", "*", which)))))
    return f"{type}?" + "&".join(f"{quote(n, errors='replace')}={quote(v, errors='replace')}" for n, v in pairs)


@BOUNDED
@given(search=searches())
def test_a_random_search_over_the_database(stocked: Voice, search: str) -> None:
    for more in ("", "&_total=accurate&_count=1"):
        answer = stocked.get(search + more)
        assert answer.status_code in (200, 400), (search, answer.content)


EXAMPLES = [minimal(type) for type in TYPES]


@st.composite
def operations(draw: st.DrawFn) -> list[Any]:
    """A JSON Patch that is nearly right."""
    paths = st.sampled_from(
        ["", "/name", "/name/0", "/name/-", "/name/0/family", "/id", "/meta/versionId", "/x", "/name/9"]
    )
    one = st.fixed_dictionaries(
        {
            "op": st.sampled_from(["add", "remove", "replace", "move", "copy", "test", 7]),
            "path": paths | st.text(max_size=5),
        },
        optional={"value": NASTY, "from": paths},
    )
    return draw(st.lists(one, min_size=1, max_size=4))


FHIRPATHS = st.sampled_from(
    ["Patient", "Patient.name", "Patient.name[0]", "Patient.name.where(use = 'x')", "name", "Patient.birthDate",
    "Patient.id"]
) | st.text("Patientme.[]()0'= ", max_size=20)  # fmt: skip


@st.composite
def fhirpath_patches(draw: st.DrawFn) -> dict[str, Any]:
    parts: dict[str, dict[str, Any]] = {
        "type": {"valueCode": draw(st.sampled_from(["add", "insert", "delete", "replace", "move"]))},
        "path": {"valueString": draw(FHIRPATHS)}, "name": {"valueString": draw(st.sampled_from(["name", "active",
        "x"]))},
        "value": draw(st.sampled_from([{"valueString": "x"}, {"valueBoolean": True},
        {"valueHumanName": {"text": "x"}}])),
        "index": {"valueInteger": draw(st.integers(-1, 3))}, "source": {"valueInteger": draw(st.integers(-1, 3))},
        "destination": {"valueInteger": draw(st.integers(-1, 3))},
    }  # fmt: skip
    chosen = [{"name": name, **value} for name, value in parts.items() if draw(st.integers(0, 4))]
    return {"resourceType": "Parameters", "parameter": [{"name": "operation", "part": chosen}]}


@BOUNDED
@given(patch=operations() | fhirpath_patches())
def test_a_patch_that_is_nearly_right(stocked: Voice, patch: Any) -> None:
    body = json.dumps(patch).encode()
    binary = {
        "resourceType": "Binary",
        "contentType": "application/json-patch+json",
        "data": base64.b64encode(body).decode(),
    }
    entry = {"request": {"method": "PATCH", "url": "Patient/north-alice"},
             "resource": binary if isinstance(patch, list) else patch}  # fmt: skip
    with transaction.atomic():
        answers = [stocked.patch("Patient/north-alice", body),
                   stocked.post("", {"resourceType": "Bundle", "type": "transaction", "entry": [entry]})]  # fmt: skip
        transaction.set_rollback(True)
    assert all(answer.status_code < 500 for answer in answers), [answer.content for answer in answers]


@BOUNDED
@given(resource=mutated(EXAMPLES))
def test_a_mutated_example_at_every_door(stocked: Voice, resource: dict[str, Any]) -> None:
    type = resource.get("resourceType")
    type = type if type in TYPES else "Patient"
    inside = {"resourceType": "Parameters", "parameter": [{"name": "resource", "resource": resource}]}
    with transaction.atomic():
        answers = [
            stocked.post(f"{type}/$validate", resource), stocked.post(f"{type}/$validate", inside),
            stocked.post(type, resource), *(stocked.post("", {
                "resourceType": "Bundle", "type": kind, "entry": [
                    {"resource": resource, "request": {"method": "POST", "url": type}},
                    {"resource": resource, "request": {"method": "PUT", "url": f"{type}/north-f"}}]})
                for kind in ("batch", "transaction")),
            stocked.post("Patient/north-alice/$everything", inside), stocked.patch("Patient/north-alice", resource),
        ]  # fmt: skip
        transaction.set_rollback(True)
    for answer in answers:
        assert answer.status_code < 500, answer.content
        assert b'"code":"exception"' not in answer.content
        orjson.loads(answer.content)
