"""Ethereum through any node that speaks its JSON-RPC. The node holds no key of ours."""
