"""The few scripts an anchor meets: OP_RETURN data, and the height in a coinbase (BIP 34)."""

from anchoring.core.bitcoin.transaction import Transaction
from anchoring.core.encoding import Malformed

OP_RETURN = 0x6A
OP_PUSHDATA1 = 0x4C
OP_1, OP_16 = 0x51, 0x60
MAX_DATA_BYTES = 80  # OP_RETURN data that nodes of every version relay


def data_script(data: bytes) -> bytes:
    """OP_RETURN and one minimal push. Raises Malformed over 80 bytes."""
    if len(data) > MAX_DATA_BYTES:
        raise Malformed(f"OP_RETURN data is at most {MAX_DATA_BYTES} bytes, not {len(data)}")
    long = bytes((OP_PUSHDATA1,)) if len(data) >= OP_PUSHDATA1 else b""
    return bytes((OP_RETURN,)) + long + bytes((len(data),)) + data


def data_outputs(transaction: Transaction) -> list[bytes]:
    """The data of each output that is exactly OP_RETURN and one push, in order."""
    found = []
    for output in transaction.outputs:
        script = output.script
        start = 3 if script[1:2] == bytes((OP_PUSHDATA1,)) else 2
        if len(script) >= start and script[0] == OP_RETURN and len(script) == start + script[start - 1]:
            found.append(script[start:])
    return found


def push_height(height: int) -> bytes:
    """The minimal push that BIP 34 wants at the start of a coinbase script."""
    if not height:
        return b"\x00"
    if height <= 16:
        return bytes((OP_1 - 1 + height,))
    number = height.to_bytes(height.bit_length() // 8 + 1, "little")  # one bit more: the sign
    return bytes((len(number),)) + number


def coinbase_height(coinbase: Transaction) -> int:
    """The block height that a coinbase states, BIP 34. Raises Malformed."""
    script = coinbase.inputs[0].script
    if not coinbase.is_coinbase or not script:
        raise Malformed("the coinbase is not a coinbase transaction")
    if OP_1 <= script[0] <= OP_16:
        return script[0] - OP_1 + 1
    height = int.from_bytes(script[1 : 1 + script[0]], "little")
    if not 0 < height < 1 << 31 or not script.startswith(push_height(height)):
        raise Malformed("the coinbase does not begin with its block height (BIP 34)")
    return height
