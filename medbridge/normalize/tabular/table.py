"""Bytes -> a header and its rows: character set, delimiter, and what each heading means."""

from __future__ import annotations

import codecs
import csv
from collections.abc import Iterator
from dataclasses import dataclass

from medbridge.normalize.conversion import NormalizeError, Problem
from medbridge.normalize.hl7v2.charset import CONTROL
from medbridge.normalize.tabular.columns import KINDS, Column

DELIMITERS = ",;\t"


@dataclass(frozen=True, slots=True)
class Table:
    """`columns`: what each heading means, None for one not known. `rows`: line number in the file, and the cells."""

    kind: str
    headings: list[str]
    columns: list[Column | None]
    rows: Iterator[tuple[int, list[str]]]


def read(raw: bytes, charset: str | None = None, kind: str | None = None) -> Table:
    """Raises NormalizeError(stage "parse"): undecodable, without header, or a header of no known kind."""
    lines = decode(raw, charset).split("\n")
    reader = _reader(lines)
    header = next(reader, None)
    if header is None:
        raise _refuse("row 1", "a header row is required; the file is empty")
    headings = [heading.strip() for heading in header[1]]
    known = _check_kind(kind) if kind else detect(headings)
    columns = [_column(known, heading) for heading in headings]
    _check_header(known, columns)
    return Table(known, headings, columns, reader)


def decode(raw: bytes, charset: str | None) -> str:
    """UTF-8 where it is valid UTF-8, which text in GB18030 with Chinese in it is not; else GB18030."""
    for name in [charset] if charset else ["utf-8-sig", "gb18030"]:
        try:
            text = raw.decode("utf-8-sig" if codecs.lookup(name).name == "utf-8" else name)
            break
        except (LookupError, ValueError):
            continue
    else:
        raise _refuse("", f"the file is not in {charset or 'UTF-8 or GB18030'}; save it as UTF-8")
    text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    if wrong := CONTROL.search(text):
        row = text.count("\n", 0, wrong.start()) + 1
        character = f"U+{ord(wrong[0]):04X}"
        raise _refuse(f"row {row}", f"control character {character}; this is no CSV text (is it an Excel workbook?)")
    return text


def _reader(lines: list[str]) -> Iterator[tuple[int, list[str]]]:
    """Rows that hold something, with the number of the line they begin on."""
    head = next((line for line in lines if line.strip()), "")
    delimiter = max(DELIMITERS, key=head.count)
    reader = csv.reader((line + "\n" for line in lines), delimiter=delimiter, strict=True)
    while True:
        begins = reader.line_num + 1
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise _refuse(f"row {begins}", f"not readable as CSV: {error}") from None
        if any(cell.strip() for cell in row):
            yield begins, row


def detect(headings: list[str]) -> str:
    """The kind whose required columns are all there, and which knows most of the headings."""
    scores = {kind: sum(_column(kind, heading) is not None for heading in headings) for kind in KINDS}
    fitting = [kind for kind in KINDS if not missing(kind, [_column(kind, heading) for heading in headings])]
    if fitting:
        return max(fitting, key=lambda kind: scores[kind])
    best = max(scores, key=lambda kind: scores[kind])
    lacking = ", ".join(missing(best, [_column(best, heading) for heading in headings]))
    raise _refuse("row 1", f"the header fits no kind of table ({', '.join(KINDS)}); as {best} it lacks {lacking}")


def missing(kind: str, columns: list[Column | None]) -> list[str]:
    return [column.name for column in KINDS[kind] if column.required and column not in columns]


def _column(kind: str, heading: str) -> Column | None:
    folded = heading.casefold().replace(" ", "_")
    return next((column for column in KINDS[kind] if folded in (column.name, *column.aliases)), None)


def _check_kind(kind: str) -> str:
    if kind not in KINDS:
        raise _refuse("", f"{kind[:30]!r} is no kind of table; {', '.join(KINDS)} are")
    return kind


def _check_header(kind: str, columns: list[Column | None]) -> None:
    if lacking := missing(kind, columns):
        raise _refuse("row 1", f"the header lacks {', '.join(lacking)}, required for {kind}")
    twice = {column.name for column in columns if column and columns.count(column) > 1}
    if twice:
        raise _refuse("row 1", f"two headings mean {', '.join(sorted(twice))}; keep one")


def _refuse(place: str, reason: str) -> NormalizeError:
    return NormalizeError(Problem("parse", place, reason))
