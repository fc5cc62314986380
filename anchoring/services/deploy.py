"""The anchoring contract is put on its chain, once, by the key that will own it."""

from typing import NamedTuple

from anchoring.chains import open_chain
from anchoring.chains.ethereum.chain import EthereumChain
from anchoring.chains.interface import ChainError
from anchoring.conf import conf
from anchoring.models import Anchor
from anchoring.services.locks import only_worker_on
from anchoring.states import TO_PUBLISH


class Deployment(NamedTuple):
    address: str
    txid: str


def deploy_contract() -> Deployment:
    """Sent, not yet mined: set ETHEREUM_CONTRACT when it is. Raises ChainError, also while an anchor is under way: it
    would take its number."""
    with only_worker_on("ethereum") as alone:
        if not alone or Anchor.objects.filter(chain="ethereum", state__in=TO_PUBLISH).exists():
            raise ChainError("an anchor is under way on ethereum: try again when it is in a block")
        chain = open_chain("ethereum", conf.KNOWN_CHAINS["ethereum"])
        if not isinstance(chain, EthereumChain):
            raise TypeError(type(chain))
        signed = chain.deployment()
        chain.send(signed.raw)
        return Deployment(chain.contract_address(signed.nonce or 0), signed.txid)
