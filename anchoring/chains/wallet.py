"""One secp256k1 key whose coins pay for anchors.

The output is P2WSH over `<public key> OP_CHECKSIG`: unlike P2WPKH it needs no RIPEMD-160, which OpenSSL 3 may withhold.
"""

from cryptography.hazmat.primitives.asymmetric import ec, utils
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from anchoring.core.bitcoin.script import data_script
from anchoring.core.bitcoin.transaction import Transaction, TxIn, TxOut, variable
from anchoring.core.hashing import sha256, sha256d

ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
FEE = 1_000  # satoshi; about 5 a byte, above every relay minimum
DUST = 330  # least value of a P2WSH output that nodes relay
_SIGHASH_ALL = 1
_OP_CHECKSIG = b"\xac"


class Wallet:
    def __init__(self, secret: bytes) -> None:
        self._key = ec.derive_private_key(int.from_bytes(secret, "big") % (ORDER - 1) + 1, ec.SECP256K1())
        public = self._key.public_key().public_bytes(Encoding.X962, PublicFormat.CompressedPoint)
        self._witness_script = variable(public) + _OP_CHECKSIG
        self.script = b"\x00\x20" + sha256(self._witness_script)

    def anchor(self, payload: bytes, outpoint: bytes, value: int, fee: int = FEE) -> Transaction:
        """A signed transaction: one coin in, the payload and the change out. Same coin and payload, same txid."""
        outputs = (TxOut(0, data_script(payload)), TxOut(value - fee, self.script))
        unsigned = Transaction((TxIn(outpoint, sequence=0xFFFFFFFD),), outputs)  # BIP 125: may be replaced
        witness = (self._sign(_signature_hash(unsigned, value, self._witness_script)), self._witness_script)
        return Transaction((TxIn(outpoint, sequence=0xFFFFFFFD, witness=witness),), outputs)

    def _sign(self, digest: bytes) -> bytes:
        r, s = utils.decode_dss_signature(self._key.sign(digest, ec.ECDSA(utils.Prehashed(SHA256()))))
        low = min(s, ORDER - s)  # BIP 146: the high form is not relayed
        return utils.encode_dss_signature(r, low) + bytes((_SIGHASH_ALL,))


def _signature_hash(unsigned: Transaction, value: int, witness_script: bytes) -> bytes:
    """BIP 143, SIGHASH_ALL, one input."""
    (spent,) = unsigned.inputs
    sequence = spent.sequence.to_bytes(4, "little")
    return sha256d(
        unsigned.version.to_bytes(4, "little")
        + sha256d(spent.outpoint)
        + sha256d(sequence)
        + spent.outpoint
        + variable(witness_script)
        + value.to_bytes(8, "little")
        + sequence
        + sha256d(b"".join(output.serialize() for output in unsigned.outputs))
        + unsigned.locktime.to_bytes(4, "little")
        + _SIGHASH_ALL.to_bytes(4, "little")
    )
