"""HL7 v2 in one process: messages parsed, and parsed, mapped and validated, in a second of one core.

python -m tests.bench.packs
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from medbridge.normalize.conversion import Source
from medbridge.normalize.hl7v2 import convert, parse

SAMPLES = Path(__file__).resolve().parents[2] / "medbridge/samples/hl7v2"
SECONDS = 2.0  # of CPU for each figure


def rate(act: Callable[[], object]) -> float:
    """Calls per second of CPU: other processes on the machine do not count."""
    act()
    began, done = time.process_time(), 0
    while time.process_time() - began < SECONDS:
        for _ in range(20):
            act()
        done += 20
    return done / (time.process_time() - began)


def main() -> None:
    source = Source("north", "Asia/Shanghai")
    for path in sorted(SAMPLES.glob("*.hl7")):
        raw = path.read_bytes().replace(b"\n", b"\r")
        parsed, mapped = rate(lambda raw=raw: parse(raw)), rate(lambda raw=raw: convert(parse(raw), source))  # type: ignore[misc]
        made = len(convert(parse(raw), source).resources)
        print(f"{path.stem:24} {len(raw):5} bytes {made:3} resources  parsed {parsed:8.0f}/s  mapped {mapped:6.0f}/s")


if __name__ == "__main__":
    main()
