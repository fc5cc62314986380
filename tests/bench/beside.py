"""The same requests to us and to another server, one after the other, on the same data: rates, and whether both found
as many entries. Ours has consent, access records, evidence and fsync with it; the peer has none of them.
"""

import asyncio
import random
import statistics
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import quote

import orjson

from tests.bench import peer
from tests.bench.client import Http
from tests.bench.generate import measurement, patient
from tests.bench.loop import Call, Judge, Row, drive, one
from tests.bench.searches import matches
from tests.bench.sides import Person, Side
from tests.bench.usage import Usage
from tests.bench.world import FEED, OTHER, World

CLIENTS = 8
IMPORT_CLIENTS = 4
COMPARED = 4  # questions of each kind that both are asked alone, for the number of entries
CODES = ("8302-2", "29463-7", "39156-5", "72514-3", "2339-0", "6690-2")

Question = Callable[[random.Random, Person], str]


def _code(rng: random.Random) -> str:
    return quote(f"http://loinc.org|{rng.choice(CODES)}", safe="")


def _family(person: Person) -> str:
    return quote(person[1]["name"][0]["family"])


QUESTIONS: dict[str, Question] = {
    "patient & code": lambda rng, who: f"Observation?patient={who[0]}&code={_code(rng)}&_count=50",
    "patient & code & date": lambda rng, who: (
        f"Observation?patient={who[0]}&code={_code(rng)}&date=ge2010-01-01&date=lt2016-01-01&_count=50"
    ),
    "patient, _sort=-date": lambda rng, who: f"Observation?patient={who[0]}&_sort=-date&_count=20",
    "chained patient.name": lambda rng, who: f"Observation?patient.name={_family(who)}&code={_code(rng)}&_count=50",
    "_include patient, encounter": lambda rng, who: (
        f"Observation?patient={who[0]}&code={_code(rng)}"
        "&_include=Observation:patient&_include=Observation:encounter&_count=50"
    ),
    "_has": lambda rng, who: (
        f"Patient?_has:Observation:patient:code={_code(rng)}&birthdate=ge{rng.randrange(1930, 2015)}-01-01&_count=20"
    ),
    "$everything": lambda rng, who: f"Patient/{who[0]}/$everything?_count=100",
}


def measure(world: World) -> None:
    """Before anything else is written: both hold the imported bundles, and nothing more."""
    if not world.size.rounds:
        return
    try:
        with peer.running(world.stack.group.logs) as (url, pid):
            _compare(world, [_ours(world), _peer(world, url, pid)])
    except peer.Unavailable as reason:
        world.notes["peer"] = str(reason)
        world.say(f"nothing beside us: {reason}")


def _ours(world: World) -> Side:
    return Side("MedBridge", world.connect(FEED), world.connect(OTHER), world.usage, list(world.patients))


def _peer(world: World, url: str, pid: int) -> Side:
    client = world.usage.parts["client"]
    return Side("sekmet-fhir", lambda: Http(url), lambda: Http(url), Usage({"web": pid, "client": client}))


def _compare(world: World, sides: Sequence[Side]) -> None:
    ours, other = sides
    _import(world, other)
    for side in sides:
        side.arrange()
    for name, question in QUESTIONS.items():
        agree = _entries(ours, question) == _entries(other, question)
        _step(world, f"{name}, by consent", sides, _asking(question), agree)
    for type in ("Patient", "Observation"):
        _step(world, f"create {type}", sides, _creating(type), writes=True)
        _step(world, f"read {type}", sides, _reading(type), writes=True)


def _import(world: World, side: Side) -> None:
    """Ours was imported by tests/bench/imports.py, the warm-up with it."""

    def calls(bodies: list[bytes]) -> Callable[[random.Random], Iterator[Call]]:
        return lambda rng: iter([("POST", "", body) for body in bodies])

    for step, bodies, clients in (
        ("warm-up", world.load.warm_up, IMPORT_CLIENTS), ("directory", world.load.directory, 1),
        ("import: transactions", world.load.people, IMPORT_CLIENTS),
    ):  # fmt: skip
        row = drive(f"beside: {step}", side.write, calls(bodies), clients=clients, seconds=None, unit="resources",
                    judge=side.stored, usage=side.usage)  # fmt: skip
    mine = next(each for each in world.rows if each.step.startswith("import: transactions"))
    world.add(replace(mine, step="beside: import: transactions", ratio=round(mine.rate / row.rate, 2),
                      beside=f"{side.name} {row.rate:,.0f}/s"))  # fmt: skip


def _step(
    world: World, name: str, sides: Sequence[Side], calls: Callable[[Side], Callable[[random.Random], Iterator[Call]]],
    agree: bool | None = None, *, writes: bool = False,
) -> None:  # fmt: skip
    """In turn, `rounds` times; the medians."""
    found: dict[str, list[Row]] = {}
    for _ in range(world.size.rounds):
        for side in sides:
            judge: Judge = side.made if name.startswith("create") else one
            row = drive(f"beside: {name}", side.write if writes else side.read, calls(side), clients=CLIENTS,
                        seconds=world.size.compared, judge=judge, usage=side.usage)  # fmt: skip
            found.setdefault(side.name, []).append(row)
    ours, other = (_median(found[side.name]) for side in sides)
    said = {None: "", True: ", as many entries", False: ", OTHER numbers of entries"}[agree]
    ratio = round(ours.rate / other.rate, 2) if other.rate else None
    world.add(replace(ours, ratio=ratio, beside=f"{sides[1].name} {other.rate:,.1f}/s p99 {other.p99_ms:,g} ms{said}"))


def _median(rows: list[Row]) -> Row:
    middle = statistics.median_low(row.rate for row in rows)
    failed = sum(row.failed for row in rows)
    return replace(next(row for row in rows if row.rate == middle), failed=failed)


def _asking(question: Question) -> Callable[[Side], Callable[[random.Random], Iterator[Call]]]:
    def of(side: Side) -> Callable[[random.Random], Iterator[Call]]:
        def calls(rng: random.Random) -> Iterator[Call]:
            while True:
                yield "GET", question(rng, side.anyone(rng)), b""

        return calls

    return of


def _creating(type: str) -> Callable[[Side], Callable[[random.Random], Iterator[Call]]]:
    def of(side: Side) -> Callable[[random.Random], Iterator[Call]]:
        def calls(rng: random.Random) -> Iterator[Call]:
            own = random.Random(f"beside {rng.random()}")
            while True:
                subject = f"Patient/{side.anyone(own)[0]}"
                made: dict[str, Any] = patient(own) if type == "Patient" else measurement(own, subject)
                yield "POST", type, orjson.dumps(made)

        return calls

    return of


def _reading(type: str) -> Callable[[Side], Callable[[random.Random], Iterator[Call]]]:
    def of(side: Side) -> Callable[[random.Random], Iterator[Call]]:
        def calls(rng: random.Random) -> Iterator[Call]:
            while True:
                yield "GET", f"{type}/{rng.choice(side.created[type])}", b""

        return calls

    return of


def _entries(side: Side, question: Question) -> list[int]:
    """Of the same questions, each alone."""

    async def ask() -> list[int]:
        connection, rng, found = side.read(), random.Random(7), []
        for _ in range(COMPARED):
            call = "GET", question(rng, side.anyone(rng)), b""
            found.append(matches(call, await connection.request(*call)))
        connection.close()
        return found

    return asyncio.run(ask())
