"""The pure core: trees, blocks, checkpoints, receipts and their verifier.

Standard library and `cryptography` only; no Django, no I/O, no clock. Byte formats: docs/formats.md.
"""
