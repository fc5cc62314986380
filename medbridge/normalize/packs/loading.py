"""Packs from files. A layer is a directory: rows in `*.csv`, `*.yaml` or `*.json`, code tables in `codes/`."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib.resources.abc import Traversable
from pathlib import Path

import yaml

from medbridge.normalize.packs.compiling import Factory, Pack
from medbridge.normalize.packs.rows import PackError, Row, layered, read_csv, read_list
from medbridge.normalize.packs.source import Grammar

Table = dict[str, tuple[str, ...]]


@dataclass(slots=True)
class Layer:
    """Rows and code tables (table -> code -> (FHIR code, display, system)) of one directory."""

    name: str
    rows: list[Row] = field(default_factory=list)
    codes: dict[str, Table] = field(default_factory=dict)


def read_layer(directory: Path | Traversable, name: str = "") -> Layer:
    """Files are read in the order of their names. Raises PackError with the faults of all of them."""
    layer, faults = Layer(name or directory.name), list[str]()
    for file in sorted(directory.iterdir(), key=lambda each: each.name):
        try:
            if file.name == "codes":
                for table in file.iterdir():
                    _read_codes(table, layer)
            elif file.name.endswith((".csv", ".yaml", ".json")):
                layer.rows += read_rows(file.read_text(encoding="utf-8"), f"{layer.name}/{file.name}")
        except PackError as error:
            faults += error.faults
    if faults:
        raise PackError(faults)
    return layer


def read_rows(text: str, file: str) -> list[Row]:
    """Rows of one file, in the format its name says. Raises PackError."""
    if file.endswith(".csv"):
        return read_csv(text, file)
    try:
        records = json.loads(text) if file.endswith(".json") else yaml.safe_load(text)
    except (ValueError, yaml.YAMLError) as error:
        raise PackError([f"{file}: {error}"]) from None
    if not isinstance(records, list) or not all(isinstance(record, dict) for record in records):
        raise PackError([f"{file}: a list of rows is required, each a mapping of column to text"])
    return read_list(records, file)


def _read_codes(file: Path | Traversable, layer: Layer) -> None:
    """`NAME.csv` (columns code, target, display, system: one table) or `NAME.json` (many, as HL7's are kept)."""
    text = file.read_text(encoding="utf-8")
    if file.name.endswith(".json"):
        for name, rows in json.loads(text)["tables"].items():
            layer.codes.setdefault(name, {}).update({code: tuple(row) for code, row in rows.items()})
    elif file.name.endswith(".csv"):
        table = layer.codes.setdefault(file.name.removesuffix(".csv"), {})
        for record in csv.DictReader(io.StringIO(text)):
            if not {"code", "target"} <= record.keys():
                raise PackError(
                    [f"{layer.name}/codes/{file.name}, line 1: the columns are code, target, display, system"]
                )
            table[record["code"]] = (record["target"], record.get("display") or "", record.get("system") or "")


def compile_pack(layers: Sequence[Layer], grammar: Grammar, functions: Mapping[str, Factory]) -> Pack:
    """One pack of layers, base first: rows win by id, codes by table and code. Raises PackError."""
    codes: dict[str, Table] = {}
    for layer in layers:
        for name, table in layer.codes.items():
            codes.setdefault(name, {}).update(table)
    return Pack(layered(layer.rows for layer in layers), codes, grammar, functions)
