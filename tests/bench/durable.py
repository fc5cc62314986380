"""HL7 v2 over MLLP as fast as it is acknowledged, then until all of it is stored: registrations of new people."""

import random
import time
from collections.abc import Iterator

from medbridge.inbox.models import Message
from tests.bench.client import Mllp
from tests.bench.loop import Call, Row, drive
from tests.bench.messages import SAMPLE, message
from tests.bench.world import World

CLIENTS = 32
# Made before the clock runs: the client shares the cores.
PREPARED = 20_000
# Past this the backlog is reported as it is; the rate holds for what was done.
DRAIN_SECONDS = 30
SHORT = """MSH|^~\\&|ADT1|NORTH|MEDBRIDGE|MEDBRIDGE|20260312084711-0700||ADT^A04^ADT_A01|{0}|P|2.5.1
EVN|A04|20260312084700-0700
PID|1||{0}^^^NORTH^MR||{1}||19850314|F|||1420 Shoreline Ave^^San Francisco^CA^94111^USA^H||^PRN^PH^^1^415^5550139
PV1|1|O|DIAB^3^^NORTH||||1932100004^Meyer^Bob|||MED||||||||{0}^^^NORTH^VN
"""


def measure(world: World) -> None:
    rng, sample = random.Random(11), SAMPLE.read_bytes()
    count = PREPARED if world.size.seconds > 1 else 400
    full = [message(sample, rng) for _ in range(count)]
    short = [_short(f"S{rng.randrange(10**12):012}", rng) for _ in range(count)]
    for name, prepared in (("12 segments", full), ("4 segments", short)):
        _measure(world, name, prepared)


def _measure(world: World, name: str, prepared: list[bytes]) -> None:
    stream = iter(prepared)

    def calls(_: random.Random) -> Iterator[Call]:
        for raw in stream:
            yield "POST", "", raw

    before, begun = _settled(), time.perf_counter()
    acknowledged = drive(f"durable ACKs by MLLP, {name}", lambda: Mllp(world.stack.listeners["north"]), calls,
                         clients=CLIENTS, seconds=world.size.seconds, unit="messages", usage=world.usage)  # fmt: skip
    world.add(acknowledged)
    drained = world.usage.cpu()
    while _waiting() and time.perf_counter() - begun < world.size.seconds + DRAIN_SECONDS:
        time.sleep(0.1)
    took, done = time.perf_counter() - begun, _settled() - before
    world.add(Row(f"end to end, {name}", "messages", CLIENTS, done, done, round(done / took, 1), 0.0, 0.0,
                  failed=Message.objects.filter(state="DEAD", origin="mllp").count(),
                  cpu=world.usage.since(drained)))  # fmt: skip


def _short(number: str, rng: random.Random) -> bytes:
    return SHORT.format(number, f"F{number[-6:]}^Alice{rng.randrange(1000)}").replace("\n", "\r").encode()


def _settled() -> int:
    return Message.objects.filter(state="DONE", origin="mllp").count()


def _waiting() -> bool:
    return Message.objects.filter(state="RECEIVED").exists()
