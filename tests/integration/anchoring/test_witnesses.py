"""Cosignatures reach the public checkpoint: brought by a witness, or fetched from one. The log's key changes."""

from http.server import ThreadingHTTPServer
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from anchoring import services
from anchoring.__main__ import main
from anchoring.commandline.witness_server import serve
from anchoring.commandline.witness_state import State
from anchoring.core.checkpoint import open_checkpoint
from anchoring.core.cosignature import cosignatures
from anchoring.keys import log_signer
from anchoring.services.audit import audit
from tests.integration.anchoring.build import NOON, commit, later, open_chain, verified

pytestmark = pytest.mark.urls("tests.integration.anchoring.urls_alone")
NAME = "carol.example/w1"


@pytest.fixture
def state(tmp_path: Path, settings) -> State:
    made = State(tmp_path / "witness", NAME)
    settings.LOG_WITNESSES = [made.cosigner.witness.vkey]
    return made


def visit(live_server, state: State) -> int:
    return main(["witness", f"{live_server.url}/log", "--once", "--state", str(state.directory), "--name", NAME])


def test_a_witness_brings_its_cosignature_to_the_log(live_server, client, state):
    commit("a", chain=open_chain())
    for minute in (0, 10):
        services.seal(now=later(minute))
        assert visit(live_server, state) == 0
        published = client.get("/log/checkpoint").content.decode()
        assert cosignatures(published, [state.cosigner.witness])


def test_the_tlog_proof_carries_it(live_server, state):
    (one,) = commit("a", chain=open_chain())
    services.seal(now=NOON)
    visit(live_server, state)
    proof = services.proofs(entry=one.entry, salt=one.salt, document=one.digest).tlog_proof
    assert cosignatures(proof.split("\n\n", 1)[1], [state.cosigner.witness])


def test_the_log_brings_its_checkpoint_to_a_witness(client, state, settings):
    state.begin("here", log_signer().verifier.vkey)
    server: ThreadingHTTPServer = serve(state, "127.0.0.1:0")
    settings.LOG_WITNESSES = [f"{state.cosigner.witness.vkey} http://127.0.0.1:{server.server_port}"]
    for minute in (0, 10, 20):
        services.seal(now=later(minute))
        if minute != 10:  # one is missed: the witness tells which it has
            services.collect_cosignatures()
    assert cosignatures(client.get("/log/checkpoint").content.decode(), [state.cosigner.witness])
    server.shutdown()
    server.server_close()


def test_a_witness_that_is_down_stops_nothing(client, state, settings):
    settings.LOG_WITNESSES = [f"{state.cosigner.witness.vkey} http://127.0.0.1:9"]
    services.seal(now=NOON)
    before = client.get("/log/checkpoint").content
    services.collect_cosignatures()
    assert client.get("/log/checkpoint").content == before
    services.seal(now=later(10))
    assert client.get("/log/checkpoint").content.splitlines()[1] != before.splitlines()[1]


def test_a_stranger_cannot_post_a_cosignature(client, state, settings, tmp_path):
    services.seal(now=NOON)
    body = client.get("/log/checkpoint").content.decode().split("\n\n")[0] + "\n"
    stranger = State(tmp_path / "stranger", "mallory.example/w1")
    for text in (stranger.cosigner.cosign(body, 1), "nonsense", "", "\n"):
        answer = client.post("/log/cosignature", text, content_type="text/plain")
        assert answer.status_code == 403 or b"0 new" in answer.content
    assert "mallory" not in client.get("/log/checkpoint").content.decode()


def test_an_equivocating_log_is_caught_by_its_witness(live_server, state, settings, tmp_path):
    """The operator restores an old backup and writes another history under the same key."""
    from django.core.management import call_command

    commit("a", chain=open_chain())
    services.seal(now=NOON)
    services.seal(now=later(10))
    assert visit(live_server, state) == 0
    call_command("flush", interactive=False, verbosity=0)
    commit("b", chain=open_chain())
    services.seal(now=NOON)
    assert visit(live_server, state) == 1  # rolled back
    for minute in (10, 20):
        services.seal(now=later(minute))
    assert visit(live_server, state) == 1  # another history
    assert len(list((state.directory / "evidence").iterdir())) == 2


def new_key(path: Path) -> Path:
    key = Ed25519PrivateKey.generate()
    path.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return path


def test_the_logs_key_is_changed_by_two_signatures(live_server, client, state, settings, tmp_path):
    (one,) = commit("a", chain=open_chain())
    services.seal(now=NOON)
    assert visit(live_server, state) == 0
    old, following = log_signer().verifier, new_key(tmp_path / "next.pem")
    settings.LOG_NEXT_KEY_FILE = following
    services.seal(now=later(10))
    assert visit(live_server, state) == 0
    settings.LOG_KEY_FILE, settings.LOG_NEXT_KEY_FILE, settings.LOG_OLD_VKEYS = following, None, [old.vkey]
    services.seal(now=later(20))
    assert visit(live_server, state) == 0
    published = client.get("/log/checkpoint").content.decode()
    assert open_checkpoint(published, log_signer().verifier).size == 3
    assert list(audit(now=later(21))) == []
    services.publish(now=later(21))
    services.confirm(now=later(21))
    assert verified(one).result.value == "VALID"


def test_a_receipt_of_before_the_change_stays_valid_and_a_new_one_is_by_the_new_key(settings, tmp_path):
    (one,) = commit("a", chain=open_chain())
    services.seal(now=NOON)
    services.publish(now=NOON)
    services.confirm(now=NOON)
    old, following = log_signer().verifier, new_key(tmp_path / "next.pem")
    settings.LOG_KEY_FILE, settings.LOG_OLD_VKEYS = following, [old.vkey]
    assert services.receipt(entry=one.entry)["log_key"] == old.vkey
    assert verified(one).result.value == "VALID"
