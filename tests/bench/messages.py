"""HL7 v2 registrations by POST and by MLLP: from our own sample, each with a new person, visit and control id."""

import random
from collections.abc import Callable, Iterator

from tests.bench.client import Http, Mllp
from tests.bench.generate import patient
from tests.bench.loop import Call, drive
from tests.bench.world import FEED, World
from tools.stack.services import BASE

CLIENTS = 4
SAMPLE = BASE / "medbridge/samples/hl7v2/north_adt_a04.hl7"
# Alice in the sample -> what takes its place. Her resident id goes: its check digit and birth date must fit.
MARKS = (
    "NORTH-ADT-0001",
    "NB-20391",
    "V-880231",
    "Zhang^Alice",
    "19850314",
    "~11019919850314038X^^^&2.16.156.10011.1.3&ISO^NI",
)


def measure(world: World) -> None:
    base, _, _ = str(world.stack.addresses["fhir"]).rpartition("/")
    by_post = lambda: Http(base, world.tokens[FEED], "application/hl7-v2")  # noqa: E731
    by_mllp = lambda: Mllp(world.stack.listeners["north"])  # noqa: E731
    for name, connect in (("POST /hl7v2", by_post), ("MLLP", by_mllp)):
        world.add(drive(f"ADT^A04 by {name}", connect, _calls(name), clients=CLIENTS, seconds=world.size.seconds,
                        unit="messages", usage=world.usage))  # fmt: skip


def _calls(name: str) -> Callable[[random.Random], Iterator[Call]]:
    sample = SAMPLE.read_bytes()

    def calls(rng: random.Random) -> Iterator[Call]:
        own = random.Random(f"{name} {rng.random()}")
        while True:
            yield "POST", "hl7v2", message(sample, own)

    return calls


def message(sample: bytes, rng: random.Random) -> bytes:
    person, number = patient(rng), f"{rng.randrange(10**12):012}"
    name = person["name"][0]
    values = (f"C{number}", f"N{number}", f"V{number}", f"{name['family']}^{name['given'][0]}",
              person["birthDate"].replace("-", ""), "")  # fmt: skip
    for mark, value in zip(MARKS, values, strict=True):
        sample = sample.replace(mark.encode(), value.encode())
    return sample
