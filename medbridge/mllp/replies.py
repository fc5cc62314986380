"""What is said to one frame, and when."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Reply:
    """now: the acknowledgement that can be sent already. later: blocks until the message is processed, then gives
    another (None: nothing to say). in_order: later answers of this connection wait for that one (original mode); or
    it is sent whenever it is there (the application acknowledgement of enhanced mode).
    """

    now: bytes | None = None
    later: Callable[[], bytes | None] | None = None
    in_order: bool = True


Received = tuple[str, bytes]  # sender, message
Handler = Callable[[Sequence[Received], bool], Sequence[Reply]]
