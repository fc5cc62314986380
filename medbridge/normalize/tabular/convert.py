"""A CSV table -> FHIR resources, row by row: a bad row is a problem, and the others go on."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

from medbridge.fhir import validate
from medbridge.normalize.conversion import Conversion, Problem, Source
from medbridge.normalize.hl7v2.context import configured_zone
from medbridge.normalize.tabular.cells import READERS
from medbridge.normalize.tabular.rows import BUILDERS
from medbridge.normalize.tabular.table import Table, read


def convert(raw: bytes, source: Source, *, kind: str | None = None) -> Conversion:
    """One resource per good row. `kind`: "patients" or "observations"; None: told by the header.

    Raises NormalizeError(stage "parse") when the file cannot be read as such a table at all.
    """
    table = read(raw, source.charset, kind)
    zone = configured_zone(source)
    problems = [
        Problem("unmapped", f"row 1, column {heading or number}", "no mapping for this heading; column not taken")
        for number, (heading, column) in enumerate(zip(table.headings, table.columns, strict=True), start=1)
        if column is None
    ]
    resources: dict[str, dict[str, Any]] = {}
    for number, cells in table.rows:
        found = _row(table, number, cells, source, zone)
        if isinstance(found, list):
            problems += found
        elif resources.setdefault(found["id"], found) is not found:
            problems.append(Problem("convert", f"row {number}", "the same as an earlier row; the earlier one is kept"))
    return Conversion(list(resources.values()), problems)


def _row(
    table: Table, number: int, cells: list[str], source: Source, zone: ZoneInfo | None
) -> dict[str, Any] | list[Problem]:
    """The resource, or what is wrong with the row."""
    if len(cells) != len(table.columns):
        reason = f"{len(cells)} cells under {len(table.columns)} headings"
        return [Problem("convert", f"row {number}", reason)]
    row: dict[str, Any] = {}
    problems = []
    for column, cell in zip(table.columns, cells, strict=True):
        written = " ".join(cell.split())
        try:
            if column and written:
                row[column.name] = READERS[column.reader](written, zone)
            elif column and column.required:
                raise ValueError("must not be empty")
        except ValueError as error:
            problems.append(Problem("convert", f"row {number}, column {column.name}" if column else "", str(error)))
    return problems or _resource(table.kind, number, row, source)


def _resource(kind: str, number: int, row: dict[str, Any], source: Source) -> dict[str, Any] | list[Problem]:
    try:
        resource = BUILDERS[kind](row, source)
    except ValueError as error:
        return [Problem("convert", f"row {number}", str(error))]
    found = validate.issues(resource)
    return [Problem("validate", f"row {number}", f"{i.expression}: {i.diagnostics}") for i in found] or resource
