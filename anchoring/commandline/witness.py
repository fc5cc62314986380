"""`python -m anchoring witness URL`: follow a log, cosign what continues it, keep the evidence of what does not."""

import argparse
import sys
import time
from pathlib import Path
from typing import Any

from anchoring.chains.http import check_url, exchange
from anchoring.chains.interface import ChainError
from anchoring.commandline.printable import printable
from anchoring.commandline.witness_server import serve
from anchoring.commandline.witness_state import State
from anchoring.core.checkpoint import Checkpoint
from anchoring.core.encoding import Malformed
from anchoring.core.note import MAX_NOTE_CHARACTERS, Note
from anchoring.core.tiles import Tiles, tile_path, width_of
from anchoring.core.witnessing import Refusal, Refused, Request, Seen, opened, rotated

MISBEHAVED = 1  # the exit code: the log showed two histories, or less than before
MAX_ANSWER_BYTES = 4 * MAX_NOTE_CHARACTERS


def add_to(commands: Any) -> None:
    """`commands` is what argparse's add_subparsers gave."""
    parser = commands.add_parser("witness", help="watch a log: cosign each checkpoint that continues the last one")
    parser.add_argument("url", metavar="URL", help="the log's address, as https://hospital.example/log")
    parser.add_argument("--key", metavar="VKEY", help="the log's key, as you have it from elsewhere")
    parser.add_argument("--state", type=Path, default=Path("witness"), metavar="DIR", help="key, checkpoints, evidence")
    parser.add_argument("--name", default="witness.example/w1", help="the name in its cosignatures")
    parser.add_argument("--interval", type=float, default=60.0, metavar="SECONDS")
    parser.add_argument("--once", action="store_true", help="look once and end")
    parser.add_argument("--listen", metavar="HOST:PORT", help="also answer add-checkpoint (C2SP tlog-witness)")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """0; 1 when the log misbehaved; 2 when it does not answer, with --once. Raises Malformed, OSError."""
    try:
        check_url(options.url)
    except ValueError as error:
        raise Malformed(str(error)) from error
    state, log = State(options.state, options.name), RemoteLog(options.url.rstrip("/"))
    print(f"witness key: {state.cosigner.witness.vkey}", flush=True)
    if options.listen:
        serve(state, options.listen)
    while (code := look(state, log, options.key)) == 0 or not (options.once or code == MISBEHAVED):
        if options.once:
            return 0
        time.sleep(options.interval)
    return code


class RemoteLog:
    """A log by its address. Every method may raise ChainError, Malformed."""

    def __init__(self, url: str) -> None:
        self.url = url

    def text(self, path: str) -> str:
        try:
            return self._get(path).decode()
        except UnicodeDecodeError as error:
            raise Malformed(f"{path} is not UTF-8") from error

    def tiles(self, size: int) -> Tiles:
        """Of the log when it had `size` blocks."""

        def read(level: int, number: int) -> list[bytes]:
            width = width_of(level, number, size)
            raw = self._get(tile_path(level, number, width)) if width else b""
            return [raw[at : at + 32] for at in range(0, len(raw), 32)]

        return Tiles(read)

    def bring(self, line: str) -> str:
        """Post a cosignature; what came of it. The log need not want it."""
        status, answer = exchange(f"{self.url}/cosignature", line.encode(), limit=MAX_ANSWER_BYTES)
        return "taken" if status == 200 else f"not taken ({status}: {answer[:100].decode(errors='replace').strip()})"

    def _get(self, path: str) -> bytes:
        status, raw = exchange(f"{self.url}/{path}", limit=MAX_ANSWER_BYTES)
        if status != 200:
            raise Malformed(f"{path} is answered with {status}")
        return raw


def look(state: State, log: RemoteLog, key: str | None) -> int:
    """One visit. A log that does not answer, or answers nonsense, is no misbehaviour."""
    try:
        origin = state.origin_at(log.url) or _begin(state, log, key)
        note = log.text("checkpoint")
        seen = _rotate(state, log, origin, note)
        if key and key not in seen.keys:
            raise Malformed(f"{state.directory} knows this log by other keys than --key")
        return _judge(state, log, seen, note)
    except (ChainError, Malformed) as error:
        print(f"nothing cosigned: {printable(str(error))}", file=sys.stderr, flush=True)
        return 2


def _begin(state: State, log: RemoteLog, key: str | None) -> str:
    vkey = key or log.text("vkey").strip()
    if not key:
        print(f"log key, trusted because it is the first one seen: {printable(vkey)}", flush=True)
    return state.begin(log.url, vkey)


def _rotate(state: State, log: RemoteLog, origin: str, note: str) -> Seen:
    """A new key of the log is learnt from a checkpoint that the old one signed too."""
    seen = state.seen(origin) or Seen(())
    if sum(name == origin for name, _ in Note.parse(note).signatures) < 2:
        return seen
    learnt = rotated(seen, log.text("vkeys").split(), note)
    if learnt != seen:
        print("the log has a new key: a checkpoint carries the signatures of both", flush=True)
        state.keep(origin, learnt)
    return learnt


def _judge(state: State, log: RemoteLog, seen: Seen, note: str) -> int:
    try:
        request = _request(log, seen, opened(seen, note), note)
        line = state.cosign(request, int(time.time()))
    except Refused as refused:
        print(f"REFUSED: {printable(str(refused))}", file=sys.stderr, flush=True)
        if not refused.misbehaviour:
            return 2
        print(f"evidence kept in {state.accuse(seen, note, str(refused))}", file=sys.stderr, flush=True)
        return MISBEHAVED
    print(f"{line}cosigned size {opened(seen, note).size}; {printable(log.bring(line))}", flush=True)
    return 0


def _request(log: RemoteLog, seen: Seen, new: Checkpoint, note: str) -> Request:
    """The proof is made here from the log's tiles, whose hashes must lead to what the log signed, then and now.

    Raises Refused with `misbehaviour` when they do not, because then no proof exists.
    """
    last, tiles = seen.last(), log.tiles(new.size)
    if last is None or not last.size:
        return Request(0, (), note)
    if new.size < last.size:
        rollback = f"the log was rolled back: it signed size {last.size} and shows size {new.size}"
        raise Refused(Refusal.CONFLICT, rollback, misbehaviour=True)
    if new.size == last.size:
        return Request(last.size, (), note)
    if tiles.range(0, new.size) != new.root:
        raise Malformed("the log's tiles do not give the root of its checkpoint")
    if tiles.range(0, last.size) != last.root:
        sentence = f"equivocation: the log of size {new.size} does not continue the one signed for size {last.size}"
        raise Refused(Refusal.INCONSISTENT, sentence, misbehaviour=True)
    return Request(last.size, tuple(tiles.consistency_proof(last.size, new.size)), note)
