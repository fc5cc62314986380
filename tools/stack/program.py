"""One program to keep running: how to start it, how to tell that it is ready, how to stop it."""

import signal
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class Program:
    """`user` is a numeric user (and group) id to run as; `ready` is asked again and again until it says True."""

    name: str
    command: Sequence[str | Path]
    ready: Callable[[], bool]
    environment: Mapping[str, str] = field(default_factory=dict)
    directory: Path | None = None
    user: int | None = None
    stdin: str | None = None
    stop_signal: int = signal.SIGTERM
    stop_seconds: float = 10.0
    ready_seconds: float = 60.0
