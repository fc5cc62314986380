"""Fresh receipts before the verifiers of others: the real `ots` client, and Go's packages for transparency logs."""

import subprocess
from pathlib import Path

import pytest

from anchoring import services
from anchoring.core.encoding import to_base64
from anchoring.keys import log_signer
from anchoring.models import Checkpoint, DirectoryBlock
from anchoring.services.log import stored_log
from tests.integration.anchoring.build import Committed, commit, later, open_chain
from tests.unit.anchoring.node import ots_verify, serving

CHECKER = Path(__file__).resolve().parents[2] / "clients" / "go" / ".tlogcheck"
needs_go = pytest.mark.skipif(not CHECKER.exists(), reason="tools/install_go could not build the checker")
DOCUMENTS = ["a", "b", "c"]


@pytest.fixture
def anchored() -> list[Committed]:
    """Several blocks, so that every path has nodes."""
    chain = open_chain()
    known = [one for minute, text in enumerate(DOCUMENTS) for one in _sealed(text, chain, minute)]
    services.publish(now=later(10))
    services.confirm(now=later(10))
    return known


def _sealed(text: str, chain: bytes, minute: int) -> list[Committed]:
    commit("noise", chain=open_chain())
    known = commit(text, *(f"{text}{n}" for n in range(minute)), chain=chain)[:1]
    services.seal(now=later(minute))
    return known


def written(path: Path, content: bytes | str) -> Path:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def proofs(one: Committed) -> services.Proofs:
    return services.proofs(entry=one.entry, salt=one.salt, document=one.digest)


def go(*words: str | Path) -> "subprocess.CompletedProcess[str]":
    return subprocess.run([CHECKER, *words], capture_output=True, text=True, timeout=60)


def test_the_ots_client_verifies_each_against_a_node_of_the_chain(anchored, local, tmp_path):
    with serving(local.headers()) as node:
        for text, one in zip(DOCUMENTS, anchored, strict=True):
            document = written(tmp_path / text, text)
            done = ots_verify(node, document, written(tmp_path / f"{text}.ots", proofs(one).ots or b""))
            assert done.returncode == 0, done.stderr
            assert "attests existence" in done.stderr


def test_the_ots_client_refuses_a_proof_of_another_document(anchored, local, tmp_path):
    file = written(tmp_path / "b.ots", proofs(anchored[1]).ots or b"")
    with serving(local.headers()) as node:
        assert ots_verify(node, written(tmp_path / "a", "a"), file).returncode != 0


def test_the_ots_client_refuses_a_node_of_another_chain(anchored, local, tmp_path):
    file = written(tmp_path / "a.ots", proofs(anchored[0]).ots or b"")
    headers = local.headers()
    local.reorganise(2, now=later(20))
    with serving(local.headers()) as node:
        assert ots_verify(node, written(tmp_path / "a", "a"), file).returncode != 0
    assert headers != local.headers()


@needs_go
def test_go_verifies_each_tlog_proof(anchored, tmp_path):
    for one in anchored:
        made = proofs(one)
        height = made.receipt["directory_block"]["height"]
        leaf = bytes(DirectoryBlock.objects.get(height=height).hash).hex()
        done = go("proof", log_signer().verifier.vkey, leaf, written(tmp_path / "p", made.tlog_proof))
        assert (done.returncode, done.stdout) == (0, "OK\n")


@needs_go
def test_go_refuses_a_changed_leaf_index_or_signature(anchored, tmp_path):
    made, key = proofs(anchored[1]), log_signer().verifier.vkey
    leaf = bytes(DirectoryBlock.objects.get(height=1).hash).hex()
    for proof, data in (
        (made.tlog_proof, "00" * 32),
        (made.tlog_proof.replace("index 1\n", "index 0\n"), leaf),
        (made.tlog_proof.replace("\n3\n", "\n4\n"), leaf),
    ):
        assert go("proof", key, data, written(tmp_path / "p", proof)).returncode == 1


@needs_go
def test_go_verifies_that_each_checkpoint_continues_the_last(anchored, tmp_path):
    notes = list(Checkpoint.objects.order_by("size").values_list("note", flat=True))
    for older in range(1, 3):
        path = [to_base64(node) for node in stored_log().consistency_proof(older, 3)]
        before, after = written(tmp_path / "before", notes[older - 1]), written(tmp_path / "after", notes[2])
        assert go("consistency", log_signer().verifier.vkey, before, after, *path).stdout == "OK\n"
        assert go("consistency", log_signer().verifier.vkey, before, after, *path[1:]).returncode == 1
