"""What the steps of the demo share."""

import contextlib
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from tools.client import Client
from tools.stack.interrupts import Interrupts
from tools.stack.stack import Stack


class NotHeld(Exception):
    """A step did not do what it must. The message says what was expected and what came."""


@dataclass
class Demo:
    """`output` is var/demo: what the demo proved, for other programs to check.

    `voices`: username -> client with a token; `patients`: hospital -> ids of Alice's Patients there; `readers`:
    reference -> username of one who may read it.
    """

    output: Path
    interrupts: Interrupts
    exit: contextlib.ExitStack
    stack: Stack | None = None
    facts: dict[str, str] = field(default_factory=dict)
    voices: dict[str, Client] = field(default_factory=dict)
    patients: dict[str, list[str]] = field(default_factory=dict)
    readers: dict[str, str] = field(default_factory=dict)

    @property
    def running(self) -> Stack:
        if self.stack is None:
            raise NotHeld("the stack does not run")
        return self.stack

    @property
    def environment(self) -> dict[str, str]:
        return self.running.environment

    @property
    def listeners(self) -> dict[str, str]:
        return self.running.listeners

    @property
    def web(self) -> str:
        return self.environment["PUBLIC_URL"]

    def say(self, text: str) -> None:
        print(f"      {text}", flush=True)


Step = Callable[[Demo], str]  # does one thing and returns what to show of it; raises when it does not hold


@dataclass(frozen=True)
class Held:
    name: str
    result: str
    seconds: float


def expect(held: bool, sentence: str) -> None:
    """Raises NotHeld with the sentence unless the condition held."""
    if not held:
        raise NotHeld(sentence)
