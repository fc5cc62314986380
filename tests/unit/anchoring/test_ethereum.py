"""Keccak, RLP and Merkle Patricia proofs: vectors of others, and every forgery refused."""

from dataclasses import replace
from hashlib import sha3_256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anchoring.chains.ethereum.signing import Key, Unsigned
from anchoring.chains.ethereum.trie import Trie
from anchoring.core.encoding import Malformed
from anchoring.core.ethereum import keccak, rlp
from anchoring.core.ethereum.keccak import keccak256
from anchoring.core.ethereum.transaction import call_data, carries, transaction_data
from anchoring.core.ethereum.trie import check_proof
from anchoring.core.tree import ProofError

ITEMS = st.recursive(st.binary(max_size=80), lambda item: st.lists(item, max_size=20), max_leaves=60)


@pytest.mark.parametrize(
    ("data", "digest"),
    [
        (b"", "c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470"),
        (b"abc", "4e03657aea45a94fc7d47ba826c8d667c0d1e6e33a64a036ec44f58fa12d6c45"),
    ],
)
def test_keccak_gives_the_published_digests(data: bytes, digest: str) -> None:
    assert keccak256(data).hex() == digest


@pytest.mark.parametrize("length", [0, 1, 134, 135, 136, 137, 271, 272, 273, 600])
def test_keccak_is_sha3_but_for_the_padding(monkeypatch: pytest.MonkeyPatch, length: int) -> None:
    data = bytes(range(256)) * 3
    monkeypatch.setattr(keccak, "PADDING", b"\x06")
    assert keccak256(data[:length]) == sha3_256(data[:length]).digest()


def test_a_selector_is_the_one_everybody_has() -> None:
    assert keccak256(b"transfer(address,uint256)")[:4].hex() == "a9059cbb"


@pytest.mark.parametrize(
    ("item", "encoded"),
    [
        (b"dog", "83646f67"),
        ([b"cat", b"dog"], "c88363617483646f67"),
        (b"", "80"),
        ([], "c0"),
        (b"\x0f", "0f"),
        (b"\x04\x00", "820400"),
        ([[], [[]], [[], [[]]]], "c7c0c1c0c3c0c1c0"),
        (b"Lorem ipsum dolor sit amet, consectetur adipisicing elit", "b838" + (
            b"Lorem ipsum dolor sit amet, consectetur adipisicing elit".hex())),
    ],
)  # fmt: skip
def test_rlp_is_ethereums_own_examples(item: rlp.Item, encoded: str) -> None:
    assert rlp.encode(item).hex() == encoded
    assert rlp.decode(bytes.fromhex(encoded)) == item


@given(ITEMS)
def test_rlp_comes_back_as_it_was(item: rlp.Item) -> None:
    assert rlp.decode(rlp.encode(item)) == item


@given(st.binary(max_size=200))
def test_rlp_has_one_form_and_anything_else_is_refused(raw: bytes) -> None:
    try:
        item = rlp.decode(raw)
    except Malformed:
        return
    assert rlp.encode(item) == raw


@pytest.mark.parametrize("raw", ["8100", "b800", "b90001aa", "f800", "83aa", "", "c0c0", "c2c1", "bfffffffffffffffff"])
def test_rlp_in_a_second_form_or_cut_short_is_refused(raw: str) -> None:
    with pytest.raises(Malformed):
        rlp.decode(bytes.fromhex(raw))


def test_rlp_nested_deep_is_refused_at_once() -> None:
    item: rlp.Item = []
    for _ in range(100):
        item = [item]
    with pytest.raises(Malformed, match="nested"):
        rlp.decode(rlp.encode(item))


COUNTS = [1, 2, 3, 16, 17, 127, 128, 129, 300]


def values(count: int) -> list[bytes]:
    return [b"value %d " % number * (1 + number % 9) for number in range(count)]


def key(index: int) -> bytes:
    return rlp.encode(rlp.integer(index))


@pytest.mark.parametrize("count", COUNTS)
def test_every_value_is_proved_and_none_is_proved_elsewhere(count: int) -> None:
    trie, kept = Trie(values(count)), values(count)
    for index in {0, 1, count // 2, count - 1} & set(range(count)):
        proof = trie.proof(index)
        assert check_proof(trie.root, key(index), proof) == kept[index]
        with pytest.raises((ProofError, Malformed)):
            assert check_proof(trie.root, key(count), proof) is None


def test_short_values_that_stand_inside_their_parents_are_proved() -> None:
    trie = Trie([b"%d" % number for number in range(20)])
    assert [check_proof(trie.root, key(n), trie.proof(n)) for n in range(20)] == [b"%d" % n for n in range(20)]


def test_the_root_over_one_value_is_written_out() -> None:
    """One leaf: the path in hex-prefix form, the value."""
    assert Trie([b"v" * 40]).root == keccak256(rlp.encode([b"\x20\x80", b"v" * 40]))


@pytest.mark.parametrize("break_it", ["value", "order", "missing", "extra", "empty"])
def test_a_broken_proof_is_refused(break_it: str) -> None:
    trie = Trie(values(300))
    proof = list(trie.proof(200))
    broken = {
        "value": [*proof[:-1], proof[-1][:-1] + bytes([proof[-1][-1] ^ 1])],
        "order": proof[::-1],
        "missing": proof[:-1],
        "extra": [*proof, proof[-1]],
        "empty": [],
    }[break_it]
    with pytest.raises((ProofError, Malformed)):
        check_proof(trie.root, key(200), broken)


PAYLOAD = b"\x4d\xb1" + bytes(range(70))
CALL = Unsigned(chain_id=1, nonce=7, tip=10**9, max_price=10**11, gas=40_000, to=bytes(20), data=PAYLOAD)


def test_a_signed_transaction_is_recovered_to_its_sender() -> None:
    for number in range(8):
        raw = Key(bytes([number + 1]) * 32).sign(replace(CALL, nonce=number))
        assert transaction_data(raw) == PAYLOAD


def test_the_address_of_a_key_is_the_one_everybody_has() -> None:
    """Key 1 (our file holds it less one): a constant of every wallet."""
    assert Key(bytes(32)).address.hex() == "7e5f4552091a69125d5dfcb7b8c2659029395bdf"


def test_only_the_payload_itself_or_our_call_with_it_carries_it() -> None:
    assert carries(PAYLOAD, PAYLOAD)
    assert carries(call_data(5, PAYLOAD), PAYLOAD)
    assert not carries(PAYLOAD + b"\0", PAYLOAD)
    assert not carries(call_data(5, PAYLOAD) + b"\0", PAYLOAD)
    assert not carries(call_data(5, PAYLOAD[:-1] + b"x"), PAYLOAD)
    assert not carries(b"", PAYLOAD)
