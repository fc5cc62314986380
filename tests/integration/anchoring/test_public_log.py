"""What anyone can fetch from the log, and that it suffices to recompute it."""

import pytest

from anchoring import services
from anchoring.core.checkpoint import open_checkpoint
from anchoring.core.hashing import sha256
from anchoring.core.note import Verifier
from anchoring.core.tree import Tree, leaf_hash
from tests.integration.anchoring.build import NOON, commit, later, open_chain

pytestmark = pytest.mark.urls("tests.integration.anchoring.urls_alone")


@pytest.fixture
def log_of_258(settings):
    settings.SEAL_LIMIT = 1
    commit(*map(str, range(258)), chain=open_chain())
    services.seal(now=NOON)


def test_leaves_lead_to_the_root_that_the_log_signed(client, log_of_258):
    verifier = Verifier.parse(client.get("/log/vkey").content.decode().strip())
    signed = open_checkpoint(client.get("/log/checkpoint").content.decode(), verifier)
    bundles = client.get("/log/tile/entries/000").content + client.get("/log/tile/entries/001.p/2").content
    leaves = [bundles[at + 2 : at + 34] for at in range(0, len(bundles), 34)]
    assert Tree.of(leaves).root() == signed.root
    assert leaves[257] == sha256(client.get("/log/directory/257.bin").content)


def test_a_tile_of_level_1_holds_the_roots_of_the_tiles_below(client, log_of_258):
    below = client.get("/log/tile/0/000").content
    leaves = [below[at : at + 32] for at in range(0, len(below), 32)]
    assert client.get("/log/tile/1/000.p/1").content == Tree(leaves).root()


def test_a_directory_block_lists_its_entry_blocks(client):
    chain = open_chain()
    commit("a", "b", chain=chain)
    services.seal(now=NOON)
    shown = client.get("/log/directory/0").json()
    assert [(block["chain"], block["count"]) for block in shown["blocks"]] == [(chain.hex(), 2)]
    assert leaf_hash(bytes.fromhex(shown["hash"])) == client.get("/log/tile/0/000.p/1").content


def test_what_cannot_change_is_immutable_and_what_can_is_not(client):
    services.seal(now=NOON)
    assert "immutable" in client.get("/log/directory/0")["Cache-Control"]
    assert "immutable" not in client.get("/log/checkpoint")["Cache-Control"]


def test_anchors_are_listed_with_the_transaction_to_look_up(client):
    services.seal(now=NOON)
    services.publish(now=NOON)
    services.confirm(now=later(1))
    (anchor,) = client.get("/log/anchors").json()["anchors"]
    assert (anchor["network"], anchor["size"], anchor["state"], len(anchor["txid"])) == ("local", 1, "CONFIRMED", 64)


@pytest.mark.parametrize(
    "path",
    [
        "directory/1",
        "directory/99999999999999999999999",
        "tile/0/000",
        "tile/0/000.p/2",
        "tile/0/000.p/256",
        "tile/0/000.p/0",
        "tile/0/00",
        "tile/0/x999/999",
        "tile/99/000.p/1",
        "tile/0/" + "x999/" * 9 + "999",
        "tile/entries/000.p/2",
    ],
)
def test_what_the_log_does_not_have_is_404(client, path):
    services.seal(now=NOON)
    assert client.get(f"/log/{path}").status_code == 404


def test_before_the_first_block_there_is_no_checkpoint(client):
    assert client.get("/log/checkpoint").status_code == 404
    assert client.get("/log/").json()["size"] == 0


def test_nothing_can_be_written(client):
    assert client.post("/log/checkpoint").status_code == 405
