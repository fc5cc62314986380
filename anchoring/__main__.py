"""`python -m anchoring verify RECEIPT [DOCUMENT]`: offline, no Django, nothing written, nothing sent."""

import argparse
import hashlib
import os
import sys
from pathlib import Path

from anchoring.core.encoding import Malformed
from anchoring.core.receipt import MAX_RECEIPT_BYTES, load
from anchoring.core.verify import Outcome, Report, Result, verify_bytes

EXIT = {Result.VALID: 0, Result.INVALID: 1, Result.VALID_UNANCHORED: 3}
USAGE = 2
MAX_HEADERS_BYTES = 256 << 20  # all of Bitcoin's headers are below 80 MB


def main(arguments: list[str] | None = None) -> int:
    """The exit code: 0 valid, 1 invalid, 2 usage, 3 valid but not yet anchored."""
    options = _parser().parse_args(arguments)
    try:
        return _verify(options)
    except (OSError, Malformed) as error:
        print(f"anchoring: {error}", file=sys.stderr)
        return USAGE


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m anchoring", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    verify = commands.add_parser("verify", help="check a receipt, and a document against it")
    verify.add_argument("receipt", type=Path, metavar="RECEIPT")
    verify.add_argument("document", type=Path, nargs="?", metavar="DOCUMENT", help="the exact bytes the receipt is for")
    verify.add_argument(
        "--headers",
        action="append",
        default=[],
        metavar="[NETWORK=]FILE",
        help="80-byte block headers you trust, one after another (default network: that of the receipt's first anchor)",
    )
    verify.add_argument("--key", metavar="VKEY", help="the log's public key, as you have it from elsewhere")
    return parser


def _verify(options: argparse.Namespace) -> int:
    raw = _read(options.receipt, MAX_RECEIPT_BYTES)
    document = _digest(options.document) if options.document else None
    headers = dict(_headers(option, raw) for option in options.headers)
    report = verify_bytes(raw, document=document, key=options.key, headers=headers)
    _show(report)
    return EXIT[report.result]


def _read(path: Path, limit: int) -> bytes:
    """At most one byte more than the limit: enough to be refused, and no more memory than that."""
    with path.open("rb") as file:
        return file.read(limit + 1)


def _digest(path: Path) -> bytes:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").digest()


def _headers(option: str, receipt: bytes) -> tuple[str, bytes]:
    label, separator, name = option.partition("=")
    path = Path(name if separator else option)
    raw = _read(path, MAX_HEADERS_BYTES)
    if len(raw) > MAX_HEADERS_BYTES:
        raise Malformed(f"{path} is larger than {MAX_HEADERS_BYTES} bytes")
    return (label if separator else _first_network(receipt)), raw


def _first_network(receipt: bytes) -> str:
    """`local` where there is no anchor to trust headers for: what they are then checked by does not matter."""
    try:
        return next((anchor.network for anchor in load(receipt).anchors), "local")
    except Malformed:
        return "local"  # check 1 will say what is wrong


def _show(report: Report) -> None:
    for check in report.checks:
        where = "" if check.anchor is None else f" [anchor {check.anchor + 1}]"
        line = f"{check.title}{where}: {_printable(check.sentence)}"
        print(f"    note {line}" if check.outcome is Outcome.SKIP else f"{check.number:3} {check.outcome.value} {line}")
    print(f"{report.result.value}: {_printable(report.claim)}")


def _printable(text: str) -> str:
    """A receipt is a stranger's file: what it says must not move the reader's cursor."""
    return "".join(letter if letter.isprintable() else "?" for letter in text)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except BrokenPipeError:  # the reader closed its end, as `| head` does
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(USAGE)
