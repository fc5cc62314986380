"""Timestamps are read as the reference library reads them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from opentimestamps.core.notary import BitcoinBlockHeaderAttestation, PendingAttestation
from opentimestamps.core.op import OpAppend, OpPrepend, OpRIPEMD160, OpSHA256
from opentimestamps.core.serialize import BytesSerializationContext
from opentimestamps.core.timestamp import Timestamp

from anchoring.core.encoding import Malformed
from anchoring.core.timestamp import BITCOIN, PENDING, follow, read

DIGEST = bytes(range(32))


def serialized(stamp: Timestamp) -> bytes:
    context = BytesSerializationContext()
    stamp.serialize(context)
    return bytes(context.getbytes())


def branched() -> Timestamp:
    stamp = Timestamp(DIGEST)
    stamp.ops.add(OpAppend(b"a")).ops.add(OpSHA256()).attestations.add(PendingAttestation("https://calendar.example"))
    deep = stamp.ops.add(OpPrepend(b"b" * 300)).ops.add(OpSHA256())
    deep.attestations.add(BitcoinBlockHeaderAttestation(840_000))
    deep.ops.add(OpAppend(b"c")).attestations.add(BitcoinBlockHeaderAttestation(840_001))
    stamp.ops.add(OpRIPEMD160()).attestations.add(BitcoinBlockHeaderAttestation(7))
    return stamp


def test_every_attestation_is_found_where_the_reference_finds_it() -> None:
    expected = {
        (message, type(attested).TAG) for message, attested in branched().all_attestations() if len(message) != 20
    }
    found = read(serialized(branched()), DIGEST)
    assert {(end.value, end.tag) for end in found} == expected
    assert {end.height() for end in found if end.tag == BITCOIN} == {840_000, 840_001}
    assert all(follow(end.operations, DIGEST) == end.value for end in found)


def test_what_runs_through_another_hash_function_is_not_followed() -> None:
    assert [end.tag for end in read(serialized(branched()), DIGEST)].count(PENDING) == 1


@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(raw: bytes) -> None:
    try:
        read(raw, DIGEST)
    except Malformed:
        return


@pytest.mark.parametrize(
    "raw", [b"\xff" * 10_000, b"\x08" * 10_000, b"\xf0\x81\x80\x80\x80\x80\x80\x80\x80\x80\x01", b"\xf0\x00\x00"]
)
def test_endless_nesting_and_numbers_are_refused(raw: bytes) -> None:
    with pytest.raises(Malformed):
        read(raw, DIGEST)
