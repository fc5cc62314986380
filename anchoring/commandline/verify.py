"""`python -m anchoring verify RECEIPT [DOCUMENT]`: offline, nothing written, nothing sent."""

import argparse
import hashlib
from pathlib import Path
from typing import Any

from anchoring.commandline import verify_all
from anchoring.commandline.printable import printable
from anchoring.core.encoding import Malformed
from anchoring.core.receipt import MAX_RECEIPT_BYTES, load
from anchoring.core.verify import Outcome, Report, Result, verify_bytes

EXIT = {Result.VALID: 0, Result.INVALID: 1, Result.VALID_UNANCHORED: 3}
MAX_HEADERS_BYTES = 256 << 20  # all of Bitcoin's headers are below 80 MB


def add_to(commands: Any) -> None:
    """`commands` is what argparse's add_subparsers gave."""
    parser = commands.add_parser("verify", help="check a receipt and its document, or with --all a file of receipts")
    parser.add_argument("receipt", type=Path, metavar="RECEIPT")
    parser.add_argument(
        "document", type=Path, nargs="?", metavar="DOCUMENT", help="the exact bytes; with --all their directory"
    )
    parser.add_argument("--all", action="store_true", help="RECEIPT is a file of many, as export_receipts writes it")
    parser.add_argument(
        "--headers",
        action="append",
        default=[],
        metavar="[NETWORK=]FILE",
        help="block headers you trust (default network: that of the receipt's first anchor)",
    )
    parser.add_argument("--key", metavar="VKEY", help="the log's public key, as you have it from elsewhere")
    parser.set_defaults(run=_run)


def _run(options: argparse.Namespace) -> int:
    return verify_all.run(options, _headers) if options.all else _verify(options)


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
        line = f"{check.title}{where}: {printable(check.sentence)}"
        print(f"    note {line}" if check.outcome is Outcome.SKIP else f"{check.number:3} {check.outcome.value} {line}")
    print(f"{report.result.value}: {printable(report.claim)}")
