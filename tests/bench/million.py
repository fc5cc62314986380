"""Whether a patient's searches stay as fast when ten times as many other people are stored.

Runs unattended: pushes whole people until each goal is reached, waits until the log has caught up, measures, goes on.
"""

import itertools
import random
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from typing import Any

import orjson
from django.db import connection

from tests.bench.beside import QUESTIONS
from tests.bench.client import Answer
from tests.bench.generate import patient
from tests.bench.imports import give_consents
from tests.bench.loop import Call, Row, drive
from tests.bench.run import begin
from tests.bench.usage import disk
from tests.bench.world import FEED, OTHER, World, sign_in
from tools.stack.stack import Stack

IMPORT_CLIENTS = 4
CLIENTS = 2  # as many as cores: times of answers, not of waiting for others
SECONDS = 15.0
SAMPLE = 300  # people asked for, of all that are stored
SCOPED = ("patient & code", "patient & code & date", "patient, _sort=-date", "_include patient, encounter",
          "$everything")  # fmt: skip
SEALED_WITHIN = 600.0
SIGNED_IN = 200_000  # resources pushed by one token: less than its hour, also on a busy machine


def run(stack: Stack, *, goals: list[int], say: Callable[[str], None]) -> World:
    world = begin(stack, size="usual", say=say)
    for body in world.load.directory:
        drive("directory", world.connect(FEED), lambda rng, body=body: iter([("POST", "", body)]), clients=1,
              seconds=None, usage=world.usage)  # fmt: skip
    before, people, counted = disk(), _people(world), _Counted(world)
    for goal in goals:
        _import(world, people, counted, goal)
        _settle(world)
        world.notes.setdefault("sizes", []).append(_size(counted, before))
        rows = [_step(world, name, goal) for name in ("read", *SCOPED)]
        say(f"{goal:,}: slowest p99 {max(row.p99_ms for row in rows):g} ms")
    world.notes["p99_by_size"] = _compared(world, goals)
    world.notes |= {"memory_mb": world.usage.memory(), "web_workers_mb": world.usage.children("web")}
    return world


class _Counted:
    """Resources stored, their compact bytes, and a sample of people and of their Observations."""

    def __init__(self, world: World) -> None:
        self.world, self.resources, self.bytes = world, 0, 0

    def __call__(self, call: Call, answer: Answer) -> int:
        sent, answered = orjson.loads(call[2])["entry"], orjson.loads(answer.body)["entry"]
        places = [each["response"]["location"].split("/")[:2] for each in answered]
        self.resources += len(sent)
        self.bytes += sum(len(orjson.dumps(entry["resource"])) for entry in sent)
        who = next(n for n, (type, _) in enumerate(places) if type == "Patient")
        self.world.patients.append((places[who][1], sent[who]["resource"]))
        self.world.stored["Observation"] += [id for type, id in places if type == "Observation"][:3]
        return len(sent)


def _people(world: World) -> Iterator[bytes]:
    """Synthea's people (or ours) again and again, each time as somebody new: other name, birth date and numbers."""
    rng, bundles = random.Random("million"), [orjson.loads(body) for body in world.load.people]
    for bundle in itertools.cycle(bundles):
        for entry in bundle["entry"]:
            if entry["resource"]["resourceType"] == "Patient":
                entry["resource"] = patient(rng)
        yield orjson.dumps(bundle)


def _import(world: World, people: Iterator[bytes], counted: _Counted, goal: int) -> None:
    def calls(upto: int, rng: random.Random) -> Iterator[Call]:
        while counted.resources < upto:
            yield "POST", "", next(people)

    known = len(world.patients)
    while counted.resources < goal:
        sign_in(world)
        upto = min(goal, counted.resources + SIGNED_IN)
        world.add(drive(f"import up to {upto:,}", world.connect(FEED), partial(calls, upto), clients=IMPORT_CLIENTS,
                        seconds=None, unit="resources", judge=counted, usage=world.usage))  # fmt: skip
    sign_in(world)
    new = random.Random(goal).sample(world.patients[known:], min(SAMPLE, len(world.patients) - known))
    world.patients[known:] = new
    give_consents(world, [id for id, _ in new])


def _settle(world: World) -> None:
    """What the minutes after such an import bring by themselves: all is sealed, tables are vacuumed and analysed."""
    deadline = time.monotonic() + SEALED_WITHIN
    with connection.cursor() as cursor:
        while time.monotonic() < deadline:
            cursor.execute("SELECT count(*) FROM anchoring_submission")
            if cursor.fetchone()[0] < 1000:
                break
            time.sleep(2)
        cursor.execute("VACUUM ANALYZE")


def _step(world: World, name: str, goal: int) -> Row:
    def calls(rng: random.Random) -> Iterator[Call]:
        while True:
            if name == "read":
                yield "GET", f"Observation/{rng.choice(world.stored['Observation'])}", b""
            else:
                yield "GET", QUESTIONS[name](rng, rng.choice(world.patients)), b""

    who = FEED if name == "read" else OTHER
    drive(name, world.connect(who), calls, clients=CLIENTS, seconds=2.0, usage=world.usage)  # warm
    return world.add(drive(f"{name}, at {goal:,}", world.connect(who), calls, clients=CLIENTS, seconds=SECONDS,
                           usage=world.usage))  # fmt: skip


def _size(counted: _Counted, before: dict[str, int]) -> dict[str, Any]:
    grown = sum(disk().values()) - sum(before.values())
    each, compact = round(grown / counted.resources), round(counted.bytes / counted.resources)
    return {"resources": counted.resources, "bytes_per_resource": each, "compact_json": compact,
            "ratio": round(grown / counted.bytes, 2)}  # fmt: skip


def _compared(world: World, goals: list[int]) -> dict[str, float]:
    """p99 at the last goal by that at the first; the requirement is 1.5 at most, and 20 ms."""
    by = {row.step: row.p99_ms for row in world.rows}
    ratios = {}
    for name in ("read", *SCOPED):
        first, last = (by[f"{name}, at {goal:,}"] for goal in (goals[0], goals[-1]))
        ratios[name] = round(last / first, 2) if first else 0.0
    world.rows = [
        replace(row, ratio=ratios[row.step.rpartition(", at ")[0]]) if row.step.endswith(f", at {goals[-1]:,}") else row
        for row in world.rows
    ]
    return ratios
