"""The receipt's path through the log as a C2SP `.tlog-proof`, https://c2sp.org/tlog-proof.

It proves the directory block (its hash is the leaf's data) in the log of the checkpoint. The rest of the receipt, from
the document to the directory block, is the extra data.
"""

import json
from collections.abc import Sequence

from anchoring.core.encoding import to_base64
from anchoring.core.receipt import BLOCK_PART, OWN_PART, Receipt

FIRST_LINE = "c2sp.org/tlog-proof@v1"


def tlog_proof(receipt: Receipt, cosignatures: Sequence[str] = ()) -> str:
    """`cosignatures` are signature lines of witnesses on the receipt's checkpoint, each ending in a newline."""
    rest = {**OWN_PART.write(receipt), **BLOCK_PART.write(receipt)}
    path = rest.pop("log_path")
    extra = to_base64(json.dumps(rest, separators=(",", ":")).encode())
    hashes = "".join(to_base64(bytes.fromhex(node)) + "\n" for node in path["path"])
    head = f"{FIRST_LINE}\nextra {extra}\nindex {path['index']}\n{hashes}\n"
    return head + receipt.checkpoint + "".join(cosignatures)
