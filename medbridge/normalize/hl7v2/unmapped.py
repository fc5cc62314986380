"""What a message holds that no resource carries: nothing a sender valued is dropped in silence."""

from __future__ import annotations

from medbridge.normalize.conversion import Problem
from medbridge.normalize.hl7v2.message import Message

# Set ids and what only steers the exchange; the stored message keeps them, no resource needs them.
ENVELOPE = frozenset({"MSH", "EVN", "SFT", "UAC"})
NUMBERING = {name: {1} for name in ("PID", "PV1", "PV2", "NK1", "AL1", "DG1", "OBR", "OBX")} | {
    "NTE": {1, 2},
    "ORC": {1, 2, 3, 5},
    "PID": {1, 33},
}


def unmapped(message: Message) -> list[Problem]:
    """One problem per kind of segment: the fields that hold something and that no mapping has read."""
    left: dict[str, set[int]] = {}
    unread: dict[str, int] = {}
    for segment in message.segments:
        if segment.name in ENVELOPE:
            continue
        if not segment.read:
            unread[segment.name] = unread.get(segment.name, 0) + 1
        elif fields := set(segment.valued()) - segment.read - NUMBERING.get(segment.name, set()):
            left.setdefault(segment.name, set()).update(fields)
    problems = [Problem("unmapped", name, _fields(sorted(fields))) for name, fields in left.items()]
    if unread:
        names = ", ".join(f"{name} ({count})" if count > 1 else name for name, count in unread.items())
        problems.append(Problem("unmapped", names, "no mapping; kept in the stored message"))
    return problems


def _fields(numbers: list[int]) -> str:
    return f"no mapping for field {', '.join(map(str, numbers))}; kept in the stored message"
