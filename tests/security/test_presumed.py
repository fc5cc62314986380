"""A process remembers who was behind a token; each read proves it anew, in its own statement."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from medbridge.accounts import tokens
from medbridge.accounts.models import Account, ConfirmedPatient, Token
from medbridge.audit.models import Access
from medbridge.consent.models import ConsentNode
from tests import build
from tests.integration.conftest import Voice

ALICE = "Patient/north-alice"
BASE = Path(__file__).resolve().parents[2]
# Another web process: it reads at each line of its standard input and prints the status.
READER = """
import sys, django
django.setup()
from django.test import Client
client = Client(headers={"Authorization": "Bearer " + sys.argv[1]})
for line in sys.stdin:
    print(client.get("/fhir/Patient/north-alice").status_code, flush=True)
"""


@pytest.fixture
def stored(feed: Voice) -> None:
    feed.put(ALICE, build.patient("north-alice"))


@pytest.fixture
def known(stored: None, voice: Callable[..., Voice]) -> Voice:
    """Erin of Alice's own hospital, whose token this process has seen."""
    Account.objects.create(username="erin", hospital="north", role="clinician", name="Erin")
    erin = voice("erin")
    assert [erin.get(ALICE).status_code, erin.get(ALICE).status_code] == [200, 200]
    return erin


def accesses(username: str) -> list[tuple[str, bool, int]]:
    rows = Access.objects.filter(username=username).order_by("id")
    return [(row.action, row.allowed, row.count) for row in rows]


@pytest.mark.django_db
def test_a_read_with_a_known_token_is_one_statement(known: Voice) -> None:
    with CaptureQueriesContext(connection) as queries:
        assert known.get(ALICE).status_code == 200
    assert len(queries) == 1


@pytest.mark.django_db
def test_each_such_read_leaves_its_access_record(known: Voice) -> None:
    assert accesses("erin") == [("read", True, 1)] * 2
    last = Access.objects.filter(username="erin").latest("id")
    assert (last.target, last.patient, last.hospital, last.purpose) == (
        f"{ALICE}/_history/1", "north-alice", "north", "TREAT",
    )  # fmt: skip


CHANGES: dict[str, Callable[[Voice], object]] = {
    "revoked": lambda who: tokens.revoke(who.token, at=timezone.now()),
    "expired": lambda who: Token.objects.filter(account__username="erin").update(expires_at=timezone.now()),
    "account closed": lambda who: Account.objects.filter(username="erin").update(is_active=False),
    "token deleted": lambda who: Token.objects.filter(account__username="erin").delete(),
}


@pytest.mark.django_db
@pytest.mark.parametrize("change", CHANGES)
def test_a_known_token_that_ended_is_401_and_leaves_nothing(known: Voice, change: str) -> None:
    CHANGES[change](known)
    assert known.get(ALICE).status_code == 401
    assert accesses("erin") == [("read", True, 1)] * 2


@pytest.mark.django_db
@pytest.mark.parametrize("fields", [{"hospital": "renji"}, {"role": "auditor"}, {"role": "patient"}])
def test_an_account_that_moved_reads_as_what_it_is_now(known: Voice, fields: dict[str, str]) -> None:
    Account.objects.filter(username="erin").update(**fields)
    assert known.get(ALICE).status_code == 404
    assert accesses("erin")[-1] == ("read", False, 0)


@pytest.mark.django_db
@pytest.mark.parametrize("fields", [{"name": "Erin Li"}, {"practitioner": "Practitioner/e"}, {"member_of": ["x"]}])
def test_the_access_record_says_what_the_account_is_now(known: Voice, fields: dict[str, object]) -> None:
    Account.objects.filter(username="erin").update(**fields)
    assert known.get(ALICE).status_code == 200
    last = Access.objects.filter(username="erin").latest("id")
    now = Account.objects.get(username="erin")
    assert (last.name, last.practitioner) == (now.name, now.practitioner)


@pytest.mark.django_db
@pytest.mark.parametrize("fields", [{"scopes": "user/Observation.rs"}, {"scopes": ""}])
def test_narrowed_scopes_hold_at_once(known: Voice, fields: dict[str, str]) -> None:
    Token.objects.filter(account__username="erin").update(**fields)
    assert known.get(ALICE).status_code == 403


@pytest.mark.django_db
def test_a_custodian_who_takes_back_that_the_account_is_the_patient(stored: None, alice: Voice) -> None:
    assert [alice.get(ALICE).status_code, alice.get(ALICE).status_code] == [200, 200]
    ConfirmedPatient.objects.filter(account__username="alice", patient="north-alice").delete()
    assert alice.get(ALICE).status_code == 404


@pytest.mark.django_db
def test_a_consent_taken_back_holds_for_a_known_token(feed: Voice, bob: Voice, stored: None) -> None:
    consent = build.consent(ALICE, actor=build.actor("Organization/renji"), purpose=build.purpose("TREAT"))
    feed.put("Consent/north-c", {**consent, "id": "north-c"})
    assert [bob.get(ALICE).status_code, bob.get(ALICE).status_code] == [200, 200]
    ConsentNode.objects.all().delete()
    assert bob.get(ALICE).status_code == 404


@pytest.mark.django_db
def test_what_a_known_token_may_not_see_is_recorded_once_as_refused(stored: None, bob: Voice) -> None:
    for _ in range(3):
        assert bob.get(ALICE).status_code == 404
    assert accesses("bob") == [("read", False, 0)] * 3


@pytest.mark.django_db
def test_a_deleted_record_is_gone_and_recorded_once(known: Voice, feed: Voice) -> None:
    feed.delete(ALICE)
    assert known.get(ALICE).status_code == 410
    assert accesses("erin") == [("read", True, 1)] * 3


@pytest.mark.django_db
def test_406_before_anything_is_read(known: Voice) -> None:
    assert known.get(ALICE, Accept="text/html").status_code == 406
    assert accesses("erin") == [("read", True, 1)] * 2


@pytest.mark.django_db
def test_many_tokens_do_not_fill_the_memory(known: Voice, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tokens, "REMEMBERED", 2)
    for _ in range(5):
        Voice("erin", "TREAT", "user/*.rs").get(ALICE)
    assert len(tokens._remembered) <= 2


@pytest.fixture
def reader() -> Iterator[Callable[[str], Callable[[], int]]]:
    started: list[subprocess.Popen[str]] = []

    def start(token: str) -> Callable[[], int]:
        database = connection.settings_dict["NAME"]
        url = os.environ["DATABASE_URL"].replace("/medbridge?", f"/{database}?")
        environment = {**os.environ, "DATABASE_URL": url, "DJANGO_SETTINGS_MODULE": "medbridge.config.settings"}
        process = subprocess.Popen(
            [sys.executable, "-c", READER, token], cwd=BASE, env=environment, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        )  # fmt: skip
        started.append(process)

        def read() -> int:
            assert process.stdin and process.stdout
            process.stdin.write("\n")
            process.stdin.flush()
            return int(process.stdout.readline())

        return read

    yield start
    for process in started:
        process.communicate()


@pytest.mark.django_db(transaction=True)
def test_what_one_process_changes_holds_at_once_in_another(
    known: Voice, reader: Callable[[str], Callable[[], int]]
) -> None:
    read = reader(known.token)
    assert [read(), read()] == [200, 200]
    erin, was = Account.objects.filter(username="erin"), {"hospital": "north", "role": "clinician", "is_active": True}
    for change, status in (({"hospital": "renji"}, 404), ({"role": "patient"}, 404), ({"is_active": False}, 401)):
        erin.update(**change)
        assert read() == status
        erin.update(**was)
        assert [read(), read()] == [200, 200]
    tokens.revoke(known.token, at=timezone.now() - timedelta(seconds=1))
    assert read() == 401


SEARCH = "Observation?patient=north-alice"


@pytest.fixture
def searched(known: Voice, feed: Voice) -> Voice:
    """Erin, who has found Alice's three Observations once."""
    for number in range(3):
        feed.put(f"Observation/north-o{number}", build.observation(ALICE, f"north-o{number}"))
    assert len(known.ids(SEARCH)) == 3
    return known


def last_access(username: str) -> tuple[str, str | None, int, str]:
    row = Access.objects.filter(username=username).latest("id")
    return row.action, row.patient, row.count, row.query


@pytest.mark.django_db
def test_a_search_within_one_patient_with_a_known_token_is_one_statement(searched: Voice) -> None:
    before = Access.objects.count()
    with CaptureQueriesContext(connection) as queries:
        assert len(searched.ids(SEARCH)) == 3
    assert len(queries) == 1
    assert Access.objects.count() == before + 1
    assert last_access("erin") == ("search", "north-alice", 3, SEARCH)


@pytest.mark.django_db
def test_a_search_that_finds_nothing_is_recorded_in_the_same_statement(searched: Voice) -> None:
    with CaptureQueriesContext(connection) as queries:
        assert searched.ids(f"{SEARCH}&code=nothing") == []
    assert len(queries) == 1
    assert last_access("erin")[:3] == ("search", "north-alice", 0)


@pytest.mark.django_db
def test_pages_of_a_known_token_are_those_of_one_looked_up(searched: Voice) -> None:
    first = searched.get(f"{SEARCH}&_count=2&_sort=-_id").json()
    assert last_access("erin")[2] == 2
    [url] = [link["url"] for link in first["link"] if link["relation"] == "next"]
    second = searched.get(url.partition("/fhir/")[2]).json()
    found = [entry["resource"]["id"] for page in (first, second) for entry in page["entry"]]
    assert found == ["north-o2", "north-o1", "north-o0"]
    tokens._remembered.clear()
    assert searched.get(f"{SEARCH}&_count=2&_sort=-_id").json()["entry"] == first["entry"]


@pytest.mark.django_db
@pytest.mark.parametrize("change", CHANGES)
def test_a_search_by_a_known_token_that_ended_is_401_and_leaves_nothing(searched: Voice, change: str) -> None:
    before = Access.objects.count()
    CHANGES[change](searched)
    assert searched.get(SEARCH).status_code == 401
    assert Access.objects.count() == before


@pytest.mark.django_db
def test_a_search_by_an_account_that_moved_finds_what_it_may_see_now(searched: Voice) -> None:
    Account.objects.filter(username="erin").update(hospital="renji")
    assert searched.ids(SEARCH) == []
    assert Access.objects.filter(username="erin").latest("id").hospital == "renji"


@pytest.mark.django_db
def test_a_match_that_speaks_of_somebody_else_too_is_recorded_as_before(searched: Voice, feed: Voice) -> None:
    """A row about nobody for the auditor, with the query; a row about Alice, which does not say for whom else."""
    feed.put("Patient/north-dan", build.patient("north-dan"))
    both = build.observation(ALICE, "north-both", performer=[{"reference": "Patient/north-dan"}])
    feed.put("Observation/north-both", both)
    before = Access.objects.filter(username="erin").count()
    assert len(searched.ids(SEARCH)) == 4
    rows = Access.objects.filter(username="erin").order_by("id")[before:]
    assert {(row.patient, row.count, row.query) for row in rows} == {(None, 4, SEARCH), ("north-alice", 3, "")}


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("query", "status"),
    [("&_cursor=x", 400), ("&_sort=nothing&nothing=x", 200), ("&date=2020-13-45", 400), ("&_total=accurate", 200)],
)
def test_what_one_statement_cannot_say_is_said_in_turn(searched: Voice, query: str, status: int) -> None:
    assert searched.get(f"{SEARCH}{query}").status_code == status
