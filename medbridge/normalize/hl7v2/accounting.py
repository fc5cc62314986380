"""Every valued field of a message is mapped, preserved or reported: nothing a sender valued is dropped in silence."""

from __future__ import annotations

from medbridge.normalize.conversion import Accounting, Problem
from medbridge.normalize.hl7v2.message import Element, Message
from medbridge.normalize.packs import Scope

# What only steers the exchange, and set ids: the stored message keeps them, no resource needs them.
ENVELOPE = frozenset({"MSH", "EVN", "SFT", "UAC", "DSC"})
NUMBERED = frozenset({"PID", "PV1", "PV2", "NK1", "AL1", "IAM", "DG1", "OBR", "OBX", "NTE", "IN1", "GT1", "PR1", "SPM",
                      "TQ1", "AIS", "AIG", "AIL", "AIP", "RGS", "FT1", "TXA", "PRB", "ROL", "RXA", "TQ2"})  # fmt: skip
# Fields that say what to do with the others: conditions of rows read them.
STEERING = {
    **{"NTE": {2}, "PID": {33}, "ORC": {1, 5}, "OBX": {2, 4, 11}, "RXA": {1, 2, 20, 21}, "FT1": {6}, "IAM": {6}},
    **{"PRD": {1}, "PRB": {1, 2}, "GOL": {1, 2}, "TXA": {3, 17, 19}, "RGS": {2}, "SCH": {10}, "DG1": {21}, "PR1": {20}},
    **{key: {2} for key in ("AIS", "AIG", "AIL", "AIP")},
}


def account(message: Message, scope: Scope) -> Accounting:
    """Counts of fields; what is reported becomes one problem per kind of segment."""
    used: dict[int, set[int]] = {}
    for node in scope.used:
        if isinstance(node, Element):
            used.setdefault(id(node.segment), set()).add(node.field)
    mapped = preserved = reported = 0
    left: dict[str, set[int]] = {}
    unread: dict[str, int] = {}
    for segment in message.segments:
        name = segment.name
        fields, read = set(segment.valued()), used.get(id(segment), set())
        kept = (
            fields if name in ENVELOPE else (STEERING.get(name, set()) | ({1} if name in NUMBERED else set())) & fields
        )
        missing = fields - kept - read
        mapped, preserved, reported = mapped + len(fields & read), preserved + len(kept - read), reported + len(missing)
        if missing and not read:
            unread[name] = unread.get(name, 0) + 1
        elif missing:
            left.setdefault(name, set()).update(missing)
    _report(scope, left, unread)
    return Accounting(mapped, preserved, reported)


def _report(scope: Scope, left: dict[str, set[int]], unread: dict[str, int]) -> None:
    for name, fields in left.items():
        reason = f"no mapping for field {', '.join(map(str, sorted(fields)))}; kept in the stored message"
        scope.problems.append(Problem("unmapped", name, reason))
    if unread:
        names = ", ".join(f"{name} ({count})" if count > 1 else name for name, count in unread.items())
        scope.problems.append(Problem("unmapped", names, "no mapping; kept in the stored message"))
