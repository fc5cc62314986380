"""Where a check comes from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from medbridge.fhir.profiles.scope import Item, Scope

ItemCheck = Callable[[Item, Scope], None]
"""Judges one value and adds what is wrong to the scope."""


@dataclass
class Origin:
    """name: of the profile, as messages tell it; package: where its canonicals are looked up first ("" nowhere).

    gaps: what was met that cannot be judged, in words.
    """

    name: str
    package: str = ""
    gaps: list[str] = field(default_factory=list)
