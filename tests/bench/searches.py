"""Searches within one patient, as the custodian's clinician and as another hospital's with a consent in force."""

import random
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import quote

from tests.bench.client import Answer
from tests.bench.loop import Call, drive
from tests.bench.world import OTHER, OWN, World

CLIENTS = 8
EVERYTHING_CLIENTS = 4
CODES = ("8302-2", "29463-7", "39156-5", "2339-0", "6690-2", "718-7")
WHO = {OWN: "own", OTHER: "by consent"}

Query = Callable[[random.Random, str, dict[str, Any]], str]


def _token(rng: random.Random) -> str:
    return quote(f"http://loinc.org|{rng.choice(CODES)}")


def _identifier(rng: random.Random, id: str, patient: dict[str, Any]) -> str:
    first = patient["identifier"][0]
    return f"Patient?identifier={quote(first['system'] + '|' + first['value'])}"


QUERIES: dict[str, Query] = {
    "Observation?patient&code": lambda rng, id, _: f"Observation?patient={id}&code={_token(rng)}",
    "Observation?patient&code&date": lambda rng, id, _: (
        f"Observation?patient={id}&code={_token(rng)}&date=ge2010-01-01&date=lt2016-01-01"
    ),
    "Observation?patient&_sort=-date": lambda rng, id, _: f"Observation?patient={id}&_sort=-date&_count=20",
    "Patient?identifier": _identifier,
    "Patient?name": lambda rng, _, patient: f"Patient?name={quote(patient['name'][0]['family'])}",
}


def measure(world: World) -> None:
    for name, query in QUERIES.items():
        for who, how in WHO.items():
            world.add(drive(f"search {name}, {how}", world.connect(who), _calls(world, query), clients=CLIENTS,
                            seconds=world.size.seconds, usage=world.usage))  # fmt: skip
    for count in (100, 1000):
        step = f"Patient/$everything?_count={count}, by consent"
        world.add(drive(step, world.connect(OTHER), _everything(world, count), clients=EVERYTHING_CLIENTS,
                        seconds=world.size.seconds, unit="resources", judge=matches, usage=world.usage))  # fmt: skip


def _calls(world: World, query: Query) -> Callable[[random.Random], Iterator[Call]]:
    def calls(rng: random.Random) -> Iterator[Call]:
        while True:
            yield "GET", query(rng, *rng.choice(world.patients)), b""

    return calls


def _everything(world: World, count: int) -> Callable[[random.Random], Iterator[Call]]:
    return _calls(world, lambda rng, id, patient: f"Patient/{id}/$everything?_count={count}")


def matches(call: Call, answer: Answer) -> int:
    return answer.body.count(b'"fullUrl"')
