"""The only writer of this app's tables."""

from anchoring.services.confirm import confirm
from anchoring.services.errors import LogBroken, NotSealed, UnknownChain
from anchoring.services.export import Opening, export
from anchoring.services.progress import states
from anchoring.services.publish import publish
from anchoring.services.receipt import Proofs, ots, proofs, receipt
from anchoring.services.seal import seal
from anchoring.services.submit import open_chain, promise, submit

__all__ = [
    "LogBroken",
    "NotSealed",
    "Opening",
    "Proofs",
    "UnknownChain",
    "confirm",
    "export",
    "open_chain",
    "ots",
    "promise",
    "proofs",
    "publish",
    "receipt",
    "seal",
    "states",
    "submit",
]
