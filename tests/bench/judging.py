"""What parsing, judging and indexing one resource costs, without HTTP and without the database."""

import statistics
import time
from collections.abc import Callable, Iterable
from typing import Any

from medbridge.fhir.index import index
from medbridge.fhir.parse import parse, serialize
from medbridge.fhir.validate import issues
from tests.bench.world import World

PASSES = 5


def measure(world: World) -> None:
    """Microseconds for the mean resource; each pass takes all of them once, so no cache holds one from just before."""
    raws = [serialize(entry["resource"]) for body in world.load.people for entry in parse(body).get("entry", ())]
    resources = [parse(raw) for raw in raws]
    found: dict[str, Any] = {
        "parse": _mean(parse, raws),
        "validate": _mean(issues, resources),
        "index": _mean(index, resources),
        "parse, of a bundle": round(_mean(parse, world.load.people) * len(world.load.people) / len(raws), 1),
        "bytes": round(statistics.mean(map(len, raws))),
    }
    world.notes["microseconds_a_resource"] = found
    world.say("microseconds a resource: " + ", ".join(f"{name} {number:g}" for name, number in found.items()))


def _mean(one: Callable[[Any], object], items: Iterable[Any]) -> float:
    """The best of several passes: what others do on the machine only adds."""
    held = list(items)
    taken = []
    for _ in range(PASSES):
        begun = time.perf_counter()
        for item in held:
            one(item)
        taken.append(time.perf_counter() - begun)
    return round(1_000_000 * min(taken) / len(held), 1)
