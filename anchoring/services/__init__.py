"""The only writer of this app's tables."""

from anchoring.services.alarms import Alarm, alarms
from anchoring.services.confirm import confirm
from anchoring.services.cosignatures import accept as accept_cosignatures
from anchoring.services.cosignatures import collect as collect_cosignatures
from anchoring.services.deploy import deploy_contract
from anchoring.services.errors import LogBroken, NotSealed, UnknownChain
from anchoring.services.export import Opening, export
from anchoring.services.progress import states
from anchoring.services.publish import publish
from anchoring.services.receipt import Proofs, ots, proofs, receipt
from anchoring.services.seal import seal
from anchoring.services.submit import open_chain, promise, submission, submit

__all__ = [
    "Alarm",
    "LogBroken",
    "NotSealed",
    "Opening",
    "Proofs",
    "UnknownChain",
    "accept_cosignatures",
    "alarms",
    "collect_cosignatures",
    "confirm",
    "deploy_contract",
    "export",
    "open_chain",
    "ots",
    "promise",
    "proofs",
    "publish",
    "receipt",
    "seal",
    "states",
    "submission",
    "submit",
]
