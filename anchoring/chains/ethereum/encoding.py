"""Headers, transactions and receipts from a node's JSON back to the bytes that are hashed. execution-apis, EIP-2718.

A field that this module does not know makes another hash, so what it puts together is checked by its caller.
"""

from collections.abc import Callable, Mapping
from typing import Any

from anchoring.chains.interface import ChainError
from anchoring.chains.rpc import array, octets, record, text
from anchoring.core.ethereum.rlp import Item, encode, integer

Reader = Callable[[Any], Item]


def quantity(value: Any, what: str = "number") -> int:
    """0x-hex, at most 256 bits. Raises ChainError."""
    try:
        number = int(text(value, what), 16)
    except ValueError as error:
        raise ChainError(f"the node's {what} is not a hex number") from error
    if not 0 <= number < 1 << 256:
        raise ChainError(f"the node's {what} is out of range")
    return number


def _number(value: Any) -> Item:
    return integer(quantity(value))


def _bytes(value: Any) -> Item:
    return b"" if value is None else octets(value, "bytes")


def _hashes(value: Any) -> Item:
    return [octets(item, "hash", 32) for item in array(value, "list of hashes")]


def _accesses(value: Any) -> Item:
    items = (record(item, "access") for item in array(value, "access list"))
    return [[_bytes(item.get("address")), _hashes(item.get("storageKeys"))] for item in items]


def _authorizations(value: Any) -> Item:
    return [_listed(record(item, "authorization"), _AUTHORIZATION) for item in array(value, "authorization list")]


# In the order of the forks that added them; from the base fee on each may be missing.
_HEADER: dict[str, Reader] = {
    **dict.fromkeys(("parentHash", "sha3Uncles", "miner", "stateRoot", "transactionsRoot", "receiptsRoot"), _bytes),
    "logsBloom": _bytes,
    **dict.fromkeys(("difficulty", "number", "gasLimit", "gasUsed", "timestamp"), _number),
    **dict.fromkeys(("extraData", "mixHash", "nonce"), _bytes),
    "baseFeePerGas": _number,
    "withdrawalsRoot": _bytes,
    **dict.fromkeys(("blobGasUsed", "excessBlobGas"), _number),
    **dict.fromkeys(("parentBeaconBlockRoot", "requestsHash"), _bytes),
}
_AUTHORIZATION: dict[str, Reader] = {
    "chainId": _number, "address": _bytes, "nonce": _number, "yParity": _number, "r": _number, "s": _number,
}  # fmt: skip
_CALL: dict[str, Reader] = {"gas": _number, "to": _bytes, "value": _number, "input": _bytes}
_SIGNATURE: dict[str, Reader] = {"yParity": _number, "r": _number, "s": _number}
_PRICES: dict[str, Reader] = {"maxPriorityFeePerGas": _number, "maxFeePerGas": _number}
_NUMBERED: dict[str, Reader] = {"chainId": _number, "nonce": _number}
_ACCESS: dict[str, Reader] = {"accessList": _accesses}
_BLOBS: dict[str, Reader] = {"maxFeePerBlobGas": _number, "blobVersionedHashes": _hashes}
_TRANSACTIONS: dict[int, dict[str, Reader]] = {
    0: {"nonce": _number, "gasPrice": _number, **_CALL, "v": _number, "r": _number, "s": _number},
    1: {**_NUMBERED, "gasPrice": _number, **_CALL, **_ACCESS, **_SIGNATURE},  # EIP-2930
    2: {**_NUMBERED, **_PRICES, **_CALL, **_ACCESS, **_SIGNATURE},  # EIP-1559
    3: {**_NUMBERED, **_PRICES, **_CALL, **_ACCESS, **_BLOBS, **_SIGNATURE},  # EIP-4844
    4: {**_NUMBERED, **_PRICES, **_CALL, **_ACCESS, "authorizationList": _authorizations, **_SIGNATURE},  # EIP-7702
}


def _listed(fields: Mapping[str, Any], readers: Mapping[str, Reader]) -> list[Item]:
    return [reader(fields.get(name)) for name, reader in readers.items()]


def header(block: Mapping[str, Any]) -> bytes:
    return encode(_listed(block, {name: reader for name, reader in _HEADER.items() if block.get(name) is not None}))


def transaction(fields: Mapping[str, Any]) -> bytes:
    kind = quantity(fields.get("type", "0x0"), "transaction type")
    if kind not in _TRANSACTIONS:
        raise ChainError(f"the block has a transaction of type {kind}, which this software does not know")
    fields = {"yParity": fields.get("v"), **fields}  # EIP-2930 nodes may show the parity as v only
    return _typed(kind, _listed(fields, _TRANSACTIONS[kind]))


def receipt(fields: Mapping[str, Any]) -> bytes:
    logs: list[Item] = []
    for item in array(fields.get("logs"), "list of logs"):
        one = record(item, "log")
        logs.append([_bytes(one.get("address")), _hashes(one.get("topics")), _bytes(one.get("data"))])
    readers: dict[str, Reader] = {"status": _number, "cumulativeGasUsed": _number, "logsBloom": _bytes}
    return _typed(quantity(fields.get("type", "0x0"), "receipt type"), [*_listed(fields, readers), logs])


def _typed(kind: int, items: list[Item]) -> bytes:
    return (bytes((kind,)) if kind else b"") + encode(items)
