"""Bitcoin's formats, held by constants of the real chain."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anchoring.chains.block import GENESIS, Block
from anchoring.core.bitcoin.header import Header, check_headers, check_proof_of_work, read_headers, target, work
from anchoring.core.bitcoin.merkle import check_merkle_path, merkle_path, merkle_root
from anchoring.core.bitcoin.script import coinbase_height, data_outputs, data_script, push_height
from anchoring.core.bitcoin.transaction import Transaction, TxIn, TxOut, display, undisplay
from anchoring.core.encoding import Malformed
from anchoring.core.hashing import sha256
from anchoring.core.tree import ProofError

# Headers 0 and 1 of Bitcoin's main chain.
MAIN_0 = bytes.fromhex(
    "0100000000000000000000000000000000000000000000000000000000000000000000003ba3edfd7a7b12b27ac72c3e67768f617fc81bc3"
    "888a51323a9fb8aa4b1e5e4a29ab5f49ffff001d1dac2b7c"
)
MAIN_1 = bytes.fromhex(
    "010000006fe28c0ab6f1b372c1a6a246ae63f74f931e8365e15a089c68d6190000000000982051fd1e4ba744bbbe680e1fee14677ba1a3c3"
    "540bf7b1cdb606e857233e0e61bc6649ffff001d01e36299"
)
EASIEST = target(0x1D00FFFF)


def txids(count: int) -> list[bytes]:
    return [sha256(b"tx %d" % number) for number in range(count)]


def test_bitcoins_first_headers_hash_link_and_carry_their_work() -> None:
    headers = read_headers(MAIN_0 + MAIN_1)
    check_headers(headers, easiest=EASIEST)
    assert display(headers[0].hash()) == "000000000019d6689c085ae165831e934ff763ae46a2a6c172b3f1b60a8ce26f"


def test_a_header_reads_back() -> None:
    assert Header.parse(MAIN_1).encode() == MAIN_1


def test_a_header_without_work_is_refused() -> None:
    with pytest.raises(ProofError, match="no proof of work"):
        check_proof_of_work(Header.parse(MAIN_1[:-1] + b"\0"), easiest=EASIEST)


def test_a_target_easier_than_the_networks_is_refused() -> None:
    with pytest.raises(ProofError, match="easier target"):
        check_proof_of_work(Header.parse(MAIN_0), easiest=EASIEST - 1)


def test_headers_that_do_not_follow_are_refused() -> None:
    with pytest.raises(ProofError, match="header 1 does not follow header 0"):
        check_headers(read_headers(MAIN_1 + MAIN_0), easiest=EASIEST)


def test_the_work_function_is_a_parameter() -> None:
    check_proof_of_work(Header.parse(MAIN_1[:-1] + b"\0"), easiest=EASIEST, pow_hash=lambda _: bytes(32))


@pytest.mark.parametrize("bits", [0x00000000, 0x1D800001, 0xFF123456, 0x01003456])
def test_impossible_targets_are_refused(bits: int) -> None:
    with pytest.raises(Malformed, match="not a valid target"):
        target(bits)


def test_difficulty_one_takes_four_billion_hashes() -> None:
    assert work(0x1D00FFFF) == 4295032833


@pytest.mark.parametrize("raw", [b"", MAIN_0[:-1]])
def test_a_broken_file_of_headers_is_refused(raw: bytes) -> None:
    with pytest.raises(Malformed, match="multiple of 80"):
        read_headers(raw)


def test_the_genesis_block_reads_back_under_its_merkle_root() -> None:
    block = Block.parse(GENESIS)
    assert block.serialize() == GENESIS
    assert merkle_root(block.txids()) == block.header.merkle_root
    assert display(block.header.hash()) == "0f9188f13cb7b2c71f2a335e3a4fc328bf5beb436012afca590b1a11466e2206"


def test_a_transaction_with_witness_has_the_txid_of_the_one_without() -> None:
    bare = Transaction((TxIn(bytes(36)),), (TxOut(1, b"\x51"),))
    signed = Transaction((TxIn(bytes(36), witness=(b"signature",)),), (TxOut(1, b"\x51"),))
    assert Transaction.parse(signed.serialize()) == signed
    assert (signed.txid(), signed.stripped()) == (bare.txid(), bare.serialize())
    assert signed.wtxid() != bare.wtxid()


@pytest.mark.parametrize(
    "defect",
    {
        "empty": b"",
        "cut": GENESIS[81:-1],
        "one byte more": GENESIS[81:] + b"\0",
        "count far past the end": b"\1\0\0\0" + b"\xfe\xff\xff\xff\xff",
        "length spelled long": b"\1\0\0\0" + b"\xfd\x01\x00" + bytes(60),
        "no input": b"\1\0\0\0" + b"\0\0" + bytes(10),
    }.values(),
)
def test_bytes_that_are_no_transaction_are_refused(defect: bytes) -> None:
    with pytest.raises(Malformed):
        Transaction.parse(defect)


@given(st.binary(max_size=300))
def test_no_bytes_make_the_parser_fail_otherwise(raw: bytes) -> None:
    with suppress(Malformed):
        assert Transaction.parse(raw).serialize() == raw


@pytest.mark.parametrize("count", range(1, 10))
def test_each_transaction_has_a_path_to_the_root(count: int) -> None:
    for index, txid in enumerate(txids(count)):
        check_merkle_path(txid, index, merkle_path(txids(count), index), merkle_root(txids(count)))


def test_the_copy_of_an_odd_last_transaction_is_refused() -> None:
    """CVE-2012-2459: [a, b, c] and [a, b, c, c] have one root, and c would have two indexes."""
    path, root = merkle_path(txids(3), 2), merkle_root(txids(3))
    with pytest.raises(ProofError, match="CVE-2012-2459"):
        check_merkle_path(txids(3)[2], 3, path, root)


def test_an_index_past_the_path_is_refused() -> None:
    with pytest.raises(ProofError, match="does not fit"):
        check_merkle_path(txids(2)[0], 2, merkle_path(txids(2), 0), merkle_root(txids(2)))


@pytest.mark.parametrize("length", [0, 1, 75, 76, 80])
def test_data_reads_back_from_an_output(length: int) -> None:
    data = b"d" * length
    assert data_outputs(Transaction((TxIn(bytes(36)),), (TxOut(0, data_script(data)),))) == [data]


def test_data_over_eighty_bytes_is_refused() -> None:
    with pytest.raises(Malformed, match="at most 80"):
        data_script(b"d" * 81)


@pytest.mark.parametrize("script", [b"", b"\x6a", b"\x6a\x05data", b"\x6a\x4c", b"\x51\x01d"])
def test_other_scripts_carry_no_data(script: bytes) -> None:
    assert data_outputs(Transaction((TxIn(bytes(36)),), (TxOut(0, script),))) == []


@pytest.mark.parametrize("height", [1, 16, 17, 127, 128, 255, 256, 32767, 32768, 900_000])
def test_a_coinbase_states_its_height(height: int) -> None:
    coinbase = Transaction((TxIn(bytes(32) + b"\xff" * 4, push_height(height) + b"\0"),), (TxOut(0, b""),))
    assert coinbase_height(coinbase) == height


@pytest.mark.parametrize("script", [b"\x00\x00", b"\x01\x05", b"\x02\x11\x00", b"\x04\xff\xff\xff\xff"])
def test_a_height_spelled_otherwise_is_refused(script: bytes) -> None:
    with pytest.raises(Malformed, match="BIP 34"):
        coinbase_height(Transaction((TxIn(bytes(32) + b"\xff" * 4, script),), (TxOut(0, b""),)))


def test_display_order_is_reversed() -> None:
    assert undisplay(display(txids(1)[0])) == txids(1)[0]
    assert display(b"\1" + bytes(31)).endswith("01")
