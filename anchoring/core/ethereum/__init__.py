"""Ethereum's formats, as far as an anchor needs them: Keccak-256, RLP, Merkle Patricia proofs. Pure Python."""
