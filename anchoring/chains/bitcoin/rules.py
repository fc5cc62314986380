"""What tells the networks of Bitcoin's family apart before a transaction is signed for one of them."""

from dataclasses import dataclass

_ALPHABET = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
_GENERATOR = (0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)


@dataclass(frozen=True, slots=True)
class Rules:
    """`genesis` is block 0 in display hex, `prefix` the human-readable part of addresses, `unit` what fees are in."""

    genesis: str
    prefix: str
    unit: str = "satoshi"


RULES = {
    "bitcoin": Rules("000000000019d6689c085ae165831e934ff763ae46a2a6c172b3f1b60a8ce26f", "bc"),
    "bitcoin-regtest": Rules("0f9188f13cb7b2c71f2a335e3a4fc328bf5beb436012afca590b1a11466e2206", "bcrt"),
    "litecoin-regtest": Rules("530827f38f93b43ed12af0b3ad25a288dc02ed74d6d7857862df51fc56c416f9", "rltc", "litoshi"),
}


def address(prefix: str, script: bytes) -> str:
    """Bech32 (BIP 173) of a version 0 witness script: `00`, length, program."""
    data = [script[0], *_fives(script[2:])]
    expanded = [*(ord(c) >> 5 for c in prefix), 0, *(ord(c) & 31 for c in prefix)]
    check = _polymod([*expanded, *data, 0, 0, 0, 0, 0, 0]) ^ 1
    data += [check >> 5 * (5 - i) & 31 for i in range(6)]
    return prefix + "1" + "".join(_ALPHABET[d] for d in data)


def _fives(program: bytes) -> list[int]:
    """Groups of five bits, the last one filled with zeros."""
    groups = (len(program) * 8 + 4) // 5
    number = int.from_bytes(program, "big") << groups * 5 - len(program) * 8
    return [number >> 5 * (groups - 1 - i) & 31 for i in range(groups)]


def _polymod(values: list[int]) -> int:
    checksum = 1
    for value in values:
        top = checksum >> 25
        checksum = (checksum & 0x1FFFFFF) << 5 ^ value
        for bit, factor in enumerate(_GENERATOR):
            checksum ^= factor if top >> bit & 1 else 0
    return checksum
