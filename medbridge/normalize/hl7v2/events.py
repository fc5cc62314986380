"""Which structure and which map of the pack a message's type and trigger event have (events.csv)."""

from __future__ import annotations

import csv
from functools import cache
from importlib.resources import files
from typing import NamedTuple

from medbridge.normalize.conversion import NormalizeError, Problem
from medbridge.normalize.hl7v2.message import Message, event


class Kind(NamedTuple):
    structure: str
    map: str


@cache
def kinds() -> dict[str, Kind]:
    """ "ADT^A01" -> its structure (structures.csv) and the map to begin with."""
    text = (files("medbridge.normalize.hl7v2") / "events.csv").read_text(encoding="utf-8")
    rows = csv.DictReader(text.splitlines())
    return {each: Kind(row["structure"], row["map"]) for row in rows for each in row["events"].split()}


def check_supported(message: Message) -> Kind:
    """Raises NormalizeError(stage "parse") for another event or another major version."""
    kind = kinds().get(event(message)) or _untriggered(message)
    if kind is None:
        known = ", ".join(dict.fromkeys(name.partition("^")[0] for name in kinds()))
        reason = f"{event(message)[:20] or 'no message type'} is not taken; events of {known} are"
        raise NormalizeError(Problem("parse", "MSH-9", reason))
    if (version := message.header.value(12)) and not version.startswith("2."):
        raise NormalizeError(Problem("parse", "MSH-12", f"version {version[:10]} is not taken; 2.x is"))
    return kind


def _untriggered(message: Message) -> Kind | None:
    """Version 2.1 names the type alone ("ORU"); an ADT says its event in EVN-1."""
    kind = message.header.value(9)
    if message.header.first(9).part(2):
        return None
    if kind == "ADT" and (evn := message.first("EVN")):
        return kinds().get(f"ADT^{evn.value(1)}")
    return next((found for name, found in kinds().items() if name.startswith(f"{kind}^")), None) if kind else None
