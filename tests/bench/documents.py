"""C-CDA: documents a second on two processes, every resource validated; and the memory that a long document takes.

Alone, without a stack: python -m tests.bench.documents [MEGABYTES]
"""

from __future__ import annotations

import multiprocessing
import resource
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

from medbridge.normalize import ccda
from medbridge.normalize.ccda.stream import convert_parts
from medbridge.normalize.conversion import Source
from tests.unit.normalize.ccda.documents import CHECKOUT, EXAMPLES, SAMPLE
from tests.unit.normalize.ccda.long_document import pieces

if TYPE_CHECKING:  # it imports models, and alone there is no Django
    from tests.bench.world import World

SOURCE = Source("north", "America/Los_Angeles")
PROCESSES = 2
SECONDS = 10.0
MEGABYTE = 1_000_000
SHORT = 2  # megabytes: what a process takes that has converted a document at all
LONG = 200


def measure(world: World) -> None:
    """The long document is a fifth as long in a usual run, and nearly none in a quick one."""
    megabytes = {0.5: 4, 4.0: 40}.get(world.size.seconds, LONG)
    world.notes["documents"] = documents(min(world.size.seconds, SECONDS), megabytes)
    world.say("C-CDA: " + ", ".join(f"{name} {number:g}" for name, number in world.notes["documents"].items()))


def documents(seconds: float, megabytes: int) -> dict[str, Any]:
    with multiprocessing.get_context("spawn").Pool(PROCESSES) as pool:
        rates = pool.map(_rate, [seconds] * PROCESSES)
    short, long = _peak(SHORT), _peak(megabytes)
    return {
        "documents a second": round(sum(rates), 1),
        "documents a second and process": round(min(rates), 1),
        "KB a document": round(sum(map(len, _sources())) / len(_sources()) / 1000),
        f"peak MB with {SHORT} MB": short,
        f"peak MB with {megabytes} MB": long,
    }


def _sources() -> list[bytes]:
    """HL7's whole examples; without them the one sample that we bring."""
    found = sorted((EXAMPLES / "Documents").rglob("*.xml")) or [SAMPLE]
    return [path.read_bytes() for path in found]


def _rate(seconds: float) -> float:
    raws = _sources()
    for raw in raws:
        ccda.convert(raw, SOURCE)
    begun, count = time.perf_counter(), 0
    while (taken := time.perf_counter() - begun) < seconds:
        ccda.convert(raws[count % len(raws)], SOURCE)
        count += 1
    return count / taken


def _peak(megabytes: int) -> int:
    """Megabytes of a process that converts a document of that length: the peak of a process never falls."""
    command = [sys.executable, "-m", "tests.bench.documents", "--peak", str(megabytes)]
    return int(subprocess.run(command, cwd=CHECKOUT, capture_output=True, text=True, check=True).stdout)


def main() -> None:
    if sys.argv[1:2] == ["--peak"]:
        convert_parts(pieces(int(sys.argv[2]) * MEGABYTE), SOURCE, lambda made: None)
        print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1000)
        return
    for name, number in documents(SECONDS, int(sys.argv[1]) if sys.argv[1:] else LONG).items():
        print(f"{name}: {number:g}")


if __name__ == "__main__":
    main()
