"""Ctrl-C, `kill` and a closed terminal: one KeyboardInterrupt, at a moment that leaves nothing behind."""

import contextlib
import signal
from collections.abc import Iterator
from dataclasses import dataclass
from types import FrameType


@dataclass
class Interrupts:
    """Inside `held()` the interrupt waits for the end of the block. A second one is ignored: stopping has begun."""

    holding: bool = False
    pending: bool = False
    raised: bool = False

    def install(self) -> None:
        for number in (signal.SIGINT, signal.SIGTERM):  # also where a shell's `&` had SIGINT ignored
            signal.signal(number, self._arrive)
        if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # nohup means: stay
            signal.signal(signal.SIGHUP, self._arrive)

    @contextlib.contextmanager
    def held(self) -> Iterator[None]:
        self.holding = True
        try:
            yield
        finally:
            self.holding = False
        self._raise()

    def _arrive(self, number: int, frame: FrameType | None) -> None:
        self.pending = True
        self._raise()

    def _raise(self) -> None:
        if self.pending and not self.holding and not self.raised:
            self.raised = True
            raise KeyboardInterrupt
