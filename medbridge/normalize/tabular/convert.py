"""A CSV table -> FHIR resources, row by row: a bad row is a problem, and the others go on."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

from medbridge.fhir import validate
from medbridge.normalize.conversion import Conversion, NormalizeError, Problem, Source
from medbridge.normalize.hl7v2.context import configured_zone
from medbridge.normalize.tabular.cells import READERS
from medbridge.normalize.tabular.rows import BUILDERS
from medbridge.normalize.tabular.table import Table, read


def convert(raw: bytes, source: Source, *, kind: str | None = None) -> Conversion:
    """A Patient per good row; or an Observation per good row, and before it the Patient it is about, by number alone.

    kind: "patients" or "observations"; None: told by the header.
    Raises NormalizeError when the file cannot be read as such a table (stage "parse") or no row of it is good.
    """
    table = read(raw, source.charset, kind)
    zone = configured_zone(source)
    problems: list[Problem] = []
    resources: dict[str, dict[str, Any]] = {}
    for number, cells in table.rows:
        row, wrong = _values(table, number, cells, zone)
        problems += wrong or _add(resources, table.kind, number, row, source)
    if not resources:
        raise _nothing(problems)
    return Conversion(list(resources.values()), [*_unmapped(table), *problems])


def _unmapped(table: Table) -> list[Problem]:
    return [
        Problem("unmapped", f"row 1, column {heading[:50] or number}", "no mapping for this heading; column not taken")
        for number, (heading, column) in enumerate(zip(table.headings, table.columns, strict=True), start=1)
        if column is None
    ]


def _nothing(problems: list[Problem]) -> NormalizeError:
    if not problems:
        return NormalizeError(Problem("convert", "row 2", "the table has a header and no rows"))
    first = problems[0]
    return NormalizeError(Problem(first.stage, first.place, f"no row of the table is good; the first: {first.reason}"))


def _values(table: Table, number: int, cells: list[str], zone: ZoneInfo | None) -> tuple[dict[str, Any], list[Problem]]:
    """Value by column name, and what is wrong with the row."""
    row: dict[str, Any] = {}
    problems: list[Problem] = []
    if len(cells) != len(table.columns):
        return row, [Problem("convert", f"row {number}", f"{len(cells)} cells under {len(table.columns)} headings")]
    for column, cell in zip(table.columns, cells, strict=True):
        written = " ".join(cell.split())
        try:
            if column and written:
                row[column.name] = READERS[column.reader](written, zone)
            elif column and column.required:
                raise ValueError("must not be empty")
        except ValueError as error:
            problems.append(Problem("convert", f"row {number}, column {column.name}" if column else "", str(error)))
    return row, problems


def _add(
    resources: dict[str, dict[str, Any]], kind: str, number: int, row: dict[str, Any], source: Source
) -> list[Problem]:
    """Put the row's resources beside those of the rows before it, or say why not."""
    place = f"row {number}"
    try:
        *shared, own = BUILDERS[kind](row, source)
    except ValueError as error:
        return [Problem("convert", place, str(error))]
    if own["id"] in resources:
        return [Problem("convert", place, "the same as an earlier row; the earlier one is kept")]
    new = [each for each in (*shared, own) if each["id"] not in resources]
    if found := [issue for each in new for issue in validate.issues(each)]:
        return [Problem("validate", place, f"{issue.expression}: {issue.diagnostics}") for issue in found]
    resources |= {each["id"]: each for each in new}
    return []
