"""One transaction with as many entries as a Bundle may have: all creates, and a mixture with conditions and updates."""

import random
from collections.abc import Iterator
from typing import Any

import orjson

from tests.bench.generate import SYSTEM, measurement, person
from tests.bench.loop import Call, drive
from tests.bench.world import FEED, World

NUMBER = 2_000_000  # seeds of other people are smaller


def measure(world: World) -> None:
    size = world.size.entries
    bodies = {
        "creates": orjson.dumps(person(NUMBER, size)),
        "creates, conditional creates, updates by id": orjson.dumps(_mixture(world, size)),
    }
    for what, body in bodies.items():

        def calls(rng: random.Random, body: bytes = body) -> Iterator[Call]:
            return iter([("POST", "", body)])

        world.add(drive(f"one transaction of {size:,} entries: {what}", world.connect(FEED), calls, clients=1,
                        seconds=None, unit="entries", judge=world.count_entries, usage=world.usage))  # fmt: skip


def _mixture(world: World, size: int) -> dict[str, Any]:
    rng = random.Random(NUMBER)
    subject = f"Patient/{world.patients[0][0]}"
    kinds = (_create, _conditional, _update)
    entry = [kinds[number % len(kinds)](number, measurement(rng, subject)) for number in range(size)]
    return {"resourceType": "Bundle", "type": "transaction", "entry": entry}


def _create(number: int, resource: dict[str, Any]) -> dict[str, Any]:
    return {"resource": resource, "request": {"method": "POST", "url": "Observation"}}


def _conditional(number: int, resource: dict[str, Any]) -> dict[str, Any]:
    numbered = {**resource, "identifier": [{"system": SYSTEM, "value": f"large-{number}"}]}
    condition = f"identifier={SYSTEM}|large-{number}"
    return {"resource": numbered, "request": {"method": "POST", "url": "Observation", "ifNoneExist": condition}}


def _update(number: int, resource: dict[str, Any]) -> dict[str, Any]:
    id = f"north-large-{number}"
    return {"resource": {**resource, "id": id}, "request": {"method": "PUT", "url": f"Observation/{id}"}}
