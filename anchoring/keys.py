"""The log's signing key: Ed25519, PKCS 8 in PEM, at conf.LOG_KEY_PATH."""

import os
import tempfile
from functools import lru_cache
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key
from django.core.exceptions import ImproperlyConfigured

from anchoring.conf import conf
from anchoring.core.encoding import Malformed
from anchoring.core.note import Signer, Verifier


def log_signer() -> Signer:
    """Raises ImproperlyConfigured when there is no usable key; in development a missing one is made."""
    return _load(conf.LOG_KEY_PATH, conf.LOG_ORIGIN, conf.DEVELOPMENT)


def log_signers() -> list[Signer]:
    """Who signs each checkpoint: the log's key, and its next one while that is being introduced (LOG_NEXT_KEY_FILE).

    Raises ImproperlyConfigured.
    """
    following = conf.LOG_NEXT_KEY_PATH
    return [log_signer(), *([_load(following, conf.LOG_ORIGIN, False)] if following else [])]


def log_keys() -> list[Verifier]:
    """Every key that checkpoints of this log may be signed by, the one of today first. Raises ImproperlyConfigured."""
    try:
        earlier = [Verifier.parse(vkey) for vkey in conf.LOG_OLD_VKEYS]
    except Malformed as error:
        raise ImproperlyConfigured(f"LOG_OLD_VKEYS: {error}") from error
    return [*(signer.verifier for signer in log_signers()), *earlier]


def check_log_key() -> None:
    """Raises ImproperlyConfigured with the reason and what to do; makes nothing."""
    _read(conf.LOG_KEY_PATH)


@lru_cache(maxsize=4)
def _load(path: Path, origin: str, development: bool) -> Signer:
    if development and not path.exists():
        _create(path)
    return Signer(origin, _read(path).private_bytes_raw())


def _read(path: Path) -> Ed25519PrivateKey:
    try:
        key = load_pem_private_key(path.read_bytes(), password=None)
    except OSError as error:
        hint = "make one with `openssl genpkey -algorithm ed25519`"
        raise ImproperlyConfigured(f"the log key {path} cannot be read ({error.strerror}); {hint}") from error
    except (ValueError, TypeError) as error:
        raise ImproperlyConfigured(f"the log key {path} is not an unencrypted PEM private key") from error
    if not isinstance(key, Ed25519PrivateKey):
        raise ImproperlyConfigured(f"the log key {path} is not an Ed25519 key")
    return key


def _create(path: Path) -> None:
    """Two processes may start at once: the link fails for the second, which then reads the first one's key."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    pem = Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    descriptor, name = tempfile.mkstemp(dir=path.parent)  # mkstemp opens with 0600
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(pem)
        os.link(name, path)
    except FileExistsError:
        pass
    finally:
        os.unlink(name)
