"""Keys that pay for anchors: 32 random bytes in a file that only its owner may read."""

import os
from pathlib import Path

from anchoring.chains.interface import ChainError

SIZE = 32


def kept_secret(path: Path) -> bytes:
    """Made when absent. Call while holding the chain's lock. Raises ChainError for a file that is no such key."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        fresh = path.with_suffix(".new")  # renamed when complete: a crash leaves no half key
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(os.urandom(SIZE))
            file.flush()
            os.fsync(file.fileno())
        fresh.rename(path)
    secret = path.read_bytes()
    if len(secret) != SIZE:
        raise ChainError(f"{path} has {len(secret)} bytes; a key has {SIZE}")
    return secret
