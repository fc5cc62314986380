"""`python -m anchoring witness URL`: cosigns what continues, refuses what does not and keeps the evidence."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from anchoring.__main__ import main
from anchoring.commandline.witness_server import answer
from anchoring.commandline.witness_state import State
from anchoring.core.checkpoint import Checkpoint
from anchoring.core.cosignature import Witness, cosignatures
from anchoring.core.hashing import sha256
from anchoring.core.note import Signer
from anchoring.core.tiles import TILE_WIDTH, tile_path, width_of
from anchoring.core.tree import Tree
from anchoring.core.witnessing import Request
from tests.unit.anchoring.build import MALLORY, SIGNER

NEXT = Signer(SIGNER.name, sha256(b"the log's next key"))


def hashes(count: int, *, fork: int | None = None) -> list[bytes]:
    """Leaf hashes of a log; from `fork` on those of another history."""
    return [sha256(b"other %d" % n if fork is not None and n >= fork else b"leaf %d" % n) for n in range(count)]


def note(leaves: list[bytes], *signers: Signer) -> str:
    checkpoint = Checkpoint(SIGNER.name, len(leaves), Tree(leaves).root())
    first, *others = signers or (SIGNER,)
    return checkpoint.sign(first) + "".join(other.line(checkpoint.body()) for other in others)


@dataclass
class Log:
    """What a log serves, and what was posted to it."""

    files: dict[str, bytes] = field(default_factory=dict)
    posted: list[str] = field(default_factory=list)
    url: str = ""

    def show(self, leaves: list[bytes], *signers: Signer) -> str:
        self.files = {"checkpoint": note(leaves, *signers).encode()}
        keys = [signer.verifier.vkey for signer in signers or (SIGNER,)]
        self.files |= {"vkey": f"{keys[0]}\n".encode(), "vkeys": "\n".join(keys).encode()}
        level, nodes = 0, leaves
        while nodes:
            for number in range(-(-len(nodes) // TILE_WIDTH)):
                width = width_of(level, number, len(leaves))
                tile = nodes[number * TILE_WIDTH :][:width]
                self.files[tile_path(level, number, width)] = b"".join(tile)
            whole = len(nodes) // TILE_WIDTH
            nodes = [Tree(nodes[at * TILE_WIDTH : (at + 1) * TILE_WIDTH]).root() for at in range(whole)]
            level += 1
        return self.files["checkpoint"].decode()


@pytest.fixture
def log() -> Iterator[Log]:
    served = Log()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = served.files.get(self.path.removeprefix("/log/"))
            self.send_response(404 if body is None else 200)
            self.send_header("Content-Length", str(len(body or b"")))
            self.end_headers()
            self.wfile.write(body or b"")

        def do_POST(self) -> None:
            served.posted.append(self.rfile.read(int(self.headers["Content-Length"])).decode())
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    served.url = f"http://127.0.0.1:{server.server_port}/log"
    yield served
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def state(tmp_path: Path) -> Path:
    return tmp_path / "witness"


def visit(log: Log, state: Path, *arguments: str) -> int:
    return main(["witness", log.url, "--once", "--state", str(state), "--name", "carol.example/w1", *arguments])


def key(state: Path) -> Witness:
    return State(state, "carol.example/w1").cosigner.witness


def evidence(state: Path) -> list[Path]:
    return list((state / "evidence").iterdir())


def test_a_checkpoint_that_continues_the_last_is_cosigned(log: Log, state: Path) -> None:
    for size in (1, 3, 256, 300, 700):
        shown = log.show(hashes(size))
        assert visit(log, state) == 0
        assert list(cosignatures(shown + log.posted[-1], [key(state)])) == ["carol.example/w1"]
    assert evidence(state) == []


def test_the_same_checkpoint_again_is_fine(log: Log, state: Path) -> None:
    log.show(hashes(5))
    assert [visit(log, state), visit(log, state)] == [0, 0]


def test_a_cosignature_on_another_checkpoint_does_not_verify(log: Log, state: Path) -> None:
    log.show(hashes(5))
    visit(log, state)
    with pytest.raises(ValueError, match="is wrong"):
        cosignatures(note(hashes(6)) + log.posted[-1], [key(state)])


@pytest.mark.parametrize("size", [300, 301, 600])
def test_equivocation_is_refused_and_kept(log: Log, state: Path, size: int, capsys: pytest.CaptureFixture[str]) -> None:
    first = log.show(hashes(300))
    visit(log, state)
    second = log.show(hashes(size, fork=100))
    assert visit(log, state) == 1
    (kept,) = evidence(state)
    assert ((kept / "cosigned").read_text(), (kept / "shown").read_text()) == (first, second)
    assert "evidence kept" in capsys.readouterr().err
    assert len(log.posted) == 1


def test_rollback_is_refused_and_kept(log: Log, state: Path) -> None:
    log.show(hashes(10))
    visit(log, state)
    log.show(hashes(9))
    assert visit(log, state) == 1
    assert "rolled back" in (evidence(state)[0] / "reason").read_text()


def test_after_a_refusal_the_true_log_is_cosigned_again(log: Log, state: Path) -> None:
    log.show(hashes(10))
    visit(log, state)
    log.show(hashes(11, fork=3))
    visit(log, state)
    log.show(hashes(12))
    assert visit(log, state) == 0


def test_another_key_at_the_same_address_is_not_believed(log: Log, state: Path) -> None:
    log.show(hashes(3))
    visit(log, state)
    log.show(hashes(4), MALLORY)
    assert visit(log, state) == 2
    assert len(log.posted) == 1


def test_the_key_given_is_the_one_that_counts(log: Log, state: Path) -> None:
    log.show(hashes(3), MALLORY)
    assert visit(log, state, "--key", SIGNER.verifier.vkey) == 2
    assert log.posted == []


def test_a_new_key_is_learnt_from_a_checkpoint_that_both_signed(log: Log, state: Path) -> None:
    log.show(hashes(3))
    visit(log, state)
    log.show(hashes(4), SIGNER, NEXT)
    assert visit(log, state) == 0
    log.show(hashes(5), NEXT)
    assert visit(log, state) == 0


def test_a_new_key_without_the_old_ones_signature_is_refused(log: Log, state: Path) -> None:
    log.show(hashes(3))
    visit(log, state)
    log.show(hashes(4), NEXT)
    assert visit(log, state) == 2


def test_tiles_that_do_not_give_the_root_are_not_cosigned(log: Log, state: Path) -> None:
    log.show(hashes(3))
    visit(log, state)
    log.show(hashes(5))
    log.files[tile_path(0, 0, 5)] = b"".join(hashes(5, fork=4))
    assert visit(log, state) == 2
    assert len(log.posted) == 1


def test_a_log_that_is_down_is_no_misbehaviour(log: Log, state: Path) -> None:
    assert visit(log, state) == 2
    assert evidence(state) == []


def test_a_wrong_address_is_wrong_usage(state: Path) -> None:
    assert main(["witness", "not an address", "--once", "--state", str(state)]) == 2


def add(state: State, old: int, proof: list[bytes], text: str) -> tuple[int, str, str]:
    return answer(state, Request(old, tuple(proof), text).encode())


@pytest.fixture
def asked(state: Path) -> State:
    made = State(state, "carol.example/w1")
    made.begin("https://log.example", SIGNER.verifier.vkey)
    return made


def test_add_checkpoint_answers_as_the_specification_says(asked: State) -> None:
    leaves = hashes(20)
    proof = Tree(leaves[:12]).consistency_proof(5)
    assert add(asked, 0, [], note(leaves[:5]))[0] == 200
    assert add(asked, 0, [], note(leaves[:12])) == (409, "text/x.tlog.size", "5\n")
    assert add(asked, 5, proof[1:], note(leaves[:12]))[0] == 422
    assert add(asked, 5, proof, note(leaves[:12], MALLORY))[0] == 403
    assert add(asked, 13, [], note(leaves[:12]))[0] == 400
    status, _, line = add(asked, 5, proof, note(leaves[:12]))
    assert status == 200
    assert cosignatures(note(leaves[:12]) + line, [asked.cosigner.witness])
    other = Signer("other.example/log", SIGNER.seed)
    assert add(asked, 0, [], Checkpoint(other.name, 1, leaves[0]).sign(other))[0] == 404
    for body in (b"", b"old 1", b"old 01\n\nx", b"old 1\nAAAA\n\nx", b"\xff", b"old 0\n" + b"A" * 44 * 70 + b"\n\nx"):
        assert answer(asked, body)[0] == 400


def test_two_roots_for_one_size_are_kept_as_evidence(asked: State, state: Path) -> None:
    assert add(asked, 0, [], note(hashes(5)))[0] == 200
    assert add(asked, 5, [], note(hashes(5, fork=2)))[0] == 409
    assert len(evidence(state)) == 1


def test_a_broken_state_is_not_begun_anew(asked: State, state: Path) -> None:
    add(asked, 0, [], note(hashes(5)))
    (path,) = (state / "logs").glob("*.json")
    path.write_text("{")
    with pytest.raises(ValueError, match="restore it from a backup"):
        asked.seen(SIGNER.name)
