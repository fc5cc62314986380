"""Single creates and updates, each a transaction of its own."""

import random
from collections.abc import Callable, Iterator
from typing import Any

import orjson

from tests.bench.client import Answer
from tests.bench.generate import measurement, patient
from tests.bench.loop import Call, drive
from tests.bench.world import FEED, World

CLIENTS = 8
TYPES = ("Patient", "Observation")


def measure(world: World) -> None:
    made: dict[str, list[dict[str, Any]]] = {type: [] for type in TYPES}

    def remember(call: Call, answer: Answer) -> int:
        if call[0] == "POST":
            made[call[1]].append(orjson.loads(answer.body))
        return 1

    for step, calls in (("create", _creates), ("update", _updates)):
        for type in TYPES:
            world.add(drive(f"{step} {type}", world.connect(FEED), calls(world, type, made[type]), clients=CLIENTS,
                            seconds=world.size.seconds, judge=remember, usage=world.usage))  # fmt: skip


def _creates(world: World, type: str, made: list[dict[str, Any]]) -> Callable[[random.Random], Iterator[Call]]:
    def calls(rng: random.Random) -> Iterator[Call]:
        own = random.Random(rng.random())  # seeds 0, 1, 2 ... are those of the imported people
        while True:
            subject = f"Patient/{own.choice(world.patients)[0]}"
            yield "POST", type, orjson.dumps(patient(own) if type == "Patient" else measurement(own, subject))

    return calls


def _updates(world: World, type: str, made: list[dict[str, Any]]) -> Callable[[random.Random], Iterator[Call]]:
    """A new telephone number; a corrected value."""

    def calls(rng: random.Random) -> Iterator[Call]:
        while True:
            change: dict[str, Any] = {"telecom": [{"system": "phone", "value": f"555-{rng.randrange(10**7):07}"}]}
            if type == "Observation":
                change = {"status": "corrected", "issued": f"2024-01-01T00:{rng.randrange(60):02}:00Z"}
            resource = rng.choice(made)
            yield "PUT", f"{type}/{resource['id']}", orjson.dumps({**resource, **change})

    return calls
