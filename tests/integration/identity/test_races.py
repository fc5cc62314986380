"""Two hospitals push one person at the same moment: she is one person afterwards."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from threading import Barrier
from typing import Any

import pytest
from django.db import connection, transaction

from medbridge.identity import link
from medbridge.identity.models import Candidate, Person
from tests.unit.identity.build import patient, with_ssn

NOW = datetime(2026, 11, 1, tzinfo=UTC)


def push_at_once(*bundles: list[dict[str, Any]]) -> None:
    start = Barrier(len(bundles))

    def push(number: int) -> None:
        try:
            with transaction.atomic():
                start.wait(timeout=10)
                link.place_all(bundles[number], hospital=f"h{number}", at=NOW)
        finally:
            connection.close()

    with ThreadPoolExecutor(len(bundles)) as pool:
        list(pool.map(push, range(len(bundles))))


@pytest.mark.django_db(transaction=True)
def test_simultaneous_pushes_of_one_person_end_as_one_person() -> None:
    push_at_once(*([with_ssn(f"p{n}")] for n in range(6)))
    assert link.linked("p0") == [f"p{n}" for n in range(6)]
    assert Person.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_simultaneous_pushes_of_patients_alike_leave_one_doubt() -> None:
    push_at_once([patient("a")], [patient("b")])
    assert Candidate.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_bundles_of_the_same_people_in_opposite_order_do_not_wait_in_a_circle() -> None:
    people = [(f"536-41-{n:04}", f"19{n:02}-01-01") for n in range(10, 40)]
    bundle, reverse = (
        [with_ssn(f"{hospital}-{ssn}", ssn, born=born) for ssn, born in order]
        for hospital, order in (("h0", people), ("h1", people[::-1]))
    )
    push_at_once(bundle, reverse)
    assert Person.objects.count() == len(people)
