"""Rows of a mapping pack: what a hospital's engineer edits; layers of them laid over each other."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass

COLUMNS = ("id", "map", "when", "source", "target", "use", "codes", "value", "null", "link", "note")
NULL_POLICIES = frozenset({"", "absent"})
OFF = "off"  # in the column target: the row of a lower layer with this id is taken out


class PackError(Exception):
    """A pack that cannot be used; `faults` are sentences that start with file, row and column."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__("\n".join(faults))
        self.faults = faults


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a pack, as docs/packs.md describes its columns. `origin`: file and line, for messages."""

    id: str
    map: str
    when: str = ""
    source: str = ""
    target: str = ""
    use: str = ""
    codes: str = ""
    value: str = ""
    null: str = ""
    link: str = ""
    note: str = ""
    origin: str = ""

    def fault(self, column: str, reason: str) -> str:
        return f"{self.origin}, row {self.id!r}, column {column}: {reason}"

    def said(self) -> dict[str, str]:
        """What the row means: the columns that hold something, without remarks and place."""
        return {name: text for name, text in asdict(self).items() if text and name not in ("note", "origin")}


def read_csv(text: str, file: str) -> list[Row]:
    """Rows of a CSV file; lines whose id is empty or starts with # are remarks. Raises PackError."""
    reader = csv.DictReader(io.StringIO(text))
    unknown = set(reader.fieldnames or ()) - set(COLUMNS)
    if unknown or "id" not in (reader.fieldnames or ()):
        raise PackError([f"{file}, line 1: the columns are {', '.join(COLUMNS)}; not {', '.join(sorted(unknown))}"])
    records = ((f"{file} line {reader.line_num}", record) for record in reader)
    return _rows((place, record) for place, record in records if not (record["id"] or "#").startswith("#"))


def read_list(records: Iterable[Mapping[str, object]], file: str) -> list[Row]:
    """Rows of a list of objects with the same names (YAML, JSON). Raises PackError."""
    return _rows((f"{file} row {n}", record) for n, record in enumerate(records, 1))


def _rows(records: Iterable[tuple[str, Mapping[str, object]]]) -> list[Row]:
    faults: list[str] = []
    rows: dict[str, Row] = {}
    for place, record in records:
        cells = {str(name): str(value).strip() for name, value in record.items() if value is not None}
        row = Row(**{name: cells.get(name, "") for name in COLUMNS}, origin=place)
        if unknown := set(cells) - set(COLUMNS):
            faults.append(f"{place}: unknown columns {', '.join(sorted(unknown))}")
        if row.id in rows:
            faults.append(row.fault("id", f"used before, in {rows[row.id].origin}"))
        if not row.map and row.target != OFF:
            faults.append(row.fault("map", "the name of the map that the row belongs to is required"))
        if row.null not in NULL_POLICIES:
            faults.append(row.fault("null", f"{row.null!r} is not one of {', '.join(sorted(NULL_POLICIES - {''}))}"))
        rows[row.id] = row
    if faults:
        raise PackError(faults)
    return list(rows.values())


def layered(layers: Iterable[Iterable[Row]]) -> list[Row]:
    """Later layers win by row id: a row takes the place of the lower one, `off` takes it out (`PV1-2/*`: all
    whose id begins so), new ones come last."""
    merged: dict[str, Row] = {}
    for layer in layers:
        for row in layer:
            if row.target == OFF and row.id.endswith("*"):
                merged = {id: known for id, known in merged.items() if not id.startswith(row.id[:-1])}
            else:
                merged[row.id] = row
    return [row for row in merged.values() if row.target != OFF]
