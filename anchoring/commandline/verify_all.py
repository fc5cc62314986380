"""`python -m anchoring verify --all FILE [DIR]`: every receipt of a file, and the documents in a directory."""

import argparse
import hashlib
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from anchoring.commandline.printable import printable
from anchoring.core.collection import Collection, Verdict
from anchoring.core.encoding import Malformed
from anchoring.core.note import Verifier
from anchoring.core.trust import read_trusted
from anchoring.core.verify import Result

SHOWN = 100  # failures printed; the rest is counted
WIDTH = 40


@dataclass
class Documents:
    """The files of a directory: by the receipt's name for them (with or without .json), or else by their digest."""

    root: Path
    _digests: dict[bytes, Path] | None = None
    _seen: set[Path] = field(default_factory=set)

    def fault(self, verdict: Verdict) -> str:
        """What is wrong with the document of a receipt; '' when it is the one, or is not here under any name."""
        for path in (self.root / verdict.name, self.root / f"{verdict.name}.json"):
            if path.is_file():
                self._seen.add(path)
                same = _digest(path) == verdict.document
                return "" if same else f"check 2: {path} is not the document that the receipt is for"
        found = self._by_digest().get(verdict.document)
        if found is None:
            raise FileNotFoundError
        self._seen.add(found)
        return ""

    def unseen(self) -> int:
        return sum(1 for path in self.root.rglob("*") if path.is_file() and path not in self._seen)

    def _by_digest(self) -> dict[bytes, Path]:
        if self._digests is None:
            self._digests = {_digest(path): path for path in sorted(self.root.rglob("*")) if path.is_file()}
        return self._digests


@dataclass
class Tally:
    counts: Counter[str] = field(default_factory=Counter)
    failures: int = 0

    def fail(self, verdict: Verdict, sentence: str) -> None:
        self.failures += 1
        if self.failures <= SHOWN:
            where = f"line {verdict.line} {verdict.name}".rstrip() if verdict.line else "file"
            print(f"FAIL {printable(where)}: {printable(sentence)}")


def run(options: argparse.Namespace, headers: Callable[[str, bytes], tuple[str, bytes]]) -> int:
    """0: all valid; 1: something is not; 3: all valid, some not yet anchored. Raises Malformed, OSError."""
    if unnamed := [each for each in options.headers if "=" not in each]:
        raise Malformed(f"with --all the headers need their network: --headers bitcoin={unnamed[0]}")
    trusted = {label: read_trusted(label, raw) for label, raw in (headers(each, b"") for each in options.headers)}
    collection = Collection(Verifier.parse(options.key) if options.key else None, trusted)
    documents = Documents(_directory(options.document)) if options.document else None
    tally = Tally()
    with options.receipt.open("rb") as file:
        for verdict in _watched(collection.verify(file), file, options.receipt.stat().st_size):
            _count(tally, verdict, documents)
    return _conclude(tally, documents)


def _directory(path: Path) -> Path:
    if not path.is_dir():
        raise NotADirectoryError(f"{path} is no directory; with --all it holds the documents")
    return path


def _count(tally: Tally, verdict: Verdict, documents: Documents | None) -> None:
    tally.counts["receipts"] += bool(verdict.name)
    sentence = verdict.sentence
    if verdict.result is not Result.INVALID and documents:
        try:
            sentence = documents.fault(verdict)
        except FileNotFoundError:
            tally.counts["missing"] += 1
    if verdict.result is Result.INVALID or sentence:
        tally.fail(verdict, sentence)
    else:
        tally.counts[verdict.result.value] += 1


def _conclude(tally: Tally, documents: Documents | None) -> int:
    counts = tally.counts
    if tally.failures > SHOWN:
        print(f"... and {tally.failures - SHOWN} more")
    if documents:
        print(f"{counts['missing']} receipts without a document here, {documents.unseen()} files without a receipt")
    valid, young = counts[Result.VALID.value], counts[Result.VALID_UNANCHORED.value]
    print(f"{counts['receipts']} receipts: {valid} VALID, {young} VALID_UNANCHORED, {tally.failures} FAIL")
    return 1 if tally.failures else 3 if young else 0


def _watched(verdicts: Iterator[Verdict], file: BinaryIO, size: int) -> Iterator[Verdict]:
    """A bar on standard error: of the file's bytes, ten times a second on a terminal, else every tenth of the file."""
    live, shown, due = sys.stderr.isatty(), -1, 0.0
    for verdict in verdicts:
        yield verdict
        tenth = 10 * file.tell() // max(size, 1)
        if (live and time.monotonic() >= due) or (not live and tenth > shown):
            _bar(file.tell() / max(size, 1), live)
            shown, due = tenth, time.monotonic() + 0.1
    _bar(1.0, live)
    if live:
        print(file=sys.stderr)


def _bar(part: float, live: bool) -> None:
    full = round(WIDTH * part)
    end = "" if live else "\n"
    start = "\r" if live else ""
    print(f"{start}[{'#' * full}{'.' * (WIDTH - full)}] {part:4.0%}", end=end, file=sys.stderr, flush=True)


def _digest(path: Path) -> bytes:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").digest()
