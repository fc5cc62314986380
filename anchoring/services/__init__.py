"""The only writer of this app's tables."""

from anchoring.services.confirm import confirm
from anchoring.services.errors import LogBroken, NotSealed, UnknownChain
from anchoring.services.progress import states
from anchoring.services.publish import publish
from anchoring.services.receipt import ots, receipt
from anchoring.services.seal import seal
from anchoring.services.submit import open_chain, promise, submit

__all__ = [
    "LogBroken",
    "NotSealed",
    "UnknownChain",
    "confirm",
    "open_chain",
    "ots",
    "promise",
    "publish",
    "receipt",
    "seal",
    "states",
    "submit",
]
