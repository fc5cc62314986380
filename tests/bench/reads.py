"""Reads by id, beside a bare Django view under the same server that reads one row and writes one."""

import contextlib
import random
import time
from collections.abc import Iterator
from dataclasses import replace

from django.db import connection

from tests.bench.client import Http
from tests.bench.loop import Call, Row, drive
from tests.bench.usage import Usage
from tests.bench.world import OTHER, OWN, World
from tools.stack.ports import free
from tools.stack.process import spawn, stop
from tools.stack.services import Services

CLIENTS = 8
TABLES = """
CREATE TABLE bench_document (id text PRIMARY KEY, body bytea NOT NULL);
CREATE TABLE bench_access (id bigint GENERATED ALWAYS AS IDENTITY, at timestamptz NOT NULL, document text NOT NULL);
INSERT INTO bench_document SELECT v.id, v.body FROM records_version v WHERE v.type = 'Observation' LIMIT 5000;
"""


def measure(world: World) -> None:
    bare = world.add(_bare(world))
    for who, name in ((OWN, "its own hospital's clinician"), (OTHER, "another hospital's, by consent")):
        row = _read(world, who, f"read Observation, {name}")
        world.add(replace(row, ratio=round(row.rate / bare.rate, 2), beside=f"bare {bare.rate:,.0f}/s"))


def _read(world: World, who: str, step: str) -> Row:
    ids = world.stored["Observation"]

    def calls(rng: random.Random) -> Iterator[Call]:
        while True:
            yield "GET", f"Observation/{rng.choice(ids)}", b""

    return drive(step, world.connect(who), calls, clients=CLIENTS, seconds=world.size.seconds, unit="reads",
                 usage=world.usage)  # fmt: skip


def _bare(world: World) -> Row:
    with connection.cursor() as cursor:
        cursor.execute(TABLES)
        cursor.execute("SELECT id FROM bench_document")
        ids = [row[0] for row in cursor.fetchall()]

    def calls(rng: random.Random) -> Iterator[Call]:
        while True:
            yield "GET", f"document/{rng.choice(ids)}", b""

    with _bare_server(world) as (url, pid):
        usage = Usage({**world.usage.parts, "web": pid})
        return drive("read: bare Django view, one row read, one written", lambda: Http(url), calls, clients=CLIENTS,
                     seconds=world.size.seconds, unit="reads", usage=usage)  # fmt: skip


@contextlib.contextmanager
def _bare_server(world: World) -> Iterator[tuple[str, int]]:
    port = free()
    ours = Services(world.stack.environment, world.stack.folder, port, 0).web()
    program = replace(ours, name="bare", command=[*ours.command[:-1], "tests.bench.bare:application"])
    child = spawn(program, world.stack.group.logs / "bare.log")
    try:
        while not program.ready() and child.poll() is None:
            time.sleep(0.05)
        yield f"http://127.0.0.1:{port}", child.pid
    finally:
        stop(child, program)
