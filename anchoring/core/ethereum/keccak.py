"""Keccak-256 as Ethereum uses it: the padding before FIPS 202, so hashlib's sha3_256 is another function.

keccak.team "Keccak specifications summary": 1600 bits of state, 24 rounds, rate 1088.
"""

_RATE = 136  # bytes
PADDING = b"\x01"
_MASK = (1 << 64) - 1
_ROUND_CONSTANTS = (
    0x0000000000000001, 0x0000000000008082, 0x800000000000808A, 0x8000000080008000, 0x000000000000808B,
    0x0000000080000001, 0x8000000080008081, 0x8000000000008009, 0x000000000000008A, 0x0000000000000088,
    0x0000000080008009, 0x000000008000000A, 0x000000008000808B, 0x800000000000008B, 0x8000000000008089,
    0x8000000000008003, 0x8000000000008002, 0x8000000000000080, 0x000000000000800A, 0x800000008000000A,
    0x8000000080008081, 0x8000000000008080, 0x0000000080000001, 0x8000000080008008,
)  # fmt: skip
# Lane by lane in the order that rho and pi visit them: where it goes and by how many bits it turns.
_STEPS = (
    (10, 1), (7, 3), (11, 6), (17, 10), (18, 15), (3, 21), (5, 28), (16, 36), (8, 45), (21, 55), (24, 2), (4, 14),
    (15, 27), (23, 41), (19, 56), (13, 8), (12, 25), (2, 43), (20, 62), (14, 18), (22, 39), (9, 61), (6, 20), (1, 44),
)  # fmt: skip


def keccak256(data: bytes) -> bytes:
    """32 bytes."""
    padded = bytearray(data + PADDING + bytes(-len(data) % _RATE or _RATE))
    padded = padded[: len(data) // _RATE * _RATE + _RATE]
    padded[-1] |= 0x80
    state = [0] * 25
    for start in range(0, len(padded), _RATE):
        for lane in range(_RATE // 8):
            at = start + 8 * lane
            state[lane] ^= int.from_bytes(padded[at : at + 8], "little")
        _permute(state)
    return b"".join(lane.to_bytes(8, "little") for lane in state[:4])


def _permute(state: list[int]) -> None:
    for constant in _ROUND_CONSTANTS:
        columns = [state[x] ^ state[x + 5] ^ state[x + 10] ^ state[x + 15] ^ state[x + 20] for x in range(5)]
        for x in range(5):
            mixed = columns[x - 1] ^ _turn(columns[(x + 1) % 5], 1)
            for lane in range(x, 25, 5):
                state[lane] ^= mixed
        moving = state[1]
        for place, bits in _STEPS:
            state[place], moving = _turn(moving, bits), state[place]
        for row in range(0, 25, 5):
            lanes = state[row : row + 5]
            for x in range(5):
                state[row + x] = lanes[x] ^ (~lanes[(x + 1) % 5] & _MASK & lanes[(x + 2) % 5])
        state[0] ^= constant


def _turn(lane: int, bits: int) -> int:
    return (lane << bits | lane >> 64 - bits) & _MASK
