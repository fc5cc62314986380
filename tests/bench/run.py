"""Every measurement in turn, on a running stack. Imported once Django is set up for that stack."""

import os
from collections.abc import Callable

from tests.bench import imports, messages, predicate, profiling, reads, sealing, searches, writes
from tests.bench.bundles import load
from tests.bench.usage import Usage
from tests.bench.world import FULL, QUICK, World, people_and_tokens
from tools.stack.stack import Stack

MEASUREMENTS = (imports, reads, searches, writes, messages, sealing, profiling, predicate)
QUICK_ENTRIES = 40


def run(stack: Stack, *, quick: bool, only: list[str], say: Callable[[str], None]) -> World:
    """`only`: names of measurements; the import always runs, for the others need what it stores."""
    size = QUICK if quick else FULL
    source = load(size.people, synthea=False, entries=QUICK_ENTRIES) if quick else load(size.people)
    parts = {member.program.name: member.child.pid for member in stack.group.members}
    world = World(stack, size, source, Usage({**parts, "client": os.getpid()}), say)
    people_and_tokens(world)
    for module in MEASUREMENTS:
        name = module.__name__.rpartition(".")[2]
        if name == "imports" or not only or name in only:
            module.measure(world)
    world.notes["memory_mb"] = world.usage.memory()
    return world
