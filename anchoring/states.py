"""The states of an anchor and of an entry. TRANSITIONS is the whole state machine; docs/anchoring.md draws it."""

PENDING = "PENDING"
SIGNED = "SIGNED"
BROADCAST = "BROADCAST"
MINED = "MINED"
CONFIRMED = "CONFIRMED"
FINAL = "FINAL"
REORGED = "REORGED"

TRANSITIONS: dict[str, tuple[str, ...]] = {
    PENDING: (SIGNED,),
    # To itself, and back from BROADCAST: another transaction spent the coin, so this one was built anew.
    SIGNED: (SIGNED, BROADCAST),
    BROADCAST: (MINED, SIGNED),
    MINED: (CONFIRMED, REORGED),
    CONFIRMED: (FINAL, REORGED),
    FINAL: (REORGED,),
    REORGED: (SIGNED,),
}
IN_A_BLOCK = (MINED, CONFIRMED, FINAL)
TO_PUBLISH = (PENDING, REORGED, SIGNED, BROADCAST)
TO_CONFIRM = (BROADCAST, *IN_A_BLOCK)

MEANING = {
    PENDING: "the log root to anchor is chosen",
    SIGNED: "transaction and txid are committed, before anything is sent",
    BROADCAST: "the chain took the transaction; sent again until it is in a block",
    MINED: "in a block, whose hash is compared at every poll",
    CONFIRMED: "deep enough to rely on",
    FINAL: "so deep that no reorganisation is expected; still compared",
    REORGED: "its block left the chain; to be sent again",
}

# Of an entry, for states(). CONFIRMED is also the last state of an entry.
WAITING = "WAITING"  # in the outbox
SEALED = "SEALED"  # in the log; no anchor that covers it is in a block
ANCHORED = "ANCHORED"  # an anchor that covers it is in a block


def mermaid() -> str:
    """The state diagram of docs/anchoring.md; a test compares the two."""
    arrows = [f"    {old} --> {new}" for old, successors in TRANSITIONS.items() for new in successors]
    notes = [f"    {state}: {state}<br/>{meaning}" for state, meaning in MEANING.items()]
    return "\n".join(["stateDiagram-v2", f"    [*] --> {PENDING}", *arrows, *notes, ""])
