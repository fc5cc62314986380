"""kill -9 of web workers, MLLP, processors of messages, PostgreSQL, Celery and Valkey under load over HTTP and MLLP:
nothing acknowledged is lost, nothing is doubled, sealing goes on."""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests.integration.load import MARK, Flood, Listener, Sender, Sent, eventually
from tests.integration.whole import faults
from tools.stack import postgres, valkey
from tools.stack.ports import free
from tools.stack.running import Group
from tools.stack.services import BASE, Services

SENDERS = 4
WATCH_SECONDS = 0.05

pytestmark = [
    pytest.mark.skipif(sys.platform != "linux", reason="finds worker processes in /proc"),
    pytest.mark.whole_stack,
]


@dataclass
class World:
    """The stack under test on its own servers: PostgreSQL with fsync, as in production."""

    group: Group
    database_url: str
    services: Services
    token: str = ""

    def watch(self, seconds: float) -> None:
        """Let it run, starting again what died."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            self.group.check()
            time.sleep(WATCH_SECONDS)

    def kill(self, name: str) -> None:
        os.kill(self.pid(name), signal.SIGKILL)

    def kill_children(self, name: str) -> int:
        killed = 0
        for pid in Path(f"/proc/{self.pid(name)}/task/{self.pid(name)}/children").read_text().split():
            if b"resource_tracker" not in Path(f"/proc/{pid}/cmdline").read_bytes():
                os.kill(int(pid), signal.SIGKILL)
                killed += 1
        return killed

    def pid(self, name: str) -> int:
        return next(member.child.pid for member in self.group.members if member.program.name == name)

    def answers(self) -> bool:
        """Whether PostgreSQL has recovered."""
        try:
            return bool(self.rows("SELECT 1"))
        except psycopg.OperationalError:
            return False

    def rows(self, sql: str) -> list[Any]:
        with psycopg.connect(self.database_url) as connection:
            return connection.execute(sql).fetchall()


@dataclass
class Aftermath:
    """What the senders were told, and the world after the last kill."""

    world: World
    senders: list[Sender]
    kills: Counter[str]
    sealed_before: int

    @property
    def sent(self) -> list[Sent]:
        return [record for sender in self.senders for record in sender.sent]

    @property
    def acknowledged(self) -> list[Sent]:
        return [record for record in self.sent if record.location]


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    folder = Path(tempfile.mkdtemp(prefix="medbridge-kill-"))
    folder.chmod(0o755)  # PostgreSQL runs as nobody when the tests run as root
    database, broker = postgres.prepare(folder / "postgres"), valkey.prepare(folder)
    group = Group(logs=folder)
    try:
        group.start(database.program, broker.program)
        postgres.create_database(database, "medbridge")
        port, mllp_port = free(), free()
        environment = {
            "MEDBRIDGE_MODE": "development", "DATABASE_URL": database.url("medbridge"), "REDIS_URL": broker.url,
            "STATE_DIR": str(folder), "PUBLIC_URL": f"http://127.0.0.1:{port}", "SEAL_INTERVAL_SECONDS": "1",
            "MLLP_LISTENERS": f"127.0.0.1:{mllp_port}=north",
        }  # fmt: skip
        services = Services(environment, folder, port, mllp_port)
        group.run(services.migrate())
        group.run(services.load_sample_accounts())
        group.start(services.web(), services.worker(), services.beat(), *services.processors(),
                    services.mllp())  # fmt: skip
        yield World(group, database.url("medbridge"), services, token(environment))
    finally:
        group.stop()
        database.clean_up()
        shutil.rmtree(folder, ignore_errors=True)


def token(environment: dict[str, str]) -> str:
    command = [
        sys.executable,
        "manage.py",
        "token",
        "--user",
        "north-feed",
        "--purpose",
        "TREAT",
        "--scopes",
        "user/*.cruds",
    ]
    done = subprocess.run(command, env={**os.environ, **environment}, cwd=BASE, capture_output=True, check=True)
    return done.stdout.decode().split()[-1]


@pytest.fixture(scope="module")
def aftermath(world: World) -> Aftermath:
    senders = [Sender(number, world.services.port, world.token) for number in range(SENDERS)]
    senders.append(Listener(SENDERS, world.services.mllp_port, ""))
    senders += [Flood(SENDERS + number, world.services.mllp_port, "") for number in (1, 2)]
    for sender in senders:
        sender.start()
    kills: Counter[str] = Counter()
    for _ in range(3):
        world.watch(1.5)
        kills["web worker"] += world.kill_children("web")
    for name in ("mllp", "processor-1", "worker", "processor-2", "web", "valkey", "postgresql"):
        world.watch(2)
        if name == "worker":
            kills["celery pool process"] += world.kill_children("worker")
        world.kill(name)
        kills[name] += 1
    world.watch(5)
    kills["web worker"] += world.kill_children("web")
    world.watch(3)
    for sender in senders:
        sender.stopping.set()
    eventually(lambda: world.watch(0.2) or world.answers())
    sealed_before = world.rows("SELECT count(*) FROM anchoring_directoryblock")[0][0]
    eventually(lambda: world.watch(0.2) or not any(sender.is_alive() for sender in senders))
    waiting = "SELECT count(*) FROM inbox_message WHERE state = 'RECEIVED' AND lanes IS NOT NULL"
    eventually(lambda: world.watch(0.2) or world.rows(waiting) == [(0,)])
    return Aftermath(world, senders, kills, sealed_before)


def test_every_acknowledged_record_is_readable(aftermath: Aftermath) -> None:
    """The answer to a read carries the mark of what was sent."""
    reader = Sender(99, aftermath.world.services.port, aftermath.world.token)
    lost = []
    for record in aftermath.acknowledged:
        status, body = reader._send("GET", f"/fhir/{record.location}", b"")
        if status != 200 or f'"value":"{record.mark}"'.encode() not in body:
            lost.append((record, status))
    print(f"killed {dict(aftermath.kills)}; {figures(aftermath)}; lost {len(lost)}")
    assert lost == []
    assert len(aftermath.acknowledged) > 100


def test_no_record_is_doubled_whether_or_not_it_was_acknowledged(aftermath: Aftermath) -> None:
    found = Counter(mark for mark, _ in ids(aftermath.world))
    assert [mark for mark, count in found.items() if count > 1] == []
    assert {record.mark for record in aftermath.acknowledged} <= found.keys()
    assert found.keys() <= {record.mark for record in aftermath.sent}


def test_what_was_only_kept_is_stored_without_its_sender(aftermath: Aftermath) -> None:
    kept = {record.mark for record in aftermath.acknowledged if record.kind == "kept"}
    assert len(kept) > 50 and kept <= {mark for mark, _ in ids(aftermath.world)}
    dead = aftermath.world.rows(
        "SELECT control_id, stage, reason FROM inbox_message WHERE state = 'DEAD' AND kind = 'hl7v2'"
    )
    assert dead == []


def test_a_repeated_transaction_made_one_version_of_each_record(aftermath: Aftermath) -> None:
    again = {record.mark for record in aftermath.acknowledged if record.kind == "bundle" and record.attempts > 1}
    assert again, "no transaction was repeated: the kills hit nothing"
    newest = aftermath.world.rows(
        "SELECT max(version) FROM records_version WHERE method = 'POST' OR type = 'Provenance'"
    )
    assert newest == [(1,)]


def test_the_tables_are_whole(aftermath: Aftermath) -> None:
    with psycopg.connect(aftermath.world.database_url) as connection, connection.cursor() as cursor:
        assert faults(cursor) == {}


def test_nobody_was_told_of_an_internal_error(aftermath: Aftermath) -> None:
    told = Counter(status for sender in aftermath.senders for status, _ in sender.refused)
    assert told.keys() <= {503}, [
        text for sender in aftermath.senders for status, text in sender.refused if status != 503
    ][:3]


def test_sealing_goes_on_until_every_commitment_is_in_the_log(aftermath: Aftermath) -> None:
    world = aftermath.world
    eventually(lambda: world.watch(0.2) or world.rows("SELECT count(*) FROM anchoring_submission") == [(0,)])
    eventually(
        lambda: (
            world.watch(0.2)
            or world.rows("SELECT count(*) FROM anchoring_directoryblock")[0][0] > aftermath.sealed_before
        )
    )
    gaps = "SELECT chain_id FROM anchoring_entry GROUP BY chain_id HAVING count(*) <> max(sequence) + 1"
    assert world.rows(gaps) == []
    with psycopg.connect(world.database_url) as connection, connection.cursor() as cursor:
        assert faults(cursor) == {}


def ids(world: World) -> set[tuple[str, str]]:
    """(mark, Type/id) of every marked record."""
    found = set()
    for type, id, body in world.rows(
        "SELECT type, id, body FROM records_version WHERE type IN ('Patient', 'Observation')"
    ):
        for identifier in json.loads(bytes(body)).get("identifier", []):
            if identifier["system"] == MARK:
                found.add((identifier["value"], f"{type}/{id}"))
    return found


def figures(aftermath: Aftermath) -> str:
    kinds = dict(Counter(record.kind for record in aftermath.acknowledged))
    repeated = sum(record.attempts > 1 for record in aftermath.sent)
    told = Counter(status for sender in aftermath.senders for status, _ in sender.refused)
    counts = f"sent {len(aftermath.sent)}, acknowledged {len(aftermath.acknowledged)} {kinds}"
    return f"{counts}, repeated {repeated}, refused {dict(told)}"
