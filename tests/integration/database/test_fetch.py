"""fetch(): what Django's connection means, without the cost of its cursor."""

import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from uuid import UUID

import pytest
from django.db import DataError, IntegrityError, OperationalError, connection, transaction
from django.db.utils import ProgrammingError
from django.test.utils import CaptureQueriesContext

from medbridge.database import session
from medbridge.database.fetch import fetch

TIMES = session.PREPARED_AT + 2


@pytest.fixture(params=["alone", "in a transaction"])
def place(request: pytest.FixtureRequest, transactional_db: None) -> Iterator[None]:
    if request.param == "alone":
        yield
        return
    with transaction.atomic():
        fetch("SELECT 1")
        yield


def prepared() -> int:
    """Ours, on the server."""
    [[count]] = fetch("SELECT count(*) FROM pg_prepared_statements WHERE name LIKE 'medbridge%%'")
    return count


def test_values_come_back_as_they_went(place: None) -> None:
    at, id = datetime(2026, 11, 23, 12, 0, 0, 123000, tzinfo=UTC), UUID(int=7)
    sql = "SELECT %s::timestamptz, %s::uuid, %s::bytea, %s::text[], %s::text, %s::bigint, %s::boolean, %s::integer"
    row = (at, id, b"\x00\xff", ["a", "b,{}"], "100 % 李", 2**40, True, None)
    for _ in range(TIMES):
        assert fetch(sql, row) == [row]


def test_numbered_placeholders_stand_in_several_places(place: None) -> None:
    for _ in range(TIMES):
        assert fetch("SELECT $2::text, 7 % $1::integer, $2::text", [4, "a"]) == [("a", 3, "a")]


def test_a_statement_that_returns_nothing(place: None) -> None:
    assert fetch("SET LOCAL work_mem = '8MB'") == []


@pytest.mark.django_db(transaction=True)
def test_one_prepared_statement_for_integers_of_all_sizes() -> None:
    before = prepared()
    for number in (1, 2, 70_000, 2**40, 3):
        assert fetch("SELECT %s + 0", [number]) == [(number,)]
    assert prepared() - before <= 2  # the other is prepared()'s own


@pytest.mark.django_db(transaction=True)
def test_a_statement_asked_once_is_not_prepared() -> None:
    before = prepared()
    fetch("SELECT 'asked once'")
    assert prepared() == before


@pytest.mark.django_db(transaction=True)
def test_a_prepared_statement_is_planned_once_for_all_values() -> None:
    sql = "SELECT id FROM records_current WHERE patient = %s AND 'one plan' <> ''"
    for number in range(3 * TIMES):
        fetch(sql, [f"nobody-{number}"])
    [[generic, custom]] = fetch(
        "SELECT generic_plans, custom_plans FROM pg_prepared_statements WHERE statement LIKE '%%one plan%%' LIMIT 1"
    )
    assert (generic, custom) == (3 * TIMES - session.PREPARED_AT + 1, session.WEIGHED)
    assert fetch("SHOW cpu_operator_cost") == [("0.0025",)]


@pytest.mark.django_db(transaction=True)
def test_one_that_is_to_be_planned_anew_is_never_prepared() -> None:
    before = prepared()
    for number in range(TIMES):
        assert fetch("SELECT 'anew', $1::bigint", [number], prepare=False) == [("anew", number)]
    assert prepared() - before <= 1  # prepared()'s own


@pytest.mark.django_db(transaction=True)
def test_the_oldest_statement_makes_room(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session, "REMEMBERED", 4)
    connection.close()
    for number in range(10):
        for _ in range(TIMES):
            assert fetch(f"SELECT {number}") == [(number,)]
    assert prepared() <= 4


@pytest.mark.django_db(transaction=True)
def test_statements_that_the_server_dropped_are_made_again() -> None:
    for _ in range(TIMES):
        fetch("SELECT 'kept'")
    fetch("DEALLOCATE ALL")
    assert fetch("SELECT 'kept'") == [("kept",)]


@pytest.mark.django_db(transaction=True)
def test_a_migration_beside_a_running_process() -> None:
    fetch("CREATE TABLE fetch_changes (one integer)")
    try:
        for _ in range(TIMES):
            assert fetch("SELECT * FROM fetch_changes") == []
        fetch("ALTER TABLE fetch_changes ADD two integer")
        assert fetch("SELECT * FROM fetch_changes") == []
    finally:
        fetch("DROP TABLE fetch_changes")


def test_errors_are_those_of_django(place: None) -> None:
    for sql, params, error in (
        ("SELECT 1/0", [], DataError),
        ("SELECT %s::text", ["\0"], DataError),
        ("SELECT FROM nowhere", [], ProgrammingError),
        ("INSERT INTO accounts_hospital (id) VALUES (NULL)", [], IntegrityError),
    ):
        with pytest.raises(error), transaction.atomic():
            fetch(sql, params)
    assert fetch("SELECT 1") == [(1,)]


@pytest.mark.django_db(transaction=True)
def test_what_a_transaction_wrote_goes_with_it() -> None:
    insert = "INSERT INTO accounts_hospital (id, name, timezone, charset, created_at) VALUES (%s, '', '', '', now())"
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        fetch(insert, ["gone"])
        raise ZeroDivisionError
    fetch(insert, ["stays"])
    assert fetch("SELECT id FROM accounts_hospital WHERE id IN ('gone', 'stays')") == [("stays",)]


@pytest.mark.django_db(transaction=True)
def test_the_first_statement_of_a_transaction_belongs_to_it() -> None:
    with transaction.atomic():
        [[first]] = fetch("SELECT txid_current()")
        [[second]] = fetch("SELECT txid_current()")
    assert first == second


@pytest.mark.django_db(transaction=True)
def test_the_statement_timeout_of_the_session_holds() -> None:
    fetch("SET statement_timeout = 50")
    try:
        with pytest.raises(OperationalError, match="statement timeout"):
            fetch("SELECT pg_sleep(20)")
    finally:
        fetch("RESET statement_timeout")


@pytest.mark.django_db(transaction=True)
def test_a_lost_connection_is_djangos_error_and_the_next_connection_works() -> None:
    [[pid]] = fetch("SELECT pg_backend_pid()")
    in_thread(lambda: fetch("SELECT pg_terminate_backend(%s::integer)", [pid]))
    with pytest.raises(OperationalError):
        fetch("SELECT 1")
    connection.close_if_unusable_or_obsolete()
    assert fetch("SELECT 1") == [(1,)]


@pytest.mark.django_db(transaction=True)
def test_other_threads_run_while_one_waits() -> None:
    counted = 0
    waiting = threading.Thread(target=lambda: (fetch("SELECT pg_sleep(0.3)"), connection.close()))
    waiting.start()
    while waiting.is_alive():
        counted += 1
    assert counted > 1000


@pytest.mark.django_db(transaction=True)
def test_who_counts_queries_sees_it() -> None:
    with CaptureQueriesContext(connection) as queries:
        assert fetch("SELECT %s::integer", [1]) == [(1,)]
        assert fetch("SELECT $2::text, 7 % $1::integer, $2::text", [4, "a"]) == [("a", 3, "a")]
    assert len(queries) == 2


def in_thread(work: Callable[[], object]) -> None:
    def run() -> None:
        work()
        connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()


@pytest.mark.django_db
@pytest.mark.parametrize("numbers", [[], [1], [-1, 70_000], [2**62, -(2**63)]])
def test_a_list_of_integers_is_what_the_statement_says(numbers: list[int]) -> None:
    assert fetch("SELECT %s::bigint[]", [numbers]) == [(numbers,)]
