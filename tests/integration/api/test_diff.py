"""$diff: what changed between two versions that the reader may see, as a FHIRPath Patch."""

from collections.abc import Callable
from typing import Any

import pytest

from medbridge.audit.models import Access
from medbridge.fhir.validate import issues
from tests import build
from tests.integration.conftest import Voice

pytestmark = pytest.mark.django_db


@pytest.fixture
def changed(feed: Voice) -> Voice:
    feed.put("Patient/north-alice", build.patient("north-alice"))
    feed.put("Patient/north-alice", build.patient("north-alice", active=True))
    feed.put("Patient/north-alice", build.patient("north-alice", active=True, gender="unknown"))
    return feed


def operations(answer: Any) -> list[tuple[str, str]]:
    assert answer.status_code == 200, answer.content
    body = answer.json()
    assert issues(body) == []
    parts = [{part["name"]: part for part in each["part"]} for each in body.get("parameter", [])]
    return [(each["type"]["valueCode"], each["path"]["valueString"]) for each in parts]


def test_the_newest_version_is_compared_with_the_one_before(changed: Voice) -> None:
    assert operations(changed.get("Patient/north-alice/$diff")) == [("replace", "Patient.gender")]


def test_versions_can_be_named(changed: Voice) -> None:
    both = [("replace", "Patient.gender"), ("add", "Patient")]
    assert sorted(operations(changed.get("Patient/north-alice/$diff?from=1&to=3"))) == sorted(both)
    assert operations(changed.get("Patient/north-alice/$diff?from=2&to=1")) == [("delete", "Patient.active")]
    assert operations(changed.get("Patient/north-alice/$diff?from=2&to=2")) == []


def test_parameters_come_in_the_body_of_a_post_as_well(changed: Voice) -> None:
    body = {"resourceType": "Parameters", "parameter": [{"name": "from", "valueInteger": 2}]}
    assert operations(changed.post("Patient/north-alice/$diff", body)) == [("replace", "Patient.gender")]


def test_two_records_of_one_type_are_compared(changed: Voice) -> None:
    changed.put("Patient/north-2", build.patient("north-2", birthDate="1950-01-01"))
    path = "$diff?from=Patient/north-alice/_history/1&to=Patient/north-2"
    assert operations(changed.get(path)) == operations(changed.post(path, b"")) == [("replace", "Patient.birthDate")]


@pytest.mark.parametrize(
    ("path", "status"),
    [("Patient/north-alice/$diff?from=9", 404), ("Patient/north-alice/$diff?from=x", 400),
     ("Patient/north-alice/$diff?to=1", 400), ("Patient/north-alice/$diff?to=0", 400), ("Patient/nobody/$diff", 404),
     ("Patient/north-alice/$diff?form=1", 400), ("$diff", 400), ("$diff?from=Patient/north-alice&to=Basic/x", 400)],
)  # fmt: skip
def test_what_cannot_be_compared_says_why(changed: Voice, path: str, status: int) -> None:
    answer = changed.get(path)
    assert answer.status_code == status, answer.content
    assert answer.json()["issue"][0]["diagnostics"]


def test_what_a_reader_may_not_see_is_compared_like_what_is_not(changed: Voice, voice: Callable[..., Voice]) -> None:
    mallory = voice("mallory")
    for path in ("Patient/{}/$diff", "Patient/{}/$diff?from=1&to=2", "$diff?from=Patient/{}&to=Patient/{}"):
        hidden, absent = (mallory.get(path.replace("{}", id)) for id in ("north-alice", "north-nobod"))
        assert hidden.status_code == absent.status_code == 404
        assert hidden.content == absent.content.replace(b"north-nobod", b"north-alice")


def test_both_versions_are_accesses_that_the_person_reads_of(changed: Voice) -> None:
    changed.get("Patient/north-alice/$diff?from=1&to=2")
    assert set(Access.objects.filter(action="vread").values_list("target", "patient")) == {
        ("Patient/north-alice/_history/1", "north-alice"), ("Patient/north-alice/_history/2", "north-alice"),
    }  # fmt: skip
