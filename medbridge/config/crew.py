"""Threads that share one kind of work."""

import threading
from collections.abc import Callable
from queue import SimpleQueue
from typing import Generic, TypeVar

T = TypeVar("T")


class Crew(Generic[T]):
    """Calls `work` with each thing given, in threads: one more whenever all are busy, up to `most`.

    work: must not raise. The threads are daemons: one that waits for a client does not keep the process from ending.
    """

    def __init__(self, work: Callable[[T], None], *, most: int, name: str) -> None:
        self._work, self._most, self._name = work, most, name
        self._given: SimpleQueue[T] = SimpleQueue()
        self._lock = threading.Lock()
        self._threads = 0
        self._idle = 0  # less what is in the queue

    def give(self, thing: T) -> None:
        with self._lock:
            more = self._idle <= 0 and self._threads < self._most
            self._threads += more
            self._idle -= not more
        if more:
            threading.Thread(target=self._run, name=self._name, daemon=True).start()
        self._given.put(thing)

    def _run(self) -> None:
        while True:
            self._work(self._given.get())
            with self._lock:
                self._idle += 1
