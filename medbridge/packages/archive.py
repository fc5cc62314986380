"""Reads a FHIR package: an npm-style .tgz whose JSON stands in package/ (FHIR NPM package specification).

Nothing is unpacked to disk. What a package may cost is bounded before it is read.
"""

import gzip
import tarfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO, Any

from medbridge.fhir.outcome import FhirError
from medbridge.fhir.parse import parse

_FOLDER = "package"


class PackageError(Exception):
    """A file that is no FHIR package, or too large a one; the text says which member and why."""


@dataclass(frozen=True)
class Limits:
    """total: bytes when decompressed, headers included; member: bytes of one file; files: how many."""

    total: int
    member: int
    files: int


class _Bounded:
    """A stream that ends with an error past the limit: decompressed size is known only by decompressing."""

    def __init__(self, stream: gzip.GzipFile, limit: int) -> None:
        self._stream, self._left, self._limit = stream, limit, limit

    def read(self, size: int = -1) -> bytes:
        found = self._stream.read(min(size, self._left + 1) if size >= 0 else self._left + 1)
        self._left -= len(found)
        if self._left < 0:
            raise PackageError(f"The package has more than {self._limit} bytes when decompressed.")
        return found


def members(file: IO[bytes], limits: Limits) -> Iterator[tuple[str, dict[str, Any]]]:
    """(name, JSON object) of each JSON file directly in package/, in the archive's order. Raises PackageError."""
    try:
        with gzip.open(file) as stream, tarfile.open(fileobj=_Bounded(stream, limits.total), mode="r|") as archive:  # type: ignore[call-overload]
            for count, member in enumerate(archive, 1):
                if count > limits.files:
                    raise PackageError(f"The package has more than {limits.files} files.")
                if _is_wanted(member):
                    yield member.name, _object(archive, member, limits)
    except (tarfile.TarError, gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise PackageError(f"This is no gzipped tar archive, or it is cut short: {error}.") from error


def _is_wanted(member: tarfile.TarInfo) -> bool:
    parts = member.name.split("/")
    if member.name.startswith(("/", "\\")) or ".." in parts:
        raise PackageError(f"{member.name[:200]!r} leads out of the package; the archive is not to be trusted.")
    folder, *rest = parts if parts[0] != "." else parts[1:]
    return member.isfile() and folder == _FOLDER and len(rest) == 1 and rest[0].endswith(".json") and rest[0][0] != "."


def _object(archive: tarfile.TarFile, member: tarfile.TarInfo, limits: Limits) -> dict[str, Any]:
    if member.size > limits.member:
        raise PackageError(f"{member.name} has {member.size} bytes; the limit is {limits.member}.")
    stream = archive.extractfile(member)
    raw = stream.read() if stream else b""
    try:
        return parse(raw)
    except FhirError as error:
        raise PackageError(f"{member.name}: {error.issues[0].diagnostics}") from error
