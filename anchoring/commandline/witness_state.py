"""What a witness must not forget: its key, the last checkpoint of each log, the evidence against a log.

A directory: `key` (32 bytes, its owner's only), `logs/ID.json`, `evidence/`. Each file is replaced whole, and one lock
is held from reading the last checkpoint to storing the next, so that no two requests can cosign two histories.
"""

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from anchoring.core.cosignature import Cosigner
from anchoring.core.encoding import Malformed
from anchoring.core.hashing import sha256
from anchoring.core.note import Note, Verifier
from anchoring.core.witnessing import Request, Seen, consider


@dataclass
class State:
    directory: Path
    name: str
    _origins: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for part in ("logs", "evidence"):
            (self.directory / part).mkdir(parents=True, exist_ok=True, mode=0o700)

    @cached_property
    def cosigner(self) -> Cosigner:
        """Made at the first start."""
        path = self.directory / "key"
        if not path.exists():
            _replace(path, os.urandom(32))
        seed = path.read_bytes()
        if len(seed) != 32:
            raise Malformed(f"{path} is not a key of 32 bytes")
        return Cosigner(self.name, seed)

    def seen(self, origin: str) -> Seen | None:
        """What is known of the log with this origin. Raises Malformed when the file is broken: a witness that begins
        anew could be shown another history."""
        try:
            known = json.loads(self._path(origin).read_text())
            return Seen(tuple(known["keys"]), str(known["note"]))
        except FileNotFoundError:
            return None
        except (ValueError, KeyError, TypeError) as error:
            raise Malformed(f"{self._path(origin)} is broken; restore it from a backup") from error

    def keep(self, origin: str, seen: Seen) -> None:
        _replace(self._path(origin), json.dumps({"origin": origin, "keys": seen.keys, "note": seen.note}).encode())

    def origin_at(self, url: str) -> str | None:
        """The log that was first seen at this address: another one there later is not believed."""
        path = self.directory / "logs" / f"{_id(url)}.origin"
        return path.read_text() if path.exists() else None

    def begin(self, url: str, vkey: str) -> str:
        """The origin of a log whose key is trusted from now on. Raises Malformed."""
        origin = Verifier.parse(vkey).name
        with self.alone():
            if self.seen(origin) is None:
                self.keep(origin, Seen((vkey,)))
            _replace(self.directory / "logs" / f"{_id(url)}.origin", origin.encode())
        return origin

    def cosign(self, request: Request, time: int) -> str:
        """The cosignature line, once the checkpoint is stored. Raises Refused."""
        origin = request.note.partition("\n")[0]
        with self.alone():
            seen = self.seen(origin) or Seen(())
            checkpoint = consider(seen, request)
            self.keep(origin, Seen(seen.keys, request.note))
        return self.cosigner.cosign(checkpoint.body(), time)

    def accuse(self, seen: Seen, note: str, reason: str) -> Path:
        """Keep two checkpoints that the log signed and that cannot both be true."""
        made = self.directory / "evidence" / _id(seen.note + note)
        made.mkdir(exist_ok=True, mode=0o700)
        for name, text in (("cosigned", seen.note), ("shown", note), ("reason", reason + "\n")):
            _replace(made / name, text.encode())
        return made

    @contextmanager
    def alone(self) -> Iterator[None]:
        with (self.directory / "lock").open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield

    def _path(self, origin: str) -> Path:
        return self.directory / "logs" / f"{_id(origin)}.json"


def _id(text: str) -> str:
    return sha256(text.encode()).hex()[:32]


def _replace(path: Path, content: bytes) -> None:
    """Whole or not at all, on disk before anyone is told."""
    fresh = path.with_suffix(".new")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    os.replace(fresh, path)


def size_of(note: str) -> int:
    """The size in a checkpoint that was checked before."""
    return int(Note.parse(note).text.split("\n")[1])
