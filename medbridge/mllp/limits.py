"""How much a server takes on at once. Past a limit it reads no further, and TCP slows the senders down."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """frame: bytes of one message. idle_seconds: for one frame, the wait for its first byte included; trickling bytes
    wins no more time. connections: open at once. pipelined: frames of one connection that are not answered yet.
    waiting: frames of all connections that wait to be kept. batch: frames kept in one transaction. workers: threads,
    and so database connections, that wait for outcomes. unhurried: frames a second up to which a sender is told the
    outcome, where it did not say what it wants, as long as no more than `awaited` wait at once.
    """

    frame: int
    idle_seconds: float
    connections: int = 256  # a hospital's interface engine opens a few
    pipelined: int = 64
    waiting: int = 1024
    batch: int = 128  # one wait for the disk is then some 10 µs a message
    workers: int = 8
    unhurried: int = 50
    awaited: int = 4  # senders that are told the outcome at once; with more the last would wait too long
