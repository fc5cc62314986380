"""`verify --all`: every receipt of a file, what they share checked once."""

import io
import json
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from anchoring.__main__ import main
from anchoring.core import collection
from anchoring.core.verify import Result
from tests.unit.anchoring.broken import flipped
from tests.unit.anchoring.build import MALLORY, SIGNER
from tests.unit.anchoring.collecting import document, lines, name

Json = dict[str, Any]


@pytest.fixture
def written(tmp_path: Path) -> list[bytes]:
    return lines(tmp_path)


@pytest.fixture
def documents(tmp_path: Path) -> Path:
    for block in range(2):
        for number in range(5):
            path = tmp_path / "documents" / f"{name(block, number)}.json"
            path.parent.mkdir(parents=True)
            path.write_bytes(document(block, number))
    return tmp_path / "documents"


@dataclass(frozen=True)
class Done:
    returncode: int
    stdout: str
    stderr: str


def verify(tmp_path: Path, written: list[bytes], *arguments: str | Path) -> Done:
    file = tmp_path / "receipts"
    file.write_bytes(b"".join(written))
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        code = main(["verify", "--all", str(file), *map(str, arguments)])
    return Done(code, out.getvalue(), err.getvalue())


def changed(line: bytes, change: Callable[[Json], object]) -> bytes:
    value = json.loads(line)
    change(value)
    return json.dumps(value).encode() + b"\n"


def test_a_good_file_is_valid(tmp_path: Path, written: list[bytes], documents: Path) -> None:
    done = verify(tmp_path, written, documents)
    assert (done.returncode, done.stdout.splitlines()[-1]) == (0, "10 receipts: 10 VALID, 0 VALID_UNANCHORED, 0 FAIL")
    assert "0 receipts without a document here, 0 files without a receipt" in done.stdout


def test_a_bar_shows_how_far_it_is(tmp_path: Path, written: list[bytes]) -> None:
    assert "[########################################] 100%" in verify(tmp_path, written).stderr


def test_a_changed_document_is_named(tmp_path: Path, written: list[bytes], documents: Path) -> None:
    (documents / f"{name(1, 3)}.json").write_bytes(b"{}")
    done = verify(tmp_path, written, documents)
    assert done.returncode == 1
    assert f"FAIL line 13 {name(1, 3)}: check 2: " in done.stdout


def test_documents_are_found_under_other_names_too(tmp_path: Path, written: list[bytes]) -> None:
    other = tmp_path / "other"
    other.mkdir()
    (other / "anything.json").write_bytes(document(0, 0))
    done = verify(tmp_path, written, other)
    assert done.returncode == 0
    assert "9 receipts without a document here, 0 files without a receipt" in done.stdout


def test_the_auditors_key_is_compared(tmp_path: Path, written: list[bytes]) -> None:
    assert verify(tmp_path, written, "--key", SIGNER.verifier.vkey).returncode == 0
    done = verify(tmp_path, written, "--key", MALLORY.verifier.vkey)
    assert (done.returncode, done.stdout.count("check 9")) == (1, 10)


def test_headers_need_their_network(tmp_path: Path, written: list[bytes]) -> None:
    headers = Path(__file__).parent / "vectors" / "headers"
    assert verify(tmp_path, written, "--headers", headers).returncode == 2
    assert "check 15" in verify(tmp_path, written, "--headers", f"local={headers}").stdout


def test_no_anchor_yet_exits_3(tmp_path: Path, written: list[bytes]) -> None:
    written[1] = changed(written[1], lambda line: line["log"].update(anchors=[]))
    assert verify(tmp_path, written).returncode == 3


DEFECTS: dict[str, tuple[int, Callable[[Json], object], str, int]] = {
    "salt": (3, lambda r: r.update(salt=flipped(r["salt"])), "check 3", 1),
    "entry's chain": (3, lambda r: r["entry"].update(chain=flipped(r["entry"]["chain"])), "check 4", 1),
    "entry backdated": (3, lambda r: r["entry"].update(time=1), "check 5", 1),
    "index": (4, lambda r: r["entry_path"].update(index=0), "check 4", 1),
    "path": (4, lambda r: r["entry_path"]["path"].pop(), "check 5", 1),
    "block root": (2, lambda r: r["block"]["entry_block"].update(root="0" * 64), "check 6", 5),
    "directory block": (2, lambda r: r["block"]["directory_block"].update(time=1), "check 7", 5),
    "checkpoint": (1, lambda r: r["log"].update(checkpoint="x" + r["log"]["checkpoint"]), "check", 10),
    "transaction": (1, lambda r: r["log"]["anchors"][0]["proof"].update(index=0), "check 12", 10),
    "network": (1, lambda r: r["log"]["anchors"][0].update(network="bitcoin"), "check 14", 10),
    "name that leads out": (3, lambda r: r.update(name="../../etc/passwd"), "a name is", 1),
    "unknown field": (3, lambda r: r.update(comment="x"), "unknown field", 1),
    "missing log line": (1, lambda r: r.clear(), "no field", 1),
}  # fmt: skip


@pytest.mark.parametrize("defect", DEFECTS)
def test_a_defect_fails_the_receipts_it_touches_and_no_other(tmp_path: Path, written: list[bytes], defect: str) -> None:
    line, change, sentence, count = DEFECTS[defect]
    written[line] = changed(written[line], change)
    done = verify(tmp_path, written)
    assert done.returncode == 1
    assert sum(text.startswith("FAIL") and sentence in text for text in done.stdout.splitlines()) >= count
    if count == 1 and line > 2:
        assert "9 VALID" in done.stdout


def test_the_first_failing_block_does_not_spoil_the_next(tmp_path: Path, written: list[bytes]) -> None:
    written[2] = changed(written[2], lambda line: line["block"]["entry_block"].update(root="0" * 64))
    assert verify(tmp_path, written).stdout.splitlines()[-1] == "10 receipts: 5 VALID, 0 VALID_UNANCHORED, 5 FAIL"


def test_receipts_of_one_block_do_not_pass_under_another(tmp_path: Path, written: list[bytes]) -> None:
    written[3], written[9] = written[9], written[3]
    done = verify(tmp_path, written)
    assert (done.returncode, done.stdout.count("FAIL line")) == (1, 2)


@pytest.mark.parametrize("kept", [0, 1, 2, 3, 7, 14])
def test_a_file_that_was_cut_off_is_seen(tmp_path: Path, written: list[bytes], kept: int) -> None:
    done = verify(tmp_path, written[:kept])
    assert done.returncode == 1
    assert "cut off" in done.stdout


def test_a_receipt_taken_out_is_seen(tmp_path: Path, written: list[bytes]) -> None:
    done = verify(tmp_path, written[:4] + written[5:])
    assert done.returncode == 1
    assert 'the last line must be {"receipts": 9}' in done.stdout


def test_an_anchor_must_reach_every_block(tmp_path: Path, written: list[bytes]) -> None:
    """The anchored log ends before the second block: its receipts are not those of that anchor."""
    two = lines(tmp_path / "two", blocks=1)
    written[1] = two[1]
    assert verify(tmp_path, written).returncode == 1


@pytest.mark.parametrize("raw", [b"", b"\n", b"x" * (2 << 20), b"[" * 100_000, b'{"format":"medbridge-receipts/v2"}\n'])
def test_some_other_file_is_one_line(tmp_path: Path, raw: bytes) -> None:
    done = verify(tmp_path, [raw])
    assert (done.returncode, done.stdout.count("FAIL")) == (1, 2) if raw else (1, 1)


def test_a_line_past_the_limit_ends_the_reading(tmp_path: Path, written: list[bytes]) -> None:
    written.insert(3, b'{"name":"' + b"x" * collection.MAX_LINE + b'"}\n')
    assert "larger than 1048576 bytes" in verify(tmp_path, written).stdout


def test_library_and_command_agree(written: list[bytes], tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_bytes(b"".join(written))
    with file.open("rb") as opened:
        assert {verdict.result for verdict in collection.Collection().verify(opened)} == {Result.VALID}
