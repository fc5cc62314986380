"""make demo: the whole way once, on servers of its own, each step shown and checked.

The last line is `demo: all N steps held`. The first step that does not hold ends the demo: its name, and exit status 1.
"""

import contextlib
import os
import shutil
import signal
import sys
import time
import traceback

from tools import story
from tools.frame import Demo, Held, NotHeld, Step
from tools.stack.interrupts import Interrupts
from tools.stack.process import die_with
from tools.stack.services import BASE
from tools.stack.stack import running

STATE = BASE / "var" / "demo-state"
OUTPUT = BASE / "var" / "demo"
INTERRUPTED = 130  # 128 + SIGINT, as shells count


def start(demo: Demo) -> str:
    demo.stack = demo.exit.enter_context(running(STATE, demo.interrupts, demo.say, lasting=False))
    shutil.rmtree(demo.output, ignore_errors=True)
    demo.output.mkdir(parents=True)
    return f"FHIR at {demo.stack.addresses['fhir']}, MLLP at {demo.stack.addresses['mllp']}"


STEPS: list[tuple[str, Step]] = [("start", start), *story.STEPS]


def main() -> int:
    interrupts = Interrupts()
    interrupts.install()
    die_with(os.getppid(), signal.SIGTERM)()  # `make` killed: the demo ends too
    held: list[Held] = []
    try:
        with contextlib.ExitStack() as exit:
            demo = Demo(OUTPUT, interrupts, exit)
            failed = _run(demo, held)
            if failed:
                _keep_logs()
    except KeyboardInterrupt:
        print("\ndemo: interrupted, nothing is left running", flush=True)
        return INTERRUPTED
    _summarize(held)
    if failed:
        print(f"demo: step {failed!r} did not hold", flush=True)
        return 1
    print(f"demo: all {len(held)} steps held", flush=True)
    return 0


def _run(demo: Demo, held: list[Held]) -> str | None:
    """Returns the name of the step that failed."""
    for number, (name, step) in enumerate(STEPS, 1):
        print(f"[{number:2}/{len(STEPS)}] {name}", flush=True)
        started = time.monotonic()
        try:
            result = step(demo)
        except Exception as error:  # whatever went wrong: the step did not hold
            _explain(error)
            return name
        held.append(Held(name, result, time.monotonic() - started))
    return None


def _explain(error: Exception) -> None:
    text = str(error) if isinstance(error, (NotHeld, RuntimeError)) else "".join(traceback.format_exception(error))
    print("      " + text.rstrip().replace("\n", "\n      "), flush=True)


def _keep_logs() -> None:
    if (STATE / "logs").exists():
        shutil.copytree(STATE / "logs", OUTPUT / "logs", dirs_exist_ok=True)
        print(f"      logs: {OUTPUT / 'logs'}", flush=True)


def _summarize(held: list[Held]) -> None:
    width = max((len(row.name) for row in held), default=0)
    print()
    for row in held:
        print(f"  {row.name:<{width}}  {row.seconds:6.1f} s  {row.result}")
    print()


if __name__ == "__main__":
    sys.exit(main())
