"""A node that passes every question on to an honest one, and alters the answers it is told to."""

import json
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from anchoring.chains.rpc import Node, Refused
from tests.integration.anchoring.chains.calendar import Handler, Server


class LiarHandler(Handler):
    def do_POST(self) -> None:
        call = json.loads(self.body())
        result, error = self.owner.call(call["method"], call["params"])
        self.answer(json.dumps({"id": 1, "error": error, "result": result}, default=float).encode())


class Liar:
    """`lies`: method -> what becomes of the honest result. `asked` is every method asked for."""

    def __init__(self, honest: Node) -> None:
        self._honest = honest
        self.lies: dict[str, Callable[[Any], Any]] = {}
        self.asked: list[str] = []
        self._server = Server(LiarHandler, self)
        self.url = self._server.url

    def stop(self) -> None:
        self._server.stop()

    def call(self, method: str, params: list[Any]) -> tuple[Any, Any]:
        self.asked.append(method)
        try:
            result = self._honest(method, *params)
        except Refused as error:
            if method not in self.lies:
                return None, {"code": error.code, "message": error.reason}
            result = None
        return self.lies.get(method, lambda same: same)(result), None


def times(factor: int) -> Callable[[Any], Any]:
    """Amounts and hex quantities alike."""

    def altered(value: Any) -> Any:
        if isinstance(value, str):
            return hex(int(value, 16) * factor)
        return value * Decimal(factor)

    return altered
