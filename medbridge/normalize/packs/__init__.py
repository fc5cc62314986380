"""Mapping packs: rows of data that turn a message into FHIR (docs/packs.md)."""

from medbridge.normalize.packs.compiling import Convert, Factory, Map, Pack, Spec
from medbridge.normalize.packs.functions import SHARED
from medbridge.normalize.packs.loading import Layer, compile_pack, read_layer
from medbridge.normalize.packs.making import Frame, Made, Place, Scope, Trace, Unmapped
from medbridge.normalize.packs.rows import PackError, Row
from medbridge.normalize.packs.source import Grammar, Node

__all__ = [
    "SHARED",
    "Convert",
    "Factory",
    "Frame",
    "Grammar",
    "Layer",
    "Made",
    "Map",
    "Node",
    "Pack",
    "PackError",
    "Place",
    "Row",
    "Scope",
    "Spec",
    "Trace",
    "Unmapped",
    "compile_pack",
    "read_layer",
]
