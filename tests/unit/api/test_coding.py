"""gzip both ways: what is taken, what is refused, and how much memory it may cost."""

import gzip
import io
import os
import tracemalloc

import pytest

from medbridge.api import coding
from medbridge.fhir.outcome import FhirError

BODY = b'{"resourceType":"Patient"}' * 10_000


def decompress(raw: bytes, limit: int = 10_000_000) -> bytes:
    return coding.decompress(io.BytesIO(raw).read, limit=limit)


def status(raw: bytes, limit: int = 10_000_000) -> int:
    with pytest.raises(FhirError) as caught:
        decompress(raw, limit)
    return caught.value.status


def test_what_is_compressed_comes_back() -> None:
    assert decompress(coding.compress(BODY)) == BODY
    assert gzip.decompress(coding.compress(BODY)) == BODY


def test_several_members_are_one_body() -> None:
    assert decompress(gzip.compress(BODY) + gzip.compress(b"x") + gzip.compress(b"")) == BODY + b"x"


def test_members_that_end_with_a_chunk_are_one_body() -> None:
    noise = os.urandom(coding.CHUNK)
    first = gzip.compress(noise)
    padded = gzip.compress(noise[: coding.CHUNK - (len(first) - len(noise))])
    assert decompress(padded + gzip.compress(b"end")).endswith(b"end")


def test_the_limit_itself_is_allowed() -> None:
    assert decompress(gzip.compress(BODY), len(BODY)) == BODY
    assert status(gzip.compress(BODY), len(BODY) - 1) == 413


def test_a_bomb_ends_at_the_limit_in_bounded_memory() -> None:
    bomb = gzip.compress(b" " * 200_000_000)
    tracemalloc.start()
    assert status(bomb, 1_000_000) == 413
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 4_000_000


def test_a_flood_of_empty_members_is_refused() -> None:
    assert status(gzip.compress(b"") * (coding.MOST_MEMBERS + 1)) == 413


@pytest.mark.parametrize("cut", [1, 8, 9, 100])
def test_a_truncated_body_is_refused(cut: int) -> None:
    assert status(gzip.compress(BODY)[:-cut]) == 400


@pytest.mark.parametrize("raw", [b"", BODY, gzip.compress(BODY) + b"trailing"])
def test_what_is_no_gzip_is_refused(raw: bytes) -> None:
    assert status(raw) == 400


def test_a_wrong_checksum_is_refused() -> None:
    raw = bytearray(gzip.compress(BODY))
    raw[-6] ^= 1
    assert status(bytes(raw)) == 400


@pytest.mark.parametrize("header", ["gzip", "deflate, gzip", "br;q=1.0, gzip;q=0.5", "GZIP", "x-gzip"])
def test_gzip_is_accepted(header: str) -> None:
    assert coding.accepts_gzip(header)


@pytest.mark.parametrize("header", ["", "identity", "*", "gzip;q=0", "gzip; q=0.000", "br, deflate", "notgzip"])
def test_gzip_is_not_accepted(header: str) -> None:
    assert not coding.accepts_gzip(header)
