"""One secp256k1 key that pays for anchors, and EIP-1559 transactions signed with it.

OpenSSL makes the signature; which of the two possible points it belongs to (`y_parity`) is worked out here from public
values only, so nothing in Python ever computes with the key.
"""

from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric import ec, utils
from cryptography.hazmat.primitives.hashes import SHA256

from anchoring.chains.wallet import ORDER
from anchoring.core.ethereum.keccak import keccak256
from anchoring.core.ethereum.rlp import Item, encode, integer

TYPE = b"\x02"  # EIP-1559
_FIELD = 2**256 - 2**32 - 977
_GENERATOR = (
    0x79BE667EF9DCBBAC55A06295CE870B07029BFCDB2DCE28D959F2815B16F81798,
    0x483ADA7726A3C4655DA4FBFC0E1108A8FD17B448A68554199C47D08FFB10D4B8,
)
Point = tuple[int, int] | None  # None: infinity


@dataclass(frozen=True, slots=True)
class Unsigned:
    """Prices in wei for one gas. Moves no ether: its value is zero. `to` 20 bytes, or none to deploy a contract."""

    chain_id: int
    nonce: int
    tip: int
    max_price: int
    gas: int
    to: bytes
    data: bytes

    def fields(self) -> list[Item]:
        numbers = (self.chain_id, self.nonce, self.tip, self.max_price, self.gas)
        return [*map(integer, numbers), self.to, b"", self.data, []]


class Key:
    def __init__(self, secret: bytes) -> None:
        self._key = ec.derive_private_key(int.from_bytes(secret, "big") % (ORDER - 1) + 1, ec.SECP256K1())
        numbers = self._key.public_key().public_numbers()
        self._public = (numbers.x, numbers.y)
        self.address = keccak256(numbers.x.to_bytes(32, "big") + numbers.y.to_bytes(32, "big"))[-20:]

    def sign(self, unsigned: Unsigned) -> bytes:
        """The raw transaction; its hash is its txid."""
        digest = keccak256(TYPE + encode(unsigned.fields()))
        r, s = utils.decode_dss_signature(self._key.sign(digest, ec.ECDSA(utils.Prehashed(SHA256()))))
        parity = self._parity(int.from_bytes(digest, "big"), r, s)
        if s > ORDER // 2:  # EIP-2: the high form is not valid
            s, parity = ORDER - s, 1 - parity
        return TYPE + encode([*unsigned.fields(), integer(parity), integer(r), integer(s)])

    def _parity(self, digest: int, r: int, s: int) -> int:
        """Of the y coordinate of the signature's point, SEC 1 section 4.1.4: R = (e/s) G + (r/s) Q."""
        inverse = pow(s, -1, ORDER)
        ours = _multiply(digest * inverse % ORDER, _GENERATOR)
        point = _add(ours, _multiply(r * inverse % ORDER, self._public))
        if point is None or point[0] != r:
            raise ArithmeticError("the signature does not belong to this key")  # or r overflowed: one in 2^128
        return point[1] & 1


def _add(a: Point, b: Point) -> Point:
    if a is None or b is None:
        return a or b
    if a[0] == b[0] and (a[1] + b[1]) % _FIELD == 0:
        return None
    rise, run = (3 * a[0] * a[0], 2 * a[1]) if a == b else (b[1] - a[1], b[0] - a[0])
    slope = rise * pow(run, -1, _FIELD)
    x = (slope * slope - a[0] - b[0]) % _FIELD
    return x, (slope * (a[0] - x) - a[1]) % _FIELD


def _multiply(factor: int, point: Point) -> Point:
    total: Point = None
    while factor:
        if factor & 1:
            total = _add(total, point)
        point = _add(point, point)
        factor >>= 1
    return total
