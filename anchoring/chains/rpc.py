"""JSON-RPC over HTTP, as Bitcoin and Ethereum nodes speak it.

What a node answers is looked at before it is believed: each of the small readers below raises ChainError.
"""

import json
from decimal import Decimal, InvalidOperation
from typing import Any

from anchoring.chains.http import TIMEOUT_SECONDS, exchange, place
from anchoring.chains.interface import ChainError

SENTENCE = 300  # of a node's own error message, as many characters are repeated


class Refused(ChainError):
    """The node understood and said no; `code` and `reason` are its own."""

    def __init__(self, method: str, code: int, reason: str) -> None:
        super().__init__(f"{method}: {reason} ({code})")
        self.code = code
        self.reason = reason


class Node:
    def __init__(self, url: str) -> None:
        self._url = url

    def __call__(self, method: str, *params: Any, timeout: float = TIMEOUT_SECONDS) -> Any:
        """The result; numbers with a fraction as Decimal. Raises Refused, or ChainError when there is no answer."""
        call = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
        headers = {"Content-Type": "application/json"}
        status, answer = exchange(self._url, json.dumps(call).encode(), headers=headers, timeout=timeout)
        reply = self._parse(status, answer)
        error = reply.get("error")
        if error is not None:
            code, reason = (error.get(name) for name in ("code", "message")) if isinstance(error, dict) else (0, error)
            raise Refused(method, code if isinstance(code, int) else 0, str(reason)[:SENTENCE])
        return reply.get("result")

    def _parse(self, status: int, answer: bytes) -> dict[str, Any]:
        """Bitcoin Core's errors come as 404 and 500 with a JSON body, so the body decides."""
        try:
            reply = json.loads(answer, parse_float=Decimal)
        except (ValueError, RecursionError, InvalidOperation) as error:
            raise ChainError(f"{place(self._url)} answers with {status} and no JSON") from error
        if not isinstance(reply, dict) or ("result" not in reply and reply.get("error") is None):
            raise ChainError(f"{place(self._url)} answers with {status} and no JSON-RPC")
        return reply


def text(value: Any, what: str) -> str:
    if not isinstance(value, str):
        raise ChainError(f"the node's {what} is not a text")
    return value


def number(value: Any, what: str) -> int:
    """Not negative, and below 2^63, which is what the database keeps."""
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < 1 << 63:
        raise ChainError(f"the node's {what} is not a number")
    return value


def record(value: Any, what: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise ChainError(f"the node's {what} is not an object")
    return value


def array(value: Any, what: str) -> list[Any]:
    if not isinstance(value, list):
        raise ChainError(f"the node's {what} is not an array")
    return value


def octets(value: Any, what: str, size: int | None = None) -> bytes:
    """From hex, with or without 0x; exactly  bytes when given."""
    try:
        raw = bytes.fromhex(text(value, what).removeprefix("0x"))
    except ValueError as error:
        raise ChainError(f"the node's {what} is not hex") from error
    if size is not None and len(raw) != size:
        raise ChainError(f"the node's {what} has {len(raw)} bytes, not {size}")
    return raw
