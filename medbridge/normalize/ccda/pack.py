"""The base pack of C-CDA: the rows of base/, compiled once per process. Seed: HL7's C-CDA on FHIR mapping pages."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

from medbridge.normalize.ccda.functions import FUNCTIONS
from medbridge.normalize.ccda.paths import Grammar
from medbridge.normalize.packs import Layer, Pack, compile_pack, read_layer


@cache
def base_layer() -> Layer:
    return read_layer(files("medbridge.normalize.ccda") / "base", "ccda")


@cache
def standard_pack() -> Pack:
    return pack_of(())


def pack_of(site: tuple[Layer, ...]) -> Pack:
    """The base with a country's and a site's layers over it. Raises PackError with every fault."""
    return compile_pack([base_layer(), *site], Grammar(), FUNCTIONS)
