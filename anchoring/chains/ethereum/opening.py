"""The settings of the chain, from text."""

from collections.abc import Mapping
from pathlib import Path

from anchoring.chains.ethereum.chain import EthereumChain
from anchoring.chains.ethereum.rules import RULES
from anchoring.chains.ethereum.signing import Key
from anchoring.chains.interface import ChainError
from anchoring.chains.rpc import Node
from anchoring.chains.secret import kept_secret

_GWEI = 10**9
_ADDRESS_BYTES = 20


def open_ethereum(settings: Mapping[str, str]) -> EthereumChain:
    """settings: `url` (several, separated by commas), `network`, `key`, `max_fee` in gwei, `contract`. Raises KeyError
    for a missing one, ChainError."""
    network = settings["network"]
    if network not in RULES:
        raise ChainError(f"{network!r} is not one of {', '.join(RULES)}")
    nodes = [Node(url.strip()) for url in settings["url"].split(",")]
    contract, most = parse_address(settings["contract"]), int(settings["max_fee"]) * _GWEI
    return EthereumChain(nodes, network, Key(kept_secret(Path(settings["key"]))), max_fee=most, contract=contract)


def parse_address(written: str) -> bytes:
    """Empty for none. Raises ChainError."""
    try:
        raw = bytes.fromhex(written.removeprefix("0x"))
    except ValueError:
        raw = b"?"
    if raw and len(raw) != _ADDRESS_BYTES:
        raise ChainError(f"{written!r} is no address of a contract")
    return raw
