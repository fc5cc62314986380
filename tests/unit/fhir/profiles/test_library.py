"""Which of several loaded versions a canonical means, and what a snapshot says that is not judged."""

from __future__ import annotations

from typing import Any

import pytest

from medbridge.fhir.profiles.library import STRUCTURE, Entry, Library, newness
from medbridge.fhir.profiles.snapshot import Unreadable, compact
from tests.unit.fhir.profiles.build import MINE, at, profile

URL = f"{MINE}/mine"


def shelf(*versions: str) -> Library:
    table = compact(profile("Patient"))
    entries = [Entry(STRUCTURE, URL, version, f"us.core#{version}", version, "Patient") for version in versions]
    return Library(entries, dict.fromkeys(versions, table).__getitem__)


def version(canonical: str, package: str = "") -> str | None:
    entry = shelf("6.1.0", "10.0.0", "7.0.0").find(STRUCTURE, canonical, package)
    return entry.version if entry else None


def test_without_a_version_the_newest_is_meant() -> None:
    assert version(URL) == "10.0.0"


def test_inside_a_package_its_own_is_meant() -> None:
    assert version(URL, "us.core#6.1.0") == "6.1.0"


def test_a_version_that_is_named_is_meant() -> None:
    assert version(f"{URL}|7.0.0", "us.core#6.1.0") == "7.0.0"
    assert version(f"{URL}|5.0.0") is None


def test_a_release_is_newer_than_its_ballot() -> None:
    listed = ["x#7.0.0", "x#7.0.0-ballot", "x#6.10.0", "x#6.9.0"]
    assert sorted(listed, key=newness, reverse=True) == listed


def test_what_is_not_judged_is_listed() -> None:
    table = compact(profile("Patient", at("Patient.birthDate", minValueDate="1900-01-01")))
    assert table["gaps"] == ["Patient.birthDate: minValueDate is not judged"]


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"snapshot": {}}, "no snapshot"),
        ({"kind": "logical"}, "logical"),
        ({"derivation": "specialization"}, "type of its own"),
        ({"type": "Patients"}, "no type Patients"),
    ],
)
def test_a_definition_that_is_no_profile_says_why(changes: Any, why: str) -> None:
    with pytest.raises(Unreadable, match=why):
        compact({**profile("Patient"), **changes})


def test_a_snapshot_is_kept_as_far_as_it_differs_from_r4() -> None:
    said = [at("Patient.name", min=0, max="*", type=[{"code": "HumanName"}]), at("Patient.gender", min=1, max="1")]
    assert compact(profile("Patient", *said))["root"] == {"children": {"gender": {"min": 1}}}
