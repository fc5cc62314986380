"""make up: start MedBridge on this machine and stay until Ctrl-C."""

import argparse
import os
import signal
import sys
import time
from pathlib import Path

from tools.stack.interrupts import Interrupts
from tools.stack.process import die_with
from tools.stack.services import BASE
from tools.stack.stack import Stack, running

WATCH_SECONDS = 0.25

GREETING = """
MedBridge is up.

  patient desk    {desks}patient/
  clinician desk  {desks}clinician/
  auditor desk    {desks}auditor/
  hospital desk   {desks}hospital/
  FHIR            {fhir}
  log             {log}
  MLLP            {mllp}

Sign in: open a desk and choose a person, one click, no password (development mode).
More accounts: .venv/bin/python manage.py load_accounts FILE.json
A bearer token: .venv/bin/python manage.py token --user USER --purpose TREAT --scopes "user/*.rs"
Logs: {logs}
Ctrl-C stops everything.
"""


def main() -> int:
    arguments = _arguments()
    interrupts = Interrupts()
    interrupts.install()
    if arguments.end_with_parent:
        die_with(os.getppid(), signal.SIGTERM)()
    started = time.monotonic()
    try:
        with running(arguments.state, interrupts, _say) as stack:
            _say(f"everything is ready after {time.monotonic() - started:.1f} s")
            _greet(stack)
            _watch(stack)
    except KeyboardInterrupt:
        _say("stopped, nothing is left running")
        return 0
    except RuntimeError as error:
        print(f"make up: {error}", file=sys.stderr)
    return 1


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tools.stack", description=__doc__)
    state = BASE / "var"
    parser.add_argument("--state", type=Path, default=state, help="folder for data, logs and up.json (default: var)")
    parser.add_argument("--end-with-parent", action="store_true", help="stop when the program that started this ends")
    return parser.parse_args()


def _greet(stack: Stack) -> None:
    listeners = ", ".join(f"{address} ({hospital})" for hospital, address in stack.listeners.items())
    print(GREETING.format(**{**stack.addresses, "mllp": listeners, "logs": stack.group.logs}), flush=True)


def _watch(stack: Stack) -> None:
    while True:
        for news in stack.group.check():
            _say(news)
        time.sleep(WATCH_SECONDS)


def _say(text: str) -> None:
    print(f"{time.strftime('%H:%M:%S')} {text}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
