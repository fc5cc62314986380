"""The anchoring contract: `Anchors.vy` is the source, `Anchors.bin` what vyper 0.4.3 makes of it (hex)."""

from pathlib import Path

CREATION = bytes.fromhex((Path(__file__).parent / "Anchors.bin").read_text().strip().removeprefix("0x"))
