"""`python -m anchoring`: what an auditor or a witness runs. No Django, no server."""

import argparse
import os
import sys

from anchoring.commandline import verify, witness
from anchoring.core.encoding import Malformed

USAGE = 2


def main(arguments: list[str] | None = None) -> int:
    """The exit code of the command; 2 for wrong usage."""
    options = _parser().parse_args(arguments)
    try:
        return int(options.run(options))
    except (OSError, Malformed) as error:
        print(f"anchoring: {error}", file=sys.stderr)
        return USAGE


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m anchoring", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for command in (verify, witness):
        command.add_to(commands)
    return parser


if __name__ == "__main__":
    try:
        sys.exit(main())
    except BrokenPipeError:  # the reader closed its end, as `| head` does
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(USAGE)
    except KeyboardInterrupt:
        sys.exit(130)
