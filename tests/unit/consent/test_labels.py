"""Labels: what a permit by them opens and a deny by them hides, worked out by the table of docs/consent.md."""

import pytest

from medbridge.consent.labels import combine, text
from tests.unit.consent.build import consent, label, reader, row, rule, sees

PLAIN, SENSITIVE, TWO, UNGRADED, NONE = ("N",), ("R", "PSY"), ("R", "HIV", "PSY"), ("R+", "PSY"), ()


@pytest.mark.parametrize(
    ("named", "opened"),
    [
        ("N", [PLAIN]),
        ("M", []),
        ("R", [PLAIN, SENSITIVE, TWO]),
        ("PSY", [SENSITIVE, UNGRADED]),
        ("N PSY", [PLAIN, SENSITIVE, UNGRADED]),
        ("R HIV", [PLAIN]),
        ("PSY HIV", [SENSITIVE, TWO, UNGRADED]),
        ("MH", []),
    ],
)
def test_what_a_permit_by_label_opens(named: str, opened: list[tuple[str, ...]]) -> None:
    permit = consent(rule("permit", securityLabel=[label(code) for code in named.split()]))
    every = (PLAIN, SENSITIVE, TWO, UNGRADED, NONE)
    assert [labels for labels in every if sees(permit, by=reader(), of=row(labels=labels))] == opened


@pytest.mark.parametrize(
    ("named", "hidden"),
    [
        ("V", []),
        ("R", [SENSITIVE, TWO, UNGRADED]),
        ("N", [PLAIN, SENSITIVE, TWO, UNGRADED]),
        ("HIV", [TWO]),
        ("MH", [SENSITIVE, TWO, UNGRADED]),
    ],
)
def test_what_a_deny_by_label_hides(named: str, hidden: list[tuple[str, ...]]) -> None:
    deny = rule("deny", securityLabel=[label(code) for code in named.split()])
    every = (PLAIN, SENSITIVE, TWO, UNGRADED, NONE)
    shown = [labels for labels in every if sees(consent(rule("permit", deny)), by=reader(), of=row(labels=labels))]
    assert shown == [labels for labels in every if labels not in hidden]


def test_what_is_sensitive_is_at_least_restricted() -> None:
    assert combine(["N", "PSY"]) == ("R", "PSY")
    assert combine(["V", "PSY"]) == ("V", "PSY")


def test_a_level_that_nobody_sent_is_not_made_up() -> None:
    assert combine(["PSY"]) == ("R+", "PSY")
    assert combine([], ["N"]) == ()
    assert combine([], ["R"]) == ("R+",)


def test_what_refers_to_the_sensitive_is_as_sensitive() -> None:
    assert combine(["N"], ["R", "HIV"]) == ("R", "HIV")
    assert combine(combine([], ["V"]), ["R"]) == ("V+",)


def test_a_label_of_another_system_is_not_the_one_it_reads_like() -> None:
    assert text("http://mallory.example", "N") == "http://mallory.example|N"
    assert (
        text("http://terminology.hl7.org/CodeSystem/v3-ActCode", "N")
        == "http://terminology.hl7.org/CodeSystem/v3-ActCode|N"
    )
    assert text("http://terminology.hl7.org/CodeSystem/v3-ActCode", "R+") not in ("R", "R+")


def test_an_unknown_label_closes_every_permit_that_does_not_name_it() -> None:
    unknown = combine(["N", "http://north.example|vip"])
    assert not sees(consent(rule("permit", securityLabel=[label("N")])), by=reader(), of=row(labels=unknown))


def test_a_label_that_no_column_can_hold_is_kept_as_its_hash() -> None:
    assert (text("x", "a\x00b") or "").startswith("#")
    assert len(text("x", "a" * 100_000) or "") < 30


def test_integrity_and_purpose_are_no_sensitivity() -> None:
    assert text("http://terminology.hl7.org/CodeSystem/v3-ObservationValue", "SUBSETTED") is None
