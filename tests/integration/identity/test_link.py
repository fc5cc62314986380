"""The person index on a real PostgreSQL: placing, re-placing, and what reviewers decide."""

from datetime import UTC, datetime
from typing import Any

import pytest

from medbridge.identity import link
from medbridge.identity.models import TRANSITIONS, Candidate, Key, Link, Person, State
from tests.unit.identity.build import NATIONAL, ZHANG_ID, identifier, patient, with_ssn

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 1, tzinfo=UTC)


def place(resource: dict[str, Any], hospital: str = "h1") -> link.Placement:
    return link.place(resource, hospital=hospital, at=NOW)


def only_candidate() -> Candidate:
    return Candidate.objects.get()


def settle(*, accept: bool) -> None:
    link.settle(only_candidate().pk, accept=accept, by="carol", at=NOW)


def test_a_first_patient_is_a_person_of_its_own() -> None:
    placement = place(with_ssn("a"))
    assert (placement.how, placement.candidates) == ("NEW", ())
    assert link.persons(["a", "unknown"]) == {"a": placement.person}
    assert link.linked("a") == ["a"]
    assert link.linked("unknown") == ["unknown"]


def test_the_same_strong_identifier_at_two_hospitals_is_one_person() -> None:
    first, second = place(with_ssn("a")), place(with_ssn("b"), "h2")
    assert (second.person, second.how) == (first.person, "AUTO")
    assert link.linked("b") == ["a", "b"]
    assert Link.objects.get(patient="b").reasons == ["same us-ssn"]
    assert Person.objects.count() == 1


def test_patients_alike_without_one_wait_for_a_reviewer() -> None:
    place(patient("a"))
    assert place(patient("b"), "h2").candidates == ("a",)
    assert link.linked("a") == ["a"]
    assert only_candidate().state == State.OPEN


def test_pushing_the_same_again_changes_nothing() -> None:
    for _ in range(2):
        place(patient("a"))
        place(patient("b"), "h2")
        place(with_ssn("c", family="Baker"), "h1")
        place(with_ssn("d", family="Baker"), "h2")
    assert link.linked("c") == ["c", "d"]
    assert only_candidate().state == State.OPEN
    assert Key.objects.filter(patient="c", key__startswith="us-ssn").count() == 1


def test_a_bundle_places_its_patients_among_themselves_and_others() -> None:
    place(with_ssn("a"))
    placed = link.place_all([with_ssn("b"), with_ssn("c", family="Miller-Jones"), patient("d")], hospital="h2", at=NOW)
    assert link.linked("a") == ["a", "b", "c"]
    assert set(placed["d"].candidates) == {"a", "b"}
    assert placed["b"].how == "AUTO"


def test_accepting_makes_one_person_that_an_update_does_not_part() -> None:
    place(patient("a"))
    place(patient("b"), "h2")
    settle(accept=True)
    assert link.linked("a") == ["a", "b"]
    assert place(patient("b", lives={"line": ["1 Elm Road"]}), "h2").how == "MANUAL"
    assert link.linked("a") == ["a", "b"]


def test_rejecting_is_not_undone_by_an_identifier() -> None:
    place(patient("a"))
    place(patient("b"), "h2")
    settle(accept=False)
    place(with_ssn("a"))
    assert place(with_ssn("b"), "h2").candidates == ()
    assert link.linked("a") == ["a"]


def test_a_third_patient_does_not_bring_together_who_was_told_apart() -> None:
    place(patient("a"))
    place(patient("b"), "h2")
    settle(accept=False)
    place(with_ssn("a"))
    place(with_ssn("b"), "h2")
    placement = place(with_ssn("c"), "h3")
    assert "b" not in link.linked("a")
    assert len(placement.candidates) == 1


def test_unlinking_lasts() -> None:
    for name in "abc":
        place(with_ssn(name))
    person = link.unlink("b", by="carol", at=NOW)
    assert link.persons(["b"]) == {"b": person}
    place(with_ssn("b"))
    place(with_ssn("a"))
    assert (link.linked("a"), link.linked("b")) == (["a", "c"], ["b"])
    assert set(Candidate.objects.values_list("state", "settled_by")) == {(State.REJECTED, "carol")}


def test_a_reviewer_may_take_a_rejection_back() -> None:
    place(patient("a"))
    place(patient("b"), "h2")
    settle(accept=False)
    settle(accept=True)
    assert link.linked("a") == ["a", "b"]


@pytest.mark.parametrize("accept", [True, False])
def test_nothing_is_settled_twice(accept: bool) -> None:
    place(patient("a"))
    place(patient("b"), "h2")
    settle(accept=accept)
    with pytest.raises(link.SettleError, match="settled as"):
        settle(accept=accept)


def test_a_link_is_taken_back_by_unlinking_not_by_rejecting() -> None:
    place(patient("a"))
    place(patient("b"), "h2")
    settle(accept=True)
    with pytest.raises(link.SettleError, match="unlink"):
        settle(accept=False)
    link.unlink("b", by="carol", at=NOW)
    assert only_candidate().state == State.REJECTED


def test_a_merge_that_contradicts_another_reviewer_is_refused() -> None:
    for name in "ab":
        place(with_ssn(name))
    link.unlink("b", by="carol", at=NOW)
    place(patient("c"), "h2")
    opened = list(Candidate.objects.filter(state=State.OPEN).order_by("a"))
    link.settle(opened[0].pk, accept=True, by="carol", at=NOW)
    with pytest.raises(link.SettleError, match="Patient/a and Patient/b were told apart"):
        link.settle(opened[1].pk, accept=True, by="carol", at=NOW)
    assert Candidate.objects.get(pk=opened[1].pk).state == State.OPEN


def test_a_doubt_that_new_traits_no_longer_raise_is_dropped() -> None:
    place(patient("a"))
    place(patient("b"), "h2")
    place(patient("b", born="1971-01-01"), "h2")
    assert not Candidate.objects.exists()


def test_a_doubt_that_an_identifier_resolves_is_dropped() -> None:
    place(patient("a", ids=(identifier(NATIONAL, ZHANG_ID),)))
    place(patient("b"), "h2")
    place(patient("b", ids=(identifier(NATIONAL, ZHANG_ID),)), "h2")
    assert link.linked("a") == ["a", "b"]
    assert not Candidate.objects.exists()


def test_a_deleted_patient_leaves_no_trace_but_the_reviewers_words() -> None:
    place(with_ssn("a"))
    place(with_ssn("b"), "h2")
    place(patient("c"), "h3")
    link.remove("b")
    link.remove("unknown")
    assert link.linked("a") == ["a"]
    assert not Key.objects.filter(patient="b").exists()
    assert set(Candidate.objects.values_list("a", "b")) == {("a", "c")}


def test_no_person_is_left_without_a_patient() -> None:
    place(with_ssn("a"))
    place(patient("b"), "h2")
    settle(accept=True)
    link.remove("a")
    link.remove("b")
    assert not Person.objects.exists()


def test_every_state_has_its_transitions() -> None:
    assert TRANSITIONS.keys() == set(State.values)


def test_a_patient_is_placed_again_only_when_it_would_be_found_other() -> None:
    place(with_ssn("a"))
    same, renamed = with_ssn("a"), with_ssn("a", family="Baker")
    assert link.changed([same], hospital="h1") == []
    assert link.changed([renamed, with_ssn("b")], hospital="h1") == [renamed, with_ssn("b")]
    assert link.changed([same], hospital="h2") == [same]
