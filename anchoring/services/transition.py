"""One step of an anchor's state machine, as a guarded update: of two workers, one makes it."""

from datetime import datetime
from typing import Any

from anchoring.models import Anchor
from anchoring.states import TRANSITIONS


def move(anchor: Anchor, state: str, *, now: datetime, **values: Any) -> bool:
    """Commit `anchor` in `state` with `values`, if it is still as it was read. False when another worker was first.

    `attempts` is part of the guard because SIGNED may follow SIGNED. Raises ValueError on a step that TRANSITIONS does
    not have.
    """
    if state not in TRANSITIONS[anchor.state]:
        raise ValueError(f"an anchor cannot go from {anchor.state} to {state}")
    values.update(state=state, changed=now, error="")
    unchanged = Anchor.objects.filter(pk=anchor.pk, state=anchor.state, attempts=anchor.attempts)
    if unchanged.update(**values) != 1:
        return False
    for name, value in values.items():
        setattr(anchor, name, value)
    return True
