"""One message of every family (messages/*.hl7), written from the standard's chapters; the people are invented."""

from __future__ import annotations

from pathlib import Path

FILES = sorted((Path(__file__).parent / "messages").glob("*.hl7"))
EXAMPLES = {path.stem.replace("_", "^"): path.read_bytes().replace(b"\n", b"\r") for path in FILES}
_, _, PID, _, PV1, *_ = EXAMPLES["ADT^A01"].decode().split("\r")


def message(event: str, *lines: str, version: str = "2.5.1") -> bytes:
    header = rf"MSH|^~\&|HIS|NORTH|MEDBRIDGE|MB|20260312084711-0700||{event}|MSG-1|P|{version}"
    return "\r".join([header, *lines]).encode() + b"\r"
