"""make bench: starts its own stack, measures it over its real interfaces, prints a table, writes var/bench.json."""

import argparse
import importlib
import os
import sys
import time
from pathlib import Path

from tests.bench.machine import machine
from tools.stack.interrupts import Interrupts
from tools.stack.services import BASE
from tools.stack.stack import running

PARTS = ("run", "million", "report")
GOALS = [100_000, 1_000_000]
INTERRUPTED = 130  # 128 + SIGINT, as shells count


def main() -> int:
    arguments = _arguments()
    interrupts = Interrupts()
    interrupts.install()
    where, begun = machine(), time.monotonic()
    try:
        with running(arguments.state, interrupts, _say, lasting=False) as stack:
            os.environ.update(stack.environment)
            # Only now do the settings know their database; what follows imports models.
            importlib.import_module("django").setup()
            run, million, report = (importlib.import_module(f"tests.bench.{name}") for name in PARTS)
            if arguments.million:
                world = million.run(stack, goals=arguments.million, say=_say)
            else:
                world = run.run(stack, size=arguments.size, only=arguments.only, say=_say)
    except KeyboardInterrupt:
        print("bench: interrupted, nothing is left running", flush=True)
        return INTERRUPTED
    where |= {"seconds": round(time.monotonic() - begun), "load_after": [round(value, 2) for value in os.getloadavg()]}
    report.write(arguments.json, world, where)
    print(f"\n{report.tables(world)}\n\n{where}\nJSON: {arguments.json}", flush=True)
    return 1 if any(row.failed for row in world.rows) else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    size = parser.add_mutually_exclusive_group()
    size.add_argument("--quick", action="store_const", dest="size", const="quick", default="usual",
                      help="very small sizes: whether it works, not how fast it is")  # fmt: skip
    size.add_argument("--full", action="store_const", dest="size", const="full", help="longer steps, three rounds")
    size.add_argument("--million", nargs="*", type=int, metavar="N", help="instead of all else: searches within one"
                      " patient at each of these numbers of resources (100000 1000000), for an hour alone")  # fmt: skip
    parser.add_argument("--only", nargs="+", default=[], help="measurements beside the import, by module name")
    parser.add_argument("--state", type=Path, default=BASE / "var" / "bench-state", help="folder for data and logs")
    parser.add_argument("--json", type=Path, default=BASE / "var" / "bench.json")
    arguments = parser.parse_args()
    arguments.million = GOALS if arguments.million == [] else arguments.million
    return arguments


def _say(text: str) -> None:
    print(f"{time.strftime('%H:%M:%S')} {text}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
