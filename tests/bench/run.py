"""Every measurement in turn, on a running stack. Imported once Django is set up for that stack."""

import os
from collections.abc import Callable

from tests.bench import (
    beside,
    costs,
    documents,
    durable,
    imports,
    judging,
    large,
    messages,
    predicate,
    profiling,
    reads,
    sealing,
    searches,
    writes,
)
from tests.bench.bundles import load
from tests.bench.usage import Usage
from tests.bench.world import SIZES, World, people_and_tokens
from tools.stack.stack import Stack

MEASUREMENTS = (
    imports,
    judging,
    beside,
    reads,
    searches,
    writes,
    large,
    messages,
    durable,
    documents,
    sealing,
    costs,
    profiling,
    predicate,
)
QUICK_ENTRIES = 40


def run(stack: Stack, *, size: str, only: list[str], say: Callable[[str], None]) -> World:
    """`size`: one of SIZES. `only`: names of measurements; the import always runs: the others need what it stores."""
    world = begin(stack, size=size, say=say)
    for module in MEASUREMENTS:
        name = module.__name__.rpartition(".")[2]
        if name == "imports" or not only or name in only:
            module.measure(world)
    world.notes |= {"memory_mb": world.usage.memory(), "web_workers_mb": world.usage.children("web")}
    return world


def begin(stack: Stack, *, size: str, say: Callable[[str], None]) -> World:
    """Accounts and tokens, no data."""
    people = SIZES[size].people
    source = load(people, synthea=False, entries=QUICK_ENTRIES) if size == "quick" else load(people)
    parts = {member.program.name: member.child.pid for member in stack.group.members}
    world = World(stack, SIZES[size], source, Usage({**parts, "client": os.getpid()}), say)
    people_and_tokens(world)
    return world
