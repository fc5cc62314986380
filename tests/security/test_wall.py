"""The second wall: with the consent predicate broken, PostgreSQL itself gives no other hospital's record."""

import ast
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.db import connection

from medbridge.actions.steps import judging
from medbridge.consent.compile import Visible
from medbridge.consent.models import ConsentNode
from medbridge.database import walled
from medbridge.database.fetch import fetch
from medbridge.records.statement import Statement
from tests import build
from tests.integration.conftest import Voice

pytestmark = pytest.mark.django_db(transaction=True)
ALICE = "Patient/north-alice"
CODE = Path(__file__).resolve().parents[2] / "medbridge"


@pytest.fixture
def raised(db: None) -> Iterator[None]:
    """As config.wsgi does in a web process."""
    walled.raise_wall(role="medbridge_reader")
    yield
    walled.lower_wall()


@pytest.fixture
def stored(feed: Voice) -> None:
    feed.put(ALICE, build.patient("north-alice"))
    feed.put("Observation/north-o", build.observation(ALICE, "north-o"))
    feed.put("Organization/north-lab", {"resourceType": "Organization", "id": "north-lab", "name": "Laboratory"})


@pytest.fixture
def broken(monkeypatch: pytest.MonkeyPatch) -> None:
    """The predicate lets everything through, and the second judgement too."""
    monkeypatch.setattr(Visible, "condition", lambda self, alias, put, types=(): "TRUE")
    monkeypatch.setattr(judging._Second, "opens", lambda self, row: True)


@pytest.fixture
def erin(voice: Callable[..., Voice]) -> Voice:
    """A clinician of the hospital that pushed the records."""
    from medbridge.accounts.models import Account

    Account.objects.create(username="erin", hospital="north", role="clinician", name="Erin")
    return voice("erin")


DOORS = ("Observation/north-o", "Observation/north-o/_history/1")
SEARCHES = (
    "Observation/north-o/_history",
    "Observation?patient=north-alice",
    "Observation?code=718-7",
    "Patient?name=zhang&_revinclude=*",
    "Observation/_history",
    "Patient/north-alice/$everything",
)


def test_another_hospitals_record_does_not_come(stored: None, raised: None, broken: None, bob: Voice) -> None:
    for _ in range(4):  # the later ones by prepared statements, with a known token
        assert [bob.get(door).status_code for door in DOORS] == [404] * 2
        assert [bob.get(search).json().get("entry", []) for search in SEARCHES] == [[]] * 6


def test_ones_own_and_the_directory_come(stored: None, raised: None, bob: Voice, erin: Voice) -> None:
    for _ in range(4):
        assert [erin.get(door).status_code for door in DOORS] == [200] * 2
        assert erin.ids("Observation?patient=north-alice") == ["Observation/north-o"]
        assert bob.get("Organization/north-lab").status_code == 200


def test_what_a_consent_opens_comes_and_no_more(
    stored: None, raised: None, broken: None, feed: Voice, bob: Voice
) -> None:
    feed.put("Patient/north-other", build.patient("north-other"))
    feed.put("Observation/north-p", build.observation("Patient/north-other", "north-p"))
    feed.put("Consent/north-c", build.consent(ALICE, id="north-c", actor=build.actor("Organization/renji")))
    for _ in range(4):
        assert bob.get("Observation/north-o").status_code == 200
        assert bob.get("Observation/north-p").status_code == 404
        assert bob.ids("Observation?patient=north-alice") == ["Observation/north-o"]
        assert bob.ids("Observation?patient=north-other") == []
        assert bob.ids("Observation?code=718-7") == ["Observation/north-o"]
    ConsentNode.objects.all().delete()
    assert bob.get("Observation/north-o").status_code == 404


def test_a_person_sees_her_own_and_nobody_elses(
    stored: None, raised: None, broken: None, feed: Voice, alice: Voice
) -> None:
    feed.put("Patient/north-other", build.patient("north-other"))
    feed.put("Observation/north-p", build.observation("Patient/north-other", "north-p"))
    assert alice.get("Observation/north-o").status_code == 200
    assert alice.get("Observation/north-p").status_code == 404


def test_readers_take_turns_on_one_session(stored: None, raised: None, broken: None, bob: Voice, erin: Voice) -> None:
    found = [who.get("Observation/north-o").status_code for who in (erin, bob, erin, erin, bob, bob)]
    assert found == [200, 404, 200, 200, 404, 404]


def test_a_session_that_knows_nobody_sees_the_directory_alone(stored: None, raised: None) -> None:
    walled.face(*walled.NOBODY)
    types = walled.fetch("SELECT DISTINCT type FROM records_version")
    assert {row[0] for row in types} == {"Organization", "Practitioner"}


@pytest.mark.parametrize("table", ["records_version", "records_current", "consent_node", "accounts_account"])
def test_the_readers_session_writes_nothing_but_access_records(raised: None, table: str) -> None:
    with pytest.raises(Exception, match="permission denied"):
        walled.fetch(f"DELETE FROM {table}")
    with pytest.raises(Exception, match="permission denied"):
        walled.fetch("SELECT * FROM audit_access")


def test_without_its_role_nothing_is_read(stored: None, bob: Voice) -> None:
    """Nothing falls back to the way that has no wall."""
    walled.raise_wall(role="no_such_role")
    try:
        with pytest.raises(Exception, match="no_such_role"):
            Statement().rows("SELECT 1")
    finally:
        walled.lower_wall()


def test_all_queries_of_records_go_through_the_wall() -> None:
    """Statement is the one way of a reader's query; what goes the other way is for the server itself."""
    unwalled = {
        path.name
        for path in (CODE / "records").glob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ImportFrom) and node.module == "medbridge.database.fetch"
        and any(name.name == "fetch" for name in node.names)
    }  # fmt: skip
    assert unwalled == {"custom.py", "definitions.py", "read.py", "walks.py"}
    assert _calls(CODE / "records" / "read.py") == {
        "consents_of", "custodians_of", "given", "messages_of", "patient_of", "patients_of", "subjects",
    }  # fmt: skip


def test_no_request_lowers_the_wall() -> None:
    users = {
        path.relative_to(CODE).as_posix()
        for path in CODE.rglob("*.py")
        if "lower_wall" in path.read_text() or "raise_wall" in path.read_text()
    }
    assert users == {"config/wsgi.py", "database/walled.py"}


def test_workers_and_commands_have_no_wall(stored: None) -> None:
    assert fetch("SELECT count(*) FROM records_version")[0][0] >= 3
    with connection.cursor() as cursor:
        cursor.execute("SELECT relrowsecurity FROM pg_class WHERE relname = 'records_version'")
        assert cursor.fetchone() == (True,)


def _calls(path: Path) -> set[str]:
    """The functions of a module that call fetch."""
    return {
        function.name
        for function in ast.walk(ast.parse(path.read_text()))
        if isinstance(function, ast.FunctionDef)
        and any(isinstance(call, ast.Call) and getattr(call.func, "id", "") == "fetch" for call in ast.walk(function))
    }
