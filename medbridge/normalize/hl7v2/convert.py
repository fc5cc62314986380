"""Messages -> FHIR resources, by the HL7 v2 mapping pack (docs/packs.md)."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from medbridge.normalize.conversion import Conversion, NormalizeError, Problem, Source
from medbridge.normalize.hl7v2.accounting import account
from medbridge.normalize.hl7v2.context import Context
from medbridge.normalize.hl7v2.events import Kind, check_supported
from medbridge.normalize.hl7v2.functions import FUNCTIONS
from medbridge.normalize.hl7v2.grammar import V2Grammar
from medbridge.normalize.hl7v2.groups import group
from medbridge.normalize.hl7v2.message import Message, Segment, event, message_key
from medbridge.normalize.packs import Layer, Made, Pack, Scope, compile_pack, read_layer
from medbridge.normalize.packs.mending import mended

LAYERS = ("base", "practice", "cn")  # HL7's own maps; what converters agree on and HL7 leaves open; codes of China
PERSONLESS = ("SIU", "MDM", "REF", "PPR", "PGL")  # a slot may be booked before anyone is named


@cache
def standard_pack() -> Pack:
    return pack_of(())


def pack_of(site: tuple[Layer, ...]) -> Pack:
    """The pack with a site's layers over it. Raises PackError."""
    directory = Path(__file__).parent / "pack"
    return compile_pack([*(read_layer(directory / name) for name in LAYERS), *site], V2Grammar(), FUNCTIONS)


def convert(message: Message, source: Source, pack: Pack | None = None, *, traced: bool = False) -> Conversion:
    """Resources of one message; the same message gives the same ids.

    Raises NormalizeError: stage "parse" for a kind of message not taken or without MSH-10, "convert" when it is about
    nobody who can be named. What is merely not carried over is in `problems`. traced: keep what explain needs.
    """
    kind = check_supported(message)
    key = message_key(message)
    check_person(message, kind)
    scope = scope_of(message, source, traced)
    pack = pack or standard_pack()
    resources = mended(pack.run(kind.map, group(message, kind.structure), scope), scope)
    if message.first("PID") and not any(each["resourceType"] == "Patient" for each in resources):
        raise NormalizeError(Problem("convert", "PID-3", "a patient identifier is required"))
    accounts = account(message, scope)
    return Conversion(
        resources, scope.problems, key, accounts, pack.version, pack.numbers(scope.fired),
        amends={(made.type, made.id): deleted(made, pack) for made in scope.made if made.amends and made.solid},
        merges=tuple(merges(resources)), unmapped=scope.unmapped, trace=scope.trace or [],
    )  # fmt: skip


def merges(resources: list[dict[str, Any]]) -> Iterator[tuple[str, str]]:
    """Patients that replace others, each with the one it replaces."""
    for resource in resources:
        for link in resource.get("link", ()) if resource["resourceType"] == "Patient" else ():
            if link.get("type") == "replaces":
                yield resource["id"], link["other"]["reference"].removeprefix("Patient/")


def deleted(made: Made, pack: Pack) -> frozenset[str]:
    """Members of a resource whose field the sender deletes (two double quotes)."""
    if not isinstance(made.node, Segment):
        return frozenset()
    sources = {f"{made.node.name}-{number}" for number in made.node.deleted()}
    return frozenset(name for source in sources for name in pack.members(made.type, source)) - made.resource.keys()


def scope_of(message: Message, source: Source, traced: bool) -> Scope:
    context = Context(message, source)
    type, _, trigger = event(message).partition("^")
    names = {"type": type, "event": trigger or message.header.value(9, 2), "version": message.header.value(12)}
    scope = Scope(source, names, context, trace=[] if traced else None)
    scope.problems = context.problems
    return scope


def check_person(message: Message, kind: Kind) -> None:
    """Raises NormalizeError when it is not clear who the message is about."""
    people = message.all("PID")
    if not people and not kind.map.startswith(PERSONLESS):
        raise NormalizeError(Problem("convert", "PID", "a patient is required"))
    if len(people) > 1 and kind.map != "ADT_A39":
        raise NormalizeError(Problem("convert", "PID[2]", "one patient per message"))
    for pid in people:
        if not any(element.part(1) for number in (3, 2, 4) for element in pid.all(number)):
            raise NormalizeError(Problem("convert", pid.at(3), "a patient identifier is required"))
