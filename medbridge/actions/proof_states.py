"""How far the proof of each of these records has come: for the desks."""

from collections.abc import Sequence

from medbridge.evidence import receipts


def proof_states(subjects: Sequence[str]) -> dict[str, str]:
    """ "Type/id/_history/n" -> WAITING, SEALED, ANCHORED or CONFIRMED."""
    return receipts.states(subjects)
