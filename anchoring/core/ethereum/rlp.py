"""Recursive Length Prefix, Ethereum's serialisation: Yellow Paper appendix B. An item is bytes or a list of items."""

from collections.abc import Sequence
from typing import TypeAlias

from anchoring.core.encoding import Malformed

Item: TypeAlias = bytes | Sequence["Item"]
MAX_DEPTH = 16  # a transaction's access list is 4 deep, a receipt's logs 4
_SHORT = 55  # longest payload whose length fits the first byte


def encode(item: Item) -> bytes:
    if isinstance(item, bytes):
        return item if len(item) == 1 and item[0] < 0x80 else _length(len(item), 0x80) + item
    payload = b"".join(map(encode, item))
    return _length(len(payload), 0xC0) + payload


def integer(value: int) -> bytes:
    """The shortest big-endian form; zero is no bytes."""
    return value.to_bytes((value.bit_length() + 7) // 8, "big")


def _length(size: int, offset: int) -> bytes:
    if size <= _SHORT:
        return bytes((offset + size,))
    digits = integer(size)
    return bytes((offset + _SHORT + len(digits),)) + digits


def decode(raw: bytes) -> Item:
    """One item and nothing after it, in its only form. Raises Malformed."""
    item, end = _read(raw, 0, len(raw), 0)
    if end != len(raw):
        raise Malformed(f"{len(raw) - end} bytes follow the RLP item")
    return item


def fields(raw: bytes, what: str) -> list[Item]:
    """Of a list. Raises Malformed."""
    item = decode(raw)
    if isinstance(item, bytes):
        raise Malformed(f"{what} is no RLP list")
    return list(item)


def _read(raw: bytes, at: int, limit: int, depth: int) -> tuple[Item, int]:
    """The item at `at`, which ends before `limit`, and where it ends."""
    if at >= limit:
        raise Malformed("the RLP item is cut short")
    if depth > MAX_DEPTH:
        raise Malformed(f"the RLP item is nested more than {MAX_DEPTH} deep")
    if raw[at] < 0x80:
        return raw[at : at + 1], at + 1
    offset = 0x80 if raw[at] < 0xC0 else 0xC0
    start, end = _payload(raw, at, limit, offset)
    if offset == 0x80:
        if end - start == 1 and raw[start] < 0x80:
            raise Malformed("an RLP byte is spelled longer than needed")
        return raw[start:end], end
    items: list[Item] = []
    while start < end:
        item, start = _read(raw, start, end, depth + 1)
        items.append(item)
    return items, end


def _payload(raw: bytes, at: int, limit: int, offset: int) -> tuple[int, int]:
    """Where it starts and ends."""
    size, start = raw[at] - offset, at + 1
    if size > _SHORT:
        digits = raw[start : start + size - _SHORT]
        start += size - _SHORT
        size = int.from_bytes(digits, "big")
        if size <= _SHORT or not digits[0]:
            raise Malformed("an RLP length is spelled longer than needed")
    if start + size > limit:
        raise Malformed("the RLP item is cut short")
    return start, start + size
