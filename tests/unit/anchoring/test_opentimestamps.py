"""Our `.ots` files, read by the OpenTimestamps project's own library and client."""

import io
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from opentimestamps.core.notary import BitcoinBlockHeaderAttestation
from opentimestamps.core.serialize import StreamDeserializationContext
from opentimestamps.core.timestamp import DetachedTimestampFile

from anchoring.chains.local import LocalChain
from anchoring.core.encoding import Malformed
from anchoring.core.hashing import sha256
from anchoring.core.opentimestamps import ots
from anchoring.core.receipt import load
from tests.unit.anchoring.broken import EXAMPLE
from tests.unit.anchoring.build import DOCUMENT, Log, anchor, unanchored

VECTORS = Path(__file__).parent / "vectors"
OTS = Path(sys.executable).with_name("ots")


def attested(raw: bytes) -> tuple[bytes, int]:
    """The Merkle root and height that the reference library finds attested."""
    detached = DetachedTimestampFile.deserialize(StreamDeserializationContext(io.BytesIO(raw)))
    assert detached.file_digest == sha256(DOCUMENT)
    ((message, attestation),) = detached.timestamp.all_attestations()
    assert isinstance(attestation, BitcoinBlockHeaderAttestation)
    return message, attestation.height


def test_the_reference_library_follows_it_to_the_block_header() -> None:
    assert attested(ots(load(EXAMPLE))) == (load(EXAMPLE).anchors[0].proof.headers[0][36:68], 102)


def test_the_vector_is_what_we_write() -> None:
    assert ots(load(EXAMPLE)) == (VECTORS / "example.ots").read_bytes()


@pytest.mark.parametrize(
    ("count", "mine", "chains", "before"), [(1, 0, 1, 0), (7, 6, 5, 4), (8, 0, 2, 12), (1000, 999, 9, 30)]
)
def test_trees_of_every_shape_lead_there(tmp_path: Path, count: int, mine: int, chains: int, before: int) -> None:
    log, chain = Log(), LocalChain(tmp_path)
    receipt = unanchored(log, count=count, mine=mine, chains=chains, before=before)
    done = replace(receipt, anchors=(anchor(log, receipt, chain, size=len(log.blocks)),))
    assert attested(ots(done))[0] == done.anchors[0].proof.headers[0][36:68]


def test_the_reference_client_prints_it() -> None:
    done = subprocess.run([OTS, "info", VECTORS / "example.ots"], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert f"File sha256 hash: {sha256(DOCUMENT).hex()}" in done.stdout
    assert "verify BitcoinBlockHeaderAttestation(102)" in done.stdout


def test_an_anchor_of_a_later_checkpoint_has_no_such_file() -> None:
    with pytest.raises(Malformed, match="receipt's own checkpoint"):
        ots(load(EXAMPLE), 1)


def test_a_path_that_leads_elsewhere_is_not_written() -> None:
    with pytest.raises(Malformed, match="does not lead to its block header"):
        ots(replace(load(EXAMPLE), salt=bytes(32)))
